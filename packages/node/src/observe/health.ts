/**
 * Health is about progress, not about the process: a node is healthy while what it accepted becomes committed and what
 * was committed becomes covered by a published checkpoint.
 * @module
 */
import type { Clock } from '../platform/clock.ts'

/** Longest time that a waiting transaction may see no new block, in milliseconds. */
export const commitStallMs = 5_000

/** Longest time that a committed entry may stay without a published checkpoint, in milliseconds. */
export const checkpointStallMs = 60_000

/** What the parts of the node tell about themselves, at the moment of asking. */
export interface Progress {
  readonly height: number
  readonly committedSize: number
  readonly checkpointSize: number
  readonly queuedTransactions: number
  /** Why nothing can be deposited, or null. */
  readonly stopped: string | null
  /** Why the engine makes no blocks at present, or null. */
  readonly stalled: string | null
  readonly muted: boolean
  readonly database: 'off' | 'up' | 'down'
  readonly projectionHeight: number
}

/** The answer of `GET /health`. */
export interface Health extends Progress {
  readonly status: 'ok' | 'stalled' | 'stopped'
  readonly problems: string[]
  readonly projectionLagBlocks: number
}

/** Watches progress over time. Ask it at any rhythm: it needs no timer of its own. */
export class HealthWatch {
  readonly #clock: Clock
  readonly #progress: () => Progress
  #height = -1
  #heightAt: number
  #checkpointSize = -1
  #checkpointAt: number

  constructor(clock: Clock, progress: () => Progress) {
    this.#clock = clock
    this.#progress = progress
    this.#heightAt = clock.monotonic()
    this.#checkpointAt = clock.monotonic()
  }

  /** The health now. Lost projections are shown and are no problem of the ledger. */
  check(): Health {
    const now = this.#clock.monotonic()
    const progress = this.#progress()
    // A clock of waiting starts at the last progress, or at the last moment when there was nothing to wait for.
    if (progress.height !== this.#height || progress.queuedTransactions === 0) {
      this.#height = progress.height
      this.#heightAt = now
    }
    if (progress.checkpointSize !== this.#checkpointSize || progress.checkpointSize >= progress.committedSize) {
      this.#checkpointSize = progress.checkpointSize
      this.#checkpointAt = now
    }
    const problems: string[] = []
    if (now - this.#heightAt > commitStallMs) problems.push('transactions wait and no block is made')
    if (now - this.#checkpointAt > checkpointStallMs) problems.push('no checkpoint covers the committed tree')
    if (progress.stalled !== null) problems.push(progress.stalled)
    if (progress.muted) problems.push('the signer state is lost: nothing is signed')
    if (progress.stopped !== null) problems.push(progress.stopped)
    const status = progress.stopped !== null ? 'stopped' : problems.length > 0 ? 'stalled' : 'ok'
    const projectionLagBlocks =
      progress.database === 'off' ? 0 : Math.max(0, progress.height - progress.projectionHeight)
    return { ...progress, status, problems, projectionLagBlocks }
  }
}
