/**
 * Virtual time. Nothing in a run waits for anything but this: events happen in the order of their time, each followed
 * by everything that it set going, so that one seed gives one course of events.
 * @module
 */
import type { Clock, Timers } from '@jurat/node/platform/clock'

/** Wall clock at the beginning of every run, milliseconds since 1970 UTC. */
export const startMs = 1_800_000_000_000

interface Event {
  readonly atMs: number
  /** Events of the same time happen in the order in which they were made. */
  readonly order: number
  readonly action: () => void
  cancelled: boolean
}

/** What is going to happen. */
export class Schedule {
  #heap: Event[] = []
  #order = 0
  /** Milliseconds since the beginning of the run. */
  nowMs = 0
  /** Events that have happened. */
  count = 0

  after(delayMs: number, action: () => void): () => void {
    const event = { atMs: this.nowMs + Math.max(0, delayMs), order: this.#order++, action, cancelled: false }
    this.#push(event)
    return () => {
      event.cancelled = true
    }
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(delayMs, resolve)
    })
  }

  /** Lets things happen until `done`, or until nothing is left. */
  async run(done: () => boolean): Promise<void> {
    await turn()
    while (!done()) {
      const event = this.#pop()
      if (event === null) return
      if (event.cancelled) continue
      this.nowMs = event.atMs
      this.count += 1
      event.action()
      await turn()
    }
  }

  #push(event: Event): void {
    const heap = this.#heap
    heap.push(event)
    for (let at = heap.length - 1; at > 0;) {
      const parent = (at - 1) >> 1
      if (!this.#swapUnordered(parent, at)) break
      at = parent
    }
  }

  #pop(): Event | null {
    const heap = this.#heap
    const [first] = heap
    const last = heap.pop()
    if (first === undefined || last === undefined) return null
    if (heap.length === 0) return first
    heap[0] = last
    for (let at = 0; ;) {
      const [left, right] = [2 * at + 1, 2 * at + 2]
      const least = right < heap.length && isBefore(heap[right], heap[left]) ? right : left
      if (least >= heap.length || !this.#swapUnordered(at, least)) break
      at = least
    }
    return first
  }

  #swapUnordered(parent: number, child: number): boolean {
    const [above, below] = [this.#heap[parent], this.#heap[child]]
    if (above === undefined || below === undefined || !isBefore(below, above)) return false
    this.#heap[parent] = below
    this.#heap[child] = above
    return true
  }
}

function isBefore(a: Event | undefined, b: Event | undefined): boolean {
  if (a === undefined || b === undefined) return false
  return a.atMs === b.atMs ? a.order < b.order : a.atMs < b.atMs
}

/**
 * Lets everything run that waits for nothing but its turn. In a run nothing else is ever pending, so this is no real
 * time: it empties the queue of microtasks.
 */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Clock and timers of one process on one machine: when the process ends, its timers never fire. */
export class ProcessTime implements Clock, Timers {
  readonly #schedule: Schedule
  readonly #skewMs: () => number
  #ended = false

  /** @param skewMs - how far the machine's wall clock is wrong now */
  constructor(schedule: Schedule, skewMs: () => number) {
    this.#schedule = schedule
    this.#skewMs = skewMs
  }

  now(): number {
    return Math.floor(startMs + this.#schedule.nowMs + this.#skewMs())
  }

  monotonic(): number {
    return this.#schedule.nowMs
  }

  after(delayMs: number, action: () => void): () => void {
    return this.#schedule.after(delayMs, () => {
      if (!this.#ended) action()
    })
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(delayMs, resolve)
    })
  }

  end(): void {
    this.#ended = true
  }
}
