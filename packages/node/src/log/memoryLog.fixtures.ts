/**
 * A log in memory for tests of what publishes it: a growing tree with consortium documents, notes and signer state,
 * which can be copied as a backup would copy it, and told to fail.
 * @module
 */
import { assert } from '@jurat/core/assert'
import { equal, fromText, type Bytes } from '@jurat/core/bytes'
import { hashLeaf } from '@jurat/core/merkle/hash'
import { Frontier, type HashReader } from '@jurat/core/merkle/tree'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import type { CommittedBlock } from '../engine/application.ts'
import { StoreError } from '../store/errors.ts'
import { memoryKeyValue } from '../features/memoryKeyValue.fixtures.ts'
import { type NoteTokenStore, openNoteTokens } from '../store/noteTokens.ts'
import type { KeptNote, NoteStore } from '../store/notes.ts'
import type { OutsideNoteStore } from '../store/outsideNotes.ts'
import type { EndedSignerState, LogSignerState, SignerStore, WitnessSignerState } from '../store/signer.ts'
import type { StoredBlock, StoredDocument } from '../store/store.ts'
import type { TreeHead } from './checkpointSigner.ts'

/** Signer state in memory: what is in `files` has survived. */
export class MemorySigner implements SignerStore {
  #log: LogSignerState | null = null
  #ended: EndedSignerState | null = null
  readonly #witness = new Map<string, WitnessSignerState>()
  #witnessReady = false
  /** While set, the next write fails: before it is kept, or after. */
  fault: 'before' | 'after' | null = null
  /** Every state that was ever kept, in order. */
  readonly history: LogSignerState[] = []

  log(): LogSignerState | null {
    return this.#log
  }

  async begin(state: LogSignerState): Promise<void> {
    if (this.#log !== null) throw new StoreError('signer-conflict', 'there is a signer state')
    this.#write(() => (this.#log = state))
    this.history.push(state)
  }

  ended(): EndedSignerState | null {
    return this.#ended
  }

  async end(state: EndedSignerState): Promise<void> {
    this.#write(() => (this.#ended = state))
  }

  async recover(state: LogSignerState): Promise<void> {
    if (this.#log === null || this.#log.size < state.size) this.#write(() => (this.#log = state))
    this.#ended = null
    this.history.push(state)
  }

  async advance(state: LogSignerState): Promise<void> {
    if (this.#ended !== null) throw new StoreError('signer-conflict', 'this log has ended')
    this.#refuseConflict(this.#log, state)
    this.#write(() => (this.#log = state))
    this.history.push(state)
  }

  witness(origin: string): WitnessSignerState | null {
    return this.#witness.get(origin) ?? null
  }

  /** As if nothing had ever been witnessed. */
  forget(): void {
    this.#witness.clear()
  }

  witnessReady(): boolean {
    return this.#witnessReady
  }

  async beginWitness(): Promise<void> {
    this.#witnessReady = true
  }

  async advanceWitness(origin: string, state: WitnessSignerState): Promise<void> {
    this.#refuseConflict(this.witness(origin), state)
    this.#write(() => this.#witness.set(origin, state))
  }

  #refuseConflict(last: TreeHead | null, next: TreeHead): void {
    if (last === null) return
    const conflict = next.size < last.size || (next.size === last.size && !equal(next.root, last.root))
    if (conflict) throw new StoreError('signer-conflict', 'it contradicts what was signed')
  }

  #write(write: () => void): void {
    const { fault } = this
    this.fault = null
    if (fault === 'before') throw new StoreError('failed', 'told to fail')
    write()
    if (fault === 'after') throw new StoreError('failed', 'told to fail after writing')
  }
}

/** Kept notes in memory. */
export class MemoryNotes implements NoteStore {
  readonly kept: (KeptNote & { keep: boolean })[] = []
  readonly outsideKept: Map<number, KeptNote> = new Map()

  readonly outside: OutsideNoteStore = {
    put: async (note) => void this.outsideKept.set(note.size, note),
    covering: async (size) => this.#outsideSorted().find((note) => note.size >= size) ?? null,
    at: async (size) => this.outsideKept.get(size) ?? null,
    newest: async () => this.#outsideSorted().at(-1) ?? null,
  }

  readonly tokens: NoteTokenStore = openNoteTokens(memoryKeyValue())

  async put(note: KeptNote, options?: { keep?: boolean }): Promise<void> {
    if (this.kept.some(({ size }) => size === note.size)) return
    this.kept.push({ ...note, keep: options?.keep ?? false })
    this.kept.sort((a, b) => a.size - b.size)
  }

  async covering(size: number): Promise<KeptNote | null> {
    return this.kept.find((note) => note.size >= size) ?? null
  }

  async at(size: number): Promise<KeptNote | null> {
    return this.kept.find((note) => note.size === size) ?? null
  }

  async newest(): Promise<KeptNote | null> {
    return this.kept.at(-1) ?? null
  }

  #outsideSorted(): KeptNote[] {
    return [...this.outsideKept.values()].toSorted((a, b) => a.size - b.size)
  }
}

/** A log in memory. */
export class MemoryLog {
  readonly notes: MemoryNotes = new MemoryNotes()
  signer: MemorySigner = new MemorySigner()
  readonly genesis: TreeHead
  readonly #frontier = Frontier.empty(nodeCrypto)
  readonly #hashes = new Map<string, Bytes>()
  readonly #documents: (Omit<StoredDocument, 'sizeAfter'> & { head: TreeHead })[] = []
  readonly #leaves: Bytes[] = []
  readonly #blocks: Pick<StoredBlock, 'height' | 'timeMs' | 'firstIndex' | 'treeSizeAfter' | 'rootAfter'>[] = []

  /** @param document - the first consortium document; the genesis has two entries. */
  constructor(document: Bytes) {
    this.#append([fromText('consortium'), fromText('block 0')])
    this.genesis = this.#head()
    this.#addBlock(0)
    this.#documents.push({ sequence: 0, entryIndex: 0, document, head: this.genesis })
  }

  get durable(): TreeHead & { height: number; timeMs: number } {
    return { ...this.#head(), height: 0, timeMs: 0 }
  }

  /** Appends a block of entries; gives what the engine would tell of it. */
  grow(entries: readonly string[], document?: Bytes): CommittedBlock {
    const first = this.#leaves.length
    this.#append(entries.map(fromText))
    const head = this.#head()
    const { height, timeMs } = this.#addBlock(first)
    if (document !== undefined) {
      this.#documents.push({ sequence: this.#documents.length, entryIndex: first, document, head })
    }
    const consortium = document === undefined ? null : { document, index: first }
    return { height, timeMs, extension: head, outcome: { consortium } } as unknown as CommittedBlock
  }

  /** A copy as a backup holds it: tree, documents and notes, without signer state. */
  backup(): MemoryLog {
    const [first, ...later] = this.#documents
    assert(first !== undefined, 'a log has a document')
    const copy = new MemoryLog(first.document)
    copy.#append(this.#leaves.slice(2))
    copy.#blocks.push(...this.#blocks.slice(1))
    copy.#documents.push(...later)
    copy.notes.kept.push(...this.notes.kept)
    for (const [size, note] of this.notes.outsideKept) copy.notes.outsideKept.set(size, note)
    return copy
  }

  async tilesWritten(): Promise<void> {}

  async withHashes<T>(compute: (read: HashReader) => T): Promise<T> {
    return compute((level, index) => {
      const hash = this.#hashes.get(`${level}/${index}`)
      assert(hash !== undefined, `no hash at ${level}/${index}`)
      return hash
    })
  }

  async consortiumDocuments(): Promise<StoredDocument[]> {
    return this.#documents.map((document) => ({ ...document, sizeAfter: document.head.size }))
  }

  async blockOfEntry(index: number): Promise<StoredBlock | null> {
    const found = this.#blocks.find(({ treeSizeAfter }) => index < treeSizeAfter)
    return found === undefined ? null : (found as unknown as StoredBlock)
  }

  #addBlock(firstIndex: number): Pick<StoredBlock, 'height' | 'timeMs'> {
    const { size, root } = this.#head()
    const block = { height: this.#blocks.length, timeMs: 0, firstIndex, treeSizeAfter: size, rootAfter: root }
    this.#blocks.push(block)
    return block
  }

  #append(leaves: readonly Bytes[]): void {
    for (const leaf of leaves) {
      this.#leaves.push(leaf)
      this.#frontier.append(hashLeaf(nodeCrypto, leaf), (level, index, hash) => {
        this.#hashes.set(`${level}/${index}`, hash)
      })
    }
  }

  #head(): TreeHead {
    return { size: this.#frontier.size, root: this.#frontier.root() }
  }
}
