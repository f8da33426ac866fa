/**
 * How long a verification takes: in this process, and as the whole command of a person.
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
import { freshFolder, startNode } from '../test/runningNode.ts'
import { median, report, type Row } from './report.ts'
import { startWitnesses } from './witnesses.ts'

const roundsInProcess = 50
const roundsOfCommand = 7
const run = promisify(execFile)

const rows: Row[] = []
for (const witnesses of [0, 3]) {
  const outside = await startWitnesses(witnesses)
  const node = await startNode(freshFolder(), [...outside.nodeOptions, '--database-url=off'])
  await outside.know(node)
  const original = randomBytes(1_000_000)
  const digest = Buffer.from(nodeCrypto.sha256(original)).toString('hex')
  const headers = { authorization: `Bearer ${node.apiKey}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ items: [{ algorithm: 'sha-256', digest }] })
  const answer = await fetch(`${node.url}/v1/deposits?wait=witnessed`, { method: 'POST', headers, body })
  const { deposits } = (await answer.json()) as { deposits: { id: string }[] }
  const receipt = await (await fetch(`${node.url}/v1/receipts/${deposits[0]?.id}`)).text()
  const trust = await (await fetch(`${node.url}/v1/trust`)).text()
  await node.stop()
  await outside.stop()
  for (const [name, crypto] of [
    ['node:crypto', nodeCrypto],
    ['portable', nobleCrypto],
  ] as const) {
    const times: number[] = []
    for (let round = 0; round < roundsInProcess; round++) {
      const started = performance.now()
      const { summary } = await verifyReceipt({ original, receipt, trust, crypto })
      if (summary !== 'verified') throw new Error(summary)
      times.push(performance.now() - started)
    }
    rows.push({ what: `in process, ${name}`, witnesses, 'median ms': median(times).toFixed(1) })
  }
  const folder = freshFolder()
  const path = (name: string): string => join(folder, name)
  writeFileSync(path('original'), original)
  writeFileSync(path('receipt.jurat.json'), receipt)
  writeFileSync(path('trust.json'), trust)
  const command = join(import.meta.dirname, '..', 'packages', 'cli', 'bin', 'jurat.js')
  const times: number[] = []
  for (let round = 0; round < roundsOfCommand; round++) {
    const started = performance.now()
    await run(process.execPath, [
      command,
      'verify',
      path('original'),
      path('receipt.jurat.json'),
      '--trust',
      path('trust.json'),
    ])
    times.push(performance.now() - started)
  }
  rows.push({ what: 'command jurat verify, whole process', witnesses, 'median ms': median(times).toFixed(0) })
}
report(
  {
    name: 'verification',
    question: 'How long does it take to verify a file of 1 MB against its receipt, offline?',
    control: `every verdict is "verified"; medians of ${roundsInProcess} rounds in process and ${roundsOfCommand} of the command`,
    limits: 'witnesses are nodes of ours with Ed25519 and ML-DSA-44 cosignatures; the browser runs the portable code',
  },
  rows,
)
