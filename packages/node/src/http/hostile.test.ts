/**
 * Hostile requests: mutated heads and bodies over a real socket get 4xx or the end of the connection, in bounded time,
 * and never a 5xx.
 * @module
 */
import assert from 'node:assert/strict'
import { connect, type AddressInfo } from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import { silentLogger } from '../observe/logger.ts'
import { fuzzSeed } from './fuzzSeed.fixtures.ts'
import { createHttpServer, listen } from './server.ts'
import { testApp } from './testApp.fixtures.ts'

/** Longest time that a request may take, milliseconds. */
const answerMsMax = 5_000

test('mutated requests are answered with 2xx or 4xx, or cut off', async (t) => {
  const { app, key } = await testApp()
  const options = { hotPaths: [], connectionsMax: 100, tls: null, logger: silentLogger }
  const server = await createHttpServer(options, app.routing.bind(app))
  await listen(server, { host: '127.0.0.1', port: 0 })
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const token = await key('deposit', 'account', 'admin', 'read')
  const body = JSON.stringify({ items: [{ algorithm: 'sha-256', digest: 'ab'.repeat(32), metadata: { a: 'b' } }] })
  const keys = JSON.stringify({ authMap: [{ publicKey: `01${'ab'.repeat(32)}`, weight: 100 }], recoverKey: null })
  const common = `host: a\r\nauthorization: Bearer ${token}\r\nconnection: close\r\nidempotency-key: k\r\n`
  const post = (path: string, type: string, body: string): string =>
    `POST ${path} HTTP/1.1\r\n${common}content-type: ${type}\r\ncontent-length: ${body.length}\r\n\r\n${body}`
  const genuine = [
    post('/v1/deposits?wait=committed', 'application/json', body),
    post('/v1/accounts', 'application/json', keys),
    post('/v1/transactions', 'application/cbor', '\x83\x80\x40\x80'),
    post('/v1/organisations/abc/keys', 'application/json', '{"label":"l","scopes":["read"]}'),
    post('/log/add', 'text/plain', 'hello'),
    `GET /v1/deposits?digest=${'ab'.repeat(32)} HTTP/1.1\r\n${common}\r\n`,
    `GET /log/tile/0/x001/067.p/3 HTTP/1.1\r\n${common}\r\n`,
    `DELETE /v1/organisations/abc/keys/k HTTP/1.1\r\n${common}\r\n`,
  ]
  const mutation = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    remove: fc.nat(6),
    insert: fc.oneof(
      fc.uint8Array({ maxLength: 6 }),
      fc
        .constantFrom('\r\n', '{"__proto__":{}}', '[[[[[[[[', '%2e%2e/', '1e999', '"\\ud800"', '\0')
        .map((s) => Buffer.from(s)),
    ),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...genuine),
      fc.array(mutation, { minLength: 1, maxLength: 4 }),
      async (text, changes) => {
        let bytes = Buffer.from(text, 'latin1')
        for (const { at, remove, insert } of changes) {
          const from = Math.floor(at * bytes.length)
          bytes = Buffer.concat([bytes.subarray(0, from), insert, bytes.subarray(from + remove)])
        }
        const started = performance.now()
        const answer = await exchange(port, bytes)
        assert.ok(performance.now() - started < answerMsMax)
        assert.match(answer, /^($|HTTP\/1\.1 [24])/, `${bytes.toString('latin1')}\n---\n${answer}`)
      },
    ),
    { numRuns: 1_000, ...fuzzSeed },
  )
})

function exchange(port: number, bytes: Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    socket.on('data', (chunk) => (text += chunk.toString()))
    socket.on('error', () => resolve(text))
    socket.on('close', () => resolve(text))
    socket.on('end', () => socket.end())
    socket.end(bytes)
  })
}
