/**
 * `KeyValueStore` over `Files`: a map in memory and an append-only file of batches. For the simulator and the fault tests, which
 * cannot cut the power of LevelDB; not for large data.
 * @module
 */
import { CborReader } from '@jurat/core/cbor/reader'
import { CborWriter } from '@jurat/core/cbor/writer'
import { compare, fromHex, toHex, type Bytes } from '@jurat/core/bytes'
import type { FileHandle, Files } from '../platform/files.ts'
import type { KeyRange, KeyValueChange, KeyValueStore, OpenKeyValueStore } from './keyValue.ts'
import { frameRecords, readRecord, recordBytesMax } from './record.ts'

/** Makes the opener of maps over `files`. */
export function fileKeyValue(files: Files): OpenKeyValueStore {
  return async (folder) => {
    await files.makeFolder(folder)
    await files.syncFolder(folder.slice(0, folder.lastIndexOf('/')) || '/')
    const path = `${folder}/batches`
    const handle = await files.open(path, 'write')
    await files.syncFolder(folder)
    const { entries, length } = readBatches((await files.readFile(path)) ?? new Uint8Array(0))
    await handle.truncate(length)
    await handle.sync()
    return new FileKeyValue(handle, entries, length)
  }
}

class FileKeyValue implements KeyValueStore {
  readonly #handle: FileHandle
  readonly #entries: Map<string, Bytes>
  #length: number

  constructor(handle: FileHandle, entries: Map<string, Bytes>, length: number) {
    this.#handle = handle
    this.#entries = entries
    this.#length = length
  }

  get(key: Bytes): Bytes | null {
    return this.#entries.get(toHex(key)) ?? null
  }

  async write(changes: readonly KeyValueChange[], options: { sync: boolean }): Promise<void> {
    if (changes.length === 0) return
    const framed = frameRecords([encodeBatch(changes)])
    const position = this.#length
    this.#length += framed.length
    await this.#handle.write(framed, position)
    if (options.sync) await this.#handle.sync()
    apply(this.#entries, changes)
  }

  async *range({ from, to, reverse, limit }: KeyRange): AsyncIterableIterator<[Bytes, Bytes]> {
    const keys = [...this.#entries.keys()].map(fromHex).filter((key) => compare(key, from) >= 0 && compare(key, to) < 0)
    keys.sort(compare)
    if (reverse) keys.reverse()
    // Values too are those of the moment of the first call, as in LevelDB.
    for (const [key, value] of keys.slice(0, limit).map((key) => [key, this.#entries.get(toHex(key))] as const)) {
      if (value !== undefined) yield [key, value]
    }
  }

  close(): Promise<void> {
    return this.#handle.close()
  }
}

/** Reads batches up to the first damaged one: what follows a torn batch was never acknowledged. */
function readBatches(bytes: Bytes): { entries: Map<string, Bytes>; length: number } {
  const entries = new Map<string, Bytes>()
  let length = 0
  for (;;) {
    const payload = readRecord(bytes, length)
    if (!(payload instanceof Uint8Array)) return { entries, length }
    apply(entries, decodeBatch(payload))
    length += 8 + payload.length
  }
}

function apply(entries: Map<string, Bytes>, changes: readonly KeyValueChange[]): void {
  for (const { key, value } of changes) {
    if (value === null) entries.delete(toHex(key))
    else entries.set(toHex(key), value)
  }
}

/** The payload of a batch. */
export function encodeBatch(changes: readonly KeyValueChange[]): Bytes {
  const writer = new CborWriter().array(changes.length)
  for (const { key, value } of changes) {
    writer
      .array(2)
      .bytes(key)
      .nullable(value, (bytes) => writer.bytes(bytes))
  }
  return writer.finish()
}

/** The changes of a payload. */
export function decodeBatch(bytes: Bytes): KeyValueChange[] {
  const reader = new CborReader(bytes, { bytesMax: recordBytesMax })
  return Array.from({ length: reader.array() }, () => {
    reader.array(2)
    return { key: reader.bytes(), value: reader.nullOr(() => reader.bytes()) }
  })
}
