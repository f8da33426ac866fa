/**
 * Time as an argument: the wall clock, the monotonic clock and timers.
 * @module
 */

/** The clocks of the machine. */
export interface Clock {
  /** Wall clock, whole milliseconds since 1970 UTC. */
  now(): number
  /** Monotonic clock, milliseconds since an arbitrary start; never goes back. */
  monotonic(): number
}

/** Timers. A cancelled timer never fires. */
export interface Timers {
  /** Calls `action` once after `delayMs`; gives the cancellation. */
  after(delayMs: number, action: () => void): () => void
  /** Waits. */
  sleep(delayMs: number): Promise<void>
}

/** The machine's clocks. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
}

/** The machine's timers. */
export const systemTimers: Timers = {
  after(delayMs, action) {
    const timer = setTimeout(action, delayMs)
    return () => clearTimeout(timer)
  },
  sleep: (delayMs) => new Promise((resolve) => setTimeout(resolve, delayMs)),
}
