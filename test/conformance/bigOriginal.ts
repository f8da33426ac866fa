/**
 * A big original on `verify.html`: how long it takes, what memory it needs, and whether progress was seen.
 * @module
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { formatReceipt } from '@jurat/core/receipt/receipt'
import { accounts } from '../../packages/verify/src/evidence.fixtures.ts'
import { consortium, FixtureNetwork } from '../../packages/verify/src/network.fixtures.ts'
import { give, type VerifierFile } from './verifierFile.ts'

/** What came of it. */
export interface BigOriginal {
  readonly state: string
  readonly timeMs: number
  /** Memory of the browser's renderer at its highest, beyond that before the file was given; bytes. */
  readonly growthBytes: number
  /** How often a value of the progress was seen between its ends. */
  readonly progressSeen: number
}

/** How often the page is looked at, in milliseconds. */
const lookMs = 20

/** Verifies `bytes` zeros of a sparse file on a fresh page. */
export async function verifyBigOriginal({ page, folder }: VerifierFile, bytes: number): Promise<BigOriginal> {
  const path = join(folder, 'video.mkv')
  writeFileSync(path, '')
  truncateSync(path, bytes)
  await give(page, evidenceOfZeros(bytes))
  const before = rendererBytes(folder)
  let [peak, progressSeen] = [before, 0]
  const started = performance.now()
  await page.locator('[data-role=original] input').setInputFiles(path)
  for (;;) {
    const { state, progress } = await page.evaluate(() => ({
      state: document.querySelector('.given[data-role=original]') && document.querySelector('.verdict'),
      progress: document.querySelector('progress')?.value ?? 0,
    }))
    const timeMs = performance.now() - started
    peak = Math.max(peak, rendererBytes(folder))
    if (progress > 0 && progress < 1) progressSeen++
    if (state !== null) {
      const shown = (await page.locator('.verdict').getAttribute('data-state')) ?? ''
      return { state: shown, timeMs, growthBytes: peak - before, progressSeen }
    }
    await sleep(lookMs)
  }
}

function evidenceOfZeros(bytes: number): { receipt: string; trust: string } {
  const network = new FixtureNetwork(consortium(['operator']), accounts)
  const zeros = new Uint8Array(1 << 20)
  const hasher = createHash('sha256')
  for (let at = 0; at < bytes; at += zeros.length) hasher.update(zeros)
  const item = { algorithm: 1, digest: new Uint8Array(hasher.digest()), commitment: null, flow: null }
  const sent = network.deposit('hosted', ['hosted/1'], [item])
  const receipt = formatReceipt(network.receipt(sent, 0, network.note('operator', [])))
  return { receipt, trust: network.trust() }
}

/** Memory of the greatest renderer of the browser whose profile lies in `folder`, bytes; 0 where the system does not tell. */
function rendererBytes(folder: string): number {
  const { stdout } = spawnSync('ps', ['-eo', 'rss=,args='], { encoding: 'utf8' })
  const renderers = (stdout ?? '')
    .split('\n')
    .filter((line) => line.includes('--type=renderer') && line.includes(folder))
  return Math.max(0, ...renderers.map((line) => 1024 * Number.parseInt(line, 10)))
}
