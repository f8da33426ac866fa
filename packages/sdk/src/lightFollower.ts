/**
 * Follows the headers of a consortium by the light client of core: from one node, compared with a second one. A node is not
 * believed: what is handed on was signed by the validators of the trust file, or by those who follow from them.
 * docs/spec/light-client.md.
 * @module
 */
import { type Bytes, equal } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { headerHash, type LightBlock, timeToMs, validatorsHash, type Validator } from '@jurat/core/light/block'
import { compareSources, follow, type LightRules, oneThird } from '@jurat/core/light/client'
import { verifyCommit } from '@jurat/core/light/commit'
import { LightError } from '@jurat/core/light/error'
import { readSignedHeader, readValidators } from '@jurat/core/light/json'
import type { Client } from './client.ts'
import { SdkError } from './errors.ts'

/** What is accepted: two weeks of trust in a header that was verified, and clocks that differ by ten seconds. */
export const followRules: LightRules = {
  trustingPeriodMs: 14 * 86_400_000,
  clockDriftMs: 10_000,
  trustLevel: oneThird,
}

/** Where blocks come from. */
export interface LightSource {
  /** For people. */
  readonly address: string
  /** The block of a height, or the newest for null; null when there is none. @throws {SdkError} @throws {LightError} */
  block(height: number | null): Promise<LightBlock | null>
  /** What was answered for a height since the last `forget`, as evidence. */
  answer(height: number): unknown
  forget(): void
}

/** A node, as a source of blocks. */
export class NodeLightSource implements LightSource {
  readonly address: string
  readonly #client: Client
  readonly #answers = new Map<number, unknown>()

  constructor(client: Client) {
    this.address = client.address
    this.#client = client
  }

  async block(height: number | null): Promise<LightBlock | null> {
    try {
      const params = { height: height === null ? 'latest' : String(height) }
      const { value } = await this.#client.call('getLightBlock', { params })
      const block = { ...readSignedHeader(value.signedHeader), validators: readValidators(value.validators) }
      this.#answers.set(block.header.height, value)
      return block
    } catch (error) {
      if (error instanceof SdkError && error.status === 404) return null
      throw error
    }
  }

  answer(height: number): unknown {
    return this.#answers.get(height) ?? null
  }

  forget(): void {
    this.#answers.clear()
  }
}

/** Two sources that show two blocks of one height, each committed. */
export interface Divergence {
  readonly height: number
  /** Whole answers, in the order of the sources. */
  readonly answers: readonly [unknown, unknown]
}

/** What a look gave: the block that is trusted from now on, or the proof that somebody signed two. */
export type Followed =
  | { readonly kind: 'verified'; readonly block: LightBlock }
  | { readonly kind: 'same' }
  /** The second source does not have the block yet. */
  | { readonly kind: 'waiting'; readonly height: number }
  | { readonly kind: 'diverged'; readonly divergence: Divergence }

/** What following needs. */
export interface FollowOptions {
  readonly crypto: CryptoProvider
  readonly chainId: string
  /** Those of the newest document of the trust file: whom the first block must name. */
  readonly validators: readonly Validator[]
  readonly source: LightSource
  /** Compared with it; null without a second one. */
  readonly second: LightSource | null
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number
}

/** Follows headers, a look at a time. */
export class LightFollower {
  readonly #options: FollowOptions
  #trusted: LightBlock | null = null

  constructor(options: FollowOptions) {
    this.#options = options
  }

  /** Looks for a newer block. @throws {LightError} for what a source cannot prove @throws {SdkError} */
  async look(): Promise<Followed> {
    const { source, second } = this.#options
    source.forget()
    second?.forget()
    const newest = await source.block(null)
    if (newest === null) throw new SdkError('answer-malformed', `${source.address} has no light blocks.`, {})
    if (this.#trusted !== null && newest.header.height <= this.#trusted.header.height) return { kind: 'same' }
    const accepted = await this.#accept(newest)
    const reached = accepted.at(-1) ?? newest
    if (second !== null) {
      const compared = await this.#compare(second, accepted)
      if (compared !== null) return compared
    }
    this.#trusted = reached
    return { kind: 'verified', block: reached }
  }

  /** The way to a block, that which is trusted already left out. */
  async #accept(goal: LightBlock): Promise<readonly LightBlock[]> {
    const { crypto, source, now } = this.#options
    if (this.#trusted === null) {
      this.#begin(goal)
      return [goal]
    }
    const { height } = goal.header
    const way = follow(crypto, { trusted: this.#trusted, height, rules: followRules, nowMs: now() })
    let next = way.next()
    while (next.done !== true) next = way.next(next.value === height ? goal : await needed(source, next.value))
    return next.value
  }

  /** A first block must name the validators of the trust file, and enough of them must have signed it lately. */
  #begin(block: LightBlock): void {
    const { crypto, chainId, validators, now } = this.#options
    if (block.header.chainId !== chainId) throw new LightError('chain-differs', 'The header is of another chain.')
    if (!equal(block.header.validatorsHash, validatorsHash(crypto, validators))) {
      throw new LightError('validators-differ', 'The header does not name the validators of the trust file.')
    }
    verifyCommit(crypto, block)
    const ageMs = now() - timeToMs(block.header.time)
    if (ageMs > followRules.trustingPeriodMs) throw new LightError('trust-expired', 'The newest header is too old.')
    if (-ageMs > followRules.clockDriftMs) throw new LightError('time-in-future', 'The time lies in the future.')
  }

  async #compare(second: LightSource, accepted: readonly LightBlock[]): Promise<Followed | null> {
    const { crypto, source, now } = this.#options
    const diverged = (height: number): Followed => {
      const answers = [source.answer(height), second.answer(height)] as const
      return { kind: 'diverged', divergence: { height, answers } }
    }
    const [first] = accepted
    if (first !== undefined && this.#trusted === null) {
      const other = await second.block(first.header.height)
      if (other === null) return { kind: 'waiting', height: first.header.height }
      if (same(crypto, first, other)) return null
      // There is no block yet on which both agree: the trust file vouches for the validators of both.
      this.#begin(other)
      return diverged(first.header.height)
    }
    const comparing = compareSources(crypto, { accepted, rules: followRules, nowMs: now() })
    let next = comparing.next()
    while (next.done !== true) {
      const block = await second.block(next.value)
      if (block === null) return { kind: 'waiting', height: next.value }
      next = comparing.next(block)
    }
    return next.value === null ? null : diverged(next.value.first.header.height)
  }
}

const same = (crypto: CryptoProvider, one: LightBlock, other: LightBlock): boolean =>
  equal(headerHash(crypto, one.header), headerHash(crypto, other.header))

async function needed(source: LightSource, height: number): Promise<LightBlock> {
  const block = await source.block(height)
  if (block !== null) return block
  throw new SdkError('answer-malformed', `${source.address} does not have the block ${height}, which is needed.`, {})
}

/** Size and root of the tree that a header carries: that after the block before. Null for one that carries none. */
export function treeOf({ header: { appHash } }: Pick<LightBlock, 'header'>): { size: number; root: Bytes } | null {
  if (appHash.length !== 40) return null
  const size = new DataView(appHash.buffer, appHash.byteOffset).getBigUint64(0)
  return { size: Number(size), root: appHash.subarray(8) }
}
