/**
 * Transactions that this node has given to CometBFT and that stand in no block yet, by the hash of their message.
 * @module
 */
import { equal, toHex, type Bytes } from '@jurat/core/bytes'
import type { ResultCode } from '@jurat/core/ledger/codes'
import type { FinalizedBlock } from '../application.ts'
import type { Committed, EngineError, Refused } from '../engine.ts'

/** Somebody who waits for the outcome. */
export interface Waiter {
  readonly resolve: (outcome: Committed | Refused) => void
  readonly reject: (error: EngineError) => void
}

/** A transaction on its way. */
export interface Pending {
  readonly tx: Bytes
  readonly txHash: Bytes
  /** What it counts in the queue. */
  readonly costBytes: number
  /** Monotonic time. */
  readonly submittedMs: number
  /** Whether idempotency keys stand beside it, so that the request may come again. */
  keyed: boolean
  /** Empty when everybody was told that the outcome is unknown; then it still may stand in a block later. */
  waiters: Waiter[]
  /** Monotonic time of the last broadcast; null when it must be sent (again). */
  sentMs: number | null
  /** Whether CometBFT has it, or may have it. */
  taken: boolean
}

/** Outcomes of the last blocks that are kept for submissions whose check began before their block. */
const recentMax = 16_384

/** The transactions on their way. */
export class PendingTransactions {
  readonly #byHash = new Map<string, Pending>()
  readonly #recent = new Map<string, Committed>()
  #costBytes = 0

  get size(): number {
    return this.#byHash.size
  }

  /** What they count in the queue. */
  get costBytes(): number {
    return this.#costBytes
  }

  /** Transactions for whose outcome somebody waits. */
  get awaited(): number {
    return this.all().filter(({ waiters }) => waiters.length > 0).length
  }

  /** Whether there is one that nobody waits for, of requests that may be sent again under their keys. */
  get unanswered(): boolean {
    return this.all().some(({ waiters, keyed }) => waiters.length === 0 && keyed)
  }

  all(): Pending[] {
    return [...this.#byHash.values()]
  }

  get(txHash: Bytes): Pending | undefined {
    return this.#byHash.get(toHex(txHash))
  }

  /** The outcome of one that stands in a recent block. */
  recent(txHash: Bytes): Committed | undefined {
    return this.#recent.get(toHex(txHash))
  }

  add(pending: Pending): void {
    this.#byHash.set(toHex(pending.txHash), pending)
    this.#costBytes += pending.costBytes
  }

  /** Ends one that stands in no block. */
  refuse(pending: Pending, code: ResultCode): void {
    for (const { resolve } of this.#take(pending)) resolve({ state: 'refused', code, txHash: pending.txHash })
  }

  /** Ends one about which nothing more is known. */
  drop(pending: Pending, error: EngineError): void {
    for (const { reject } of this.#take(pending)) reject(error)
  }

  /** Tells those who wait that the outcome is unknown; the transaction stays. */
  leave(pending: Pending, error: EngineError): void {
    for (const { reject } of pending.waiters.splice(0)) reject(error)
  }

  /** Ends the one of exactly these bytes that CometBFT's check has refused: a copy with other signatures says nothing of it. */
  checked(tx: Bytes, txHash: Bytes, code: ResultCode): void {
    const pending = this.get(txHash)
    if (pending !== undefined && equal(pending.tx, tx)) this.refuse(pending, code)
  }

  /** Ends those that stand in a durable block. */
  settle({ height, timeMs, outcome }: FinalizedBlock): void {
    for (const { code, txHash, firstIndex, entryCount } of outcome.results) {
      const committed: Committed = { state: 'committed', code, txHash, height, firstIndex, entryCount, timeMs }
      this.#recent.set(toHex(txHash), committed)
      const pending = this.get(txHash)
      if (pending === undefined) continue
      for (const { resolve } of this.#take(pending)) resolve(committed)
    }
    for (const oldest of this.#recent.keys()) {
      if (this.#recent.size <= recentMax) break
      this.#recent.delete(oldest)
    }
  }

  #take(pending: Pending): Waiter[] {
    const key = toHex(pending.txHash)
    if (this.#byHash.get(key) !== pending) return []
    this.#byHash.delete(key)
    this.#costBytes -= pending.costBytes
    return pending.waiters.splice(0)
  }
}
