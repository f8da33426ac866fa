/**
 * Gathering: nothing lost, nothing doubled, nothing split, limits kept, order kept.
 * @module
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { systemTimers } from '../platform/clock.ts'
import type { Committed } from './engine.ts'
import { Gathering, inFlightMax } from './gathering.ts'

const committed = (firstIndex: number, entryCount: number): Committed => ({
  state: 'committed',
  code: 0,
  txHash: new Uint8Array(32),
  height: 1,
  firstIndex,
  entryCount,
  timeMs: 0,
})

test('every contribution is answered once, whole, in the place where its items are', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 7 }), fc.boolean()), { maxLength: 40 }),
      async (requests) => {
        const log: Uint8Array[] = []
        let inFlight = 0
        const submit = async (items: readonly Uint8Array[]): Promise<Committed> => {
          assert.ok(items.length <= 10 && ++inFlight <= inFlightMax)
          const first = log.length
          log.push(...items)
          await new Promise(setImmediate)
          inFlight--
          return committed(first, items.length)
        }
        const gathering = new Gathering(submit, systemTimers, { itemsMax: 10, itemBytesMax: 1000 }, () => 0)
        const answers = requests.map(async ([count, pause], name) => {
          if (pause) await new Promise(setImmediate)
          const items = Array.from({ length: count }, (_, i) => Uint8Array.of(name, i))
          return new Promise<void>((resolve, reject) => {
            gathering.add({
              items,
              idempotency: null,
              done: (outcome, firstItem) => {
                const first = (outcome as Committed).firstIndex + firstItem
                assert.deepEqual(log.slice(first, first + count), items)
                resolve()
              },
              failed: reject,
            })
          })
        })
        await Promise.all(answers)
        assert.equal(
          log.length,
          requests.reduce((sum, [count]) => sum + count, 0),
        )
        await new Promise(setImmediate)
        assert.ok(gathering.idle)
      },
    ),
  )
})

test('what arrives together goes together', async () => {
  const sizes: number[] = []
  const submit = async (items: readonly Uint8Array[]): Promise<Committed> => {
    sizes.push(items.length)
    return committed(0, items.length)
  }
  const gathering = new Gathering(submit, systemTimers, { itemsMax: 5000, itemBytesMax: 1e6 }, () => 0)
  const add = (): Promise<unknown> =>
    new Promise((resolve, reject) => {
      gathering.add({ items: [Uint8Array.of(1)], idempotency: null, done: resolve, failed: reject })
    })
  await Promise.all(Array.from({ length: 64 }, add))
  assert.deepEqual(sizes, [64])
})

test('a failure reaches everybody of its transaction, and the next one goes on', async () => {
  let calls = 0
  const submit = async (items: readonly Uint8Array[]): Promise<Committed> => {
    if (calls++ === 0) throw new Error('no')
    return committed(0, items.length)
  }
  const gathering = new Gathering(submit, systemTimers, { itemsMax: 10, itemBytesMax: 1000 }, () => 0)
  const add = (): Promise<unknown> =>
    new Promise((resolve, reject) => {
      gathering.add({ items: [Uint8Array.of(1)], idempotency: null, done: resolve, failed: reject })
    })
  const failed = await Promise.allSettled([add(), add()])
  assert.deepEqual(
    failed.map(({ status }) => status),
    ['rejected', 'rejected'],
  )
  await add()
})
