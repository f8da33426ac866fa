/**
 * How long one client waits for a receipt that verifies offline.
 * @module
 */
import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { freshFolder, startNode } from '../test/runningNode.ts'
import { percentile, report, type Row } from './report.ts'
import { startWitnesses } from './witnesses.ts'

const { values } = parseArgs({
  options: { deposits: { type: 'string', default: '300' }, 'no-database': { type: 'boolean', default: false } },
})

const rows: Row[] = []
for (const witnesses of [0, 3]) rows.push(await measure(witnesses))
report(
  {
    name: 'time-to-receipt',
    question: 'How long from the request of a deposit to its offline-verifiable receipt, for one client alone?',
    control: `${values.deposits} deposits one after the other, each new; the receipt is fetched whole`,
    limits: 'loopback: no network between client, node and witnesses; the witnesses are nodes of ours',
  },
  rows,
)

async function measure(witnesses: number): Promise<Row> {
  const outside = await startWitnesses(witnesses)
  const options = [...outside.nodeOptions, ...(values['no-database'] ? ['--database-url=off'] : [])]
  const node = await startNode(freshFolder(), options)
  await outside.know(node)
  const times: number[] = []
  const headers = { authorization: `Bearer ${node.apiKey}`, 'content-type': 'application/json' }
  for (let number = 0; number < Number(values.deposits); number++) {
    const started = performance.now()
    const body = JSON.stringify({ items: [{ algorithm: 'sha-256', digest: randomBytes(32).toString('hex') }] })
    const wait = witnesses === 0 ? 'committed' : 'witnessed'
    const answer = await fetch(`${node.url}/v1/deposits?wait=${wait}`, { method: 'POST', headers, body })
    const { deposits } = (await answer.json()) as { deposits: { id: string }[] }
    for (;;) {
      const receipt = await fetch(`${node.url}/v1/receipts/${deposits[0]?.id}`)
      await receipt.arrayBuffer()
      if (receipt.status === 200) break
      if (receipt.status !== 202) throw new Error(`receipt: ${receipt.status}`)
    }
    times.push(performance.now() - started)
  }
  await node.stop()
  await outside.stop()
  const sorted = Float64Array.from(times.slice(20)).toSorted()
  const figure = (share: number): string => percentile(sorted, share).toFixed(1)
  return { witnesses, deposits: sorted.length, 'p50 ms': figure(0.5), 'p95 ms': figure(0.95), 'p99 ms': figure(0.99) }
}
