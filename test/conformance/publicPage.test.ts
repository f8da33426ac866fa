/**
 * The public pages of a running node in a real Chromium: the receipt of the address, the digest of the link, the node's
 * trust file only under a fingerprint from elsewhere, and nothing that is uploaded.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { after, before, test } from 'node:test'
import type { DepositAnswer } from '@jurat/api/deposits'
import { languages } from '@jurat/verify/messages/language'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { packed, stamped } from '../../packages/verify/src/package/package.fixtures.ts'
import { freshFolder, type Node, startNode } from '../runningNode.ts'
import { seriousFindings } from './accessibility.ts'
import { tool } from './tools.ts'
import { stepOn } from './verifierFile.ts'
import { browserArguments } from './verifyPage.ts'

const executablePath = tool('chromium')
const skip = executablePath === null && 'chromium is not installed'
const original = Buffer.from('the deed, as it was signed')
const digest = createHash('sha256').update(original).digest('hex')

interface Opened {
  readonly node: Node
  readonly deposit: string
  readonly context: BrowserContext
  readonly profile: string
}

let opened: Opened | null = null

before(async () => {
  if (executablePath === null) return
  const node = await startNode(freshFolder(), ['--database-url=off'])
  const headers = { authorization: `Bearer ${node.apiKey}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ items: [{ algorithm: 'sha-256', digest }] })
  const answer = await fetch(`${node.url}/v1/deposits?wait=witnessed`, { method: 'POST', headers, body })
  const [{ id: deposit } = { id: '' }] = ((await answer.json()) as DepositAnswer).deposits
  const profile = freshFolder()
  const options = { executablePath, args: [...browserArguments], locale: 'en-GB' }
  const context = await chromium.launchPersistentContext(profile, options)
  context.setDefaultTimeout(60_000)
  opened = { node, deposit, context, profile }
})

after(async () => {
  await opened?.context.close()
  await opened?.node.stop()
  if (opened !== null) rmSync(opened.profile, { recursive: true, force: true })
})

interface Visit extends Opened {
  readonly page: Page
  /** Method and path of every request but those for blobs of the page itself. */
  readonly requests: readonly string[]
}

async function visit(path: (deposit: string) => string): Promise<Visit> {
  assert.ok(opened !== null)
  const page = await opened.context.newPage()
  const requests: string[] = []
  page.on('request', (request) => {
    if (!request.url().startsWith('blob:')) requests.push(`${request.method()} ${request.url()}`)
  })
  await page.goto(`${opened.node.url}${path(opened.deposit)}`)
  return { ...opened, page, requests }
}

const choose = (page: Page, buffer: Buffer): Promise<void> =>
  page.getByLabel('Choose: Original').setInputFiles({ name: 'deed.txt', mimeType: 'text/plain', buffer })

test(
  'a scanned link compares the digest, the dropped original is compared, and nothing is sent',
  { skip },
  async () => {
    const { page, requests, node, deposit } = await visit((id) => `/v/${id}#${digest}`)
    await page.locator('.verdict.unchecked').waitFor()
    assert.match((await page.locator('body').textContent()) ?? '', new RegExp(digest))
    await page.getByRole('button', { name: 'Take the trust file of this node' }).click()
    await page.getByText('waits for its fingerprint').waitFor()
    assert.equal(await page.locator('.verdict.valid').count(), 0, 'a node does not vouch for itself')
    await page.getByLabel('Fingerprint of the trust file').fill(node.trustFingerprint)
    await page.getByLabel('Fingerprint of the trust file').blur()
    await page.locator('.verdict.valid').waitFor()
    assert.match(await page.locator('.verdict').innerText(), /Only a digest was compared/)
    await choose(page, original)
    await page.locator('[data-step=digest]', { hasText: 'the original has the digest' }).waitFor()
    assert.doesNotMatch(await page.locator('.verdict').innerText(), /Only a digest was compared/)
    await choose(page, Buffer.from('another deed'))
    await page.locator('.verdict.invalid').waitFor()
    assert.equal(await stepOn(page, 'digest'), 'failed')
    assert.deepEqual(requests, [
      `GET ${node.url}/v/${deposit}`,
      `GET ${node.url}/v1/receipts/${deposit}`,
      `GET ${node.url}/v1/trust`,
    ])
    await page.close()
  },
)

test('a package is verified by the script of the offline file, which comes when it is needed', { skip }, async () => {
  const { page, requests, node } = await visit(() => '/verify')
  const buffer = Buffer.from(await packed())
  await page.getByLabel('Choose files').setInputFiles([
    { name: 'case.asice', mimeType: 'application/octet-stream', buffer },
    { name: 'trust.json', mimeType: 'application/json', buffer: Buffer.from(stamped.trust) },
  ])
  await page.locator('.verdict.invalid').waitFor()
  assert.equal(await page.locator('.receipt.valid').count(), 1, 'one receipt is of that network')
  assert.deepEqual(requests, [`GET ${node.url}/verify`, `GET ${node.url}/verify.html`])
  await page.close()
})

test('a wrong fingerprint, a foreign digest in the link, no such deposit', { skip }, async () => {
  const { page, node } = await visit((id) => `/v/${id}#${'0'.repeat(64)}`)
  await page.locator('[data-step=digest][data-state=failed]').waitFor()
  await page.getByRole('button', { name: 'Take the trust file of this node' }).click()
  const field = page.getByLabel('Fingerprint of the trust file')
  await field.fill('0'.repeat(64))
  await field.blur()
  await page.locator('[data-step=shape][data-state=failed]').waitFor()
  await field.fill(node.trustFingerprint)
  await field.blur()
  await page.locator('[data-step=digest][data-state=failed]').waitFor()
  await page.close()
  const other = await visit((id) => `/v/${id.slice(0, -1)}${id.endsWith('a') ? 'b' : 'a'}#x`)
  await other.page.getByText('This node has no such deposit.').waitFor()
  await other.page.getByText('no digest').waitFor()
  assert.deepEqual(await seriousFindings(other.page), [])
  await other.page.close()
})

test('the policy of the page lets it ask for those three addresses only', { skip }, async () => {
  const { page, deposit } = await visit((id) => `/v/${id}`)
  const tried = await page.evaluate(async (own) => {
    const attempt = async (path: string): Promise<boolean> =>
      fetch(path).then(
        () => true,
        () => false,
      )
    const paths = [
      `/v1/receipts/${own}`,
      '/v1/trust',
      '/verify.html',
      '/v1/network',
      `/v1/receipts/${own}/x`,
      '/v1/deposits',
      '/health',
    ]
    return Promise.all(paths.map(attempt))
  }, deposit)
  assert.deepEqual(tried, [true, true, true, false, false, false, false])
  await page.close()
  const plain = await visit(() => '/verify')
  await plain.page.getByText('Nothing is uploaded.').waitFor()
  assert.equal(await plain.page.evaluate(() => fetch('/v1/network').catch(() => null)), null)
  for (const language of languages) {
    await plain.page.locator('#language').selectOption(language)
    assert.deepEqual(await seriousFindings(plain.page), [], language)
  }
  await plain.page.close()
})

test('the pages travel compressed, and the offline file is one to keep', { skip }, async () => {
  assert.ok(opened !== null)
  const { url } = opened.node
  const plain = await fetch(`${url}/verify.html`, { headers: { 'accept-encoding': 'identity' } })
  assert.equal(plain.headers.get('content-encoding'), null)
  assert.match(plain.headers.get('content-disposition') ?? '', /^attachment/)
  const file = await plain.text()
  assert.match(file, /http-equiv="Content-Security-Policy"/)
  const gzipped = await fetch(`${url}/verify.html`, { headers: { 'accept-encoding': 'br, gzip' } })
  assert.equal(gzipped.headers.get('content-encoding'), 'gzip')
  assert.equal(await gzipped.text(), file)
  assert.equal((await fetch(`${url}/v/nonsense`)).status, 404)
})
