/**
 * Kept checkpoints: frozen notes by tree size. Every note is kept for an hour; the first of each second, those of
 * consortium changes and those with time stamps or notes of outside witnesses beside them for ever. Format: docs/spec/state-store.md, Notes.
 * @module
 */
import { CborReader } from '@jurat/core/cbor/reader'
import { CborWriter } from '@jurat/core/cbor/writer'
import type { Bytes } from '@jurat/core/bytes'
import type { Files } from '../platform/files.ts'
import { DamagedValueError } from './errors.ts'
import { keyOf, numberOf, uintKeyMax } from './keys.ts'
import type { KeyValueStore } from './keyValue.ts'
import {
  type AddMissing,
  countFault,
  type CountedNote,
  KeptCount,
  NoteGaps,
  noteKeepMs,
  type NoteNumbers,
} from './noteNumbers.ts'
import { type NoteTokenStore, openNoteTokens, tokenPrefix } from './noteTokens.ts'
import { openOutsideNotes, outsideNoteAt, type OutsideNoteStore, outsidePrefix } from './outsideNotes.ts'

/** Old notes are looked for when so many were added. */
const pruneEvery = 1_000

/** Newest notes that a start looks for gaps in, in bytes: more than LevelDB's write-ahead logs can hold, which alone lose silently. */
const startCheckBytes = 8 * 1024 * 1024

/** Most bytes of a stored note: text with cosignatures of some dozens of members. */
const noteBytesMax = 1024 * 1024

/** Fields of a note of a node that did not count yet: it stays readable. */
const uncountedFields = 3

const prefix = 'n/'

/** The key of the note of a size. */
export const noteKey = (size: number): Bytes => keyOf(prefix, size)

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
  /** What outside witnesses have cosigned beside them (consortium). */
  readonly outside: OutsideNoteStore
  /** Time-stamp tokens over them. */
  readonly tokens: NoteTokenStore
  /** Keeps a note; one for a size, the first wins. `keep` holds it for ever whatever its second. */
  put(note: KeptNote, options?: { keep?: boolean }): Promise<void>
  /** The earliest kept note with size >= `size`, or null. */
  covering(size: number): Promise<KeptNote | null>
  /** The kept note of exactly this size, or null. */
  at(size: number): Promise<KeptNote | null>
  /** The newest kept note, or null. */
  newest(): Promise<KeptNote | null>
}

/** Where the notes lie. */
export interface NotesPlace {
  readonly files: Files
  /** The map's folder. */
  readonly folder: string
  /** Told of what is missing: the log goes on without it. */
  readonly report?: (message: string) => void
}

/** Opens the kept checkpoints over a map of their own. */
export async function openNotes(
  map: KeyValueStore,
  place: NotesPlace,
): Promise<NoteStore & { close(): Promise<void> }> {
  const store = new KeyValueNotes(map, new KeptCount(place.files, place.folder))
  await store.load()
  await findMissingNotes(map, place, startCheckBytes, (where, detail) =>
    place.report?.(`kept checkpoints, ${where}: ${detail}; jurat node fsck says what to do`),
  )
  return store
}

/** @yields all kept notes, by size */
export async function* allNotes(map: KeyValueStore): AsyncIterableIterator<KeptNote> {
  for await (const [key, value] of map.range(wholeRange())) {
    yield decode(numberOf(key, prefix.length), value)
  }
}

/**
 * Reads everything that lies beside the notes, so that whatever does not have its checksum is met, and says what belongs to no
 * note. @throws {StoreError} `damaged`
 */
export async function findStrangers(map: KeyValueStore, add: (where: string, detail: string) => void): Promise<void> {
  const beside = new Set([tokenPrefix, outsidePrefix])
  for await (const [key] of map.range({ from: new Uint8Array(0), to: Uint8Array.of(0xff) })) {
    const kind = String.fromCodePoint(...key.subarray(0, prefix.length))
    if (kind === prefix) continue
    const size = numberOf(key, prefix.length)
    if (!beside.has(kind)) add('a record', 'it is of no kind that is known')
    else if (map.get(noteKey(size)) === null) add(`what lies beside the note of size ${size}`, 'there is no such note')
  }
}

/** Says what is missing among the newest notes, looking back until so many bytes were read. */
export async function findMissingNotes(
  map: KeyValueStore,
  { files, folder }: NotesPlace,
  bytesMax: number,
  add: AddMissing,
): Promise<void> {
  const gaps = new NoteGaps(add)
  let left = bytesMax
  let newest: StoredNote | null = null
  for await (const [key, value] of map.range({ ...wholeRange(), reverse: true })) {
    const note = decode(numberOf(key, prefix.length), value)
    newest ??= note
    gaps.next(note)
    left -= value.length
    if (left < 0) break
  }
  if (left >= 0) gaps.next(null)
  const fault = countFault(await new KeptCount(files, folder).read(), newest?.numbers ?? null)
  if (fault !== null) add('at the end', fault, true)
}

class KeyValueNotes implements NoteStore {
  readonly outside: OutsideNoteStore
  readonly tokens: NoteTokenStore
  readonly #map: KeyValueStore
  readonly #count: KeptCount
  #second = -1
  #added = 0
  #newest: NoteNumbers = { number: 0, kept: 0 }
  #last: Promise<unknown> = Promise.resolve()

  constructor(map: KeyValueStore, count: KeptCount) {
    this.#map = map
    this.#count = count
    this.outside = openOutsideNotes(map)
    this.tokens = openNoteTokens(map)
  }

  async load(): Promise<void> {
    const newest = await this.#first(0, uintKeyMax, true)
    this.#second = secondOf(newest?.timeMs ?? -1)
    const { number, kept } = newest?.numbers ?? { number: 0, kept: 0 }
    // When the newest are lost, the count goes on behind them: what is missing stays to be seen.
    this.#newest = { number, kept: Math.max(kept, (await this.#count.read()) || 0) }
  }

  put(note: KeptNote, options: { keep?: boolean } = {}): Promise<void> {
    // One after the other, whether the one before was written or not.
    const written = this.#last.then(() => this.#put(note, options.keep === true))
    this.#last = written.catch(() => {})
    return written
  }

  async covering(size: number): Promise<KeptNote | null> {
    // One that is damaged is named by fsck; a later one proves the same with a larger tree.
    for (let from = size; ;) {
      try {
        return await this.#first(from, uintKeyMax, false)
      } catch (error) {
        if (!(error instanceof DamagedValueError)) throw error
        from = numberOf(error.key, prefix.length) + 1
      }
    }
  }

  async at(size: number): Promise<KeptNote | null> {
    const value = this.#map.get(noteKey(size))
    return value === null ? null : decode(size, value)
  }

  async newest(): Promise<KeptNote | null> {
    return this.#first(0, uintKeyMax, true)
  }

  close(): Promise<void> {
    return this.#map.close()
  }

  async #put({ size, timeMs, note }: KeptNote, forEver: boolean): Promise<void> {
    const key = noteKey(size)
    if (this.#map.get(key) !== null) return
    const keep = forEver || secondOf(timeMs) !== this.#second
    const numbers = { number: this.#newest.number + 1, kept: this.#newest.kept + (keep ? 1 : 0) }
    // What is kept for ever is synced; losing one of the others costs a later receipt nothing but a larger tree.
    await this.#map.write([{ key, value: encode({ size, timeMs, keep, note, numbers }) }], { sync: keep })
    // A number counts only when its note was written: one that failed must leave no gap.
    this.#newest = numbers
    this.#second = secondOf(timeMs)
    if (keep) await this.#count.write(numbers.kept)
    this.#added += 1
    if (this.#added % pruneEvery === 0) await this.#prune(timeMs - noteKeepMs)
  }

  async #first(from: number, to: number, reverse: boolean): Promise<StoredNote | null> {
    const range = { from: keyOf(prefix, from), to: keyOf(prefix, to), reverse, limit: 1 }
    for await (const [key, value] of this.#map.range(range)) return decode(numberOf(key, prefix.length), value)
    return null
  }

  async #prune(before: number): Promise<void> {
    const old: Bytes[] = []
    for await (const [key, value] of this.#map.range(wholeRange())) {
      const { size, timeMs, keep } = decode(numberOf(key, prefix.length), value)
      if (timeMs >= before) break
      // What outside witnesses have cosigned is cosigned once, and a token is over one note: these notes stay.
      const isAlone = outsideNoteAt(this.#map, size) === null && this.tokens.at(size) === null
      if (!keep && isAlone) old.push(key)
    }
    await this.#map.write(
      old.map((key) => ({ key, value: null })),
      { sync: false },
    )
  }
}

type StoredNote = KeptNote & CountedNote

const wholeRange = (): { from: Bytes; to: Bytes } => ({ from: keyOf(prefix, 0), to: keyOf(prefix, uintKeyMax) })

function encode({ timeMs, keep, note, numbers }: StoredNote & { numbers: NoteNumbers }): Bytes {
  const writer = new CborWriter(note.length + 32).array(5).uint(timeMs).boolean(keep).bytes(note)
  return writer.uint(numbers.number).uint(numbers.kept).finish()
}

function decode(size: number, value: Bytes): StoredNote {
  const reader = new CborReader(value, { bytesMax: noteBytesMax })
  const numbered = reader.array() !== uncountedFields
  const head = { size, timeMs: reader.uint(), keep: reader.boolean(), note: reader.bytes() }
  return { ...head, numbers: numbered ? { number: reader.uint(), kept: reader.uint() } : null }
}

function secondOf(timeMs: number): number {
  return Math.floor(timeMs / 1000)
}
