/**
 * Makes applied blocks durable in groups: whatever was applied while the last group was being written shares the next sync.
 * @module
 */
import { StoreError } from './errors.ts'
import type { SegmentRecord, SegmentStore } from './segments.ts'

/** Bytes of one group: bounds the buffer of a write, and how long the first block waits for the last. */
const groupBytesMax = 16 * 1024 * 1024

interface Waiting<T> {
  readonly block: T
  readonly record: SegmentRecord
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** Appends blocks to the segments. */
export class CommitQueue<T> {
  readonly #segments: SegmentStore
  readonly #durable: (blocks: readonly T[]) => void
  readonly #fail: (error: Error) => void
  #waiting: Waiting<T>[] = []
  #running: Promise<void> | null = null
  #failure: StoreError | null = null
  /** Bytes that are applied and not durable. */
  backlogBytes = 0

  /** @param durable - hears of each group, in order, before its waiters do */
  constructor(segments: SegmentStore, durable: (blocks: readonly T[]) => void, fail: (error: Error) => void) {
    this.#segments = segments
    this.#durable = durable
    this.#fail = fail
  }

  /** Resolves when the block is durable. */
  push(block: T, record: SegmentRecord): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure)
    this.backlogBytes += record.payload.length
    const promise = new Promise<void>((resolve, reject) => this.#waiting.push({ block, record, resolve, reject }))
    this.#running ??= this.#run()
    return promise
  }

  /** Resolves when everything pushed is durable. */
  async idle(): Promise<void> {
    await this.#running
    if (this.#failure !== null) throw this.#failure
  }

  /** Lets nothing more in: a write failed here or elsewhere. */
  stop(failure: StoreError): void {
    this.#failure ??= failure
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure)
  }

  async #run(): Promise<void> {
    // Blocks that are applied in this turn of the event loop belong to the same group.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const group = this.#take()
      try {
        await this.#segments.append(group.map(({ record }) => record))
        if (this.#failure !== null) throw this.#failure
        this.#durable(group.map(({ block }) => block))
      } catch (cause) {
        const failure = new StoreError('failed', 'a block could not be written', { cause })
        for (const { reject } of group) reject(failure)
        this.stop(failure)
        this.#fail(failure)
        break
      }
      for (const { record, resolve } of group) {
        this.backlogBytes -= record.payload.length
        resolve()
      }
    }
    this.#running = null
  }

  #take(): Waiting<T>[] {
    let [count, bytes] = [0, 0]
    for (const { record } of this.#waiting) {
      if (count > 0 && bytes + record.payload.length > groupBytesMax) break
      bytes += record.payload.length
      count += 1
    }
    return this.#waiting.splice(0, count)
  }
}
