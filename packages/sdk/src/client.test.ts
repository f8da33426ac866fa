import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { test } from 'node:test'
import { fromText, toText } from '@jurat/core/bytes'
import { createClient } from './client.ts'
import type { Client, ClientOptions } from './client.ts'
import { SdkError } from './errors.ts'
import { pauseBefore, retryDefault } from './retry.ts'

interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

type Reply = { status: number; body?: unknown; headers?: Record<string, string>; type?: string } | 'hang up'

/** A node that gives the prepared replies in their order and remembers what it was asked. */
async function withNode(
  replies: readonly Reply[],
  use: (client: Client, seen: Seen[], pauses: number[]) => Promise<void>,
  options: Partial<ClientOptions> = {},
): Promise<void> {
  const seen: Seen[] = []
  const left = [...replies]
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Uint8Array[] = []
    for await (const chunk of request) chunks.push(chunk as Uint8Array)
    const { method = '', url = '', headers } = request
    seen.push({ method, url, headers, body: Buffer.concat(chunks).toString() })
    const reply = left.shift()
    if (reply === undefined || reply === 'hang up') return void request.socket.destroy()
    response.writeHead(reply.status, { 'content-type': reply.type ?? 'application/json', ...reply.headers })
    response.end(reply.body instanceof Uint8Array ? reply.body : JSON.stringify(reply.body))
  }
  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  const pauses: number[] = []
  const sleep = async (delayMs: number): Promise<void> => void pauses.push(delayMs)
  try {
    await use(createClient({ address: `http://127.0.0.1:${String(address.port)}/`, sleep, ...options }), seen, pauses)
  } finally {
    server.close()
    server.closeAllConnections()
  }
}

const deposits = { deposits: [{ id: 'a'.repeat(58), index: 7, state: 'committed', link: '/v1/receipts/a' }] }
const items = [{ algorithm: 'sha-256' as const, digest: '00'.repeat(32) }]
const problem = (code: string, status: number, headers: Record<string, string> = {}): Reply => ({
  headers,
  status,
  type: 'application/problem+json',
  body: { type: `urn:jurat:problem:${code}`, title: 'No.', status, code, action: 'Do not.', traceId: 't' },
})

test('a call fills path, query, headers and body from the route table', async () => {
  await withNode(
    [
      { status: 200, body: deposits },
      { status: 200, body: fromText('tile') },
    ],
    async (client, seen) => {
      const input = { query: { wait: 'witnessed' as const }, body: { items }, idempotencyKey: 'k' }
      const { value } = await client.call('createDeposits', input)
      assert.deepEqual(value.deposits[0]?.index, 7)
      assert.equal(seen[0]?.url, '/v1/deposits?wait=witnessed')
      assert.equal(seen[0]?.headers.authorization, 'Bearer secret')
      assert.equal(seen[0]?.headers['idempotency-key'], 'k')
      assert.equal(seen[0]?.headers['accept-language'], 'zh-TW')
      assert.deepEqual(JSON.parse(seen[0]?.body ?? ''), { items })
      const tile = await client.call('getTile', { params: { path: 'entries/x001/002.p/3' } })
      assert.equal(toText(tile.value), 'tile')
      assert.equal(seen[1]?.url, '/log/tile/entries/x001/002.p/3')
    },
    { apiKey: 'secret', language: 'zh-TW' },
  )
})

test('429, 503 and silence are met with another attempt under the same idempotency key', async () => {
  const busy = problem('too-busy', 429, { 'retry-after': '2' })
  await withNode(
    [busy, problem('not-ready', 503), 'hang up', { status: 200, body: deposits }],
    async (client, seen, pauses) => {
      await client.call('createDeposits', { body: { items } })
      assert.equal(seen.length, 4)
      assert.equal(new Set(seen.map(({ headers }) => headers['idempotency-key'])).size, 1)
      assert.equal(pauses[0], 2000)
    },
  )
})

test('what could happen twice is not sent twice', async () => {
  await withNode(['hang up', { status: 200, body: {} }], async (client, seen) => {
    const body = { type: 19, to: null, payload: 'AA==' }
    await assert.rejects(client.call('proposeBallot', { body }), { code: 'node-unreachable' })
    assert.equal(seen.length, 1)
  })
})

test('errors: the problem document, or that there was none', async () => {
  const cases: readonly [Reply, string, number][] = [
    [problem('idempotency-conflict', 409), 'idempotency-conflict', 409],
    [{ status: 502, type: 'text/html', body: 'proxy' }, 'answer-malformed', 502],
    [{ status: 500, type: 'application/problem+json', body: { code: 1 } }, 'answer-malformed', 500],
    [{ status: 200, body: { deposits: [{ id: 1 }] } }, 'answer-malformed', 200],
    [{ status: 200, body: fromText('{') }, 'answer-malformed', 200],
  ]
  for (const [reply, code, status] of cases) {
    await withNode([reply], async (client) => {
      await assert.rejects(client.call('createDeposits', { body: { items } }), (error: unknown) => {
        assert.ok(error instanceof SdkError)
        assert.deepEqual([error.code, error.status, error.problem !== null], [code, status, status === 409])
        return true
      })
    })
  }
})

const health = {
  status: 'stalled',
  problems: ['no checkpoint for 10 s'],
  height: 1,
  committedSize: 3,
  checkpointSize: 2,
  queuedTransactions: 0,
  stopped: null,
  stalled: null,
  muted: false,
  database: 'off',
  projectionHeight: 1,
  projectionLagBlocks: 0,
}

test('a declared 503 is an answer, not a reason to ask again', async () => {
  await withNode([{ status: 503, body: health }], async (client, seen) => {
    const { status, value } = await client.call('getHealth', {})
    assert.equal(status, 503)
    assert.equal(value.status, 'stalled')
    assert.equal(seen.length, 1)
  })
})

test('the pause grows, obeys Retry-After, and has an end', () => {
  const pause = (attempt: number, retryAfter: string | null): number =>
    pauseBefore(retryDefault, attempt, retryAfter, 0.5, Date.parse('2026-01-01T00:00:00Z'))
  const cases: readonly [number, string | null, number][] = [
    [1, null, 250],
    [2, null, 500],
    [3, null, 1000],
    [9, null, 10_000],
    [1, '3', 3000],
    [1, '3600', 10_000],
    [1, 'Thu, 01 Jan 2026 00:00:05 GMT', 5000],
    [1, 'Thu, 01 Jan 1970 00:00:00 GMT', 250],
    [1, 'soon', 250],
  ]
  for (const [attempt, retryAfter, expected] of cases) assert.equal(pause(attempt, retryAfter), expected)
})
