/**
 * Waits for as long as something comes from others, and no longer than so long after the last of it.
 * @module
 */
import type { Clock, Timers } from '../platform/clock.ts'

/** How it waits. */
export interface SilenceOptions {
  readonly clock: Pick<Clock, 'monotonic'>
  readonly timers: Pick<Timers, 'after'>
  /** Longest time without anything, milliseconds. */
  readonly silentMaxMs: number
  /** It was silent for so long. Called once at most. */
  readonly ended: () => void
}

/** One wait. */
export class Silence {
  readonly #options: SilenceOptions
  #heardAtMs: number
  #cancel: () => void = () => undefined

  constructor(options: SilenceOptions) {
    this.#options = options
    this.#heardAtMs = options.clock.monotonic()
  }

  /** Something came. */
  heard(): void {
    this.#heardAtMs = this.#options.clock.monotonic()
  }

  /** Begins to wait. */
  watch(): void {
    const { clock, timers, silentMaxMs, ended } = this.#options
    const leftMs = this.#heardAtMs + silentMaxMs - clock.monotonic()
    if (leftMs <= 0) ended()
    else this.#cancel = timers.after(leftMs, () => this.watch())
  }

  /** Waits no more. */
  stop(): void {
    this.#cancel()
  }
}
