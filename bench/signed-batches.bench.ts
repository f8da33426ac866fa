/**
 * Deposits in transactions that the client signed.
 * @module
 */
import { parseArgs } from 'node:util'
import { freshFolder, startNode } from '../test/runningNode.ts'
import { median, report, type Row } from './report.ts'
import { signedBatches } from './signedBatches.ts'

const { values } = parseArgs({
  options: {
    items: { type: 'string', default: '1,10,100,1000' },
    transactions: { type: 'string', default: '2000' },
    rounds: { type: 'string', default: '3' },
    'no-database': { type: 'boolean', default: false },
  },
})

const rows: Row[] = []
for (const items of values.items.split(',').map(Number)) {
  const node = await startNode(freshFolder(), values['no-database'] ? ['--database-url=off'] : [])
  const load = await signedBatches(node, items)
  await load.run(items * 200)
  const before = node.usage().cpuSeconds
  const rounds: Awaited<ReturnType<typeof load.run>>[] = []
  const transactions = items === 1 ? 20_000 : Number(values.transactions)
  for (let round = 0; round < Number(values.rounds); round++) rounds.push(await load.run(items * transactions))
  const rate = (round: (typeof rounds)[number]): number => Math.round((round.items / round.sendingMs) * 1000)
  rows.push({
    'items a transaction': items,
    'items/s': median(rounds.map(rate)),
    'min..max': `${Math.min(...rounds.map(rate))}..${Math.max(...rounds.map(rate))}`,
    'p50 ms': median(rounds.map((round) => round.p50)),
    'p99 ms': median(rounds.map((round) => round.p99)),
    'CPU s of the node': Math.round(node.usage().cpuSeconds - before),
    'memory MiB': node.usage().memoryMiB,
  })
  await node.stop()
}
report(
  {
    name: 'signed-batches',
    question: 'How many items a second are durable and in the tree when the client signs its transactions?',
    control: `pre-signed with Ed25519, sent over 64 connections (8 above 100 items); median of ${values.rounds} rounds; projections ${values['no-database'] ? 'off' : 'running'}`,
    limits: 'client and server share the machine; signing is not in the time, checking is',
  },
  rows,
)
