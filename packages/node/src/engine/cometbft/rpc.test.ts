import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { toBase64 } from '@jurat/core/bytes'
import { cometRpc, RpcError, type Broadcast, type CometRpc } from './rpc.ts'

const tx = Uint8Array.of(1, 2, 3)

/** An RPC whose other side answers each request with this body; gives also what was asked, and how many connections. */
async function bench(
  t: TestContext,
  answer: (body: string) => string,
): Promise<{ rpc: CometRpc; asked: string[]; connections: () => number }> {
  const folder = mkdtempSync(join(tmpdir(), 'jurat-r-'))
  const [asked, sockets]: [string[], Set<unknown>] = [[], new Set()]
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      asked.push(body)
      response.end(answer(body))
    })
  })
  server.on('connection', (socket) => sockets.add(socket))
  const path = join(folder, 's')
  await new Promise<void>((resolve) => server.listen(path, resolve))
  const rpc = cometRpc(path)
  t.after(() => {
    rpc.close()
    server.closeAllConnections()
    server.close()
    rmSync(folder, { recursive: true })
  })
  return { rpc, asked, connections: () => sockets.size }
}

const result = (value: unknown): string => JSON.stringify({ jsonrpc: '2.0', id: 0, result: value })
const error = (data: string): string =>
  JSON.stringify({ jsonrpc: '2.0', id: 0, error: { code: -32_603, message: 'Internal error', data } })

const cases: readonly (readonly [string, Broadcast['kind']])[] = [
  [result({ code: 0, hash: 'AB' }), 'checked'],
  [result({ code: 113, hash: 'AB' }), 'checked'],
  [error('tx already exists in cache'), 'known'],
  [error('mempool is full: number of txs 50000 (max: 50000), total txs bytes 1 (max: 2)'), 'full'],
  [error('mempool is still rechecking after a new committed block, so it is considered as full'), 'full'],
  [error('Tx too large. Max size is 1048576, but got 1048577'), 'tooBig'],
  [error('endpoint is closed while node is catching up'), 'catchingUp'],
  [error('something new'), 'unknown'],
  [result({}), 'unknown'],
  [result(null), 'unknown'],
  ['not JSON', 'unknown'],
  ['null', 'unknown'],
]

test('what CometBFT answers to a broadcast', async (t) => {
  for (const [body, kind] of cases) {
    const { rpc, asked } = await bench(t, () => body)
    assert.equal((await rpc.broadcast(tx)).kind, kind, body)
    const { method, params } = JSON.parse(asked[0] ?? '') as { method: string; params: unknown }
    assert.equal(method, 'broadcast_tx_sync')
    assert.deepEqual(params, { tx: toBase64(tx) })
  }
})

test('connections are kept, and many requests are on their way at once', async (t) => {
  const { rpc, connections } = await bench(t, () => result({ code: 0 }))
  await rpc.broadcast(tx)
  await rpc.broadcast(tx)
  assert.equal(connections(), 1)
  await Promise.all(Array.from({ length: 200 }, () => rpc.broadcast(tx)))
  assert.ok(connections() > 1 && connections() <= 64, `${connections()} connections`)
})

test('no CometBFT, an error, an answer without end', async (t) => {
  const gone = cometRpc(join(tmpdir(), 'jurat-nobody-listens-here'))
  t.after(() => gone.close())
  assert.equal((await gone.broadcast(tx)).kind, 'unknown')
  await assert.rejects(gone.call('status'), /ENOENT/)
  const { rpc } = await bench(t, (body) => (body.includes('status') ? error('no') : 'x'.repeat(5 * 1_048_576)))
  await assert.rejects(
    rpc.call('status'),
    (thrown) => thrown instanceof RpcError && /Internal error: no/.test(thrown.message),
  )
  await assert.rejects(rpc.call('consensus_state'), /longer than 4194304 bytes/)
})
