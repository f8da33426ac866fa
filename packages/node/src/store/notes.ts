/**
 * Kept checkpoints: frozen notes by tree size. Every note is kept for an hour, the first of each second and those of
 * consortium changes for ever. Format: docs/spec/state-store.md, Notes.
 * @module
 */
import { CborReader } from '@jurat/core/cbor/reader'
import { CborWriter } from '@jurat/core/cbor/writer'
import type { Bytes } from '@jurat/core/bytes'
import { keyOf, numberOf, uintKeyMax } from './keys.ts'
import type { KeyValueStore } from './keyValue.ts'

/** Notes that are not kept for ever are kept so long. */
export const noteKeepMs: number = 60 * 60 * 1000

/** Old notes are looked for when so many were added. */
const pruneEvery = 1_000

/** Most bytes of a stored note: text with cosignatures of some dozens of members. */
const noteBytesMax = 1024 * 1024

const prefix = 'n/'

/** A frozen, quorum-complete note. */
export interface KeptNote {
  readonly size: number
  /** When it was frozen, ms. */
  readonly timeMs: number
  /** The exact bytes. */
  readonly note: Bytes
}

/** The kept checkpoints of the log. */
export interface NoteStore {
  /** Keeps a note; one for a size, the first wins. `keep` holds it for ever whatever its second. */
  put(note: KeptNote, options?: { keep?: boolean }): Promise<void>
  /** The earliest kept note with size >= `size`, or null. */
  covering(size: number): Promise<KeptNote | null>
  /** The kept note of exactly this size, or null. */
  at(size: number): Promise<KeptNote | null>
  /** The newest kept note, or null. */
  newest(): Promise<KeptNote | null>
}

/** Opens the kept checkpoints over a map of their own. */
export async function openNotes(map: KeyValueStore): Promise<NoteStore & { close(): Promise<void> }> {
  const store = new KeyValueNotes(map)
  await store.load()
  return store
}

/** @yields all kept notes, by size */
export async function* allNotes(map: KeyValueStore): AsyncIterableIterator<KeptNote> {
  for await (const [key, value] of map.range({ from: keyOf(prefix, 0), to: keyOf(prefix, uintKeyMax) })) {
    yield decode(numberOf(key, prefix.length), value)
  }
}

class KeyValueNotes implements NoteStore {
  readonly #map: KeyValueStore
  #second = -1
  #added = 0

  constructor(map: KeyValueStore) {
    this.#map = map
  }

  async load(): Promise<void> {
    this.#second = secondOf((await this.newest())?.timeMs ?? -1)
  }

  async put(note: KeptNote, options: { keep?: boolean } = {}): Promise<void> {
    const key = keyOf(prefix, note.size)
    if (this.#map.get(key) !== null) return
    const second = secondOf(note.timeMs)
    const keep = options.keep === true || second !== this.#second
    this.#second = second
    const value = new CborWriter(note.note.length + 16).array(3).uint(note.timeMs).boolean(keep).bytes(note.note)
    // What is kept for ever is synced; losing one of the others costs a later receipt nothing but a larger tree.
    await this.#map.write([{ key, value: value.finish() }], { sync: keep })
    this.#added += 1
    if (this.#added % pruneEvery === 0) await this.#prune(note.timeMs - noteKeepMs)
  }

  async covering(size: number): Promise<KeptNote | null> {
    return this.#first(size, uintKeyMax, false)
  }

  async at(size: number): Promise<KeptNote | null> {
    const value = this.#map.get(keyOf(prefix, size))
    return value === null ? null : decode(size, value)
  }

  async newest(): Promise<KeptNote | null> {
    return this.#first(0, uintKeyMax, true)
  }

  close(): Promise<void> {
    return this.#map.close()
  }

  async #first(from: number, to: number, reverse: boolean): Promise<KeptNote | null> {
    const range = { from: keyOf(prefix, from), to: keyOf(prefix, to), reverse, limit: 1 }
    for await (const [key, value] of this.#map.range(range)) return decode(numberOf(key, prefix.length), value)
    return null
  }

  async #prune(before: number): Promise<void> {
    const old: Bytes[] = []
    for await (const [key, value] of this.#map.range({ from: keyOf(prefix, 0), to: keyOf(prefix, uintKeyMax) })) {
      const { timeMs, keep } = decode(0, value)
      if (timeMs >= before) break
      if (!keep) old.push(key)
    }
    await this.#map.write(
      old.map((key) => ({ key, value: null })),
      { sync: false },
    )
  }
}

function decode(size: number, value: Bytes): KeptNote & { readonly keep: boolean } {
  const reader = new CborReader(value, { bytesMax: noteBytesMax })
  reader.array(3)
  return { size, timeMs: reader.uint(), keep: reader.boolean(), note: reader.bytes() }
}

function secondOf(timeMs: number): number {
  return Math.floor(timeMs / 1000)
}
