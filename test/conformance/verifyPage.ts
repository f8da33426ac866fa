/**
 * The verifier in a real browser: the same code, bundled, in a page that has no network.
 * @module
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { chromium, type Page } from 'playwright-core'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** What the page gets, with the original in hexadecimal. */
export interface PageEvidence {
  readonly original: string
  readonly receipt: string
  readonly trust: string
}

/** What is to be verified, without its original: that is made in the page. */
export type PagePapers = Omit<PageEvidence, 'original'>

/** The functions of the page; each gives a verdict as JSON. */
export interface VerifyPageGlobals {
  verifyEvidence(evidence: PageEvidence): Promise<string>
  /** An original in chunks. */
  verifyBlob(papers: PagePapers, text: string): Promise<string>
  /** Verifies the same again and again: what came of each round, and its time in milliseconds. */
  timeEvidence(evidence: PageEvidence, rounds: number): Promise<{ summaries: string[]; times: number[] }>
}

/** The page's program. */
const program = `
import { fromHex } from '@jurat/core/bytes'
import { nobleCrypto as crypto } from '@jurat/core/crypto/noble'
import { verifyReceipt } from '@jurat/verify/verify'
globalThis.verifyEvidence = async ({ original, receipt, trust }) =>
  JSON.stringify(await verifyReceipt({ original: fromHex(original), receipt, trust, crypto }))
globalThis.verifyBlob = async ({ receipt, trust }, text) =>
  JSON.stringify(await verifyReceipt({ original: new Blob([text]).stream(), receipt, trust, crypto }))
globalThis.timeEvidence = async ({ original, receipt, trust }, rounds) => {
  const bytes = fromHex(original)
  const [summaries, times] = [[], []]
  for (let round = 0; round < rounds; round++) {
    const started = performance.now()
    const { summary } = await verifyReceipt({ original: bytes, receipt, trust, crypto })
    times.push(performance.now() - started)
    summaries.push(summary)
  }
  return { summaries, times }
}
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

/** How Chromium is started: without a window, and without anything that it does by itself. */
export const browserArguments: readonly string[] = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** A page with the verifier in it. */
export interface VerifyPage {
  readonly page: Page
  /** Every address that the page asked for since it was opened. */
  readonly requests: readonly string[]
  close(): Promise<void>
}

/** Opens it. @param executablePath - of Chromium. */
export async function openVerifyPage(executablePath: string): Promise<VerifyPage> {
  const folder = mkdtempSync(join(tmpdir(), 'jurat-chromium-'))
  const context = await chromium.launchPersistentContext(folder, {
    executablePath,
    args: [...browserArguments],
    offline: true,
  })
  const page = await context.newPage()
  // Only a page with an address may use the browser's own cryptography.
  const file = join(folder, 'page.html')
  writeFileSync(file, '<!doctype html>')
  await page.goto(pathToFileURL(file).href)
  const requests: string[] = []
  page.on('request', (request) => requests.push(request.url()))
  await page.addScriptTag({ content: await bundle() })
  return {
    page,
    requests,
    async close() {
      await context.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
