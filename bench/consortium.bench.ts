/**
 * A consortium of four on one machine: rate, times to committed and witnessed, what a dead member costs,
 * processor time and memory of each process.
 * @module
 */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type LocalMember, startLocalNetwork } from '../test/localNetwork.ts'
import { percentile, report, type Row } from './report.ts'
import { signedBatches, type Target } from './signedBatches.ts'

const { values } = parseArgs({
  options: {
    members: { type: 'string', default: '4' },
    deposits: { type: 'string', default: '200' },
    batches: { type: 'string', default: '100,1000' },
    items: { type: 'string', default: '200000' },
  },
})

/** Longest wait until all members have everything, milliseconds. */
const patienceMs = 300_000

const network = await startLocalNetwork({ members: Number(values.members) })
const [first, last] = [memberAt(0), memberAt(-1)]

const rows: Row[] = []
for (const wait of ['committed', 'witnessed'] as const) rows.push(await lightLoad(`light load, ${wait}`, wait))
for (const items of values.batches.split(',').map(Number)) rows.push(await heavyLoad(items))

await network.tell('kill', last.name)
rows.push(await lightLoad('one member dead, committed', 'committed'))
const usage = network.usage()
await network.stop()

report(
  {
    name: 'consortium',
    question: 'What do institutions with one chain reach when all of them share one machine?',
    control: `${values.members} members, each a node and a CometBFT, without PostgreSQL; a heavy load counts when every member has executed it`,
    limits: 'all members and the load generator share the processors; loopback, through relays, is the network',
  },
  rows,
)
for (const line of usage) console.log(line)

function memberAt(place: number): LocalMember {
  const member = network.members.at(place)
  if (member === undefined) throw new Error('a consortium has several members')
  return member
}

async function lightLoad(what: string, wait: 'committed' | 'witnessed'): Promise<Row> {
  const times: number[] = []
  for (let number = 0; number < Number(values.deposits); number++) {
    const begun = performance.now()
    const { deposits } = await deposit(1, wait)
    if (wait === 'witnessed') {
      const receipt = await fetch(`${first.url}/v1/receipts/${deposits[0]?.id}`)
      if (receipt.status !== 200) throw new Error(`receipt: ${receipt.status}`)
      await receipt.arrayBuffer()
    }
    times.push(performance.now() - begun)
  }
  return row(what, { times: Float64Array.from(times.slice(10)).toSorted() })
}

async function heavyLoad(items: number): Promise<Row> {
  const load = await signedBatches(asTarget(first), items)
  await load.run(items * 20)
  const count = Math.ceil(Number(values.items) / items) * items
  const before = await treeSize(first)
  const begun = performance.now()
  const { sendingMs } = await load.run(count)
  const preparingMs = performance.now() - begun - sendingMs
  const sent = performance.now()
  for (const member of network.members) await until(async () => (await treeSize(member)) >= before + count)
  const everywhereMs = performance.now() - sent
  // Making transactions is not in the time; waiting for the slowest member is.
  const rate = count / ((sendingMs + everywhereMs) / 1000)
  return row(`batches of ${items}, executed by all`, { rate, note: `prepared in ${Math.round(preparingMs)} ms` })
}

async function deposit(count: number, wait: string): Promise<{ deposits: { id: string }[] }> {
  const items = Array.from({ length: count }, () => ({
    algorithm: 'sha-256',
    digest: randomBytes(32).toString('hex'),
  }))
  const answer = await fetch(`${first.url}/v1/deposits?wait=${wait}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${first.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ items }),
  })
  if (answer.status !== 200) throw new Error(`deposit: ${answer.status} ${await answer.text()}`)
  return (await answer.json()) as { deposits: { id: string }[] }
}

async function treeSize({ url }: LocalMember): Promise<number> {
  const answer = await fetch(`${url}/v1/network`).catch(() => null)
  return answer?.ok === true ? ((await answer.json()) as { treeSize: number }).treeSize : 0
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + patienceMs
  while (!(await condition())) {
    if (performance.now() > end) throw new Error('the members do not come to the same tree')
    await sleep(10)
  }
}

function row(what: string, { times, rate, note }: { times?: Float64Array; rate?: number; note?: string }): Row {
  const figure = (share: number): string => (times === undefined ? '-' : percentile(times, share).toFixed(0))
  return {
    what,
    'a second': rate === undefined ? '-' : Math.round(rate),
    'p50 ms': figure(0.5),
    'p95 ms': figure(0.95),
    'p99 ms': figure(0.99),
    note: note ?? '',
  }
}

function asTarget({ url, apiKey }: LocalMember): Target {
  const { hostname, port } = new URL(url)
  return { url, apiKey, host: hostname, port: Number(port) }
}
