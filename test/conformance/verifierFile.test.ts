/**
 * `verify.html` in a real Chromium, from a disk, offline: every state, the tamper table, languages, keyboard, print, big
 * files, and that it asks nobody for anything.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { defaultRequired, sortSteps } from '@jurat/core/receipt/steps'
import {
  consortiumEvidence,
  identifiedEvidence,
  type Evidence,
  listedEvidence,
  type MadeEvidence,
  soloEvidence,
  stampedEvidence,
  witnessedEvidence,
} from '../../packages/verify/src/evidence.fixtures.ts'
import { crypto } from '../../packages/verify/src/network.fixtures.ts'
import { applyRow, type EvidenceKind } from '../../packages/verify/src/tamper.cases.ts'
import { tamperRows } from '../../packages/verify/src/tamperTable.cases.ts'
import { verifyReceipt } from '../../packages/verify/src/verify.ts'
import { seriousFindings } from './accessibility.ts'
import { verifyBigOriginal } from './bigOriginal.ts'
import { tool } from './tools.ts'
import { give, openVerifierFile, stepOn, type VerifierFile, verdictOn } from './verifierFile.ts'

const executablePath = tool('chromium')
const skip = executablePath === null && 'chromium is not installed'

let opened: VerifierFile | null = null

before(async () => {
  if (executablePath !== null) opened = await openVerifierFile(executablePath)
})

after(async () => {
  await opened?.close()
})

/** The page with nothing on it. */
async function fresh(): Promise<VerifierFile> {
  assert.ok(opened !== null)
  await opened.open()
  return opened
}

const genuine: Record<EvidenceKind, MadeEvidence> = {
  witnessed: witnessedEvidence(),
  listed: listedEvidence(),
  consortium: consortiumEvidence().after,
  stamped: stampedEvidence(),
  identified: identifiedEvidence(),
}

const inNode = async (evidence: Evidence): Promise<unknown> =>
  JSON.parse(JSON.stringify(await verifyReceipt({ ...evidence, crypto })))

test('genuine evidence is valid, with the verdict of the command, and what it does not show', { skip }, async () => {
  for (const evidence of [soloEvidence(), ...Object.values(genuine)]) {
    const { page } = await fresh()
    await give(page, evidence)
    const { state, verdict } = await verdictOn(page)
    assert.equal(state, 'valid')
    assert.deepEqual(verdict, await inNode(evidence))
    const text = await page.locator('.verdict').innerText()
    assert.match(text, /unchanged since 2027-/)
    assert.match(text, /does not show that its content was true before/)
    assert.equal(await page.locator('.steps li').count(), verdict.steps.length, 'never one bare tick')
  }
})

test('every state has its words', { skip }, async () => {
  const evidence = genuine.witnessed
  const solo = soloEvidence()
  const timed = solo.network.trust(sortSteps([...defaultRequired, 'time']))
  const cases: readonly [what: string, given: Partial<Evidence>, state: string, words: string][] = [
    ['everything', evidence, 'valid', 'Valid'],
    ['another original', { ...evidence, original: Buffer.from('another') }, 'invalid', 'Invalid'],
    [
      'no trust file',
      { original: evidence.original, receipt: evidence.receipt },
      'unchecked',
      'Cannot be checked here',
    ],
    ['no original', { receipt: evidence.receipt, trust: evidence.trust }, 'unchecked', 'Cannot be checked here'],
    ['an empty original', { ...evidence, original: new Uint8Array() }, 'invalid', 'Invalid'],
    ['no independent time yet', { ...solo, trust: timed }, 'pending', 'Valid, but not yet final'],
    ['a broken receipt', { ...evidence, receipt: '{"format":' }, 'invalid', 'Invalid'],
    ['a broken trust file', { ...evidence, trust: '[' }, 'invalid', 'Invalid'],
  ]
  for (const [what, given, state, words] of cases) {
    const { page } = await fresh()
    await give(page, given)
    assert.equal((await verdictOn(page)).state, state, what)
    assert.equal(await page.getByRole('status').textContent(), words, what)
    if (state !== 'valid') assert.doesNotMatch(await page.locator('.verdict').innerText(), /unchanged since/, what)
  }
})

test('a good part of the tamper table fails with the right step', { skip }, async () => {
  // Every ninth row, and so each file and each kind of evidence; the whole table runs in verify-browser.test.ts.
  const rows = tamperRows.filter((_, at) => at % 9 === 0)
  assert.ok(rows.length > 12)
  for (const row of rows) {
    const { evidence = 'witnessed', file, field, change, step, state = 'failed' } = row
    const { page } = await fresh()
    await give(page, applyRow(row, genuine[evidence]))
    await page.locator('.verdict').waitFor()
    const shown = await page.locator('.verdict').getAttribute('data-state')
    const what = `${file} ${field}: ${change}`
    if (step === null) assert.equal(shown, 'valid', what)
    else {
      assert.equal(await stepOn(page, step), state, what)
      // An independent time may still come with a later receipt.
      const absent = step === 'time' ? 'pending' : 'unchecked'
      assert.equal(shown, state === 'failed' ? 'invalid' : absent, what)
    }
  }
})

test('a typed fingerprint must equal, in whatever groups it is written', { skip }, async () => {
  const { page } = await fresh()
  const { trustFingerprint } = await verifyReceipt({ ...genuine.witnessed, crypto })
  assert.ok(trustFingerprint !== null)
  await give(page, genuine.witnessed)
  await page.locator('.verdict').waitFor()
  assert.match(await page.locator('.verdict').innerText(), /You have not typed a fingerprint/)
  const field = page.getByLabel('Fingerprint of the trust file')
  const type = async (text: string): Promise<void> => {
    await field.fill(text)
    await field.blur()
  }
  await type('123')
  await page.getByText('This is no fingerprint').waitFor()
  assert.equal(await page.locator('.verdict').count(), 0, 'nothing is verified under a half fingerprint')
  await type(trustFingerprint.toUpperCase().replaceAll(/(.{8})/g, '$1 '))
  await page.getByText('The trust file has the fingerprint that you typed.').waitFor()
  assert.equal((await verdictOn(page)).state, 'valid')
  await type('0'.repeat(64))
  await page.locator('.verdict.invalid').waitFor()
  assert.equal(await stepOn(page, 'shape'), 'failed')
})

test('three languages, light and dark: axe has no serious finding', { skip }, async () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    const { page } = await fresh()
    // Colours that are on their way to others are no finding.
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    assert.deepEqual(await seriousFindings(page), [], 'empty')
    await give(page, genuine.witnessed)
    await page.locator('.verdict').waitFor()
    for (const [language, title] of [
      ['en', 'Verify evidence'],
      ['zh-CN', '证据核验'],
      ['zh-TW', '證據核驗'],
    ] as const) {
      await page.locator('#language').selectOption(language)
      assert.equal(await page.locator('h1').textContent(), title)
      assert.equal(await page.locator('html').getAttribute('lang'), language)
      assert.equal(await page.locator('.verdict.valid').count(), 1, 'the verdict stays')
      assert.deepEqual(await seriousFindings(page), [], `${language}, ${colorScheme}`)
    }
    await page.emulateMedia({ colorScheme: null, reducedMotion: null })
  }
})

test('the keyboard alone is enough', { skip }, async () => {
  const { page, folder } = await fresh()
  const paths = (['original', 'receipt', 'trust'] as const).map((role) => {
    const path = join(folder, role === 'receipt' ? 'deed.jurat.json' : `${role}.json`)
    writeFileSync(path, genuine.witnessed[role])
    return path
  })
  const focused = (): Promise<string> =>
    page.evaluate(() => {
      const element = document.activeElement
      const label = element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : element?.textContent
      return label ?? ''
    })
  // Asked for before anything is pressed: the browser must know by then that somebody waits for it.
  const chosen = page.waitForEvent('filechooser')
  const met: string[] = []
  for (let presses = 0; presses < 12 && met.at(-1) !== 'Fingerprint of the trust file'; presses++) {
    await page.keyboard.press('Tab')
    const name = await focused()
    met.push(name)
    if (name !== 'Choose files') continue
    const outline = await page.evaluate(() => {
      const place = document.activeElement?.closest('.picker')
      return place == null ? '' : getComputedStyle(place).outlineStyle
    })
    assert.equal(outline, 'solid', 'the focus is seen')
    await page.keyboard.press('Enter')
    await (await chosen).setFiles(paths)
    await page.locator('.verdict.valid').waitFor()
  }
  assert.ok(met.includes('Choose: Original') && met.includes('Remove: Trust file'), met.join(', '))
  assert.equal(met.at(-1), 'Fingerprint of the trust file')
  await page.keyboard.press('Tab')
  assert.equal(await focused(), 'Print')
})

const pdftotext = tool('pdftotext')

test('the print view is the verdict without the buttons', { skip }, async () => {
  const { page, folder } = await fresh()
  await give(page, genuine.witnessed)
  await page.locator('.verdict').waitFor()
  const pdf = join(folder, 'verdict.pdf')
  writeFileSync(pdf, await page.pdf({ format: 'A4' }))
  const pages = readFileSync(pdf, 'latin1').match(/\/Type\s*\/Page\b/g) ?? []
  assert.ok(pages.length > 0 && pages.length < 6, `${pages.length} pages`)
  await page.emulateMedia({ media: 'print' })
  const text = pdftotext === null ? await page.innerText('body') : textOf(pdf)
  await page.emulateMedia({ media: null })
  assert.match(text, /unchanged since 2027-/)
  assert.match(text, /cosignatures of the witnesses/)
  assert.match(text, /contract\.txt/)
  assert.doesNotMatch(text, /Choose|Save the verdict/)
})

function textOf(pdf: string): string {
  return spawnSync('pdftotext', ['-layout', pdf, '-'], { encoding: 'utf8' }).stdout
}

test('a big original is read in slices, with progress and flat memory', { skip }, async () => {
  // Slices that were hashed wait for the collector, so that a smaller file could not tell them from a whole one.
  const bytes = 384 * 1024 * 1024
  const { state, progressSeen, growthBytes } = await verifyBigOriginal(await fresh(), bytes)
  assert.equal(state, 'valid')
  assert.ok(progressSeen > 0, 'progress was shown')
  assert.ok(growthBytes < bytes / 2, `${Math.round(growthBytes / 1_048_576)} MiB more`)
})

test('it asks for nothing, and its own policy would not let it', { skip }, async () => {
  const { page, requests } = await fresh()
  await give(page, genuine.witnessed)
  await page.locator('.verdict').waitFor()
  assert.deepEqual(
    requests.filter((address) => !address.startsWith('file:') && !address.startsWith('blob:')),
    [],
  )
  let met = 0
  const server = createServer((_, response) => {
    met++
    response.setHeader('access-control-allow-origin', '*').end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const context = page.context()
  await context.setOffline(false)
  const outcome = await page.evaluate(async (url) => {
    const image = new Image()
    image.src = url
    navigator.sendBeacon(url, 'x')
    return fetch(url).then(
      () => 'sent',
      () => 'refused',
    )
  }, address)
  await context.setOffline(true)
  assert.equal(outcome, 'refused')
  const control = await fetch(address)
  server.close()
  assert.ok(control.ok)
  assert.equal(met, 1, 'only the control arrived')
})
