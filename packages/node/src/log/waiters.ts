/**
 * Those who wait for a quorum-complete checkpoint that covers their entry.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import type { Timers } from '../platform/clock.ts'

interface Waiter {
  readonly size: number
  readonly settle: (note: Bytes | null) => void
}

/** Waiters for sizes of the log. */
export class CheckpointWaiters {
  readonly #timers: Timers
  readonly #waiting = new Set<Waiter>()

  constructor(timers: Timers) {
    this.#timers = timers
  }

  /** Resolves with the first complete note of at least `size` entries, or null after `timeoutMs` or `end`. */
  wait(size: number, timeoutMs: number): Promise<Bytes | null> {
    return new Promise((resolve) => {
      const waiter: Waiter = {
        size,
        settle: (note) => {
          cancel()
          this.#waiting.delete(waiter)
          resolve(note)
        },
      }
      const cancel = this.#timers.after(timeoutMs, () => waiter.settle(null))
      this.#waiting.add(waiter)
    })
  }

  /** Whether somebody waits. */
  get any(): boolean {
    return this.#waiting.size > 0
  }

  /** Wakes everybody whom a complete note of `size` entries covers. */
  covered(size: number, note: Bytes): void {
    for (const waiter of this.#waiting) if (waiter.size <= size) waiter.settle(note)
  }

  /** Nothing will come any more. */
  end(): void {
    for (const waiter of this.#waiting) waiter.settle(null)
  }
}
