/**
 * Notices when kept checkpoints are missing. LevelDB drops a damaged batch from its log without a word; so every note
 * carries its number, and how many were kept for ever up to it, and that count stands also in a file beside the map.
 * docs/spec/state-store.md, Notes.
 * @module
 */
import { fromText } from '@jurat/core/bytes'
import type { Files } from '../platform/files.ts'

/** Notes that are not kept for ever are kept so long. */
export const noteKeepMs: number = 60 * 60 * 1000

/** Notes of one second are put together by whole seconds: a deletion may reach so far beyond the hour. */
const secondMs = 1_000

/** Name of the file with the count of notes kept for ever, in the map's folder. */
const countFile = 'kept-count'

/** Place of a note among all. */
export interface NoteNumbers {
  /** Counts all notes, from 1. */
  readonly number: number
  /** Counts those kept for ever, up to this one. */
  readonly kept: number
}

/** What the check knows of a note. `numbers` is null for one of a node that did not count yet. */
export interface CountedNote {
  readonly size: number
  readonly timeMs: number
  readonly keep: boolean
  readonly numbers: NoteNumbers | null
}

/**
 * Takes what is missing. `forEver`: notes that were synced and never deleted, so that something is damaged. Others may be
 * missing also after a loss of power; a receipt then has a larger tree, and nothing else is lost.
 */
export type AddMissing = (where: string, detail: string, forEver: boolean) => void

/** Takes the notes from the newest to the oldest and says what is missing between them. */
export class NoteGaps {
  readonly #add: AddMissing
  #later: CountedNote | null = null
  #newestMs = Number.NEGATIVE_INFINITY

  constructor(add: AddMissing) {
    this.#add = add
  }

  /** @param note - the next older one, or null behind the oldest. */
  next(note: CountedNote | null): void {
    const later = this.#later
    this.#later = note
    if (note !== null) this.#newestMs = Math.max(this.#newestMs, note.timeMs)
    if (later === null) return
    const where = `before the note of size ${later.size}`
    if (later.numbers === null) {
      if (note !== null && note.numbers !== null)
        this.#add(where, 'a note without a number follows numbered ones', true)
      return
    }
    const before = note?.numbers ?? { number: 0, kept: 0 }
    const kept = later.numbers.kept - before.kept - (later.keep ? 1 : 0)
    const missing = later.numbers.number - before.number - 1
    // Those that are not kept for ever are deleted after an hour; before that, none may be missing.
    const deletedMs = this.#newestMs + secondMs - noteKeepMs
    if (kept !== 0) this.#add(where, `${kept} checkpoints that are kept for ever are missing`, true)
    else if (missing !== 0 && note !== null && note.numbers !== null && note.timeMs >= deletedMs)
      this.#add(where, `${missing} checkpoints that are kept for an hour are missing`, false)
  }
}

/** The count of notes kept for ever, beside the map. */
export class KeptCount {
  readonly #files: Files
  readonly #path: string

  constructor(files: Files, folder: string) {
    this.#files = files
    this.#path = `${folder}/${countFile}`
  }

  /** Null when there is none: a fresh, an older or a restored folder. NaN when it cannot be read. */
  async read(): Promise<number | null> {
    const bytes = await this.#files.readFile(this.#path)
    if (bytes === null) return null
    return Number(/^([0-9]{1,15})\n$/.exec(new TextDecoder().decode(bytes))?.[1])
  }

  /** Written after the note, so that a crash in between leaves a count that is too small, which harms nobody. */
  async write(count: number): Promise<void> {
    await this.#files.replaceFile(this.#path, fromText(`${count}\n`))
  }
}

/** What the count file says against the newest numbered note's count, or null when they agree. */
export function countFault(count: number | null, newest: NoteNumbers | null): string | null {
  if (count === null) return null
  if (Number.isNaN(count)) return `${countFile} cannot be read`
  const missing = count - (newest?.kept ?? 0)
  return missing > 0 ? `the newest ${missing} checkpoints that are kept for ever are missing` : null
}
