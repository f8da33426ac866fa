/**
 * `KeyValueStore` over LevelDB (classic-level). LevelDB checks its blocks' checksums only during compactions, and its
 * Node binding cannot ask for more, so every value carries a CRC-32C over key and value.
 * @module
 */
import { mkdir } from 'node:fs/promises'
import { ClassicLevel } from 'classic-level'
import { openChecked, sealed } from './checkedValue.ts'
import { StoreError } from './errors.ts'
import type { KeyRange, KeyValueChange, KeyValueStore, OpenKeyValueStore } from './keyValue.ts'

type Level = ClassicLevel<Uint8Array, Uint8Array>

const cacheBytesDefault = 8 * 1024 * 1024
const writeBufferBytesDefault = 4 * 1024 * 1024

/** LevelDB's own default of 4 KiB suits small values; 2 MiB files would be thousands at fifty million entries. */
const tableFileBytes = 16 * 1024 * 1024

/** Opens the LevelDB of a folder. */
export const openLevelKeyValue: OpenKeyValueStore = async (folder, options = {}) => {
  await mkdir(folder, { recursive: true })
  const level: Level = new ClassicLevel(folder, {
    keyEncoding: 'view',
    valueEncoding: 'view',
    cacheSize: options.cacheBytes ?? cacheBytesDefault,
    writeBufferSize: options.writeBufferBytes ?? writeBufferBytesDefault,
    maxFileSize: tableFileBytes,
  })
  try {
    await level.open()
  } catch (cause) {
    throw new StoreError('damaged', `the database ${folder} cannot be opened`, { cause })
  }
  return new LevelKeyValue(level)
}

class LevelKeyValue implements KeyValueStore {
  readonly #level: Level

  constructor(level: Level) {
    this.#level = level
  }

  get(key: Uint8Array): Uint8Array | null {
    let value: Uint8Array | undefined
    try {
      value = this.#level.getSync(key)
    } catch (cause) {
      throw new StoreError('damaged', `the database ${this.#level.location} cannot be read`, { cause })
    }
    return value === undefined ? null : openChecked(key, value, this.#level.location)
  }

  async write(changes: readonly KeyValueChange[], options: { sync: boolean }): Promise<void> {
    if (changes.length === 0) return
    const batch = this.#level.batch()
    for (const { key, value } of changes) {
      if (value === null) batch.del(key)
      else batch.put(key, sealed(key, value))
    }
    await batch.write({ sync: options.sync })
  }

  async *range(range: KeyRange): AsyncIterableIterator<[Uint8Array, Uint8Array]> {
    const options = { gte: range.from, lt: range.to, reverse: range.reverse ?? false, limit: range.limit ?? -1 }
    try {
      for await (const [key, value] of this.#level.iterator(options))
        yield [Uint8Array.from(key), openChecked(key, value, this.#level.location)]
    } catch (cause) {
      if (cause instanceof StoreError) throw cause
      throw new StoreError('damaged', `the database ${this.#level.location} cannot be read`, { cause })
    }
  }

  close(): Promise<void> {
    return this.#level.close()
  }
}
