/**
 * Time-stamp tokens over kept checkpoints, by tree size: each over the exact bytes of the kept note of that size, and kept as
 * long as it. Format: docs/spec/state-store.md, Notes.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import { DamagedValueError } from './errors.ts'
import { keyOf, numberOf, uintKeyMax } from './keys.ts'
import type { KeyValueStore } from './keyValue.ts'

/** What the keys of these records begin with. */
export const tokenPrefix = 't/'

const keyOfSize = (size: number): Bytes => keyOf(tokenPrefix, size)

/** A token and the size of the tree of its note. */
export interface NoteToken {
  readonly size: number
  /** RFC 3161 token, DER. */
  readonly token: Bytes
}

/** The tokens. */
export interface NoteTokenStore {
  /** Keeps one. It is not synced: one that is lost is made again. */
  put(token: NoteToken): Promise<void>
  /** The earliest over a tree of at least this size, or null. */
  covering(size: number): Promise<NoteToken | null>
  /** That over the note of exactly this size, or null. */
  at(size: number): NoteToken | null
  /** That over the largest tree, or null. */
  newest(): Promise<NoteToken | null>
}

/** Opens them over the map of the kept notes. */
export function openNoteTokens(map: KeyValueStore): NoteTokenStore {
  const first = async (from: number, reverse: boolean): Promise<NoteToken | null> => {
    const range = { from: keyOfSize(from), to: keyOfSize(uintKeyMax), reverse, limit: 1 }
    try {
      for await (const [key, token] of map.range(range)) return { size: numberOf(key, tokenPrefix.length), token }
    } catch (error) {
      if (!(error instanceof DamagedValueError)) throw error
    }
    return null
  }
  return {
    put: ({ size, token }) => map.write([{ key: keyOfSize(size), value: token }], { sync: false }),
    covering: (size) => first(size, false),
    at(size) {
      try {
        const token = map.get(keyOfSize(size))
        return token === null ? null : { size, token }
      } catch (error) {
        // A receipt without a time stamp is worth more than none; fsck names what is damaged.
        if (error instanceof DamagedValueError) return null
        throw error
      }
    },
    newest: () => first(0, true),
  }
}
