/**
 * Evidence packages on `verify.html` in a real Chromium, from a disk, offline: the verdict of the command, receipt by receipt,
 * in three languages and by the keyboard.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { PackageVerdict } from '@jurat/verify/package/verifyPackage'
import type { Page } from 'playwright-core'
import { crypto } from '../../packages/verify/src/network.fixtures.ts'
import { packed, parts, repacked, stamped, unpacked } from '../../packages/verify/src/package/package.fixtures.ts'
import { manifestPath, originalPath, receiptPath, tokenPath } from '../../packages/verify/src/package/places.ts'
import { verifyPackage } from '../../packages/verify/src/package/verifyPackage.ts'
import { seriousFindings } from './accessibility.ts'
import { tool } from './tools.ts'
import { openVerifierFile, stepOn, type VerifierFile, verdictOn } from './verifierFile.ts'

const executablePath = tool('chromium')
const skip = executablePath === null && 'chromium is not installed'

let opened: VerifierFile | null = null

before(async () => {
  if (executablePath !== null) opened = await openVerifierFile(executablePath)
})

after(async () => {
  await opened?.close()
})

// The second receipt is of another network, so a package for one trust file has the first alone.
const genuine = await packed({ parts: parts.slice(0, 1) })
const [part = assert.fail()] = parts
const { name } = part

/** A fresh page that was given a package and the trust file of its receipts. */
async function given(bytes: Uint8Array, trust: string | null = stamped.trust): Promise<VerifierFile> {
  assert.ok(opened !== null)
  await opened.open()
  const files = [
    { name: 'case.asice', mimeType: 'application/zip', buffer: Buffer.from(bytes) },
    ...(trust === null ? [] : [{ name: 'trust.json', mimeType: 'application/json', buffer: Buffer.from(trust) }]),
  ]
  await opened.page.getByLabel('Choose files').setInputFiles(files)
  return opened
}

const inNode = async (bytes: Uint8Array, trust: string | null = stamped.trust): Promise<unknown> =>
  JSON.parse(JSON.stringify(await verifyPackage({ file: new Blob([bytes.slice()]), trustOf: () => trust, crypto })))

const shown = async (page: Page): Promise<{ state: string; verdict: PackageVerdict }> => {
  const { state, verdict } = await verdictOn(page)
  return { state, verdict: verdict as unknown as PackageVerdict }
}

test('a package is valid with the verdict of the command: every step of it and of its receipts', { skip }, async () => {
  const { page, requests } = await given(genuine)
  const { state, verdict } = await shown(page)
  assert.equal(state, 'valid')
  assert.deepEqual(verdict, await inNode(genuine))
  assert.equal(await page.getByRole('status').textContent(), 'Valid')
  const text = await page.locator('.verdict').innerText()
  assert.match(text, /the package holds: 1 receipt/)
  assert.match(text, /unchanged since 2027-/)
  assert.match(text, /does not show that its content was true before/)
  assert.equal(await page.locator('.receipt .steps li').count(), verdict.receipts[0]?.verdict?.steps.length)
  assert.equal(await stepOn(page, 'contents'), 'passed')
  const outside = requests.filter((address) => !address.startsWith('file:') && !address.startsWith('blob:'))
  assert.deepEqual(outside, [], 'nobody was asked')
})

test('whatever is changed, swapped or left out is found, by the same step as by the command', { skip }, async () => {
  const files = await unpacked(genuine)
  const change = (path: string, content: string | null): Promise<Uint8Array> => {
    const changed = new Map(files)
    if (content === null) changed.delete(path)
    else changed.set(path, new TextEncoder().encode(content))
    return repacked(changed, 6)
  }
  const cases: readonly (readonly [what: string, bytes: Uint8Array, state: string, step: string | null])[] = [
    ['deflated', await repacked(files, 6), 'valid', null],
    ['another original', await change(originalPath(name), 'another'), 'invalid', 'contents'],
    ['no receipt', await change(receiptPath(name), null), 'invalid', 'contents'],
    ['no list', await change(manifestPath, null), 'invalid', 'contents'],
    ['no token', await change(tokenPath, null), 'invalid', 'stamp'],
    ['a stranger', await change('trust.json', stamped.trust), 'invalid', 'contents'],
    ['cut off', genuine.slice(0, -30), 'invalid', 'container'],
    ['an original that is kept back', await packed({ parts: [{ ...part, original: null }] }), 'unchecked', null],
  ]
  for (const [what, bytes, state, step] of cases) {
    const { page } = await given(bytes)
    const onPage = await shown(page)
    assert.equal(onPage.state, state, what)
    assert.deepEqual(onPage.verdict, await inNode(bytes), what)
    if (step !== null) assert.equal(await stepOn(page, step), 'failed', what)
  }
  const { page } = await given(genuine, null)
  assert.equal((await shown(page)).state, 'unchecked', 'without a trust file')
})

test('what lies beside a package is not looked at, and the page says so', { skip }, async () => {
  const { page } = await given(genuine)
  const buffer = Buffer.from('another')
  await page.getByLabel('Choose: Original').setInputFiles({ name: 'a.txt', mimeType: 'text/plain', buffer })
  await page.getByText('The package is verified by itself.').waitFor()
  await page.locator('.verdict.valid').waitFor()
  await page.getByRole('button', { name: 'Remove: Evidence package' }).click()
  await page.getByText('as soon as there is a receipt or a package').first().waitFor({ state: 'attached' })
})

test('three languages: axe has no serious finding, and the keyboard opens and closes receipts', { skip }, async () => {
  const { page } = await given(genuine)
  await page.locator('.verdict.valid').waitFor()
  await page.emulateMedia({ reducedMotion: 'reduce' })
  for (const [language, words] of [
    ['en', 'Receipts in the package: 1'],
    ['zh-CN', '证据包内的回执：1'],
    ['zh-TW', '證據包內的回執：1'],
  ] as const) {
    await page.locator('#language').selectOption(language)
    await page.getByRole('heading', { name: words }).waitFor()
    assert.deepEqual(await seriousFindings(page), [], language)
  }
  await page.locator('.receipt summary').focus()
  await page.keyboard.press('Enter')
  assert.equal(await page.locator('.receipt[open]').count(), 0)
  await page.keyboard.press('Enter')
  assert.equal(await page.locator('.receipt[open]').count(), 1)
})
