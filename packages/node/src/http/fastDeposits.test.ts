/**
 * The fast paths answer like the application: the same requests go to all of them, over real sockets and in memory.
 * @module
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { DepositError, type DepositJob, LedgerError } from '../features/deposits.ts'
import { fastPathsOf } from './fastPaths.fixtures.ts'
import { ok } from './handler.ts'
import { fuzzSeed } from './fuzzSeed.fixtures.ts'
import { fastDeposits } from './fastDeposits.ts'
import { testApp } from './testApp.fixtures.ts'

/** A deposit that needs no ledger: ids follow from the job; some digests fail. */
async function deposit(job: DepositJob): Promise<{ deposits: never[]; job: string }> {
  await new Promise((resolve) => setImmediate(resolve))
  const [first] = job.items
  if (first?.digest.startsWith('00')) throw new DepositError('too-busy', 'busy')
  if (first?.digest.startsWith('01')) throw new LedgerError(118, new Uint8Array(32))
  if (first?.digest.startsWith('02')) throw new Error('a fault')
  const { organisation, account, items, idempotencyKey, body, witnessed } = job
  const rest = [organisation, account, items, idempotencyKey, witnessed]
  return { deposits: [], job: createHash('sha256').update(JSON.stringify(rest)).update(body).digest('hex') }
}

test('all paths give the same answers', async (t) => {
  const { app, credentials, organisation, key } = await testApp({
    createDeposits: async ({ principal, query, body, bytes, idempotencyKey }) => {
      const { organisation, account } = principal
      const witnessed = query.wait === 'witnessed'
      return ok(
        await deposit({
          organisation,
          account: account ?? '',
          items: body.items,
          idempotencyKey,
          body: bytes,
          witnessed,
        }),
      )
    },
  })
  const paths = await fastPathsOf(app, fastDeposits({ keys: credentials, deposit }))
  t.after(() => paths.close())

  const secretKey = new Uint8Array(33)
  await credentials.addAccount(organisation, { id: 'ab'.repeat(32), name: 'n', secretKey, recoverKey: secretKey })
  const request = { label: 'k', scopes: ['deposit'] as const, account: 'n' }
  const good = (await credentials.createKey(organisation, request)).key
  const other = await key('read')
  const digest = fc.oneof(
    { weight: 3, arbitrary: fc.stringMatching(/^[0-9a-f]{64}$/) },
    fc.constantFrom('00', '01', '02').map((failing) => failing.padEnd(64, 'a')),
  )
  const item = fc.oneof(
    { weight: 20, arbitrary: fc.record({ algorithm: fc.constantFrom('sha-256', 'sm3'), digest }) },
    fc.record({ algorithm: fc.constantFrom('sha-512', 'md5', 'constructor', 'merkle-root'), digest }),
    fc.record({ algorithm: fc.constant('sha-256'), digest, metadata: fc.dictionary(fc.string(), fc.string()) }),
    fc.jsonValue(),
  )
  const plain = fc.array(item, { maxLength: 3 }).map((items) => JSON.stringify({ items }))
  const body = fc.oneof(
    { weight: 6, arbitrary: plain.map((text) => Buffer.from(text)) },
    fc.tuple(plain, fc.nat(), fc.nat(255)).map(([text, at, byte]) => {
      const bytes = Buffer.from(text)
      bytes[at % bytes.length] = byte
      return bytes
    }),
    fc.json().map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
  )
  const headers = fc.record(
    {
      authorization: fc.constantFrom(
        ...Array.from({ length: 6 }, () => `Bearer ${good}`),
        `Bearer ${other}`,
        'Bearer x',
        'Basic eDp5',
      ),
      'content-type': fc.constantFrom(
        'application/json',
        'application/json',
        'application/json; charset=utf-8',
        'text/plain',
      ),
      'idempotency-key': fc.constantFrom('k', 'k', 'k', 'x'.repeat(129), 'a b'),
      'accept-language': fc.constantFrom('zh-CN', 'zh-TW'),
    },
    { requiredKeys: ['authorization', 'content-type'] },
  )
  const url = fc.constantFrom(
    '/v1/deposits',
    '/v1/deposits?wait=committed',
    '/v1/deposits?wait=witnessed',
    '/v1/deposits?wait=x',
  )
  await fc.assert(
    fc.asyncProperty(url, headers, body, async (url, headers, body) => {
      const { status } = await paths.same({ url, headers, body })
      assert.ok(status < 500 || body.includes('"02'), `${status}`)
    }),
    { numRuns: 500, ...fuzzSeed },
  )
  assert.ok(paths.answeredFast > 20, `only ${paths.answeredFast} requests took a fast path`)
})
