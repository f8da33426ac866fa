import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EngineError } from '../engine.ts'
import { VirtualTime } from '../virtualTime.fixtures.ts'
import { LightBlockCache, lightBlockLimits } from './lightBlockCache.ts'
import type { CometLightBlock } from './lightBlocks.ts'

const { keptMax, latestMaxAgeMs, askedMax, waitingMax } = lightBlockLimits

/** Height of the newest block of the chain under test. */
const tip = 10_000

const blockAt = (height: number): CometLightBlock => ({
  signedHeader: { header: { height: String(height) } },
  validators: [],
  consensusParams: {},
})

/** A source that answers when it is told to. */
function chain(): {
  time: VirtualTime
  cache: LightBlockCache
  asked: (number | null)[]
  answer: () => Promise<void>
  fail: () => Promise<void>
} {
  const [time, asked] = [new VirtualTime(), [] as (number | null)[]]
  let open: { height: number | null; resolve: (block: CometLightBlock | null) => void; reject: (e: Error) => void }[] =
    []
  const cache = new LightBlockCache((height) => {
    asked.push(height)
    return new Promise((resolve, reject) => open.push({ height, resolve, reject }))
  }, time)
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  async function each(act: (one: (typeof open)[number]) => void): Promise<void> {
    while (open.length > 0) {
      for (const one of open.splice(0)) act(one)
      await settled()
    }
  }
  return {
    time,
    cache,
    asked,
    answer: () =>
      each(({ height, resolve }) => resolve(height === null || height <= tip ? blockAt(height ?? tip) : null)),
    fail: () => each(({ reject }) => reject(new Error('CometBFT does not answer'))),
  }
}

test('a committed block is asked for once, however many want it, and the oldest kept one goes', async () => {
  const { cache, asked, answer } = chain()
  const many = Array.from({ length: 1_000 }, () => cache.block(7))
  await answer()
  for (const block of await Promise.all(many)) assert.deepEqual(block, blockAt(7))
  await cache.block(7)
  assert.deepEqual(asked, [7])
  for (let height = 100; height < 100 + keptMax; height++) {
    const block = cache.block(height)
    await answer()
    await block
  }
  await cache.block(101)
  assert.equal(asked.length, keptMax + 1)
  const again = cache.block(7)
  await answer()
  assert.deepEqual(await again, blockAt(7))
  assert.equal(asked.length, keptMax + 2)
})

test('the latest counts for a moment, and a height that is not there yet is asked for again', async () => {
  const { cache, asked, answer, time } = chain()
  const latest = cache.block(null)
  await answer()
  assert.deepEqual(await latest, blockAt(tip))
  await time.pass(latestMaxAgeMs - 1)
  await cache.block(null)
  assert.equal(asked.length, 1)
  await time.pass(1)
  for (const height of [null, tip + 1, tip + 1]) {
    const block = cache.block(height)
    await answer()
    assert.deepEqual(await block, height === null ? blockAt(tip) : null)
  }
  assert.deepEqual(asked, [null, null, tip + 1, tip + 1])
})

test('a flood of heights: few are asked of CometBFT at once, some wait, the others are refused, and nothing stays of it', async () => {
  const { cache, asked, answer, fail } = chain()
  const flood = Array.from({ length: 10_000 }, (_, at) =>
    cache.block(at + 1).then(
      () => null,
      (error: unknown) => error,
    ),
  )
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(asked.length, askedMax)
  await answer()
  const refused = (await Promise.all(flood)).filter((error) => error !== null)
  assert.equal(refused.length, 10_000 - askedMax - waitingMax)
  assert.ok(refused.every((error) => error instanceof EngineError && error.code === 'overloaded'))
  assert.equal(asked.length, askedMax + waitingMax)
  // A CometBFT that does not answer takes no place away for ever.
  const lost = Array.from({ length: askedMax + waitingMax }, (_, at) => assert.rejects(cache.block(5_000 + at)))
  await fail()
  await Promise.all(lost)
  const after = cache.block(9_000)
  await answer()
  assert.deepEqual(await after, blockAt(9_000))
})
