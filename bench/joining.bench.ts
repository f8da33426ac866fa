/**
 * A member that has nothing yet gets the chain from four others: how fast it executes small blocks and large ones, and what
 * memory a member has then.
 * @module
 */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { PlannedNetwork } from '../test/plannedNetwork.ts'
import { usageOf } from '../test/usage.ts'
import { report, type Row } from './report.ts'
import { signedBatches } from './signedBatches.ts'

const { values } = parseArgs({
  options: {
    blocks: { type: 'string', default: '500' },
    entries: { type: 'string', default: '200000' },
  },
})

const founders = 4
const [smallItems, batchItems] = [100, 1_000]
const patienceMs = 1_800_000
/** How often the follower is asked where it is, milliseconds. */
const askMs = 50

const network = await PlannedNetwork.found(founders, founders + 1, patienceMs)
const names = network.plan.members.map(({ name }) => name)
const [follower = '', first = ''] = [names.at(-1), names[0]]
const rows: Row[] = []
try {
  for (let number = 0; number < Number(values.blocks); number++) await depositSmall()
  await network.even(names.slice(0, founders))
  await network.join(follower, '--genesis', network.plan.genesis)
  rows.push(await caughtUp(`${values.blocks} blocks of ${smallItems}`))
  await network.process(follower).end()
  await (await signedBatches(network.target(first), batchItems)).run(Number(values.entries))
  await network.even(names.slice(0, founders))
  rows.push(await caughtUp(`${values.entries} entries in batches of ${batchItems}`))
  const size = (await network.seenBy(first))?.treeSize ?? 0
  report(
    {
      name: 'joining',
      question: 'How fast does a member that is behind get the chain, and what memory has a member then?',
      control: `${founders} founders that go on, a fifth that follows from the genesis by block sync and executes everything; from the first block that it has executed, so without the start of its processes; ${size} entries at the end; without PostgreSQL`,
      limits: 'all members share the processors; loopback is the network; nobody deposits meanwhile',
    },
    rows,
  )
  for (const name of names) {
    const { pid, cometbftPid } = network.process(name)
    for (const line of usageOf({ name, pid, cometbftPid })) console.log(line)
  }
} finally {
  await network.remove()
}

/** A block of its own: nobody else deposits, and the answer comes when it is committed. */
async function depositSmall(): Promise<void> {
  const { url, apiKey } = network.target(first)
  const items = Array.from({ length: smallItems }, () => ({
    algorithm: 'sha-256',
    digest: randomBytes(32).toString('hex'),
  }))
  const answer = await fetch(`${url}/v1/deposits?wait=committed`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ items }),
  })
  if (answer.status !== 200) throw new Error(`deposit: ${answer.status} ${await answer.text()}`)
  await answer.arrayBuffer()
}

/** Starts the follower, and follows it to the end of the chain. */
async function caughtUp(what: string): Promise<Row> {
  const end = await network.seenBy(first)
  if (end === null) throw new Error(`${first} does not answer`)
  network.start(follower)
  let began: number | null = null
  let from: { height: number; treeSize: number; at: number } | null = null
  for (;;) {
    const seen = await network.seenBy(follower)
    const at = performance.now()
    began ??= seen?.height ?? null
    if (seen !== null && began !== null && seen.height > began) from ??= { ...seen, at }
    if (seen !== null && seen.treeSize >= end.treeSize) {
      if (from === null || from.height === seen.height) throw new Error('too few blocks to be measured')
      const seconds = (at - from.at) / 1_000
      return {
        what,
        blocks: seen.height - from.height,
        'blocks a second': Math.round((seen.height - from.height) / seconds),
        'entries a second': Math.round((seen.treeSize - from.treeSize) / seconds),
      }
    }
    if (from !== null && at - from.at > patienceMs) throw new Error(`${follower} does not catch up`)
    await sleep(askMs)
  }
}
