/**
 * Single-record deposits under an API key.
 * @module
 */
import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { postsTo, runLoad } from './load.ts'
import { median, report, type Row } from './report.ts'
import { freshFolder, startNode } from '../test/runningNode.ts'

const { values } = parseArgs({
  options: {
    connections: { type: 'string', default: '64,256' },
    accounts: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '3' },
    'no-database': { type: 'boolean', default: false },
    'http-threads': { type: 'string' },
  },
})
const numbers = (list: string): number[] => list.split(',').map(Number)

/** The body of a request. */
const oneItem = (): string => `{"items":[{"algorithm":"sha-256","digest":"${randomBytes(32).toString('hex')}"}]}`

const threads = values['http-threads']
const node = await startNode(freshFolder(), [
  ...(values['no-database'] ? ['--database-url=off'] : []),
  ...(threads === undefined ? [] : [`--http-threads=${threads}`]),
])
const rows: Row[] = []
for (const accounts of numbers(values.accounts)) {
  const keys = accounts === 1 ? [node.apiKey] : await makeKeys(accounts)
  const posts = keys.map((key) =>
    postsTo('/v1/deposits', { authorization: `Bearer ${key}`, 'content-type': 'application/json' }),
  )
  for (const connections of numbers(values.connections)) {
    const results = []
    const before = node.usage().cpuSeconds
    for (let round = 0; round < Number(values.rounds); round++) {
      results.push(
        await runLoad({
          host: node.host,
          port: node.port,
          connections,
          durationMs: Number(values.seconds) * 1000,
          warmUpMs: 1500,
          request: (sequence) => posts[sequence % posts.length]?.(oneItem()) ?? null,
          onError: (status, body) => console.error(status, body.slice(0, 300)),
        }),
      )
    }
    rows.push({
      accounts,
      connections,
      'deposits/s': median(results.map((result) => result.perSecond)),
      'min..max': `${Math.min(...results.map((r) => r.perSecond))}..${Math.max(...results.map((r) => r.perSecond))}`,
      'p50 ms': median(results.map((result) => result.p50)),
      'p99 ms': median(results.map((result) => result.p99)),
      failed: results.reduce((sum, result) => sum + result.failed, 0),
      'CPU s of the node': Math.round((node.usage().cpuSeconds - before) * 10) / 10,
      'memory MiB': node.usage().memoryMiB,
    })
  }
}
report(
  {
    name: 'single-deposits',
    question: 'How many single-record POST /v1/deposits under an API key are durable and in the tree a second?',
    control: `median of ${values.rounds} rounds of ${values.seconds} s; every answer is 200 or counted as failed; projections ${values['no-database'] ? 'off' : 'running'}`,
    limits: 'client and server share the machine; a virtual disk may acknowledge a sync before it is safe',
  },
  rows,
)
await node.stop()

/** API keys of new organisations, each with an account of its own. */
async function makeKeys(count: number): Promise<string[]> {
  const call = async (path: string, body?: unknown): Promise<Record<string, string>> => {
    const authorization = `Bearer ${node.apiKey}`
    const headers = body === undefined ? { authorization } : { authorization, 'content-type': 'application/json' }
    const sent = body === undefined ? {} : { body: JSON.stringify(body) }
    const response = await fetch(`${node.url}${path}`, { method: 'POST', headers, ...sent })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as Record<string, string>
  }
  const keys: string[] = []
  for (let made = 0; made < count; made++) {
    const organisation = await call('/v1/organisations', { name: `bench ${made}` })
    const account = await call(`/v1/organisations/${organisation['id']}/accounts`)
    const wanted = { label: 'bench', scopes: ['deposit'], account: account['id'] }
    const key = await call(`/v1/organisations/${organisation['id']}/keys`, wanted)
    keys.push(key['key'] ?? '')
  }
  return keys
}
