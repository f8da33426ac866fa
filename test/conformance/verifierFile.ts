/**
 * `verify.html` in a real Chromium, from a disk and without a network: what a person does on it, and what it says.
 * @module
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buildVerifierPages } from '@jurat/verify/pages/build'
import type { Verdict } from '@jurat/verify/verdict'
import { chromium, type Page } from 'playwright-core'
import type { Evidence } from '../../packages/verify/src/evidence.fixtures.ts'
import { browserArguments } from './verifyPage.ts'

/** Longest wait for anything on the page, milliseconds. */
const waitMsMax = 60_000

/** The open page. */
export interface VerifierFile {
  readonly page: Page
  /** Folder of the page, for files of the test. */
  readonly folder: string
  /** Every address that the page asked for. */
  readonly requests: readonly string[]
  /** Loads the page anew, and nothing is given. */
  open(): Promise<void>
  close(): Promise<void>
}

/** Opens it. @param executablePath - of Chromium. */
export async function openVerifierFile(executablePath: string): Promise<VerifierFile> {
  const folder = mkdtempSync(join(tmpdir(), 'jurat-verifier-'))
  const html = join(folder, 'verify.html')
  writeFileSync(html, (await buildVerifierPages()).file)
  const profile = join(folder, 'profile')
  const options = { executablePath, args: [...browserArguments], offline: true, acceptDownloads: true, locale: 'en-GB' }
  const context = await chromium.launchPersistentContext(profile, options)
  context.setDefaultTimeout(waitMsMax)
  const page = await context.newPage()
  const requests: string[] = []
  page.on('request', (request) => requests.push(request.url()))
  return {
    page,
    folder,
    requests,
    async open() {
      await page.goto(pathToFileURL(html).href)
    },
    async close() {
      await context.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A file as a person chooses it. */
const fileOf = (name: string, content: string | Uint8Array): { name: string; mimeType: string; buffer: Buffer } => ({
  name,
  mimeType: 'application/octet-stream',
  buffer: Buffer.from(content),
})

/** Gives files to the common picker, all at once; null ones are kept back. */
export async function give(page: Page, { original, receipt, trust }: Partial<Evidence>): Promise<void> {
  const files = [
    ...(trust === undefined ? [] : [fileOf('trust.json', trust)]),
    ...(original === undefined ? [] : [fileOf('contract.txt', original)]),
    ...(receipt === undefined ? [] : [fileOf('deed.jurat.json', receipt)]),
  ]
  await page.getByLabel('Choose files').setInputFiles(files)
  await page.waitForFunction((count) => document.querySelectorAll('.slots .given').length === count, files.length)
}

/** The verdict that the page gives out as JSON, and the state that it shows. */
export async function verdictOn(page: Page): Promise<{ state: string; verdict: Verdict }> {
  const view = page.locator('.verdict')
  await view.waitFor()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save the verdict as JSON' }).click(),
  ])
  const verdict = JSON.parse(readFileSync(await download.path(), 'utf8')) as Verdict
  return { state: (await view.getAttribute('data-state')) ?? '', verdict }
}

/** The step of a name as it is shown. */
export async function stepOn(page: Page, name: string): Promise<string | null> {
  return page.locator(`.steps [data-step="${name}"]`).getAttribute('data-state')
}
