/**
 * What a growing log costs: rate, restart, memory and bytes on disk at several sizes.
 * @module
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { bytesBelow, freshFolder, startNode } from '../test/runningNode.ts'
import { report, type Row } from './report.ts'
import { signedBatches } from './signedBatches.ts'

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '1000000,10000000' },
    items: { type: 'string', default: '1000' },
    'no-database': { type: 'boolean', default: false },
  },
})

const folder = freshFolder()
const options = values['no-database'] ? ['--database-url=off'] : []
const rows: Row[] = []
let node = await startNode(folder, options)
let size = 0
for (const goal of values.sizes.split(',').map(Number)) {
  const load = await signedBatches(node, Number(values.items))
  // The last tenth of the way is what the rate is taken from: the log is then near its goal.
  const measured = Math.min(1_000_000, Math.round((goal - size) / 2))
  await load.run(goal - size - measured)
  const started = performance.now()
  await load.run(measured)
  const rate = (measured / (performance.now() - started)) * 1000
  size = goal
  const { memoryMiB } = node.usage()
  await node.stop()
  const bytes = Object.fromEntries(
    readdirSync(node.folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => [entry.name, bytesBelow(join(node.folder, entry.name))]),
  )
  node = await startNode(folder, options)
  const each = (name: string): number => Math.round((bytes[name] ?? 0) / size)
  rows.push({
    deposits: goal,
    'deposits/s': Math.round(rate),
    'restart ms': Math.round(node.startMs),
    'memory before restart MiB': memoryMiB,
    'memory after restart MiB': node.usage().memoryMiB,
    'segments B': each('segments'),
    'tiles and bundles B': each('log'),
    'state B': each('state'),
    'index B': each('index'),
    'sum B': each('segments') + each('log') + each('state') + each('index'),
  })
}
await node.stop()
report(
  {
    name: 'growth',
    question: 'What do rate, restart, memory and disk look like as the log grows?',
    control: `client-signed batches of ${values.items} items; rate over the last deposits before each size; bytes a deposit by apparent size`,
    limits: 'client and server share the machine; restarts find their files in the page cache',
  },
  rows,
)
