/**
 * From a submission to its outcome: what is answered when, what is turned away, and what is sent again.
 * @module
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codes } from '@jurat/core/ledger/codes'
import { testDeposit, testItems, testSecret } from '../network.fixtures.ts'
import { bench, broadcasts, freshBench, problemOf, side, waiting } from './cometbftEngine.fixtures.ts'

test('a submission is answered when its block is durable, with its idempotency key in it', async (t) => {
  const node = await bench(t)
  const outcome = node.engine.submit(node.deposit('a'), side(7))
  await waiting(node, 1)
  assert.equal(node.engine.progress.awaited, 1)
  const height = await node.comet.block()
  const committed = await outcome
  assert.ok(committed.state === 'committed')
  assert.equal(committed.height, height)
  assert.equal(committed.entryCount, 2)
  assert.equal(node.blocks.length, 1)
  assert.equal((await node.store.idempotent(new Uint8Array(32).fill(7)))?.height, height)
  await node.comet.block()
  assert.equal(node.blocks.length, 1, 'followers see no block without transactions')
  assert.equal(node.engine.progress.height, 3)
  assert.equal(node.engine.queuedBytes, 0)
})

test('before the first block nothing is given to CometBFT, whose peers may throw it away; then all of it is', async (t) => {
  const node = await freshBench(t)
  const outcome = node.engine.submit(node.deposit('a'))
  await node.time.pass(3_000)
  assert.equal(node.comet.broadcasts, 0)
  assert.equal(node.engine.progress.awaited, 1)
  await node.comet.block()
  await node.time.pass(1_000)
  await waiting(node, 1)
  await node.comet.block()
  assert.equal((await outcome).state, 'committed')
})

test('the same transaction twice has one outcome, and repeated later it is a repetition', async (t) => {
  const node = await bench(t)
  const tx = node.deposit('a')
  const both = [node.engine.submit(tx), node.engine.submit(tx.slice())]
  await waiting(node, 1)
  await node.comet.block()
  const [first, second] = await Promise.all(both)
  assert.deepEqual(first, second)
  const later = await node.engine.submit(tx)
  assert.ok(later.state === 'refused' && later.code === codes.replay)
})

test('what is refused by the check never reaches CometBFT', async (t) => {
  const node = await bench(t)
  const forged = await node.engine.submit(node.deposit('a', testSecret('a stranger')))
  assert.ok(forged.state === 'refused' && forged.code === codes.signatureInvalid)
  assert.equal(node.comet.broadcasts, 0)
})

test("another's copy with a broken signature does not end the genuine one", async (t) => {
  const node = await bench(t)
  const tx = node.deposit('a')
  const outcome = node.engine.submit(tx)
  await waiting(node, 1)
  const broken = tx.slice()
  broken[broken.length - 1] = (broken.at(-1) ?? 0) ^ 1
  await node.comet.broadcast(broken)
  await node.comet.block()
  assert.equal((await outcome).state, 'committed')
})

test('a full mempool is told, a queue that is full too', async (t) => {
  const node = await bench(t, { queueBytesMax: 2_000 })
  node.comet.broken = { kind: 'full' }
  assert.match(await problemOf(node.engine.submit(node.deposit('a'))), /^overloaded/)
  node.comet.broken = null
  const first = node.engine.submit(node.deposit('b'))
  await waiting(node, 1)
  assert.match(await problemOf(node.engine.submit(node.deposit('c'))), /^overloaded/)
  await node.comet.block()
  assert.equal((await first).state, 'committed')
})

test('a member that is behind takes nothing', async (t) => {
  const node = await bench(t)
  node.comet.broken = { kind: 'catchingUp' }
  assert.match(await problemOf(node.engine.submit(node.deposit('a'))), /^stalled: .*catching up/)
})

test('what CometBFT lost is sent again: after it started anew, and after a while', async (t) => {
  const node = await bench(t, { resendAfterMs: 3_000 })
  const outcome = node.engine.submit(node.deposit('a'))
  await waiting(node, 1)
  await node.comet.handshake()
  await node.time.pass(1_000)
  await waiting(node, 1)
  node.comet.lose()
  await node.time.pass(3_000)
  await waiting(node, 1)
  await node.comet.block()
  assert.equal((await outcome).state, 'committed')
})

test('no answer of the RPC: it is tried again', async (t) => {
  const node = await bench(t)
  node.comet.broken = { kind: 'unknown', cause: new Error('connection refused') }
  const outcome = node.engine.submit(node.deposit('a'))
  await broadcasts(node, 1)
  await node.time.pass(1_000)
  await broadcasts(node, 2)
  node.comet.broken = null
  await node.time.pass(1_000)
  await waiting(node, 1)
  await node.comet.block()
  assert.equal((await outcome).state, 'committed')
})

/** A transaction that became impossible leaves the mempool by the check after a block. */
test('what can stand in no block any more is refused', async (t) => {
  const node = await bench(t)
  const tx = testDeposit(node.network, testItems('short', 1), { timestampMs: node.time.now(), periodMs: 3_000 })
  const outcome = node.engine.submit(tx)
  await waiting(node, 1)
  node.comet.lose()
  await node.comet.handshake()
  node.comet.broken = { kind: 'unknown', cause: new Error('connection refused') }
  for (let i = 0; i < 5; i++) await node.time.pass(1_000)
  const refused = await outcome
  assert.ok(refused.state === 'refused' && refused.code === codes.timestampInvalid)
})

test('an engine that stops tells those who wait, and takes nothing more', async (t) => {
  const node = await bench(t)
  const outcome = problemOf(node.engine.submit(node.deposit('a')))
  await waiting(node, 1)
  const order: string[] = []
  const stopped = node.engine.stop(async () => void order.push('cometbft'))
  await node.time.pass(0)
  await stopped
  assert.match(await outcome, /^stopped: .*before the outcome was known/)
  assert.match(await problemOf(node.engine.submit(node.deposit('b'))), /^stopped/)
  assert.deepEqual(order, ['cometbft'])
  assert.deepEqual(node.failures, [])
})
