/**
 * The state of the ledger and what is looked up by it, in one ordered map: the consensus keys, and where blocks, transactions,
 * account versions and idempotency keys are. One batch brings it from one block to a later one, its tip with it.
 * All of it is derived from the segments. Format: docs/spec/state-store.md.
 * @module
 */
import { fromText, type Bytes } from '@jurat/core/bytes'
import type { StateView } from '@jurat/core/ledger/state'
import { systemTimers, type Timers } from '../platform/clock.ts'
import { ByteCache } from './byteCache.ts'
import type { KeyValueChange, KeyValueStore } from './keyValue.ts'
import { consensusPrefix, decodeTip, tipKey, uint48Keys } from './stateFormat.ts'
import type { StateTip } from './stateFormat.ts'

/** Memory for account records and other consensus values. */
const cacheBytesMax = 16 * 1024 * 1024

/**
 * Least time between two batches. Batches are synced one by one, so that a loss of power never leaves a gap between them; what
 * is not written yet is replayed from the segments, so nobody waits for them.
 */
const batchIntervalMs = 20

interface PendingBlock {
  readonly height: number
  readonly changes: readonly KeyValueChange[]
}

interface PendingValue {
  readonly height: number
  readonly value: Bytes | null
}

/** The state of one data folder. */
export class LedgerState implements StateView {
  readonly #map: KeyValueStore
  readonly #timers: Timers
  readonly #fail: (error: Error) => void
  readonly #cache = new ByteCache(cacheBytesMax)
  /** Values of applied blocks that are not written yet, by key in Latin-1. */
  readonly #pending = new Map<string, PendingValue>()
  #blocks: PendingBlock[] = []
  #durable = -1
  #running: Promise<void> | null = null
  #hurried = false
  #failed = false
  #wake: (() => void) | null = null

  constructor(map: KeyValueStore, fail: (error: Error) => void, timers: Timers = systemTimers) {
    this.#map = map
    this.#fail = fail
    this.#timers = timers
  }

  /** The stored tip, or null when the state is empty. @throws {StoreError} `damaged` */
  storedTip(): StateTip | null {
    const value = this.#map.get(tipKey)
    return value === null ? null : decodeTip(value)
  }

  /** A consensus value of the applied state. */
  get(key: string): Bytes | null {
    const name = consensusPrefix + key
    const pending = this.#pending.get(name)
    if (pending !== undefined) return pending.value
    const cached = this.#cache.get(name)
    if (cached !== undefined) return cached
    const value = this.#map.get(fromText(name))
    if (value !== null) this.#cache.set(name, value)
    return value
  }

  /** Any value of the applied state by its key. */
  value(key: Bytes): Bytes | null {
    const pending = this.#pending.get(nameOf(key))
    return pending === undefined ? this.#map.get(key) : pending.value
  }

  /** Values of a range as they are written; `flush` first to see all durable blocks. */
  range: KeyValueStore['range'] = (range) => this.#map.range(range)

  /** Applies the changes of a block in memory. */
  apply(height: number, changes: readonly KeyValueChange[]): void {
    for (const { key, value } of changes) {
      if (!uint48Keys.has(key[0] ?? 0)) this.#pending.set(nameOf(key), { height, value })
    }
    this.#blocks.push({ height, changes })
  }

  /** Lets the blocks up to `height` be written, soon. */
  release(height: number): void {
    this.#durable = height
    this.#running ??= this.#run()
  }

  /** Resolves when all released blocks are written. */
  async flush(): Promise<void> {
    while (this.#running !== null && !this.#failed) {
      this.#hurried = true
      this.#wake?.()
      await this.#running
    }
  }

  async close(): Promise<void> {
    await this.flush()
    await this.#map.close()
  }

  async #run(): Promise<void> {
    try {
      while (this.#nextCount() > 0) {
        await this.#writeBatch(this.#nextCount())
        if (!this.#hurried) await this.#pause()
      }
    } catch (error) {
      this.#failed = true
      this.#fail(error instanceof Error ? error : new Error(String(error)))
    } finally {
      this.#hurried = false
      this.#running = null
    }
  }

  #nextCount(): number {
    const count = this.#blocks.findIndex(({ height }) => height > this.#durable)
    return count === -1 ? this.#blocks.length : count
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#timers.after(batchIntervalMs, resolve)
      this.#wake = () => {
        cancel()
        resolve()
      }
    })
  }

  async #writeBatch(count: number): Promise<void> {
    const blocks = this.#blocks.slice(0, count)
    await this.#map.write(merged(blocks), { sync: true })
    this.#blocks = this.#blocks.slice(count)
    const height = blocks.at(-1)?.height ?? -1
    for (const { changes } of blocks) {
      for (const { key } of changes) {
        const name = nameOf(key)
        const pending = this.#pending.get(name)
        if (pending === undefined || pending.height > height) continue
        this.#pending.delete(name)
        if (!name.startsWith(consensusPrefix)) continue
        if (pending.value === null) this.#cache.delete(name)
        else this.#cache.set(name, pending.value)
      }
    }
  }
}

/** The last change of each key. */
function merged(blocks: readonly PendingBlock[]): readonly KeyValueChange[] {
  if (blocks.length === 1) return blocks[0]?.changes ?? []
  const changes = new Map<string, KeyValueChange>()
  for (const block of blocks) for (const change of block.changes) changes.set(nameOf(change.key), change)
  return [...changes.values()]
}

/** Keys as map keys. Consensus keys are ASCII, so their Latin-1 form is the text itself. */
function nameOf(key: Bytes): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1')
}
