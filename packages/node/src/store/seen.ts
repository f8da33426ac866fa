/**
 * The transactions of the replay window, in memory: 32 bytes each in typed arrays, by buckets of block time, so that
 * forgetting is dropping an array. The window is that of ledger.md, Transaction and replay.
 * @module
 */
import { equal, type Bytes } from '@jurat/core/bytes'
import type { SeenTransactions } from '@jurat/core/ledger/state'

/** Seen hashes are kept for this much block time. */
export const seenWindowMs = 660_000

/** Block time of one bucket. */
const bucketMs = 60_000

const hashBytes = 32
const startSlots = 1_024

/** Hashes of one minute: open addressing over an append-only list. */
class Bucket {
  #hashes = new Uint8Array((startSlots / 2) * hashBytes)
  #slots = new Uint32Array(startSlots)
  #count = 0

  get count(): number {
    return this.#count
  }

  has(hash: Bytes): boolean {
    const mask = this.#slots.length - 1
    for (let slot = slotOf(hash) & mask; ; slot = (slot + 1) & mask) {
      const found = this.#slots[slot] ?? 0
      if (found === 0) return false
      if (equal(this.#hash(found - 1), hash)) return true
    }
  }

  add(hash: Bytes): void {
    if (this.has(hash)) return
    if ((this.#count + 1) * 2 > this.#slots.length) this.#grow()
    this.#hashes.set(hash, this.#count * hashBytes)
    this.#count += 1
    this.#link(this.#count)
  }

  #hash(i: number): Bytes {
    return this.#hashes.subarray(i * hashBytes, (i + 1) * hashBytes)
  }

  #link(number: number): void {
    const mask = this.#slots.length - 1
    let slot = slotOf(this.#hash(number - 1)) & mask
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
    this.#slots[slot] = number
  }

  #grow(): void {
    const hashes = new Uint8Array(this.#hashes.length * 2)
    hashes.set(this.#hashes)
    this.#hashes = hashes
    this.#slots = new Uint32Array(this.#slots.length * 2)
    for (let number = 1; number <= this.#count; number++) this.#link(number)
  }
}

/** The seen transactions up to some block time. */
export class SeenWindow implements SeenTransactions {
  readonly #buckets = new Map<number, Bucket>()

  /** Hashes that are held. */
  get count(): number {
    let count = 0
    for (const bucket of this.#buckets.values()) count += bucket.count
    return count
  }

  has(txHash: Bytes): boolean {
    for (const bucket of this.#buckets.values()) if (bucket.has(txHash)) return true
    return false
  }

  /** Adds the transactions of a block and forgets what is older than the window. Block times never decrease. */
  add(timeMs: number, txHashes: readonly Bytes[]): void {
    const key = Math.floor(timeMs / bucketMs)
    let bucket = this.#buckets.get(key)
    if (bucket === undefined) {
      bucket = new Bucket()
      this.#buckets.set(key, bucket)
      // A bucket goes when its last millisecond is outside the window, never earlier.
      for (const old of this.#buckets.keys()) {
        if ((old + 1) * bucketMs <= timeMs - seenWindowMs) this.#buckets.delete(old)
      }
    }
    for (const txHash of txHashes) bucket.add(txHash)
  }
}

/** The blocks whose hashes the state holds, by block time: says which the state may forget. */
export class SeenBlocks {
  #blocks: { readonly timeMs: number; readonly height: number }[] = []
  #first = 0

  add(timeMs: number, height: number): void {
    this.#blocks.push({ timeMs, height })
  }

  /** Blocks that are outside the window at this block time; each is given once. */
  expired(timeMs: number): { readonly timeMs: number; readonly height: number }[] {
    const before = this.#first
    while ((this.#blocks[this.#first]?.timeMs ?? Infinity) < timeMs - seenWindowMs) this.#first += 1
    const blocks = this.#blocks.slice(before, this.#first)
    // Moving a long list for every block would be slow; moving it when half of it is gone is not.
    if (this.#first * 2 > this.#blocks.length) {
      this.#blocks = this.#blocks.slice(this.#first)
      this.#first = 0
    }
    return blocks
  }
}

/** Hashes are uniform, but a stranger chooses his own: only the middle bytes, which cost him work to choose, place them. */
function slotOf(hash: Bytes): number {
  return ((hash[12] ?? 0) | ((hash[13] ?? 0) << 8) | ((hash[14] ?? 0) << 16) | ((hash[15] ?? 0) << 24)) >>> 0
}
