/**
 * The fast ways of POST /v1/transactions answer like the application: the same requests go to all of them, over real
 * sockets and in memory.
 * @module
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import type { TransactionOutcome } from '@jurat/api/transactions'
import fc from 'fast-check'
import { EngineError } from '../engine/engine.ts'
import { TransactionError } from '../features/transactions.ts'
import { laneRequestBytesMax } from './fastLane.ts'
import { fastPathsOf } from './fastPaths.fixtures.ts'
import { fastTransactions } from './fastTransactions.ts'
import { fuzzSeed } from './fuzzSeed.fixtures.ts'
import { ok } from './handler.ts'
import { testApp } from './testApp.fixtures.ts'

/** Transactions that come to nothing, by their first byte. */
const failures: Readonly<Record<string, () => Error>> = {
  '0': () => new TransactionError(102, null),
  '1': () => new TransactionError(118, new Uint8Array(32)),
  '2': () => new EngineError('overloaded', 'busy'),
  '3': () => new Error('a fault'),
}

/** A ledger that executes everything: the hash follows from the bytes. */
async function submit(tx: Uint8Array, witnessed: boolean): Promise<TransactionOutcome> {
  await new Promise((resolve) => setImmediate(resolve))
  const failure = failures[String.fromCodePoint(tx[0] ?? 0)]
  if (failure !== undefined) throw failure()
  const txHash = createHash('sha256').update(tx).digest('hex')
  const witnesses = witnessed ? 'complete' : 'none'
  return { txHash, state: 'committed', witnesses, code: 0, height: 1, firstIndex: 0, entryCount: 1 }
}

test('all paths of transactions give the same answers', async (t) => {
  const { app } = await testApp({
    submitTransaction: async ({ bytes, query }) => ok(await submit(new Uint8Array(bytes), query.wait === 'witnessed')),
  })
  const paths = await fastPathsOf(app, fastTransactions(submit))
  t.after(() => paths.close())
  const body = fc.oneof(
    { weight: 6, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 100 }).map((bytes) => Buffer.from(bytes)) },
    fc.constantFrom(...Object.keys(failures)).map((first) => Buffer.from(`${first} fails`)),
    fc
      .constantFrom(0, laneRequestBytesMax, laneRequestBytesMax + 1, 1_048_577)
      .map((bytes) => Buffer.alloc(bytes, 'a')),
  )
  const cbor = fc.constant('application/cbor')
  const language = fc.constantFrom('zh-CN', 'zh-TW')
  const plain = fc.record({ 'content-type': cbor, 'accept-language': language }, { requiredKeys: ['content-type'] })
  const odd = fc.record({
    'content-type': fc.oneof(
      cbor,
      fc.constantFrom('application/json', 'application/CBOR', 'application/cbor; a=b', ''),
    ),
    'idempotency-key': fc.constantFrom('k', 'x'.repeat(129), 'a b'),
  })
  const headers = fc.oneof({ weight: 4, arbitrary: plain }, odd)
  const url = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('/v1/transactions', '/v1/transactions?wait=committed') },
    fc.constantFrom('/v1/transactions?wait=witnessed', '/v1/transactions?wait=x', '/v1/transactions?'),
  )
  await fc.assert(
    fc.asyncProperty(url, headers, body, async (url, headers, body) => {
      const { status } = await paths.same({ url, headers, body })
      assert.ok(status < 500 || '23'.includes(body.toString('latin1', 0, 1)), `${status}`)
    }),
    { numRuns: 300, ...fuzzSeed },
  )
  assert.ok(paths.answeredFast > 200, `only ${paths.answeredFast} requests took a fast path`)
})
