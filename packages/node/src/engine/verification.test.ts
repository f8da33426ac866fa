import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Bytes } from '@jurat/core/bytes'
import { defaultParameters } from '@jurat/core/ledger/parameters'
import type { ParsedTransaction } from '@jurat/core/ledger/parse'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import { LruCache } from './lruCache.ts'
import { testDeposit, testItems, testNetwork } from './network.fixtures.ts'
import { isRefused, Verification, verificationWindow } from './verification.ts'
import { settle } from './virtualTime.fixtures.ts'

const network = testNetwork()
const rules = { networkId: network.networkId, parameters: defaultParameters }
const deposit = (name: string): Bytes => testDeposit(network, testItems(name, 2), { timestampMs: 1_800_000_000_000 })

interface Bench {
  readonly verification: Verification
  readonly counted: { calls: number; inFlight: number; most: number }
}

function bench(gate: Promise<void> = Promise.resolve()): Bench {
  const counted = { calls: 0, inFlight: 0, most: 0 }
  const verification = new Verification({
    crypto: nodeCrypto,
    async verify(publicKey, message, signature) {
      counted.calls++
      counted.most = Math.max(counted.most, ++counted.inFlight)
      await gate
      counted.inFlight--
      return nodeCrypto.verify(publicKey, message, signature)
    },
  })
  return { verification, counted }
}

function parse(verification: Verification, bytes: Bytes): ParsedTransaction {
  const parsed = verification.parse(bytes, rules)
  assert.ok(!isRefused(parsed))
  return parsed
}

test('a transaction is read and verified once, also when it comes back as other bytes', async () => {
  const { verification, counted } = bench()
  const bytes = deposit('once')
  const parsed = parse(verification, bytes)
  assert.equal(verification.verified(parsed), false)
  assert.deepEqual(await Promise.all([verification.verify(parsed), verification.verify(parsed)]), [true, true])
  const again = parse(verification, Uint8Array.from(bytes))
  assert.equal(again, parsed)
  assert.equal(verification.verified(again), true)
  assert.equal(await verification.verify(again), true)
  assert.equal(counted.calls, 1)
  verification.forget([parsed])
  assert.notEqual(parse(verification, Uint8Array.from(bytes)), parsed)
})

test('an invalid signature is never taken for verified, nor kept for other bytes', async () => {
  const { verification } = bench()
  const bytes = deposit('broken')
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
  const parsed = parse(verification, bytes)
  assert.equal(await verification.verify(parsed), false)
  assert.equal(verification.verified(parsed), false)
  assert.notEqual(parse(verification, Uint8Array.from(bytes)), parsed)
})

test('what the node signed itself is not checked', async () => {
  const { verification, counted } = bench()
  const parsed = parse(verification, deposit('own'))
  verification.prime(parsed)
  assert.equal(verification.verified(parsed), true)
  assert.equal(await verification.verify(parsed), true)
  assert.equal(counted.calls, 0)
})

test('at most a window of checks is in flight', async () => {
  let open = (): void => undefined
  const { verification, counted } = bench(new Promise((resolve) => (open = resolve)))
  const all = Array.from({ length: 3 * verificationWindow }, (_, at) =>
    verification.verify(parse(verification, deposit(`window ${at}`))),
  )
  await settle()
  assert.equal(counted.inFlight, verificationWindow)
  open()
  assert.ok((await Promise.all(all)).every(Boolean))
  assert.deepEqual([counted.most, counted.inFlight], [verificationWindow, 0])
})

test('other rules read anew', () => {
  const { verification } = bench()
  const bytes = deposit('rules')
  parse(verification, bytes)
  const strict = { ...rules, parameters: { ...defaultParameters, itemsMax: 1 } }
  assert.ok(isRefused(verification.parse(bytes, strict)))
  parse(verification, bytes)
})

test('the cache forgets what was not used for longest, by number and by size', () => {
  const byNumber = new LruCache<number>({ entriesMax: 2, bytesMax: 1_000 })
  byNumber.set('a', 1, 1)
  byNumber.set('b', 2, 1)
  assert.equal(byNumber.get('a'), 1)
  byNumber.set('c', 3, 1)
  assert.deepEqual([byNumber.get('a'), byNumber.get('b'), byNumber.get('c'), byNumber.size], [1, undefined, 3, 2])
  const bySize = new LruCache<number>({ entriesMax: 100, bytesMax: 10 })
  for (const [at, key] of ['a', 'b', 'c'].entries()) bySize.set(key, at, 4)
  assert.deepEqual([bySize.get('a'), bySize.size], [undefined, 2])
  bySize.set('large', 9, 11)
  assert.equal(bySize.size, 0)
  bySize.set('b', 1, 4)
  bySize.set('b', 2, 8)
  assert.deepEqual([bySize.get('b'), bySize.size], [2, 1])
})
