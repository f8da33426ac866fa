/**
 * The fast paths of POST /log/add answer like the application: the same requests go to all of them, over real sockets
 * and in memory.
 * @module
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { rawBodyBytesMax } from '@jurat/api/limits'
import fc from 'fast-check'
import { EngineError } from '../engine/engine.ts'
import { RawFrontError } from '../features/rawFront.ts'
import { fastPathsOf } from './fastPaths.fixtures.ts'
import { fuzzSeed } from './fuzzSeed.fixtures.ts'
import { fastRaw } from './fastRaw.ts'
import { testApp } from './testApp.fixtures.ts'

/** Bodies that fail, by their first byte. */
const failures: Readonly<Record<string, () => Error>> = {
  '0': () => new RawFrontError('record-impossible', 'not this first byte'),
  '1': () => new RawFrontError('too-busy', 'busy'),
  '2': () => new RawFrontError('not-ready', 'no checkpoint covers it yet'),
  '3': () => new EngineError('muted', 'muted'),
  '4': () => new Error('a fault'),
}

/** A raw front that needs no ledger: the index follows from the body. */
async function add(body: Uint8Array): Promise<number> {
  await new Promise((resolve) => setImmediate(resolve))
  const failure = failures[String.fromCodePoint(body[0] ?? 0)]
  if (failure !== undefined) throw failure()
  return createHash('sha256').update(body).digest().readUInt32BE()
}

test('all paths of the raw front give the same answers', async (t) => {
  const { app, key } = await testApp({
    addRaw: async ({ bytes }) => ({ status: 200, body: String(await add(new Uint8Array(bytes))) }),
  })
  const paths = await fastPathsOf(app, fastRaw(add))
  t.after(() => paths.close())
  const good = await key('read')
  const body = fc.oneof(
    { weight: 6, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 100 }).map((bytes) => Buffer.from(bytes)) },
    fc.constantFrom(...Object.keys(failures)).map((first) => Buffer.from(`${first} fails`)),
    fc.constantFrom(0, rawBodyBytesMax, rawBodyBytesMax + 1, 70_000).map((bytes) => Buffer.alloc(bytes, 'a')),
  )
  const plain = fc.record(
    {
      authorization: fc.constantFrom(`Bearer ${good}`, 'Bearer x', 'Basic eDp5'),
      'content-type': fc.constantFrom('application/octet-stream', 'text/plain', 'application/json', 'A.b/c+d'),
      'accept-language': fc.constantFrom('zh-CN', 'zh-TW', '*'),
    },
    { requiredKeys: [] },
  )
  const odd = fc.record(
    {
      'content-type': fc.constantFrom('', '?', 'a/b/c', 'a/b;', 'a /b', 'text/plain; charset=utf-8', 'undefined'),
      'idempotency-key': fc.constantFrom('k', 'x'.repeat(129), 'a b'),
    },
    { requiredKeys: [] },
  )
  const headers = fc.oneof(plain, odd)
  const url = fc.oneof({ weight: 6, arbitrary: fc.constant('/log/add') }, fc.constantFrom('/log/add?', '/log/add?a=b'))
  await fc.assert(
    fc.asyncProperty(url, headers, body, async (url, headers, body) => {
      const { status } = await paths.same({ url, headers, body })
      assert.ok(status < 500 || '234'.includes(body.toString('latin1', 0, 1)), `${status}`)
    }),
    { numRuns: 500, ...fuzzSeed },
  )
  assert.ok(paths.answeredFast > 200, `only ${paths.answeredFast} requests took a fast path`)
})
