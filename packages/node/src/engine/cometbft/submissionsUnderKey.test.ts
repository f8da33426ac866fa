/**
 * Idempotency keys of what is in flight, over crashes at each place between the submission and its block.
 * @module
 */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { Bytes } from '@jurat/core/bytes'
import { type Bench, bench, powerLost, problemOf, side, waiting } from './cometbftEngine.fixtures.ts'

/** A submission under a key is in CometBFT's mempool when its node loses its process and what was not synced. */
async function crashed(t: TestContext): Promise<{ tx: Bytes; node: Bench }> {
  const before = await bench(t)
  const tx = before.deposit('a')
  void before.engine.submit(tx, side(7)).catch(() => undefined)
  await waiting(before, 1)
  const node = await powerLost(t, before)
  return { tx, node }
}

const isKept = async ({ store }: Bench): Promise<boolean> =>
  (await store.idempotent(new Uint8Array(32).fill(7))) !== null

test('a crash between broadcast and block: the block of another member finds the key that was kept', async (t) => {
  const { tx, node } = await crashed(t)
  assert.ok(node.engine.outstanding(new Uint8Array(32).fill(7)))
  assert.ok(!(await isKept(node)))
  await node.comet.broadcast(tx)
  await node.comet.block()
  assert.ok(await isKept(node))
  assert.ok(!node.engine.outstanding(new Uint8Array(32).fill(7)))
  assert.equal(node.engine.queuedBytes, 0)
})

test('a crash that lost the mempool too: it is sent again by itself, once, and keeps its key', async (t) => {
  const { tx, node } = await crashed(t)
  await node.comet.block()
  await node.time.pass(1_000)
  await waiting(node, 1)
  const again = node.engine.submit(tx, side(7))
  await node.comet.block()
  assert.equal((await again).state, 'committed')
  assert.ok(await isKept(node))
  assert.equal(node.blocks.length, 1)
})

test('a crash after the block: what the file still has holds nobody up', async (t) => {
  const before = await bench(t)
  const outcome = before.engine.submit(before.deposit('a'), side(7))
  await waiting(before, 1)
  await before.comet.block()
  await outcome
  const node = await powerLost(t, before)
  assert.ok(await isKept(node))
  assert.ok(!node.engine.outstanding(new Uint8Array(32).fill(7)))
  await node.comet.block()
  await node.time.pass(1_000)
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(node.comet.waiting, 0)
  assert.equal(node.engine.queuedBytes, 0)
  assert.deepEqual(node.failures, [])
})

test('a key is let go of when no block can hold its transaction any more, by the headers and not by the clock', async (t) => {
  const { node } = await crashed(t)
  const key = new Uint8Array(32).fill(7)
  node.comet.broken = { kind: 'unknown', cause: new Error('connection refused') }
  node.time.jump(3_600_000)
  await node.comet.block()
  await node.time.pass(1_000)
  assert.ok(node.engine.outstanding(key), 'blocks that this node has not seen yet may be older than its clock')
  node.comet.timeMs += 62_000
  await node.comet.block()
  assert.ok(node.engine.outstanding(key), 'a header may be later than its block by the tolerance')
  node.comet.timeMs += 1_000
  await node.comet.block()
  assert.ok(!node.engine.outstanding(key))
})

test('what CometBFT did not take is free at once, also its key', async (t) => {
  const node = await bench(t)
  node.comet.broken = { kind: 'full' }
  assert.match(await problemOf(node.engine.submit(node.deposit('a'), side(7))), /^overloaded/)
  assert.ok(!node.engine.outstanding(new Uint8Array(32).fill(7)))
})

test('a disk that does not keep the key ends the node: nothing was sent', async (t) => {
  const node = await bench(t)
  node.files.failAt(node.files.operations, { code: 'EIO', persisted: false })
  assert.match(await problemOf(node.engine.submit(node.deposit('a'), side(7))), /^stopped/)
  assert.equal(node.failures.length, 1)
  assert.equal(node.comet.broadcasts, 0)
})
