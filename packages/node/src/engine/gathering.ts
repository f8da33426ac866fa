/**
 * Gathers items of one account into one signed transaction: what arrives while the last one is on its way, at least for
 * a short window that widens with the number of active accounts. One signature covers them all.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import type { Committed, Refused, SubmissionSide } from './engine.ts'
import type { Timers } from '../platform/clock.ts'

/** Items of one transaction, and bytes of its items: both below what the network allows. */
export interface GatheringLimits {
  readonly itemsMax: number
  readonly itemBytesMax: number
}

/** Widest window, milliseconds. */
export const windowMaxMs = 4

/** Window for each account that is active beyond the first ones, milliseconds. */
export const windowPerAccountMs = 0.04

/** Transactions of one account on their way at once. */
export const inFlightMax = 1

/** Longest wait for requests of clients that were just answered, milliseconds. */
export const returnWindowMs = 2

/** A gathering goes when this share of what lately waited together is there. */
const gatheredShare = 0.9

/** What remains of the peak after each transaction, so that clients that left are not waited for. */
const peakDecay = 0.95

/** What a request adds to a gathering. */
export interface Contribution {
  readonly items: readonly Bytes[]
  readonly idempotency: { readonly keyHash: Bytes; readonly requestHash: Bytes } | null
  readonly done: (outcome: Committed | Refused, firstItem: number) => void
  readonly failed: (error: unknown) => void
}

/** Signs and submits items of one account as one transaction. */
export type SubmitItems = (items: readonly Bytes[], side: SubmissionSide) => Promise<Committed | Refused>

/** The gathering of one account. */
export class Gathering {
  readonly #submit: SubmitItems
  readonly #timers: Timers
  readonly #limits: GatheringLimits
  readonly #windowMs: () => number
  #waiting: Contribution[] = []
  #inFlight = 0
  /** Most requests that waited together lately; forgets slowly. */
  #peak = 1
  #flushing = false
  #cancelWindow: (() => void) | null = null

  constructor(submit: SubmitItems, timers: Timers, limits: GatheringLimits, windowMs: () => number) {
    this.#submit = submit
    this.#timers = timers
    this.#limits = limits
    this.#windowMs = windowMs
  }

  /** Whether nothing waits and nothing is on its way. */
  get idle(): boolean {
    return this.#waiting.length === 0 && this.#inFlight === 0
  }

  add(contribution: Contribution): void {
    this.#waiting.push(contribution)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#inFlight >= inFlightMax || this.#waiting.length === 0) return
    this.#peak = Math.max(this.#peak, this.#waiting.length)
    if (this.#waiting.length >= this.#peak * gatheredShare) {
      // At the end of this turn of the event loop, so that requests read together go together.
      if (!this.#flushing) setImmediate(this.#flush)
      this.#flushing = true
      return
    }
    // Those who were answered last are about to come again: one block for all of them costs half of two.
    this.#cancelWindow ??= this.#timers.after(Math.max(returnWindowMs, this.#windowMs()), this.#flush)
  }

  readonly #flush = (): void => {
    this.#flushing = false
    this.#cancelWindow?.()
    this.#cancelWindow = null
    this.#peak *= peakDecay
    while (this.#waiting.length > 0 && this.#inFlight < inFlightMax) void this.#send(this.#take())
  }

  #take(): Contribution[] {
    let count = 0
    let items = 0
    let bytes = 0
    for (const contribution of this.#waiting) {
      items += contribution.items.length
      for (const item of contribution.items) bytes += item.length
      if (count > 0 && (items > this.#limits.itemsMax || bytes > this.#limits.itemBytesMax)) break
      count++
    }
    return this.#waiting.splice(0, count)
  }

  async #send(contributions: readonly Contribution[]): Promise<void> {
    this.#inFlight++
    const items: Bytes[] = []
    const firstItems: number[] = []
    const idempotency: SubmissionSide['idempotency'][number][] = []
    for (const contribution of contributions) {
      const firstItem = items.length
      firstItems.push(firstItem)
      items.push(...contribution.items)
      if (contribution.idempotency !== null) {
        idempotency.push({ ...contribution.idempotency, firstItem, itemCount: contribution.items.length })
      }
    }
    try {
      const outcome = await this.#submit(items, { idempotency })
      for (const [i, contribution] of contributions.entries()) contribution.done(outcome, firstItems[i] ?? 0)
    } catch (error) {
      for (const contribution of contributions) contribution.failed(error)
    } finally {
      this.#inFlight--
      this.#schedule()
    }
  }
}
