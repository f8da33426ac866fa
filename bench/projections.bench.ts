/**
 * How fast the projections catch up when they start behind.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { freshFolder, startNode } from '../test/runningNode.ts'
import { report } from './report.ts'
import { signedBatches } from './signedBatches.ts'

const { values } = parseArgs({ options: { deposits: { type: 'string', default: '500000' } } })
const deposits = Number(values.deposits)

const folder = freshFolder()
const withoutDatabase = await startNode(folder, ['--database-url=off'])
await (await signedBatches(withoutDatabase, 1000)).run(deposits)
await withoutDatabase.stop()

const started = performance.now()
const node = await startNode(folder)
const health = async (): Promise<{ height: number; projectionHeight: number }> =>
  (await (await fetch(`${node.url}/health`)).json()) as { height: number; projectionHeight: number }
let now = await health()
while (now.projectionHeight < now.height) {
  await sleep(20)
  now = await health()
}
const seconds = (performance.now() - started) / 1000
await node.stop()
report(
  {
    name: 'projections',
    question: 'How many deposits a second do the projections take in when they are behind?',
    control:
      'a node starts with blocks that PostgreSQL has never seen, in transactions of 1,000 items; the start is in the time',
    limits: 'nothing else runs; under load the projections take only what the ledger leaves',
  },
  [{ deposits, seconds: seconds.toFixed(1), 'deposits/s': Math.round(deposits / seconds) }],
)
