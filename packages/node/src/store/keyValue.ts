/**
 * An ordered map on a disk, small enough to have two implementations: LevelDB (levelKeyValue.ts) and one over `Files`
 * (fileKeyValue.ts), which the simulator can cut the power of.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'

/** One change of a batch; a null value deletes. */
export interface KeyValueChange {
  readonly key: Bytes
  readonly value: Bytes | null
}

/** A range of keys: `from` inclusive, `to` exclusive. */
export interface KeyRange {
  readonly from: Bytes
  readonly to: Bytes
  readonly reverse?: boolean
  readonly limit?: number
}

/** An ordered map from byte strings to byte strings. Values are checksummed: a flipped bit is an error, never a value. */
export interface KeyValueStore {
  /** Synchronous. @throws {StoreError} `damaged` */
  get(key: Bytes): Bytes | null
  /** All or nothing. With `sync`, durable when it resolves. */
  write(changes: readonly KeyValueChange[], options: { sync: boolean }): Promise<void>
  range(range: KeyRange): AsyncIterableIterator<[Bytes, Bytes]>
  close(): Promise<void>
}

/** Opens (and makes) the map in a folder. @throws {StoreError} `damaged` when it cannot be opened. */
export type OpenKeyValueStore = (
  folder: string,
  options?: { readonly cacheBytes?: number; readonly writeBufferBytes?: number },
) => Promise<KeyValueStore>
