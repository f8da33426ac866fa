/**
 * Index, notes and signer state against the log, while the blocks go by.
 * @module
 */
import { equal, type Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { parseCheckpoint } from '@jurat/core/note/checkpoint'
import { parseNote } from '@jurat/core/note/note'
import type { Files } from '../platform/files.ts'
import type { Base } from './base.ts'
import { DigestIndex } from './digestIndex.ts'
import type { AddFinding } from './fsckFinding.ts'
import type { KeyValueChange, KeyValueStore, OpenKeyValueStore } from './keyValue.ts'
import { keyOf } from './keys.ts'
import { allNotes, findMissingNotes, findStrangers, noteKey, type KeptNote } from './notes.ts'
import { outsideNoteAt } from './outsideNotes.ts'
import { folders } from './openStore.ts'
import { openSigner, type LogSignerState } from './signer.ts'

interface Options {
  readonly files: Files
  readonly folder: string
  readonly crypto: CryptoProvider
  readonly openKeyValue: OpenKeyValueStore
  readonly openNote: (note: Bytes) => { size: number; root: Bytes }
}

/** Makes the digest index again over a map that compares instead of writing. */
export class IndexCheck {
  readonly #options: Options
  readonly #add: AddFinding
  #stored: KeyValueStore | null = null
  #made: DigestIndex | null = null
  #storedSize = 0

  constructor(options: Options, add: AddFinding) {
    this.#options = options
    this.#add = add
  }

  async open(): Promise<void> {
    try {
      this.#stored = await this.#options.openKeyValue(`${this.#options.folder}/${folders.index}`)
      this.#storedSize = new DigestIndex(this.#stored).size
    } catch (error) {
      this.#add('index', folders.index, messageOf(error))
    }
    this.#made = new DigestIndex({
      get: () => null,
      write: async (changes) => this.#compare(changes),
      async *range() {},
      close: async () => undefined,
    })
  }

  async block(entries: readonly Bytes[]): Promise<void> {
    this.#made?.add(entries)
    await this.#made?.settled()
  }

  /** Entries before a snapshot are not here: nothing can be made again. */
  skip(): void {
    this.#made = null
  }

  async finish(size: number): Promise<void> {
    if (this.#storedSize > size) this.#add('index', folders.index, 'knows entries that the log does not have')
  }

  async close(): Promise<void> {
    await this.#stored?.close()
  }

  #compare(changes: readonly KeyValueChange[]): void {
    const run = (this.#made?.size ?? 0) - ((this.#made?.size ?? 0) % 65_536)
    if (this.#stored === null || run > this.#storedSize) return
    for (const { key, value } of changes) {
      if (equal(key, keyOf('size'))) continue
      const stored = readOr(() => this.#stored?.get(key) ?? null)
      if (stored === null || value === null || !equal(stored, value)) {
        this.#add('index', folders.index, `entries up to ${run}: a bucket is missing or not what the entries give`)
        return
      }
    }
  }
}

/** Kept notes: valid, and of the tree. They are ordered by size, like the blocks. */
export class NotesCheck {
  readonly #options: Options
  readonly #add: AddFinding
  readonly #notice: AddFinding
  #map: KeyValueStore | null = null
  #notes: AsyncIterator<KeptNote> | null = null
  #next: KeptNote | null = null

  constructor(options: Options, add: AddFinding, notice: AddFinding) {
    this.#options = options
    this.#add = add
    this.#notice = notice
  }

  async open(): Promise<void> {
    const place = { files: this.#options.files, folder: `${this.#options.folder}/${folders.notes}` }
    try {
      this.#map = await this.#options.openKeyValue(place.folder)
      const missing = (where: string, detail: string, forEver: boolean): void =>
        (forEver ? this.#add : this.#notice)('note', `${folders.notes}, ${where}`, detail)
      await findMissingNotes(this.#map, place, Number.POSITIVE_INFINITY, missing)
      await findStrangers(this.#map, (where, detail) => this.#add('note', `${folders.notes}, ${where}`, detail))
      this.#notes = allNotes(this.#map)[Symbol.asyncIterator]()
      await this.#advance()
    } catch (error) {
      this.#failed(error)
    }
  }

  /** Before a snapshot only the trees after a change of the consortium have notes, and their roots are not here. */
  async base({ tip, root, documents }: Base): Promise<void> {
    while (this.#next !== null && this.#next.size < tip.size) {
      const { size, note } = this.#next
      this.#check(this.#next, documents.some(({ sizeAfter }) => sizeAfter === size) ? size : tip.size, rootOf(note))
      await this.#advance()
    }
    await this.size(tip.size, root)
  }

  /** The tree had this root at this size. */
  async size(size: number, root: Bytes): Promise<void> {
    while (this.#next !== null && this.#next.size <= size) {
      this.#check(this.#next, size, root)
      await this.#advance()
    }
  }

  async finish(size: number): Promise<void> {
    while (this.#next !== null) {
      this.#add('note', `note of size ${this.#next.size}`, `the log has only ${size} entries`)
      await this.#advance()
    }
  }

  async close(): Promise<void> {
    await this.#map?.close()
  }

  #check(note: KeptNote, size: number, root: Bytes): void {
    const where = `note of size ${note.size}`
    try {
      // Found when going through all, and not by its key: the database's own index is damaged.
      if (this.#map?.get(noteKey(note.size)) === null) this.#add('note', where, 'the database does not find it')
      const opened = this.#options.openNote(note.note)
      if (opened.size !== note.size) this.#add('note', where, `it is for ${opened.size} entries`)
      else if (note.size !== size) this.#add('note', where, 'no block ends at this size')
      else if (!equal(opened.root, root)) this.#add('note', where, 'its root is not that of the log')
      else this.#checkOutside(note.size, root)
    } catch (error) {
      this.#add('note', where, messageOf(error))
    }
  }

  /** What outside witnesses have cosigned beside the note. Whose signatures it has is judged by whoever gets a receipt. */
  #checkOutside(size: number, root: Bytes): void {
    const outside = this.#map === null ? null : outsideNoteAt(this.#map, size)
    if (outside === null) return
    const checkpoint = parseCheckpoint(parseNote(outside.note).body)
    if (checkpoint.size === size && equal(checkpoint.root, root)) return
    this.#add('note', `note of outside witnesses of size ${size}`, 'it is of another tree')
  }

  async #advance(): Promise<void> {
    try {
      const next = await this.#notes?.next()
      this.#next = next === undefined || next.done === true ? null : next.value
    } catch (error) {
      this.#failed(error)
    }
  }

  #failed(error: unknown): void {
    this.#next = null
    this.#notes = null
    this.#add('note', folders.notes, messageOf(error))
  }
}

/** The log key's state: what it signed last must be a tree that the log had. */
export class SignerCheck {
  readonly #options: Options
  readonly #add: AddFinding
  #signed: LogSignerState | null = null
  /** How many entries the newest signed checkpoint covers; 0 when nobody knows. */
  signedSize = 0

  constructor(options: Options, add: AddFinding) {
    this.#options = options
    this.#add = add
  }

  async open(): Promise<void> {
    try {
      const signer = await openSigner(this.#options.files, this.#options.folder, this.#options.crypto)
      this.#signed = signer.log()
      this.signedSize = this.#signed?.size ?? 0
      if (this.signedSize === 0) this.#signed = null
    } catch (error) {
      this.#add('signer', 'signer', messageOf(error))
    }
  }

  size(size: number, root: Bytes): void {
    const signed = this.#signed
    if (signed === null || signed.size > size) return
    if (signed.size !== size) this.#add('signer', 'signer/log', `signed ${signed.size} entries, where no block ends`)
    else if (!equal(signed.root, root)) this.#add('signer', 'signer/log', `signed another root of ${size} entries`)
    this.#signed = null
  }
}

function rootOf(note: Bytes): Bytes {
  return readOr(() => parseCheckpoint(parseNote(note).body).root) ?? new Uint8Array(0)
}

function readOr(read: () => Bytes | null): Bytes | null {
  try {
    return read()
  } catch {
    return null
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
