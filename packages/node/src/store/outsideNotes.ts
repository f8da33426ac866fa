/**
 * What outside witnesses have cosigned beside kept checkpoints of a consortium: notes of the log as this member serves it, by
 * tree size. One stays as long as the kept note of its size. Format: docs/spec/state-store.md, Notes.
 * @module
 */
import { CborReader } from '@jurat/core/cbor/reader'
import { CborWriter } from '@jurat/core/cbor/writer'
import type { Bytes } from '@jurat/core/bytes'
import { keyOf, numberOf, uintKeyMax } from './keys.ts'
import type { KeyValueStore } from './keyValue.ts'
import type { KeptNote } from './notes.ts'

/** Most bytes of a stored note: the cosignatures of 16 witnesses with two keys each. */
const noteBytesMax = 1024 * 1024

/** What the keys of these records begin with. */
export const outsidePrefix = 'w/'

const keyOfSize = (size: number): Bytes => keyOf(outsidePrefix, size)

/** The notes. */
export interface OutsideNoteStore {
  /** Keeps a note, synced; of one size the newest. */
  put(note: KeptNote): Promise<void>
  /** The earliest with size >= `size`, or null. */
  covering(size: number): Promise<KeptNote | null>
  /** That of exactly this size, or null. */
  at(size: number): Promise<KeptNote | null>
  /** The one of the largest tree, or null. */
  newest(): Promise<KeptNote | null>
}

/** Opens them over the map of the kept notes. */
export function openOutsideNotes(map: KeyValueStore): OutsideNoteStore {
  const first = async (from: number, reverse: boolean): Promise<KeptNote | null> => {
    const range = { from: keyOfSize(from), to: keyOfSize(uintKeyMax), reverse, limit: 1 }
    for await (const [key, value] of map.range(range)) return decode(numberOf(key, outsidePrefix.length), value)
    return null
  }
  return {
    async put({ size, timeMs, note }) {
      await map.write([{ key: keyOfSize(size), value: encode(timeMs, note) }], { sync: true })
    },
    covering: (size) => first(size, false),
    at: (size) => Promise.resolve(outsideNoteAt(map, size)),
    newest: () => first(0, true),
  }
}

/** The one of exactly this size in a map of kept notes, or null. */
export function outsideNoteAt(map: Pick<KeyValueStore, 'get'>, size: number): KeptNote | null {
  const value = map.get(keyOfSize(size))
  return value === null ? null : decode(size, value)
}

function encode(timeMs: number, note: Bytes): Bytes {
  return new CborWriter(note.length + 32).array(2).uint(timeMs).bytes(note).finish()
}

function decode(size: number, value: Bytes): KeptNote {
  const reader = new CborReader(value, { bytesMax: noteBytesMax })
  reader.array(2)
  return { size, timeMs: reader.uint(), note: reader.bytes() }
}
