/**
 * Gathers deposits into batches: one signature and one request for up to a thousand items, each with its own answer.
 * @module
 */
import type { DepositedItem } from './deposits.ts'
import { SdkError } from './errors.ts'
import type { ItemToDeposit } from './items.ts'

/** Sends one batch, through an API key (`depositItems`) or signed here (`signedSender`). */
export type BatchSender = (items: readonly ItemToDeposit[]) => Promise<DepositedItem[]>

/** How a batcher gathers. */
export interface BatcherOptions {
  readonly send: BatchSender
  /** Items of one batch. Default 1,000; at most the network's `itemsMax`. */
  readonly itemsMax?: number
  /** How long the first item of a batch waits for others, in milliseconds. Default 5. */
  readonly lingerMs?: number
  /** Batches on their way at a time. Default 4. */
  readonly batchesMax?: number
  /** Items that may wait; `add` beyond that waits itself. Default 16 batches. */
  readonly waitingMax?: number
  /** Calls after a time; gives the cancellation. Default: a timer. */
  readonly after?: (delayMs: number, action: () => void) => () => void
}

interface Waiting {
  readonly item: ItemToDeposit
  readonly resolve: (deposited: DepositedItem) => void
  readonly reject: (error: unknown) => void
}

const batchItemsDefault = 1000
const lingerMsDefault = 5
const batchesMaxDefault = 4
const waitingBatchesDefault = 16

const timerAfter = (delayMs: number, action: () => void): (() => void) => {
  const timer = setTimeout(action, delayMs)
  return () => clearTimeout(timer)
}

/** Gathers deposits into batches. A batch that fails fails all its items, and no others. */
export class DepositBatcher {
  readonly #options: Required<BatcherOptions>
  #waiting: Waiting[] = []
  #cancelLinger: (() => void) | null = null
  #lingered = false
  #closed = false
  readonly #underway = new Set<Promise<void>>()
  #roomWaiters: (() => void)[] = []

  constructor(options: BatcherOptions) {
    const itemsMax = options.itemsMax ?? batchItemsDefault
    this.#options = {
      lingerMs: lingerMsDefault,
      batchesMax: batchesMaxDefault,
      waitingMax: waitingBatchesDefault * itemsMax,
      after: timerAfter,
      ...options,
      itemsMax,
    }
  }

  /**
   * Adds an item and waits until it is deposited.
   * @throws {SdkError} `batcher-closed`, or whatever its batch failed with.
   */
  async add(item: ItemToDeposit): Promise<DepositedItem> {
    while (this.#waiting.length >= this.#options.waitingMax) {
      await new Promise<void>((resolve) => this.#roomWaiters.push(resolve))
    }
    if (this.#closed) throw new SdkError('batcher-closed', 'The batcher was closed.')
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject })
      this.#pump()
    })
  }

  /** Sends what is waiting without lingering, and waits until everything is answered. */
  async flush(): Promise<void> {
    while (this.#waiting.length > 0 || this.#underway.size > 0) {
      this.#lingered = true
      this.#pump()
      await Promise.race(this.#underway)
    }
  }

  /** Takes no more items and waits until everything is answered. */
  async close(): Promise<void> {
    this.#closed = true
    await this.flush()
  }

  #pump(): void {
    const { itemsMax, batchesMax, lingerMs, after } = this.#options
    while (this.#underway.size < batchesMax && this.#waiting.length > 0) {
      const full = this.#waiting.length >= itemsMax
      if (!full && !this.#lingered) {
        this.#cancelLinger ??= after(lingerMs, () => {
          this.#cancelLinger = null
          this.#lingered = true
          this.#pump()
        })
        return
      }
      this.#cancelLinger?.()
      this.#cancelLinger = null
      this.#lingered = false
      this.#start(this.#waiting.splice(0, itemsMax))
    }
  }

  #start(batch: readonly Waiting[]): void {
    const task = this.#send(batch).finally(() => {
      this.#underway.delete(task)
      this.#pump()
    })
    this.#underway.add(task)
    for (const resolve of this.#roomWaiters.splice(0)) resolve()
  }

  /** Never rejects: a failure goes to those who wait for the items. */
  async #send(batch: readonly Waiting[]): Promise<void> {
    try {
      const answers = await this.#options.send(batch.map(({ item }) => item))
      if (answers.length !== batch.length)
        throw new SdkError('answer-malformed', 'There is not one answer for each item.')
      for (const [at, { resolve }] of batch.entries()) {
        const answer = answers[at]
        if (answer !== undefined) resolve(answer)
      }
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }
}
