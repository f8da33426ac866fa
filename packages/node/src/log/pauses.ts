/**
 * When the publisher does nothing: a rest after a checkpoint that is very new, which whoever asks for the next one ends,
 * and a pause after a round without quorum, which nothing ends early.
 * @module
 */
import type { Clock, Timers } from '../platform/clock.ts'

/**
 * Shortest time between two checkpoints while nobody waits for one, milliseconds. Each costs a durable write of the
 * signer's state; under load one for every block would take a fifth of a core from the ledger.
 */
export const restMs = 8

/** Pause after a round without quorum: doubled each time, from the first to the second, milliseconds. */
const roundPauseMinMs = 250
const roundPauseMaxMs = 10_000

/** What a pause needs. */
export interface PausesOptions {
  readonly clock: Pick<Clock, 'monotonic'>
  readonly timers: Pick<Timers, 'after'>
  /** Length of a rest, milliseconds; {@link restMs} by default. */
  readonly restMs?: number
}

/** At most one rest or pause at a time. */
export class Pauses {
  readonly #options: PausesOptions
  /** Told at the end of each: there may be work. */
  readonly #over: () => void
  #cancel: (() => void) | null = null
  #resting = false
  #publishedAt = Number.NEGATIVE_INFINITY
  #pauseMs = roundPauseMinMs

  constructor(options: PausesOptions, over: () => void) {
    this.#options = options
    this.#over = over
  }

  /** Whether a rest or a pause goes on. */
  get going(): boolean {
    return this.#cancel !== null
  }

  /** A checkpoint is on its way: the next one rests after it. */
  published(): void {
    this.#publishedAt = this.#options.clock.monotonic()
  }

  /** Begins a rest when the last checkpoint is very new. @returns whether it did */
  rest(): boolean {
    const { clock, timers, restMs: lengthMs = restMs } = this.#options
    const left = this.#publishedAt + lengthMs - clock.monotonic()
    if (left <= 0) return false
    this.#resting = true
    this.#cancel = timers.after(left, () => this.#end())
    return true
  }

  /** Somebody asks for a checkpoint: a rest ends now, a pause does not. */
  endRest(): void {
    if (this.#resting) this.#end()
  }

  /** Begins a pause, longer than the one before it. */
  pause(): void {
    this.#cancel = this.#options.timers.after(this.#pauseMs, () => this.#end())
    this.#pauseMs = Math.min(2 * this.#pauseMs, roundPauseMaxMs)
  }

  /** A round went well: the next pause is short again. */
  shorten(): void {
    this.#pauseMs = roundPauseMinMs
  }

  /** Ends what goes on without telling: the publisher stops. */
  cancel(): void {
    this.#cancel?.()
  }

  #end(): void {
    this.#cancel?.()
    this.#cancel = null
    this.#resting = false
    this.#over()
  }
}
