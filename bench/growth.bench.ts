/**
 * What a growing log costs: rate by window, restart, memory and bytes on disk at several sizes. `--entries N` says how
 * far it grows. Its folder is below TMPDIR; 50 million deposits take about 11 GB there, and PostgreSQL more than that.
 * @module
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { freshFolder, type Node, startNode } from '../test/runningNode.ts'
import { type DiskUse, diskUse } from './diskUse.ts'
import { report, type Row } from './report.ts'
import { signedBatches } from './signedBatches.ts'

const { values } = parseArgs({
  options: {
    entries: { type: 'string', default: '10000000' },
    sizes: { type: 'string', default: '1000000,10000000,50000000' },
    window: { type: 'string', default: '1000000' },
    items: { type: 'string', default: '1000' },
    'no-database': { type: 'boolean', default: false },
  },
})

/** How much of the first window after a start is sent before the clock runs. */
const warmUpShare = 0.2

const goal = Number(values.entries)
const window = Number(values.window)
/** Where the node is stopped, measured and started again. */
const stops = [
  ...new Set([
    ...values.sizes
      .split(',')
      .map(Number)
      .filter((size) => size < goal),
    goal,
  ]),
]

/** What is only known after a stop; windows between have a dash there. */
const stopColumns = [
  'restart ms',
  'memory after restart MiB',
  'segments B',
  'tiles and bundles B',
  'state B',
  'index B',
  'sum B',
  'sum in blocks B',
  'PostgreSQL B',
  'all else B',
  'all GB',
] as const
type StopColumns = Readonly<Record<(typeof stopColumns)[number], string | number>>
const notStopped: Row = Object.fromEntries(stopColumns.map((column) => [column, '-']))

const folder = freshFolder()
const options = values['no-database'] ? ['--database-url=off'] : []
const rows: Row[] = []
/** Rate of the first window, which later ones are compared with. */
let firstRate: number | null = null
let node = await startNode(folder, options)
let load = await signedBatches(node, Number(values.items))
let deposits = 0
for (const stop of stops) {
  // A process that has just started is slow at first; that is not what a growing log costs.
  deposits += (await load.run(Math.round(Math.min(window, stop - deposits) * warmUpShare))).items
  while (deposits < stop) {
    const { items, sendingMs, p99, refused } = await load.run(Math.min(window, stop - deposits))
    deposits += items
    const rate = (items / sendingMs) * 1000
    firstRate ??= rate
    const row: Row = {
      deposits,
      'deposits/s': Math.round(rate),
      'of the first window %': Math.round((rate / firstRate) * 100),
      'p99 ms': p99,
      refused,
      'memory MiB': node.usage().memoryMiB,
      'generator MiB': Math.round(process.memoryUsage().rss / 2 ** 20),
      ...(deposits < stop ? notStopped : await restart()),
    }
    rows.push(row)
    // Such a run takes long: whoever watches sees how far it is.
    console.error(JSON.stringify(row))
  }
}
await node.stop()
report(
  {
    name: 'growth',
    question: 'What do rate, restart, memory and disk look like as the log grows?',
    control: `client-signed batches of ${values.items} items, made between the times of sending; rate and p99 of each window, the first fifth of the one after a start left out; restart and bytes a deposit at ${stops.join(', ')}; projections ${values['no-database'] ? 'off' : 'running'}`,
    limits:
      'client and server share the machine; the node rests while the client signs; restarts find their files in the page cache; memory is that of the node itself, without PostgreSQL and the process that copies into it',
  },
  rows,
)

/** Stops the node in order, looks at its folder, and starts it again: what is printed of that. */
async function restart(): Promise<StopColumns> {
  await node.stop()
  const disk = diskColumns(node)
  node = await startNode(folder, options)
  const afterRestart = node.usage().memoryMiB
  load = await signedBatches(node, Number(values.items))
  return { 'restart ms': Math.round(node.startMs), 'memory after restart MiB': afterRestart, ...disk }
}

/** Bytes a deposit, by what they are for. */
function diskColumns({ folder: data }: Node): Omit<StopColumns, 'restart ms' | 'memory after restart MiB'> {
  const of = (name: string): DiskUse =>
    existsSync(join(data, name)) ? diskUse(join(data, name)) : { apparent: 0, allocated: 0 }
  const each = (bytes: number): number => Math.round(bytes / deposits)
  const ledger = ['segments', 'log', 'state', 'index'].map(of)
  const [segments, log, state, index] = ledger.map(({ apparent }) => each(apparent))
  const { allocated } = diskUse(data)
  const postgres = of('postgres').allocated
  return {
    'segments B': segments ?? 0,
    'tiles and bundles B': log ?? 0,
    'state B': state ?? 0,
    'index B': index ?? 0,
    'sum B': each(ledger.reduce((sum, use) => sum + use.apparent, 0)),
    'sum in blocks B': each(ledger.reduce((sum, use) => sum + use.allocated, 0)),
    'PostgreSQL B': each(postgres),
    'all else B': each(allocated - postgres - ledger.reduce((sum, use) => sum + use.allocated, 0)),
    'all GB': Math.round(allocated / 1e7) / 100,
  }
}
