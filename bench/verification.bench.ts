/**
 * How long a verification takes: in this process, in a browser, and as the whole command of a person.
 * @module
 */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { nobleCrypto } from '@jurat/core/crypto/noble'
import { verifyReceipt } from '@jurat/verify/verify'
import { nodeCrypto } from '../packages/node/src/crypto/nodeCrypto.ts'
import { verifyBigOriginal } from '../test/conformance/bigOriginal.ts'
import { tool } from '../test/conformance/tools.ts'
import { openVerifierFile } from '../test/conformance/verifierFile.ts'
import { openVerifyPage, type VerifyPage, type VerifyPageGlobals } from '../test/conformance/verifyPage.ts'
import { freshFolder, startNode } from '../test/runningNode.ts'
import { median, report, type Row } from './report.ts'
import { startWitnesses } from './witnesses.ts'

const roundsInProcess = 50
const roundsOfCommand = 7
const originalBytes = 1_000_000
const bigOriginalBytes = 1_073_741_824
const roundsOfBigOriginal = 3
const run = promisify(execFile)

/** An original, its receipt, and what they are judged by. */
interface Evidence {
  readonly original: Buffer
  readonly receipt: string
  readonly trust: string
}

const chromium = tool('chromium')
const opened = chromium === null ? null : await openVerifyPage(chromium)
const browser = opened?.page.context().browser()?.version() ?? 'not installed'

const rows: Row[] = []
for (const witnesses of [0, 3]) {
  const evidence = await makeEvidence(witnesses)
  const add = (what: string, times: readonly number[]): void => {
    // The first round also compiles what no round before it needed: a person meets rather that one.
    rows.push({ what, witnesses, 'first ms': Math.round(times[0] ?? 0), 'median ms': median(times).toFixed(1) })
  }
  add('in process, node:crypto', await inProcess(evidence, nodeCrypto))
  add('in process, portable', await inProcess(evidence, nobleCrypto))
  if (opened !== null) add('in Chromium, portable', await inBrowser(opened, evidence))
  add('command jurat verify, whole process', await asCommand(evidence))
}
await opened?.close()
if (chromium !== null) rows.push(await bigOriginal(chromium))
report(
  {
    name: 'verification',
    question: 'How long does it take to verify a file of 1 MB against its receipt, offline?',
    control: `every verdict is "verified"; medians of ${roundsInProcess} rounds in process and in the browser, ${roundsOfCommand} of the command, and ${roundsOfBigOriginal} of 1 GiB`,
    limits: `witnesses are nodes of ours with Ed25519 and ML-DSA-44 cosignatures; Chromium: ${browser}, without a window, its page open and the original in memory; the file of 1 GiB is sparse, so that no disk is measured`,
  },
  rows,
)

/** The offline page, from the choice of a file of 1 GiB to its verdict. */
async function bigOriginal(executablePath: string): Promise<Row> {
  const file = await openVerifierFile(executablePath)
  const times: number[] = []
  let growth = 0
  for (let round = 0; round < roundsOfBigOriginal; round++) {
    await file.open()
    const { state, timeMs, growthBytes } = await verifyBigOriginal(file, bigOriginalBytes)
    if (state !== 'valid') throw new Error(state)
    times.push(timeMs)
    growth = Math.max(growth, growthBytes)
  }
  await file.close()
  const what = `verify.html in Chromium, 1 GiB, ${Math.round(growth / 1_048_576)} MiB more memory`
  return { what, witnesses: 0, 'first ms': Math.round(times[0] ?? 0), 'median ms': median(times).toFixed(1) }
}

async function makeEvidence(witnesses: number): Promise<Evidence> {
  const outside = await startWitnesses(witnesses)
  const node = await startNode(freshFolder(), [...outside.nodeOptions, '--database-url=off'])
  await outside.know(node)
  const original = randomBytes(originalBytes)
  const digest = Buffer.from(nodeCrypto.sha256(original)).toString('hex')
  const headers = { authorization: `Bearer ${node.apiKey}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ items: [{ algorithm: 'sha-256', digest }] })
  const answer = await fetch(`${node.url}/v1/deposits?wait=witnessed`, { method: 'POST', headers, body })
  const { deposits } = (await answer.json()) as { deposits: { id: string }[] }
  const receipt = await (await fetch(`${node.url}/v1/receipts/${deposits[0]?.id}`)).text()
  const trust = await (await fetch(`${node.url}/v1/trust`)).text()
  await node.stop()
  await outside.stop()
  return { original, receipt, trust }
}

async function inProcess(evidence: Evidence, crypto: typeof nodeCrypto): Promise<number[]> {
  const times: number[] = []
  for (let round = 0; round < roundsInProcess; round++) {
    const started = performance.now()
    const { summary } = await verifyReceipt({ ...evidence, crypto })
    if (summary !== 'verified') throw new Error(summary)
    times.push(performance.now() - started)
  }
  return times
}

async function inBrowser({ page }: VerifyPage, { original, receipt, trust }: Evidence): Promise<number[]> {
  const { summaries, times } = await page.evaluate(
    ([evidence, rounds]) => (globalThis as unknown as VerifyPageGlobals).timeEvidence(evidence, rounds),
    [{ original: original.toString('hex'), receipt, trust }, roundsInProcess] as const,
  )
  const wrong = summaries.find((summary) => summary !== 'verified')
  if (wrong !== undefined) throw new Error(wrong)
  return times
}

async function asCommand({ original, receipt, trust }: Evidence): Promise<number[]> {
  const folder = freshFolder()
  const path = (name: string): string => join(folder, name)
  writeFileSync(path('original'), original)
  writeFileSync(path('receipt.jurat.json'), receipt)
  writeFileSync(path('trust.json'), trust)
  const command = join(import.meta.dirname, '..', 'packages', 'cli', 'bin', 'jurat.js')
  const words = [command, 'verify', path('original'), path('receipt.jurat.json'), '--trust', path('trust.json')]
  const times: number[] = []
  for (let round = 0; round < roundsOfCommand; round++) {
    const started = performance.now()
    // A verdict other than "verified" ends the command with another code, which throws here.
    await run(process.execPath, words)
    times.push(performance.now() - started)
  }
  return times
}
