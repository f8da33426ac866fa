/**
 * A map that notices when a batch of its history is missing. LevelDB drops a damaged batch from its log without a word,
 * which derived data can bear and truth cannot: so every batch carries its number, and the number of the newest stands in
 * a file beside the map. docs/spec/key-store.md.
 * @module
 */
import { fromText, toText } from '@jurat/core/bytes'
import type { Files } from '../platform/files.ts'
import { StoreError } from './errors.ts'
import type { KeyValueStore } from './keyValue.ts'

/** Keys of the batch numbers; behind every key that others use. */
const markerPrefix = '~batch/'
const markerEnd = '~batch0'

/** Name of the file with the number of the newest batch, in the map's folder. */
const countFile = 'batch-count'

const marker = (number: number): string => `${markerPrefix}${String(number).padStart(12, '0')}`

/**
 * Wraps the map of a folder.
 * @throws {StoreError} `damaged` when a batch is missing, in the middle or at the end.
 */
export async function openCounted(store: KeyValueStore, files: Files, folder: string): Promise<KeyValueStore> {
  const path = `${folder}/${countFile}`
  let newest = 0
  for await (const [key] of store.range({ from: fromText(markerPrefix), to: fromText(markerEnd) })) {
    newest++
    if (toText(key) !== marker(newest)) throw missing(folder)
  }
  const counted = await files.readFile(path)
  // A restored map has no such file yet; its batches are still complete among themselves.
  if (counted !== null && readCount(counted, folder) > newest) throw missing(folder)
  let last: Promise<unknown> = Promise.resolve()
  const writeNext: KeyValueStore['write'] = async (changes, options) => {
    // A number counts only when its batch was written: one that failed must not leave a gap for the next start to find.
    const number = newest + 1
    await store.write([...changes, { key: fromText(marker(number)), value: Uint8Array.of(1) }], options)
    newest = number
    // After the batch, so that a crash in between leaves a number that is too small, which harms nobody.
    if (options.sync) await files.replaceFile(path, fromText(`${number}\n`))
  }
  return {
    get: (key) => store.get(key),
    range: (range) => store.range(range),
    close: () => store.close(),
    write(changes, options) {
      // One after the other, whether the one before was written or not.
      const written = last.then(() => writeNext(changes, options))
      last = written.catch(() => {})
      return written
    },
  }
}

function readCount(bytes: Uint8Array, folder: string): number {
  const text = /^([0-9]{1,15})\n$/.exec(new TextDecoder().decode(bytes))
  if (text === null) throw missing(folder)
  return Number(text[1])
}

const missing = (folder: string): StoreError =>
  new StoreError('damaged', `${folder}: something that was written is missing; restore this folder from a backup`)
