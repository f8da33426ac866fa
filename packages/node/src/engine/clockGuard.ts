/**
 * Watches that wall clock and monotonic clock run alike. A wall clock that jumps would write a wrong time into blocks
 * that can never be taken back, so the engine makes none while they part (docs/spec/engine.md).
 * @module
 */
import type { Clock } from '../platform/clock.ts'

/** The clocks have parted when the wall clock stands further than this from where the monotonic clock expects it. */
export const clockJumpMaxMs = 1_000

/** A clock that stays at its new place for this long is believed: the machine slept, or an operator set it right. */
export const clockSettleMs = 60_000

/** The trusted offset follows the wall clock at most this fast: twice what NTP slews (500 ppm). */
export const clockSlewMaxPpm = 1_000

/** What the guard says of the clocks. `offByMs` is signed: positive when the wall clock ran ahead. */
export type ClockVerdict = { readonly ok: true } | { readonly ok: false; readonly offByMs: number }

/** Compares the clocks; ask it before each block and about once a second. */
export class ClockGuard {
  readonly #clock: Clock
  /** Wall clock less monotonic clock, as trusted. */
  #trustedMs: number
  #lastMonotonicMs: number
  /** The offset that the clock jumped to, and since when it has stayed there. */
  #candidate: { offsetMs: number; sinceMonotonicMs: number } | null = null

  constructor(clock: Clock) {
    this.#clock = clock
    this.#lastMonotonicMs = clock.monotonic()
    this.#trustedMs = clock.now() - this.#lastMonotonicMs
  }

  /** Whether a block may be made now. */
  check(): ClockVerdict {
    const monotonicMs = this.#clock.monotonic()
    const offsetMs = this.#clock.now() - monotonicMs
    const elapsedMs = Math.max(0, monotonicMs - this.#lastMonotonicMs)
    this.#lastMonotonicMs = monotonicMs
    const offByMs = offsetMs - this.#trustedMs
    if (Math.abs(offByMs) <= clockJumpMaxMs) {
      this.#candidate = null
      const slewMaxMs = (elapsedMs * clockSlewMaxPpm) / 1_000_000
      this.#trustedMs += Math.max(-slewMaxMs, Math.min(slewMaxMs, offByMs))
      return { ok: true }
    }
    const candidate = this.#candidate
    if (candidate === null || Math.abs(offsetMs - candidate.offsetMs) > clockJumpMaxMs) {
      this.#candidate = { offsetMs, sinceMonotonicMs: monotonicMs }
    } else if (monotonicMs - candidate.sinceMonotonicMs >= clockSettleMs) {
      this.#trustedMs = offsetMs
      this.#candidate = null
      return { ok: true }
    }
    return { ok: false, offByMs: Math.round(offByMs) }
  }
}
