import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { DepositBatcher } from './batcher.ts'
import type { BatcherOptions } from './batcher.ts'
import type { DepositedItem } from './deposits.ts'
import type { ItemToDeposit } from './items.ts'

const item = (number: number): ItemToDeposit => ({ algorithm: 'sha-256', digest: new Uint8Array(32).fill(number) })

const answer = (items: readonly ItemToDeposit[]): DepositedItem[] =>
  items.map(({ digest }) => ({ id: 'x', index: digest[0] ?? 0, state: 'committed', secret: null }))

/** A batcher that remembers the sizes of its batches, and how many were on their way together. */
function gather(options: Partial<BatcherOptions> = {}): {
  batcher: DepositBatcher
  sizes: number[]
  most: () => number
} {
  const sizes: number[] = []
  let [together, most] = [0, 0]
  const send = async (items: readonly ItemToDeposit[]): Promise<DepositedItem[]> => {
    sizes.push(items.length)
    together++
    most = Math.max(most, together)
    await sleep(2)
    together--
    return answer(items)
  }
  return { batcher: new DepositBatcher({ send, itemsMax: 10, ...options }), sizes, most: () => most }
}

test('items are gathered into full batches and a rest, each with its own answer', async () => {
  const { batcher, sizes } = gather()
  const added = Array.from({ length: 25 }, (_, number) => batcher.add(item(number)))
  assert.deepEqual(
    (await Promise.all(added)).map(({ index }) => index),
    Array.from({ length: 25 }, (_, number) => number),
  )
  assert.deepEqual(sizes, [10, 10, 5])
})

test('no more batches are on their way than allowed', async () => {
  const { batcher, most } = gather({ batchesMax: 2 })
  await Promise.all(Array.from({ length: 100 }, (_, number) => batcher.add(item(number))))
  assert.equal(most(), 2)
})

test('beyond the items that may wait, add waits itself and loses nothing', async () => {
  const { batcher } = gather({ waitingMax: 10, batchesMax: 1 })
  const all = await Promise.all(Array.from({ length: 60 }, (_, number) => batcher.add(item(number))))
  assert.equal(new Set(all.map(({ index }) => index)).size, 60)
})

test('a batch that fails fails its own items only', async () => {
  const send = async (items: readonly ItemToDeposit[]): Promise<DepositedItem[]> => {
    if (items[0]?.digest[0] === 0) throw new Error('no')
    return answer(items)
  }
  const batcher = new DepositBatcher({ send, itemsMax: 2 })
  const settled = await Promise.allSettled([0, 1, 2, 3].map((number) => batcher.add(item(number))))
  assert.deepEqual(
    settled.map(({ status }) => status),
    ['rejected', 'rejected', 'fulfilled', 'fulfilled'],
  )
})

test('an answer of the wrong length is no answer', async () => {
  const batcher = new DepositBatcher({ send: async () => [], lingerMs: 0 })
  await assert.rejects(batcher.add(item(1)), { code: 'answer-malformed' })
})

test('close sends what is waiting at once, and takes nothing more', async () => {
  const { batcher, sizes } = gather({ lingerMs: 60_000 })
  const added = batcher.add(item(7))
  await batcher.close()
  assert.equal((await added).index, 7)
  assert.deepEqual(sizes, [1])
  await assert.rejects(batcher.add(item(8)), { code: 'batcher-closed' })
})
