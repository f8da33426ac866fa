/**
 * Deposits: answered whole, once for an idempotency key, refused before memory grows.
 * @module
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import type { DepositItem } from '@jurat/api/deposits'
import { fromHex, toHex, type Bytes } from '@jurat/core/bytes'
import { isDisclosed, commit } from '@jurat/core/deposit/commitment'
import { decodeItem } from '@jurat/core/deposit/item'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import type { Committed, SubmissionSide } from '../engine/engine.ts'
import { systemTimers } from '../platform/clock.ts'
import type { IdempotentAnswer } from '../store/store.ts'
import { Deposits, type DepositJob, waitingItemsMax } from './deposits.ts'

const account = 'ab'.repeat(32)

/** A ledger in memory that keeps items and idempotency keys. */
class MemoryLedger {
  readonly log: Bytes[] = []
  readonly answers = new Map<string, IdempotentAnswer>()
  submissions = 0
  code: 0 | 118 = 0
  /** Holds commits back while it is set. */
  held: Promise<void> | null = null

  readonly submit = async (_account: string, items: readonly Bytes[], side: SubmissionSide): Promise<Committed> => {
    const txHash = createHash('sha256').update(String(++this.submissions)).digest()
    await this.held
    const firstIndex = this.log.length
    const { code } = this
    if (code === 0) this.log.push(...items)
    for (const { keyHash, requestHash, firstItem, itemCount } of side.idempotency) {
      const place = { requestHash, height: 1, timeMs: 1, txHash: new Uint8Array(txHash), code, firstItem, itemCount }
      this.answers.set(toHex(keyHash), { ...place, firstIndex: firstIndex + firstItem })
    }
    const entryCount = code === 0 ? items.length : 0
    return { state: 'committed', code, txHash: new Uint8Array(txHash), height: 1, firstIndex, entryCount, timeMs: 1 }
  }
}

function over(ledger: MemoryLedger): Deposits {
  return new Deposits({
    crypto: nodeCrypto,
    timers: systemTimers,
    limits: { itemsMax: 5000, itemBytesMax: 1e6 },
    submit: ledger.submit,
    idempotent: async (keyHash) => ledger.answers.get(toHex(keyHash)) ?? null,
    covered: async () => true,
    hasWitnesses: () => true,
    secretSeed: new Uint8Array(32),
    levelOf: () => null,
    commitmentAt: () => Promise.resolve(null),
  })
}

const digest = (n: number): string => createHash('sha256').update(String(n)).digest('hex')

function job(items: readonly DepositItem[], idempotencyKey: string | null = null, witnessed = false): DepositJob {
  const body = Buffer.from(JSON.stringify(items))
  return { organisation: 'o', account, items: [...items], idempotencyKey, body, witnessed }
}

const plain = (n: number): DepositItem => ({ algorithm: 'sha-256', digest: digest(n) })

test('requests that come together share a transaction, and each gets its own places', async () => {
  const ledger = new MemoryLedger()
  const deposits = over(ledger)
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, n) => deposits.deposit(job([plain(n), plain(n + 100)]))),
  )
  assert.equal(ledger.submissions, 1)
  for (const [n, answer] of answers.entries()) {
    const [first, second] = answer.deposits
    const stored = ledger.log[first?.index ?? -1]
    assert.equal(toHex(decodeItem(stored ?? new Uint8Array()).digest), digest(n))
    assert.equal(second?.index, (first?.index ?? 0) + 1)
  }
  assert.equal(new Set(answers.flatMap((answer) => answer.deposits.map(({ id }) => id))).size, 100)
})

test('one key, one deposit: in flight, afterwards, after a restart', async () => {
  const ledger = new MemoryLedger()
  const request = job([{ ...plain(1), metadata: { phase: 'signed' } }], 'k')
  const deposits = over(ledger)
  const [a, b] = await Promise.all([deposits.deposit(request), deposits.deposit(request)])
  const c = await deposits.deposit(request)
  const d = await over(ledger).deposit(request)
  for (const answer of [b, c, d]) assert.deepEqual(answer, a)
  assert.equal(ledger.log.length, 1)
  await assert.rejects(deposits.deposit(job([plain(2)], 'k')), { code: 'idempotency-conflict' })
  const racing = over(new MemoryLedger())
  const first = racing.deposit(request)
  await assert.rejects(racing.deposit(job([plain(2)], 'k')), { code: 'idempotency-conflict' })
  await first
})

test('a deposit that the ledger failed may be tried again under its key', async () => {
  const ledger = new MemoryLedger()
  const deposits = over(ledger)
  ledger.code = 118
  await assert.rejects(deposits.deposit(job([plain(1)], 'k')), { code: 'ledger', resultCode: 118 })
  ledger.code = 0
  assert.equal((await deposits.deposit(job([plain(1)], 'k'))).deposits.length, 1)
})

test('the secret that is given back opens commitment and blinding', async () => {
  const ledger = new MemoryLedger()
  const item: DepositItem = { ...plain(1), metadata: { name: 'a', type: 'b' }, blind: true }
  const { deposits } = await over(ledger).deposit(job([item], null, true))
  const [{ secret = '', state } = { secret: '', state: '' }] = deposits
  assert.equal(state, 'witnessed')
  const stored = decodeItem(ledger.log[0] ?? new Uint8Array())
  assert.equal(stored.algorithm, 17)
  assert.notEqual(toHex(stored.digest), digest(1))
  const fields = Object.entries(item.metadata ?? {}).map(([name, value]) => ({ name, value: Buffer.from(value) }))
  const opened = commit(nodeCrypto, {
    account: fromHex(account),
    digest: stored.digest,
    fields,
    secret: fromHex(secret),
  })
  assert.deepEqual(stored.commitment, opened.commitment)
  const { count } = opened
  for (const field of opened.fields) assert.ok(isDisclosed(nodeCrypto, opened.commitment, count, field))
})

test('items that cannot be are refused by their place, and nothing of the request is recorded', async () => {
  const ledger = new MemoryLedger()
  const deposits = over(ledger)
  for (const wrong of [
    { algorithm: 'sha-512', digest: digest(1) },
    { algorithm: 'merkle-root', digest: `${'0'.repeat(16)}${digest(1)}`, blind: true },
    { ...plain(1), metadata: { a: 'b' }, commitment: digest(2) },
    { ...plain(1), metadata: { a: 'é'.repeat(1000) } },
  ] as DepositItem[]) {
    await assert.rejects(deposits.deposit(job([plain(0), wrong])), (error: Error) => error.message.includes('items[1]'))
  }
  assert.equal(ledger.log.length, 0)
})

test('what waits is bounded, and what is over is refused at once', async () => {
  const ledger = new MemoryLedger()
  let release = (): void => {}
  ledger.held = new Promise((resolve) => (release = resolve))
  const deposits = over(ledger)
  const big = job(Array.from({ length: 5000 }, (_, n) => plain(n)))
  const accepted = Array.from({ length: waitingItemsMax / 5000 }, () => deposits.deposit(big))
  await assert.rejects(deposits.deposit(job([plain(1)])), { code: 'too-busy' })
  release()
  await Promise.all(accepted)
  assert.equal(deposits.waitingItems, 0)
  await deposits.deposit(job([plain(1)]))
})
