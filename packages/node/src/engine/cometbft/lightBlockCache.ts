/**
 * Light blocks for strangers: a block that is committed never changes, so it is kept for a while, and few heights at once are asked of
 * CometBFT, whatever is asked of this node. What votes and broadcasts has the same CometBFT. docs/spec/snapshot.md, Trust.
 * @module
 */
import type { Clock } from '../../platform/clock.ts'
import { EngineError } from '../engine.ts'
import type { CometLightBlock, LightBlocks } from './lightBlocks.ts'

/** Its limits. */
export interface LightBlockLimits {
  /** Blocks that are kept, each of a few kilobytes, of 31 members at most 40. */
  readonly keptMax: number
  /** For so long the answer to _latest_ counts, milliseconds. */
  readonly latestMaxAgeMs: number
  /** Heights that are asked of CometBFT at once. */
  readonly askedMax: number
  /** Heights that wait for their turn; a further one is refused. */
  readonly waitingMax: number
}

export const lightBlockLimits: LightBlockLimits = { keptMax: 256, latestMaxAgeMs: 250, askedMax: 4, waitingMax: 64 }

/** Light blocks from a source that may be asked only so often. */
export class LightBlockCache {
  readonly #source: LightBlocks
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #limits: LightBlockLimits
  readonly #kept = new Map<number, CometLightBlock>()
  /** What is on its way, by height; null for the latest. */
  readonly #asked = new Map<number | null, Promise<CometLightBlock | null>>()
  readonly #waiting: (() => void)[] = []
  #running = 0
  #latest: { readonly block: CometLightBlock; readonly atMs: number } | null = null

  constructor(source: LightBlocks, clock: Pick<Clock, 'monotonic'>, limits: LightBlockLimits = lightBlockLimits) {
    this.#source = source
    this.#clock = clock
    this.#limits = limits
  }

  /** A block by its height, the latest for null; null when there is none. @throws {EngineError} overloaded */
  readonly block: LightBlocks = (height) => {
    const kept = height === null ? this.#freshLatest() : this.#kept.get(height)
    if (kept !== undefined) return Promise.resolve(kept)
    const asked = this.#asked.get(height)
    if (asked !== undefined) return asked
    if (this.#running >= this.#limits.askedMax && this.#waiting.length >= this.#limits.waitingMax) {
      return Promise.reject(new EngineError('overloaded', 'Too many heights are asked of CometBFT at once.'))
    }
    const answer = this.#ask(height).finally(() => this.#asked.delete(height))
    this.#asked.set(height, answer)
    return answer
  }

  #freshLatest(): CometLightBlock | undefined {
    const latest = this.#latest
    const isFresh = latest !== null && this.#clock.monotonic() - latest.atMs < this.#limits.latestMaxAgeMs
    return isFresh ? latest.block : undefined
  }

  async #ask(height: number | null): Promise<CometLightBlock | null> {
    if (this.#running >= this.#limits.askedMax) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#running++
    try {
      const atMs = this.#clock.monotonic()
      const block = await this.#source(height)
      if (block === null) return null
      if (height === null) this.#latest = { block, atMs }
      else this.#keep(height, block)
      return block
    } finally {
      // Whoever waits takes over the place.
      const next = this.#waiting.shift()
      if (next === undefined) this.#running--
      else next()
    }
  }

  #keep(height: number, block: CometLightBlock): void {
    this.#kept.set(height, block)
    const [oldest] = this.#kept.keys()
    if (oldest !== undefined && this.#kept.size > this.#limits.keptMax) this.#kept.delete(oldest)
  }
}
