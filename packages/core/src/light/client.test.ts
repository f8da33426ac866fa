import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { equal } from '../bytes.ts'
import { headerHash, type LightBlock } from './block.ts'
import { compareSources, follow, type LightRules, oneThird, verifyStep, verifyTrusted } from './client.ts'
import { LightError, type LightErrorCode } from './error.ts'
import { blocksOf, changingBlocksOf, crypto, firstSeconds, makeBlock } from './light.fixtures.ts'

const day = 86_400_000
const rules: LightRules = { trustingPeriodMs: 7 * day, clockDriftMs: 10_000, trustLevel: oneThird }
const nowMs = firstSeconds * 1000 + day

/** Four validators, of whom one leaves and one comes with each height. */
const setAt = (height: number): string[] => [0, 1, 2, 3].map((at) => `v${height + at}`)
const changing = (height: number): LightBlock =>
  makeBlock({ height, validators: setAt(height), next: setAt(height + 1) })

/** Answers what a generator asks for. */
function answer<T>(asking: Generator<number, T, LightBlock>, source: (height: number) => LightBlock) {
  const asked: number[] = []
  let step = asking.next()
  while (step.done !== true) {
    asked.push(step.value)
    step = asking.next(source(step.value))
  }
  return { result: step.value, asked }
}

const fails = (run: () => unknown, code: LightErrorCode): void =>
  assert.throws(run, (error) => error instanceof LightError && error.code === code)

const still = ['a', 'b', 'c', 'd']
const trusted = makeBlock({ height: 3, validators: still })

describe('one step', () => {
  const step = (untrusted: LightBlock, changes: Partial<LightRules> = {}, now: number = nowMs): void =>
    verifyStep(crypto, { trusted, untrusted, rules: { ...rules, ...changes }, nowMs: now })

  test('to the next header, and over many', () => {
    step(makeBlock({ height: 4, validators: still }))
    step(makeBlock({ height: 900, validators: still }))
    // Two of the four trusted ones are more than a third; of the new set enough signed.
    step(makeBlock({ height: 9, validators: ['a', 'b', 'x', 'y'] }))
  })

  test('the overlap has to be more than the trust level', () => {
    fails(() => step(makeBlock({ height: 9, validators: ['a', 'x', 'y', 'z'] })), 'overlap-too-small')
    const half = { trustLevel: { numerator: 1, denominator: 2 } }
    fails(() => step(makeBlock({ height: 9, validators: ['a', 'b', 'x', 'y'] }), half), 'overlap-too-small')
    // Validators who stand in the set without having signed do not count.
    const silent = makeBlock({
      height: 9,
      validators: ['a', 'b', 'x', 'y', 'z', 'u'],
      signers: ['b', 'x', 'y', 'z', 'u'],
    })
    fails(() => step(silent), 'overlap-too-small')
  })

  test('times, heights and chains', () => {
    const later = (seconds: number): LightBlock =>
      makeBlock({ height: 4, validators: still, time: { seconds, nanos: 0 } })
    fails(() => step(makeBlock({ height: 3, validators: still })), 'height-not-above')
    fails(() => step(makeBlock({ height: 2, validators: still })), 'height-not-above')
    fails(() => step(later(trusted.header.time.seconds)), 'time-not-after')
    fails(() => step(later(nowMs / 1000 + 10)), 'time-in-future')
    step(later(nowMs / 1000 + 9))
    const expiry = trusted.header.time.seconds * 1000 + rules.trustingPeriodMs
    step(later(nowMs / 1000), {}, expiry - 1)
    fails(() => step(later(nowMs / 1000), {}, expiry), 'trust-expired')
    fails(() => step(later(nowMs / 1000), {}, Number.NaN), 'trust-expired')
    fails(() => step(makeBlock({ height: 4, validators: still, chainId: 'other' })), 'chain-differs')
  })

  test('forged: invented validators, too few signatures, another header under a genuine commit', () => {
    const strangers = ['x', 'y', 'z', 'u']
    fails(() => step(makeBlock({ height: 4, validators: strangers })), 'next-validators-differ')
    fails(() => step(makeBlock({ height: 9, validators: strangers })), 'overlap-too-small')
    fails(() => step(makeBlock({ height: 4, validators: still, signers: ['a', 'b'] })), 'power-too-small')
    // Enough of the trusted power, and not enough of the set that the header names.
    const few = makeBlock({ height: 9, validators: [...still, ...strangers], signers: ['a', 'b'] })
    fails(() => step(few), 'power-too-small')
    const genuine = makeBlock({ height: 4, validators: still })
    const header = { ...genuine.header, appHash: new Uint8Array(40).fill(1) }
    fails(() => step({ ...genuine, header }), 'commit-other')
    fails(
      () => step({ ...genuine, validators: makeBlock({ height: 4, validators: strangers }).validators }),
      'validators-differ',
    )
  })
})

describe('the block to begin with', () => {
  const hash = headerHash(crypto, trusted.header)
  const strangers = makeBlock({ height: 9, validators: ['x', 'y', 'z', 'u'] })

  test('is the one of the hash, with its own validators and commit', () => {
    verifyTrusted(crypto, trusted, hash)
    fails(() => verifyTrusted(crypto, makeBlock({ height: 4, validators: still }), hash), 'trusted-other')
    fails(() => verifyTrusted(crypto, { ...trusted, validators: strangers.validators }, hash), 'validators-differ')
    fails(() => verifyTrusted(crypto, { ...trusted, commit: strangers.commit }, hash), 'commit-other')
  })

  test('invented validators beside a genuine trusted header vouch for nobody', () => {
    const posing = { ...trusted, validators: strangers.validators }
    fails(() => verifyStep(crypto, { trusted: posing, untrusted: strangers, rules, nowMs }), 'validators-differ')
    const asking = follow(crypto, { trusted: posing, height: 9, rules, nowMs })
    fails(() => answer(asking, () => strangers), 'validators-differ')
  })
})

describe('a way', () => {
  test('skips as far as the validators overlap', () => {
    const { result, asked } = answer(follow(crypto, { trusted, height: 1_000, rules, nowMs }), (height) =>
      makeBlock({ height, validators: still }),
    )
    assert.deepEqual(asked, [1_000])
    assert.deepEqual(
      result.map(({ header }) => header.height),
      [3, 1_000],
    )
  })

  test('goes by blocks between where they change', () => {
    const { result, asked } = answer(follow(crypto, { trusted: changing(1), height: 30, rules, nowMs }), changing)
    const heights = result.map(({ header }) => header.height)
    assert.equal(heights[0], 1)
    assert.equal(heights.at(-1), 30)
    // Two of four remain over two heights, one over three.
    assert.ok(heights.every((height, at) => at === 0 || height - (heights[at - 1] ?? 0) <= 2))
    assert.equal(new Set(asked).size, asked.length)
  })

  test('stays where it is', () => {
    assert.deepEqual(answer(follow(crypto, { trusted, height: 3, rules, nowMs }), changing), {
      result: [trusted],
      asked: [],
    })
  })

  test('a source that answers something else is found out', () => {
    const other = (): LightBlock => makeBlock({ height: 8, validators: still })
    fails(() => answer(follow(crypto, { trusted, height: 9, rules, nowMs }), other), 'commit-other')
    fails(() => answer(follow(crypto, { trusted, height: 2, rules, nowMs }), changing), 'height-not-above')
    // One block between is forged.
    const forging = (height: number): LightBlock =>
      height === 15
        ? makeBlock({ height, validators: setAt(height), signers: setAt(height).slice(2) })
        : changing(height)
    fails(() => answer(follow(crypto, { trusted: changing(1), height: 30, rules, nowMs }), forging), 'power-too-small')
  })

  test('over blocks that CometBFT made', () => {
    const blocks = blocksOf(readFileSync(new URL('../../../../vectors/light.json', import.meta.url), 'utf8'))
    const [first] = blocks
    const last = blocks.at(-1)
    assert.ok(first !== undefined && last !== undefined)
    const now = last.header.time.seconds * 1000 + 2_000
    for (const untrusted of blocks.slice(1)) verifyStep(crypto, { trusted: first, untrusted, rules, nowMs: now })
    for (const [at, untrusted] of blocks.slice(1).entries()) {
      verifyStep(crypto, { trusted: blocks[at] ?? first, untrusted, rules, nowMs: now })
    }
  })
})

describe('over blocks that CometBFT made while its validators changed', () => {
  const text = readFileSync(new URL('../../../../vectors/light-changes.json', import.meta.url), 'utf8')
  const blocks = changingBlocksOf(text)
  const at = (height: number): LightBlock => {
    const block = blocks[height - 1]
    assert.ok(block !== undefined)
    return block
  }
  const last = at(blocks.length)
  const now = last.header.time.seconds * 1000 + 2_000

  test('from each to the next', () => {
    for (const untrusted of blocks.slice(1)) {
      verifyStep(crypto, { trusted: at(untrusted.header.height - 1), untrusted, rules, nowMs: now })
    }
  })

  test('not from the first to the last in one step, but by blocks between', () => {
    fails(() => verifyStep(crypto, { trusted: at(1), untrusted: last, rules, nowMs: now }), 'overlap-too-small')
    const { result } = answer(follow(crypto, { trusted: at(1), height: blocks.length, rules, nowMs: now }), at)
    assert.ok(result.length > 2)
    assert.equal(result.at(-1), last)
  })

  test('no set from before a change stands for the one after it', () => {
    const changed = blocks.findIndex(({ header }) => !equal(header.validatorsHash, header.nextValidatorsHash))
    const [before, after] = blocks.slice(changed, changed + 2)
    assert.ok(before !== undefined && after !== undefined)
    const header = { ...before.header, nextValidatorsHash: before.header.validatorsHash }
    const posing = { ...before, header }
    fails(() => verifyStep(crypto, { trusted: posing, untrusted: after, rules, nowMs: now }), 'next-validators-differ')
  })
})

describe('two sources', () => {
  const accepted = answer(follow(crypto, { trusted: changing(1), height: 9, rules, nowMs }), changing).result

  test('that show the same are no conflict', () => {
    const { result } = answer(compareSources(crypto, { accepted, rules, nowMs }), changing)
    assert.equal(result, null)
  })

  test('a fork that validators signed is shown with both headers', () => {
    const fork = (height: number): LightBlock =>
      height < 6
        ? changing(height)
        : makeBlock({ height, validators: setAt(height), next: setAt(height + 1), appHash: new Uint8Array(40).fill(7) })
    const { result } = answer(compareSources(crypto, { accepted, rules, nowMs }), fork)
    assert.ok(result !== null)
    const { common, first, second } = result
    assert.ok(common.header.height < 6 && first.header.height >= 6)
    assert.equal(first.header.height, second.header.height)
    assert.notDeepEqual(first.header.appHash, second.header.appHash)
  })

  test('a source with two faces accuses nobody: only what was verified is shown', () => {
    /** The first answer for a height is invented, the next ones are genuine. */
    const twoFaced = (genuine: (height: number) => LightBlock): ((height: number) => LightBlock) => {
      const asked = new Set<number>()
      return (height) => {
        if (height < 6 || asked.has(height)) return genuine(height)
        asked.add(height)
        return makeBlock({ height, validators: setAt(height), signers: [], appHash: new Uint8Array(40).fill(9) })
      }
    }
    assert.throws(() => answer(compareSources(crypto, { accepted, rules, nowMs }), twoFaced(changing)), LightError)
  })

  test('a forgery proves nothing, and is refused', () => {
    const forgery = (height: number): LightBlock =>
      height < 6 ? changing(height) : makeBlock({ height, validators: still })
    assert.throws(() => answer(compareSources(crypto, { accepted, rules, nowMs }), forgery), LightError)
    const stranger = (height: number): LightBlock => makeBlock({ height, validators: still })
    fails(() => answer(compareSources(crypto, { accepted, rules, nowMs }), stranger), 'sources-differ')
  })
})
