/**
 * The verifier in a real browser: the same code, bundled, gives the same verdicts as Node on the whole tamper table.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import {
  consortiumEvidence,
  type Evidence,
  listedEvidence,
  type MadeEvidence,
  soloEvidence,
  witnessedEvidence,
} from '../../packages/verify/src/evidence.fixtures.ts'
import { crypto } from '../../packages/verify/src/network.fixtures.ts'
import { applyRow, type EvidenceKind } from '../../packages/verify/src/tamper.cases.ts'
import { tamperRows } from '../../packages/verify/src/tamperTable.cases.ts'
import { verifyReceipt } from '../../packages/verify/src/verify.ts'
import { tool } from './tools.ts'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const executablePath = tool('chromium')
const skip = executablePath === null && 'chromium is not installed'

/** What the page gets, with the original in hexadecimal. */
interface PageEvidence {
  readonly original: string
  readonly receipt: string
  readonly trust: string
}

/** The page's program: verifies one piece of evidence, or an original of a given size in chunks. */
const program = `
import { fromHex } from '@jurat/core/bytes'
import { nobleCrypto as crypto } from '@jurat/core/crypto/noble'
import { verifyReceipt } from '@jurat/verify/verify'
globalThis.verifyEvidence = async ({ original, receipt, trust }) =>
  JSON.stringify(await verifyReceipt({ original: fromHex(original), receipt, trust, crypto }))
globalThis.verifyBlob = async ({ receipt, trust }, text) =>
  JSON.stringify(await verifyReceipt({ original: new Blob([text]).stream(), receipt, trust, crypto }))
`

/** The bundle, for browsers alone: whatever of Node it needed would fail to resolve here. */
async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: join(root, 'packages/cli'), loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
  })
  return outputFiles[0]?.text ?? ''
}

const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

let folder: string | null = null
let context: BrowserContext | null = null
let page: Page | null = null
const requests: string[] = []

before(async () => {
  if (executablePath === null) return
  folder = mkdtempSync(join(tmpdir(), 'jurat-chromium-'))
  context = await chromium.launchPersistentContext(folder, { executablePath, args, offline: true })
  page = await context.newPage()
  page.on('request', (request) => requests.push(request.url()))
  await page.addScriptTag({ content: await bundle() })
})

after(async () => {
  await context?.close()
  if (folder !== null) rmSync(folder, { recursive: true, force: true })
})

async function inBrowser({ original, receipt, trust }: Evidence): Promise<unknown> {
  assert.ok(page !== null)
  const given: PageEvidence = { original: Buffer.from(original).toString('hex'), receipt, trust }
  const verdict = await page.evaluate(
    (evidence) =>
      (globalThis as unknown as { verifyEvidence: (of: PageEvidence) => Promise<string> }).verifyEvidence(evidence),
    given,
  )
  return JSON.parse(verdict)
}

async function inNode(evidence: Evidence): Promise<unknown> {
  return JSON.parse(JSON.stringify(await verifyReceipt({ ...evidence, crypto })))
}

test('genuine evidence has the same verdict in the browser', { skip }, async () => {
  const { before, superseded, after, retired, refreshed } = consortiumEvidence()
  for (const evidence of [soloEvidence(), before, superseded, after, retired, refreshed]) {
    assert.deepEqual(await inBrowser(evidence), await inNode(evidence))
  }
})

test('every row of the tamper table has the same verdict in the browser', { skip }, async () => {
  const genuine: Record<EvidenceKind, MadeEvidence> = {
    witnessed: witnessedEvidence(),
    listed: listedEvidence(),
    consortium: consortiumEvidence().after,
  }
  for (const row of tamperRows) {
    const { evidence = 'witnessed', file, field, change } = row
    const tampered = applyRow(row, genuine[evidence])
    assert.deepEqual(await inBrowser(tampered), await inNode(tampered), `${file} ${field}: ${change}`)
  }
})

test('the browser hashes a stream, and asks the network for nothing', { skip }, async () => {
  assert.ok(page !== null)
  const { original, receipt, trust } = soloEvidence()
  const verdict = await page.evaluate(
    ([evidence, text]) =>
      (globalThis as unknown as { verifyBlob: (of: PageEvidence, text: string) => Promise<string> }).verifyBlob(
        evidence,
        text,
      ),
    [{ original: '', receipt, trust }, Buffer.from(original).toString()] as const,
  )
  assert.equal((JSON.parse(verdict) as { summary: string }).summary, 'verified')
  assert.deepEqual(requests, [])
})
