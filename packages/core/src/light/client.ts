/**
 * A light client of CometBFT: from a header that is trusted to a later one, without the headers between them as far as the
 * validators overlap. It asks for blocks by yielding their heights, and knows no clock. docs/spec/light-client.md.
 * @module
 */
import { assert } from '../assert.ts'
import { type Bytes, equal } from '../bytes.ts'
import type { CryptoProvider } from '../crypto/provider.ts'
import { compareTimes, headerHash, type Header, type LightBlock, powerOf, validatorsHash } from './block.ts'
import { isMoreThan, type Share, signedPower, verifyCommit } from './commit.ts'
import { LightError } from './error.ts'

/** What a light client accepts. */
export interface LightRules {
  /** So long after its time a header may be trusted: shorter than anybody needs to get away with old keys. */
  readonly trustingPeriodMs: number
  /** So far ahead of the own clock a header's time may be. */
  readonly clockDriftMs: number
  /** Of the trusted power more than this has to have signed a header that is not the next one. At least a third. */
  readonly trustLevel: Share
}

/** CometBFT's own trust level: with less than a third dishonest, one honest validator signed. */
export const oneThird: Share = { numerator: 1, denominator: 3 }

/** The block to begin with: its hash is known from elsewhere, the block itself is a source's. @throws {LightError} */
export function verifyTrusted(crypto: CryptoProvider, block: LightBlock, hash: Bytes): void {
  if (!equal(headerHash(crypto, block.header), hash)) {
    throw new LightError('trusted-other', 'The block to begin with is another than the trusted one.')
  }
  verifyCommit(crypto, block)
}

/** A step from one block to a later one. */
export interface LightStep {
  readonly trusted: LightBlock
  readonly untrusted: LightBlock
  readonly rules: LightRules
  /** The own clock, milliseconds since 1970 UTC. */
  readonly nowMs: number
}

/** Accepts a later block because of a trusted one. @throws {LightError} */
export function verifyStep(crypto: CryptoProvider, step: LightStep): void {
  const { trusted, untrusted, rules } = step
  const { numerator, denominator } = rules.trustLevel
  assert(denominator > 0 && numerator * 3 >= denominator && numerator <= denominator, 'a trust level is 1/3 to 1')
  checkHeaders(step)
  if (untrusted.header.height === trusted.header.height + 1) {
    if (!equal(untrusted.header.validatorsHash, trusted.header.nextValidatorsHash)) {
      throw new LightError('next-validators-differ', 'These are not the validators that the header before announced.')
    }
  } else {
    // Whoever holds a trusted header got the validators from a source: invented ones must not vouch for anybody.
    if (!equal(validatorsHash(crypto, trusted.validators), trusted.header.validatorsHash)) {
      throw new LightError('validators-differ', 'The trusted header does not name its validators.')
    }
    const signed = signedPower(crypto, untrusted, trusted.validators)
    if (!isMoreThan(signed, rules.trustLevel, powerOf(trusted.validators))) {
      throw new LightError('overlap-too-small', 'Too little of the trusted power signed: a header between is needed.')
    }
  }
  verifyCommit(crypto, untrusted)
}

function checkHeaders({ trusted, untrusted, rules, nowMs }: LightStep): void {
  const [before, after] = [trusted.header, untrusted.header]
  if (before.chainId !== after.chainId) throw new LightError('chain-differs', 'The header is of another chain.')
  if (!(after.height > before.height)) {
    throw new LightError('height-not-above', 'The height is not above the trusted one.')
  }
  if (!(wholeMs(before) + rules.trustingPeriodMs > nowMs)) {
    throw new LightError('trust-expired', 'The trusted header is older than the trusting period.')
  }
  if (!(compareTimes(after.time, before.time) > 0)) {
    throw new LightError('time-not-after', 'The time is not after that of the trusted header.')
  }
  if (!(wholeMs(after) < nowMs + rules.clockDriftMs)) {
    throw new LightError('time-in-future', 'The time lies too far in the future.')
  }
}

const wholeMs = ({ time }: Header): number => time.seconds * 1000 + Math.floor(time.nanos / 1_000_000)

/** Where to go from a trusted block. */
export interface LightGoal extends Pick<LightStep, 'trusted' | 'rules' | 'nowMs'> {
  readonly height: number
}

/**
 * Goes to a height. Yields the heights of the blocks that it needs, each to be answered with the source's block; returns
 * the accepted blocks, the trusted one first, that of the height last. @throws {LightError}
 */
export function* follow(
  crypto: CryptoProvider,
  { trusted, height, rules, nowMs }: LightGoal,
): Generator<number, LightBlock[], LightBlock> {
  if (height === trusted.header.height) return [trusted]
  return yield* approach(crypto, { trusted, goal: checkAnswer(height, yield height), rules, nowMs })
}

/** As {@link follow}, to a block that is there already. */
function* approach(
  crypto: CryptoProvider,
  { trusted, goal, rules, nowMs }: Omit<LightGoal, 'height'> & { readonly goal: LightBlock },
): Generator<number, LightBlock[], LightBlock> {
  const accepted = [trusted]
  let newest = trusted
  /** Blocks ahead, the nearest last. */
  const ahead = [goal]
  for (let next = ahead.at(-1); next !== undefined; next = ahead.at(-1)) {
    const between = tryStep(crypto, { trusted: newest, untrusted: next, rules, nowMs })
    if (between === null) {
      newest = next
      accepted.push(newest)
      ahead.pop()
    } else ahead.push(checkAnswer(between, yield between))
  }
  return accepted
}

/** Null when the step is accepted, or the height of a block that is needed between the two. */
function tryStep(crypto: CryptoProvider, step: LightStep): number | null {
  try {
    verifyStep(crypto, step)
    return null
  } catch (error) {
    if (!(error instanceof LightError) || error.code !== 'overlap-too-small') throw error
    // There is one: the next header is never refused for this reason.
    return Math.floor((step.trusted.header.height + step.untrusted.header.height) / 2)
  }
}

function checkAnswer(height: number, block: LightBlock): LightBlock {
  if (block.header.height === height) return block
  throw new LightError('commit-other', `The source answered with another height than ${height}.`)
}

/** Two headers of one height, each committed by validators that the common block vouches for: some signed falsely. */
export interface Conflict {
  /** The newest block on which both sources agree. */
  readonly common: LightBlock
  readonly first: LightBlock
  readonly second: LightBlock
}

/**
 * Compares what {@link follow} accepted with a second source, whose blocks it asks for in the same way. Null when both
 * show the same. @throws {LightError} what is wrong with the second source's block, when it proves nothing.
 */
export function* compareSources(
  crypto: CryptoProvider,
  { accepted, rules, nowMs }: Pick<LightStep, 'rules' | 'nowMs'> & { readonly accepted: readonly LightBlock[] },
): Generator<number, Conflict | null, LightBlock> {
  let common: LightBlock | null = null
  for (const first of accepted) {
    const { height } = first.header
    const second = checkAnswer(height, yield height)
    if (equal(headerHash(crypto, first.header), headerHash(crypto, second.header))) {
      common = first
      continue
    }
    if (common === null) throw new LightError('sources-differ', 'The second source does not know the trusted block.')
    // This very block: asked again, a source could answer with another one, and be accused of what nobody verified.
    yield* approach(crypto, { trusted: common, goal: second, rules, nowMs })
    return { common, first, second }
  }
  return null
}
