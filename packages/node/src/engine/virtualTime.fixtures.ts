/**
 * Time that stands still until a test moves it.
 * @module
 */
import type { Clock, Timers } from '../platform/clock.ts'

interface Timer {
  readonly atMs: number
  readonly action: () => void
}

/** Wall clock, monotonic clock and timers under a test's hand. */
export class VirtualTime implements Clock, Timers {
  #monotonicMs = 1_000
  #wallMs = 1_800_000_000_000
  #timers = new Set<Timer>()

  now(): number {
    return this.#wallMs
  }

  monotonic(): number {
    return this.#monotonicMs
  }

  after(delayMs: number, action: () => void): () => void {
    const timer = { atMs: this.#monotonicMs + delayMs, action }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(delayMs, resolve)
    })
  }

  /** Moves the wall clock alone. */
  jump(byMs: number): void {
    this.#wallMs += byMs
  }

  /** Lets time pass: timers fire in order, each followed by whatever it sets going. */
  async pass(ms: number): Promise<void> {
    const endMs = this.#monotonicMs + ms
    await settle()
    for (;;) {
      const due = [...this.#timers].filter(({ atMs }) => atMs <= endMs).toSorted((a, b) => a.atMs - b.atMs)[0]
      if (due === undefined) break
      this.#timers.delete(due)
      this.#move(due.atMs)
      due.action()
      await settle()
    }
    this.#move(endMs)
    await settle()
  }

  #move(toMs: number): void {
    const byMs = Math.max(0, toMs - this.#monotonicMs)
    this.#monotonicMs += byMs
    this.#wallMs += byMs
  }
}

/** Lets everything run that waits for nothing but its turn. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise<void>((resolve) => setImmediate(resolve))
}
