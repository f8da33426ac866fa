import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  judgeTime,
  oldRefusedMs,
  ProposalMemory,
  proposalDelayMaxMs,
  type TimedProposal,
  type TimeVerdict,
} from './blockTime.ts'

const now = 1_800_000_000_000
const toleranceMs = 2_000
const oldest = now - toleranceMs - proposalDelayMaxMs

const good: TimedProposal = {
  timeMs: now,
  lastTimeMs: now - 60_000,
  headerTimeMs: now - 60_000,
  nowMs: now,
  toleranceMs,
  sinceFirstMs: 0,
  acceptedBefore: false,
}

const cases: readonly (readonly [string, Partial<TimedProposal>, TimeVerdict])[] = [
  ['the time of now', {}, 'fits'],
  ['as far ahead as clocks may differ', { timeMs: now + toleranceMs }, 'fits'],
  ['further ahead', { timeMs: now + toleranceMs + 1 }, 'ahead'],
  ['further ahead, long proposed', { timeMs: now + toleranceMs + 1, sinceFirstMs: 1e9 }, 'ahead'],
  ['as old as a proposal may be', { timeMs: oldest }, 'fits'],
  ['older, the first time', { timeMs: oldest - 1 }, 'old'],
  ['older, just before the rule bends', { timeMs: oldest - 1, sinceFirstMs: oldRefusedMs - 1 }, 'old'],
  ['older, when the rule bends', { timeMs: oldest - 1, sinceFirstMs: oldRefusedMs }, 'fits'],
  ['older, accepted before', { timeMs: oldest - 1, acceptedBefore: true }, 'fits'],
  ['the time of the last block', { timeMs: now - 60_000, sinceFirstMs: oldRefusedMs }, 'fits'],
  ['before the last block', { timeMs: now - 60_001, sinceFirstMs: oldRefusedMs }, 'beforeLast'],
  ['before the last block, accepted before', { lastTimeMs: now + 1, acceptedBefore: true }, 'beforeLast'],
  ['before the header, within the tolerance', { headerTimeMs: now + toleranceMs }, 'fits'],
  ['before the header by more', { headerTimeMs: now + toleranceMs + 1 }, 'beforeHeader'],
  ['before the header by more, long proposed', { headerTimeMs: now + 2_001, sinceFirstMs: 1e9 }, 'beforeHeader'],
]

for (const [name, change, verdict] of cases) {
  test(`a block with ${name}: ${verdict}`, () => assert.equal(judgeTime({ ...good, ...change }), verdict))
}

test('the memory counts from the first proposal of a height, and forgets with it', () => {
  const memory = new ProposalMemory()
  assert.deepEqual(memory.seen(5, 'a', 100), { sinceFirstMs: 0, acceptedBefore: false })
  memory.accepted('a')
  assert.deepEqual(memory.seen(5, 'b', 300), { sinceFirstMs: 200, acceptedBefore: false })
  assert.deepEqual(memory.seen(5, 'a', 900), { sinceFirstMs: 800, acceptedBefore: true })
  assert.deepEqual(memory.seen(6, 'a', 1_000), { sinceFirstMs: 0, acceptedBefore: false })
})

/*
 * Why the rule bends. Four validators by the rules of CometBFT: who sees more than two thirds of a round's prevotes for one block is
 * locked on it, prevotes nothing else, and proposes it again when it is its turn; more than two thirds of prevotes for
 * nothing unlock; more than two thirds of precommits decide.
 */
interface Validator {
  locked: string | null
  readonly memory: ProposalMemory
}

/** Whether a validator accepts a block that is `ageMs` old. */
type Judge = (validator: Validator, block: { hash: string; ageMs: number; elapsedMs: number }) => boolean

/** A generator of numbers below one from a seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const quorum = 3

/** Long ago stands what a block's time is bounded by from below. */
const longAgo = { ...good, lastTimeMs: 0, headerTimeMs: 0 }

/**
 * Runs one height. In the first round votes are lost at random, so that some are locked and others are not; then nobody reaches
 * anybody for a minute; then all is well for `rounds` rounds of 2 seconds. Gives the round that decided, or null.
 */
function decide(seed: number, judge: Judge, rounds: number): { round: number | null; locked: number } {
  const random = randomOf(seed)
  const validators = Array.from({ length: 4 }, (): Validator => ({ locked: null, memory: new ProposalMemory() }))
  const madeAtMs = new Map<string, number>()
  let locked = 0
  for (let round = 0; round <= rounds; round++) {
    const healthy = round > 0
    const elapsedMs = healthy ? 60_000 + round * 2_000 : 0
    madeAtMs.set(`block of round ${round}`, elapsedMs)
    const proposed = validators[round % 4]?.locked ?? `block of round ${round}`
    const prevotes = validators.map((validator) => {
      if (validator.locked !== null) return validator.locked
      const block = { hash: proposed, ageMs: elapsedMs - (madeAtMs.get(proposed) ?? 0), elapsedMs }
      if (!judge(validator, block)) return null
      validator.memory.accepted(proposed)
      return proposed
    })
    let precommits = 0
    for (const [at, validator] of validators.entries()) {
      const seen = prevotes.filter((_, from) => healthy || from === at || random() < 0.75)
      const [forBlock, forNothing] = [proposed, null].map((what) => seen.filter((vote) => vote === what).length)
      if ((forNothing ?? 0) >= quorum) validator.locked = null
      if ((forBlock ?? 0) < quorum) continue
      validator.locked = proposed
      precommits++
    }
    // In the first round nobody sees enough precommits, however many there are.
    if (healthy && precommits >= quorum) return { round, locked }
    if (!healthy) locked = precommits
  }
  return { round: null, locked }
}

const bending: Judge = ({ memory }, { hash, ageMs, elapsedMs }) =>
  judgeTime({ ...longAgo, timeMs: now - ageMs, ...memory.seen(1, hash, elapsedMs) }) === 'fits'

/** The same rule without an end of `old`, and without memory of what was accepted. */
const unbending: Judge = (_, { ageMs }) => judgeTime({ ...longAgo, timeMs: now - ageMs }) === 'fits'

/** In this run two validators are locked on the first block, and two are not. */
const lockedSeed = 30

test('an unbending rule stops the chain for ever when some are locked on a block that has become old', () => {
  assert.deepEqual(decide(lockedSeed, unbending, 10_000), { round: null, locked: 2 })
  const { round } = decide(lockedSeed, bending, 10_000)
  assert.ok(round !== null && round * 2_000 <= oldRefusedMs + 4_000, `decided in round ${round}`)
})

test('with the rule as it is every run of a thousand goes on', () => {
  const stopped = (judge: Judge): number =>
    Array.from({ length: 1_000 }, (_, seed) => decide(seed, judge, 40)).filter(({ round }) => round === null).length
  assert.equal(stopped(bending), 0)
  assert.ok(stopped(unbending) > 0)
})

test('a member that accepted a block before a break accepts it afterwards at once', () => {
  const memory = new ProposalMemory()
  const judge = (elapsedMs: number): TimeVerdict =>
    judgeTime({ ...longAgo, timeMs: now - elapsedMs, ...memory.seen(1, 'block', elapsedMs) })
  assert.equal(judge(0), 'fits')
  memory.accepted('block')
  assert.equal(judge(9_999), 'fits')
})
