/**
 * Following headers from two sources: what validators of the trust file signed is handed on once; a second source that is
 * behind is waited for; two signed blocks of one height are shown whole; what nobody signed is refused.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toHex } from '@jurat/core/bytes'
import type { LightBlock } from '@jurat/core/light/block'
import { LightError, type LightErrorCode } from '@jurat/core/light/error'
import { chainId, crypto, firstSeconds, makeBlock } from '@jurat/core/light/light.fixtures'
import { followRules, LightFollower, type LightSource, treeOf } from './lightFollower.ts'

/** Four validators, of whom one leaves and one comes with each height. */
const setAt = (height: number): string[] => [0, 1, 2, 3].map((at) => `v${height + at}`)
const genuine = (height: number): LightBlock =>
  makeBlock({ height, validators: setAt(height), next: setAt(height + 1) })
const forked = (height: number): LightBlock =>
  height < 6
    ? genuine(height)
    : makeBlock({
        height,
        validators: setAt(height),
        next: setAt(height + 1),
        appHash: new Uint8Array(40).fill(7),
      })

/** A source that has blocks up to a height. */
class MadeSource implements LightSource {
  readonly address = 'made'
  height: number
  readonly #blockOf: (height: number) => LightBlock

  constructor(height: number, blockOf = genuine) {
    this.height = height
    this.#blockOf = blockOf
  }

  async block(height: number | null): Promise<LightBlock | null> {
    const asked = height ?? this.height
    return asked > this.height ? null : this.#blockOf(asked)
  }

  answer(height: number): unknown {
    return toHex(this.#blockOf(height).header.appHash)
  }

  forget(): void {}
}

const timeOf = (height: number): number => (firstSeconds + height * 60) * 1_000

function followerOf(source: LightSource, second: LightSource | null, now = timeOf(20)): LightFollower {
  const { validators } = genuine(2)
  return new LightFollower({ crypto, chainId, validators, source, second, now: () => now })
}

const fails = (run: Promise<unknown>, code: LightErrorCode): Promise<void> =>
  assert.rejects(run, (error) => error instanceof LightError && error.code === code)

test('from the validators of the trust file, over changes, each header once', async () => {
  const source = new MadeSource(2)
  const follower = followerOf(source, null)
  const first = await follower.look()
  assert.ok(first.kind === 'verified')
  assert.equal(first.block.header.height, 2)
  assert.deepEqual(treeOf(first.block), { size: 0, root: new Uint8Array(32) })
  assert.equal((await follower.look()).kind, 'same')
  source.height = 12
  const later = await follower.look()
  assert.ok(later.kind === 'verified')
  assert.equal(later.block.header.height, 12)
})

test('the first header must be of those validators, of that chain, signed by enough of them, and not old', async () => {
  await fails(followerOf(new MadeSource(3), null).look(), 'validators-differ')
  const other = (height: number): LightBlock => makeBlock({ height, validators: setAt(height), chainId: 'other' })
  await fails(followerOf(new MadeSource(2, other), null).look(), 'chain-differs')
  const few = (height: number): LightBlock =>
    makeBlock({ height, validators: setAt(height), next: setAt(height + 1), signers: setAt(height).slice(0, 2) })
  await fails(followerOf(new MadeSource(2, few), null).look(), 'power-too-small')
  const late = timeOf(2) + followRules.trustingPeriodMs + 1
  await fails(followerOf(new MadeSource(2), null, late).look(), 'trust-expired')
  await fails(followerOf(new MadeSource(2), null, timeOf(2) - followRules.clockDriftMs - 1).look(), 'time-in-future')
})

test('a second source that is behind is waited for', async () => {
  const [source, second] = [new MadeSource(2), new MadeSource(1)]
  const follower = followerOf(source, second)
  assert.deepEqual(await follower.look(), { kind: 'waiting', height: 2 })
  second.height = 2
  assert.equal((await follower.look()).kind, 'verified')
  source.height = 9
  assert.equal((await follower.look()).kind, 'waiting')
  second.height = 9
  assert.equal((await follower.look()).kind, 'verified')
})

test('two signed blocks of one height are shown, whole', async () => {
  const [source, second] = [new MadeSource(2), new MadeSource(2, forked)]
  const follower = followerOf(source, second)
  assert.equal((await follower.look()).kind, 'verified')
  source.height = 9
  second.height = 9
  const followed = await follower.look()
  assert.ok(followed.kind === 'diverged')
  const { height, answers } = followed.divergence
  assert.ok(height >= 6)
  assert.deepEqual(answers, [source.answer(height), second.answer(height)])
  assert.notEqual(answers[0], answers[1])
})

test('a second source that shows what nobody signed accuses nobody', async () => {
  const invented = (height: number): LightBlock =>
    height < 6 ? genuine(height) : makeBlock({ height, validators: ['x', 'y', 'z', 'u'] })
  const [source, second] = [new MadeSource(2), new MadeSource(2, invented)]
  const follower = followerOf(source, second)
  await follower.look()
  source.height = 9
  second.height = 9
  await assert.rejects(follower.look(), LightError)
})
