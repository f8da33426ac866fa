/**
 * Time stamps over HTTP: one request of openssl's form a token.
 * @module
 */
import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { writeQuery } from '@jurat/core/timestamp/query'
import { post, runLoad } from './load.ts'
import { median, report, type Row } from './report.ts'
import { freshFolder, startNode } from '../test/runningNode.ts'

const { values } = parseArgs({
  options: {
    connections: { type: 'string', default: '16,64' },
    seconds: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '3' },
  },
})

const node = await startNode(freshFolder(), ['--database-url=off', '--network', 'jurat.test/bench'])
const granted = async (): Promise<number> => {
  const text = await (await fetch(`${node.url}/metrics`)).text()
  return Number(/^jurat_timestamps_total\{outcome="granted"\} (\d+)$/mu.exec(text)?.[1] ?? 0)
}

const rows: Row[] = []
for (const connections of values.connections.split(',').map(Number)) {
  const results = []
  const before = { cpuSeconds: node.usage().cpuSeconds, granted: await granted() }
  let asked = 0
  for (let round = 0; round < Number(values.rounds); round++) {
    results.push(
      await runLoad({
        host: node.host,
        port: node.port,
        connections,
        durationMs: Number(values.seconds) * 1000,
        warmUpMs: 1500,
        request() {
          asked++
          const imprint = { algorithm: 'sha256', digest: new Uint8Array(randomBytes(32)) } as const
          const query = writeQuery({ imprint, policy: null, nonce: null, certificates: true })
          return post('/tsa', { 'content-type': 'application/timestamp-query' }, Buffer.from(query))
        },
        onError: (status, body) => console.error(status, body.slice(0, 300)),
      }),
    )
  }
  const tokens = (await granted()) - before.granted
  if (tokens !== asked) throw new Error(`${asked} were asked for, and ${tokens} granted`)
  rows.push({
    connections,
    'tokens/s': median(results.map((result) => result.perSecond)),
    'min..max': `${Math.min(...results.map((r) => r.perSecond))}..${Math.max(...results.map((r) => r.perSecond))}`,
    'p50 ms': median(results.map((result) => result.p50)),
    'p99 ms': median(results.map((result) => result.p99)),
    failed: results.reduce((sum, result) => sum + result.failed, 0),
    'CPU s of the node': Math.round((node.usage().cpuSeconds - before.cpuSeconds) * 10) / 10,
    'memory MiB': node.usage().memoryMiB,
  })
}
report(
  {
    name: 'timestamps',
    question: 'How many RFC 3161 tokens with certificates does POST /tsa give a second?',
    control: `median of ${values.rounds} rounds of ${values.seconds} s; the node's own count of granted tokens equals the requests`,
    limits: 'client and server share the machine; nobody verifies the tokens meanwhile; no deposits come in between',
  },
  rows,
)
await node.stop()
