/**
 * Reads durable blocks, transactions and entries out of the segments, by what the state knows of their places.
 * @module
 */
import { equal, type Bytes } from '@jurat/core/bytes'
import { decodeBlock } from './blockRecord.ts'
import { crc32c } from './crc32c.ts'
import { StoreError } from './errors.ts'
import { uintKeyMax } from './keys.ts'
import type { Position, SegmentStore } from './segments.ts'
import type { LedgerState } from './state.ts'
import { decodeBlockPlace, decodeTransactionPlace, heightOfEntryValue, keys, type BlockPlace } from './stateFormat.ts'
import type { DurablePosition, StoredBlock, StoredTransaction } from './store.ts'

/** A transaction's hash behind its bytes in the record: two bytes of head and 32. */
const hashItemBytes = 34

/** The reading half of the store. */
export class BlockReader {
  readonly #segments: SegmentStore
  readonly #state: LedgerState
  readonly #durable: () => DurablePosition
  readonly #baseSize: number

  /** @param baseSize - entries of the snapshot before the first block; 0 when there is none */
  constructor(segments: SegmentStore, state: LedgerState, durable: () => DurablePosition, baseSize: number) {
    this.#segments = segments
    this.#state = state
    this.#durable = durable
    this.#baseSize = baseSize
  }

  async block(height: number): Promise<StoredBlock | null> {
    if (!isKeyNumber(height) || height > this.#durable().height) return null
    await this.#state.flush()
    const value = this.#state.value(keys.block(height))
    return value === null ? null : this.#at(decodeBlockPlace(height, value).position)
  }

  async *blocksFrom(from: number): AsyncIterableIterator<StoredBlock> {
    const { height } = this.#durable()
    await this.#state.flush()
    for await (const [, value] of this.#state.range({ from: keys.block(from), to: keys.block(uintKeyMax), limit: 1 })) {
      yield* this.#scan(decodeBlockPlace(0, value).position, height)
    }
  }

  async blockOfEntry(index: number): Promise<StoredBlock | null> {
    if (index < this.#baseSize) return null
    const place = await this.#placeOfEntry(index)
    return place === null ? null : this.#at(place.position)
  }

  async transaction(txHash: Bytes): Promise<StoredTransaction | null> {
    const value = this.#state.value(keys.transaction(txHash))
    if (value === null) return null
    const place = decodeTransactionPlace(value)
    if (place.height > this.#durable().height) return null
    const found = await this.#segments.readWithin(place.position, place.offset, place.length + hashItemBytes)
    const bytes = found.subarray(0, place.length)
    if (crc32c(bytes) !== place.checksum) throw new StoreError('damaged', `block ${place.height} is damaged`)
    if (!equal(found.subarray(place.length + 2), txHash)) return null
    const { height, timeMs, ordinal, code, firstIndex, entryCount } = place
    return { txHash, bytes, height, timeMs, ordinal, code, firstIndex, entryCount }
  }

  /** @yields the entries from an index to the end of the durable log, block by block */
  async *entriesFrom(index: number): AsyncIterableIterator<Bytes[]> {
    const { height } = this.#durable()
    const place = await this.#placeOfEntry(index)
    if (place === null) return
    for await (const block of this.#scan(place.position, height)) {
      const entries = block.entries()
      yield block.firstIndex < index ? entries.slice(index - block.firstIndex) : entries
    }
  }

  async *#scan(position: Position, height: number): AsyncIterableIterator<StoredBlock> {
    for await (const { payload } of this.#segments.scan(position)) {
      const block = decodeBlock(payload)
      if (block.height > height) return
      yield block
    }
  }

  async #at(position: Position): Promise<StoredBlock> {
    return decodeBlock(await this.#segments.read(position))
  }

  async #placeOfEntry(index: number): Promise<BlockPlace | null> {
    if (!isKeyNumber(index) || index >= this.#durable().size) return null
    await this.#state.flush()
    const range = { from: keys.entry(0), to: keys.entry(index + 1), reverse: true, limit: 1 }
    for await (const [, value] of this.#state.range(range)) {
      const height = heightOfEntryValue(value)
      const block = this.#state.value(keys.block(height))
      if (block !== null) return decodeBlockPlace(height, block)
    }
    throw new StoreError('damaged', `the state does not know the block of entry ${index}`)
  }
}

function isKeyNumber(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value < uintKeyMax
}
