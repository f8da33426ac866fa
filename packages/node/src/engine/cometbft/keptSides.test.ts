/**
 * Idempotency keys in flight on the disk: what was kept survives any loss of power, one write serves many, what is settled goes.
 * @module
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toHex, type Bytes } from '@jurat/core/bytes'
import { MemoryFiles } from '../../platform/memoryFiles.ts'
import type { FinalizedBlock } from '../application.ts'
import { type KeptSide, KeptSides } from './keptSides.ts'

const hash = (byte: number): Bytes => new Uint8Array(32).fill(byte)

const side = (byte: number, { keys = [byte], bytes = 100 } = {}): KeptSide => ({
  tx: new Uint8Array(bytes).fill(byte),
  txHash: hash(byte),
  deadlineMs: 1_000 * byte,
  idempotency: keys.map((key, at) => ({ keyHash: hash(key), requestHash: hash(200), firstItem: at, itemCount: 1 })),
})

const blockOf = (...bytes: number[]): Pick<FinalizedBlock, 'outcome'> =>
  ({ outcome: { results: bytes.map((byte) => ({ txHash: hash(byte) })) } }) as unknown as FinalizedBlock

/** Hashes of what is kept, and its keys. */
const kept = (sides: KeptSides): string[] =>
  sides.all().map(({ txHash, idempotency }) => `${txHash[0]}:${idempotency.map(({ keyHash }) => keyHash[0]).join('+')}`)

async function onDisk(files = new MemoryFiles()): Promise<{ files: MemoryFiles; sides: KeptSides }> {
  await files.makeFolder('/data')
  await files.syncFolder('/')
  return { files, sides: await KeptSides.open(files, '/data') }
}

test('what was kept is there after the power was lost, with its transaction, and says what its block stores', async () => {
  const { files, sides } = await onDisk()
  await sides.keep(side(1))
  await sides.keep(side(2, { keys: [2, 3] }))
  const { sides: after } = await onDisk(files.powerLost(() => 0))
  assert.deepEqual(after.all(), [side(1), side(2, { keys: [2, 3] })])
  assert.ok(after.has(hash(3)) && after.holds(hash(1)))
  assert.ok(!after.has(hash(4)) && !after.holds(hash(3)))
  const { idempotency } = after.sideOf(blockOf(9, 2))
  assert.deepEqual(
    idempotency.map(({ keyHash, transaction, firstItem }) => [keyHash[0], transaction, firstItem]),
    [
      [2, 1, 0],
      [3, 1, 1],
    ],
  )
})

test('the same transaction again brings its further keys and doubles none, also when it is read', async () => {
  const { files, sides } = await onDisk()
  await sides.keep(side(1))
  await sides.keep(side(1, { keys: [1, 5] }))
  assert.deepEqual(kept(sides), ['1:1+5'])
  assert.deepEqual(kept((await onDisk(files.processEnded())).sides), ['1:1+5'])
})

test('those that come while the disk writes share one write', async () => {
  const { files, sides } = await onDisk()
  let syncs = 0
  files.onOperation = (name) => void (syncs += name === 'sync' ? 1 : 0)
  await Promise.all(Array.from({ length: 50 }, (_, at) => sides.keep(side(at + 1))))
  assert.ok(syncs >= 1 && syncs <= 2, `${syncs} syncs for 50`)
  assert.equal((await onDisk(files.powerLost(() => 0))).sides.all().length, 50)
})

test('what is settled goes at once, what no block can hold any more goes by time', async () => {
  const { sides } = await onDisk()
  for (const byte of [1, 2, 3]) await sides.keep(side(byte))
  sides.forget(hash(2))
  assert.deepEqual(kept(sides), ['1:1', '3:3'])
  assert.ok(!sides.has(hash(2)))
  sides.passed(1_000)
  assert.deepEqual(kept(sides), ['1:1', '3:3'], 'a block at its last moment may hold it')
  sides.passed(1_001)
  assert.deepEqual(kept(sides), ['3:3'])
  assert.deepEqual(sides.sideOf(blockOf(1, 3)).idempotency.length, 1)
})

test('the file stays short: it is written anew without what is settled', async () => {
  const { files, sides } = await onDisk()
  for (let round = 0; round < 40; round++) {
    await sides.keep(side(1 + (round % 200), { bytes: 100_000 }))
    if (round > 0) sides.forget(hash(round))
  }
  const path = '/data/engine/sides'
  assert.ok(((await files.readFile(path)) ?? new Uint8Array(0)).length < 1_500_000)
  const left = kept(sides)
  assert.deepEqual(left, ['40:40'])
  const after = (await onDisk(files.powerLost(() => 0))).sides
  assert.ok(kept(after).includes('40:40'))
})

/** Keeps one after the other, lets go of older ones, and ends when the disk fails. @returns those that were kept */
async function keepUntilFailure(sides: KeptSides): Promise<{ done: number[]; failed: boolean }> {
  const done: number[] = []
  for (let byte = 1; byte <= 24; byte++) {
    try {
      await sides.keep(side(byte, { bytes: 90_000 }))
    } catch {
      return { done, failed: true }
    }
    done.push(byte)
    if (byte > 2) sides.forget(hash(byte - 2))
  }
  return { done, failed: false }
}

/** Keeps until the disk fails; then power is lost. @returns whether it failed */
async function cutAt(operation: number, random: () => number): Promise<boolean> {
  const { files, sides } = await onDisk()
  files.failAt(files.operations + operation, { code: 'EIO', persisted: random() < 0.5 })
  const { done, failed } = await keepUntilFailure(sides)
  const after = await onDisk(files.powerLost(random))
  for (const byte of done.slice(-2)) assert.ok(after.sides.holds(hash(byte)), `${byte} of ${done.length}, ${operation}`)
  await after.sides.keep(side(99))
  const again = await onDisk(after.files.powerLost(() => 0))
  assert.ok(again.sides.holds(hash(99)), 'it goes on behind what was torn')
  return failed
}

test('loss of power at any operation, also while the file is written anew, loses nothing that was kept', async () => {
  const random = randomOf(11)
  let operation = 0
  while (await cutAt(operation, random)) operation++
  assert.ok(operation > 48, `${operation} operations were hit`)
})

test('a damaged end is cut, what stands before it is read', async () => {
  const { files, sides } = await onDisk()
  await sides.keep(side(1))
  const whole = ((await files.readFile('/data/engine/sides')) ?? new Uint8Array(0)).length
  await sides.keep(side(2))
  files.flipBit('/data/engine/sides', 8 * whole + 100)
  const { sides: after } = await onDisk(files.processEnded())
  assert.deepEqual(kept(after), ['1:1'])
  assert.equal(toHex(after.all()[0]?.tx ?? hash(0)), toHex(side(1).tx))
})

/** A small generator (mulberry32): one seed plays a failure again. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
