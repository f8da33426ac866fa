/**
 * The store of one data folder: one facade over segments, tiles, state, index, notes and signer state. Opened by openStore.ts.
 * @module
 */
import { assert } from '@jurat/core/assert'
import { equal, toText, type Bytes } from '@jurat/core/bytes'
import type { SnapshotValue } from '@jurat/core/ledger/snapshot/format'
import { ProofError } from '@jurat/core/merkle/error'
import { tileWidth } from '@jurat/core/merkle/tile'
import type { HashReader } from '@jurat/core/merkle/tree'
import type { Base } from './base.ts'
import { encodeBlock, type EncodedBlock } from './blockRecord.ts'
import { BlockReader } from './blockReader.ts'
import { CommitQueue } from './commitQueue.ts'
import { digestOffset } from './depositDigest.ts'
import type { DigestIndex } from './digestIndex.ts'
import { StoreError } from './errors.ts'
import { numberOf, uintKeyMax } from './keys.ts'
import type { NoteStore } from './notes.ts'
import type { SeenBlocks, SeenWindow } from './seen.ts'
import type { Position, SegmentStore } from './segments.ts'
import type { SignerStore } from './signer.ts'
import type { LedgerState } from './state.ts'
import { changesOfBlock, consensusPrefix, decodeIdempotency, decodeIndexed, keys } from './stateFormat.ts'
import type {
  DurablePosition,
  FinalizedBlock,
  IdempotentAnswer,
  LedgerTip,
  StateNow,
  Store,
  StoredAccount,
  StoredBlock,
  StoredDocument,
  StoredTransaction,
} from './store.ts'
import type { RemakeSource } from './openTiles.ts'
import type { HistorySource, TileStore } from './tiles.ts'
import type { TileWriter } from './tileWriter.ts'
import { Extension, type AppliedTree } from './tree.ts'

/** A commit waits for the tiles when so many bytes of them are unwritten: the disk is then slower than the ledger. */
const tileBacklogBytesMax = 64 * 1024 * 1024

/** The opened parts. */
export interface StoreParts {
  readonly segments: SegmentStore
  readonly state: LedgerState
  readonly tree: AppliedTree
  readonly tiles: TileStore
  readonly tileWriter: TileWriter
  readonly index: DigestIndex
  readonly seen: SeenWindow
  readonly seenBlocks: SeenBlocks
  readonly notes: NoteStore & { close(): Promise<void> }
  readonly signer: SignerStore
  readonly remakeFrom: RemakeSource
  /** The snapshot that the blocks follow, or null: they follow nothing. */
  readonly base: Base | null
}

/** Where the store stands when it is opened. */
export interface StorePosition {
  readonly tip: LedgerTip
  readonly lanes: Bytes
}

/** A block whose record is durable already, or about to be. */
interface Placed {
  readonly block: FinalizedBlock
  readonly firstIndex: number
}

/** The one implementation of `Store`. */
export class BlockStore implements Store {
  readonly #parts: StoreParts
  readonly #reader: BlockReader
  readonly #queue: CommitQueue<Placed>
  readonly #onFailure: (error: Error) => void
  #position: StorePosition
  #durable: DurablePosition
  #failure: StoreError | null = null
  #waiters: { height: number; resolve: () => void; reject: (error: Error) => void }[] = []

  constructor(parts: StoreParts, position: StorePosition, onFailure: (error: Error) => void) {
    this.#parts = parts
    this.#position = position
    this.#onFailure = onFailure
    const { height, timeMs, size } = position.tip
    this.#durable = { height, timeMs, size, root: parts.tree.root }
    this.#reader = new BlockReader(parts.segments, parts.state, () => this.#durable, this.baseSize)
    this.#queue = new CommitQueue(
      parts.segments,
      (placed) => this.#becameDurable(placed),
      (error) => this.failed(error),
    )
  }

  get tip(): LedgerTip {
    return this.#position.tip
  }

  get view(): LedgerState {
    return this.#parts.state
  }

  get lanes(): Bytes {
    return this.#position.lanes
  }

  get seen(): SeenWindow {
    return this.#parts.seen
  }

  get durable(): DurablePosition {
    return this.#durable
  }

  get notes(): NoteStore {
    return this.#parts.notes
  }

  get signer(): SignerStore {
    return this.#parts.signer
  }

  get baseSize(): number {
    return this.#parts.base?.tip.size ?? 0
  }

  get baseTimeMs(): number | null {
    return this.#parts.base?.tip.timeMs ?? null
  }

  fetchHistoryFrom(source: HistorySource): void {
    this.#parts.remakeFrom.fetch = source
  }

  async loadHistory(index: number): Promise<number> {
    const known = Math.min(this.#parts.index.size, this.baseSize)
    const from = Math.max(index, known) - (Math.max(index, known) % tileWidth)
    const entries = (await this.#parts.tiles.bundle(from / tileWidth)).slice(0, this.baseSize - from)
    if (known >= from && known < from + entries.length) this.#parts.index.add(entries.slice(known - from))
    const next = from + entries.length
    if (next >= this.baseSize) await this.fillIndex()
    return next
  }

  get backlogBytes(): number {
    return this.#queue.backlogBytes + this.#parts.tileWriter.backlogBytes
  }

  extend(entries: readonly Bytes[]): Extension {
    return this.#parts.tree.extend(entries)
  }

  async commit(block: FinalizedBlock): Promise<void> {
    if (this.#failure !== null) throw this.#failure
    if (block.outcome.entries.length === 0) {
      this.#position = { tip: block.outcome.tip, lanes: block.outcome.stateLanes }
      return this.#queue.idle()
    }
    const firstIndex = this.#parts.tree.size
    const encoded = encodeBlock(block, firstIndex)
    const position = this.#parts.segments.reserve(block.height, encoded.payload.length)
    this.applyBlock(block, encoded, position)
    await this.#queue.push({ block, firstIndex }, { position, payload: encoded.payload })
    if (this.#parts.tileWriter.backlogBytes > tileBacklogBytesMax) await this.tilesWritten(block.extension.size)
  }

  /** Applies a block in memory; its record stands, or will stand, at `position`. */
  applyBlock(block: FinalizedBlock, encoded: Pick<EncodedBlock, 'transactionOffsets'>, position: Position): void {
    const { tree, tiles, seen, seenBlocks, state } = this.#parts
    const { extension, outcome } = block
    assert(extension instanceof Extension, 'the extension was made by this store')
    assert(
      outcome.tip.size === extension.size && outcome.tip.height === block.height,
      'the outcome is that of the block',
    )
    const firstIndex = tree.size
    tree.apply(extension)
    tiles.apply(extension)
    seen.add(
      block.timeMs,
      outcome.results.map(({ txHash }) => txHash),
    )
    const forgotten = seenBlocks
      .expired(block.timeMs)
      .map((old) => ({ key: keys.seen(old.timeMs, old.height), value: null }))
    seenBlocks.add(block.timeMs, block.height)
    state.apply(block.height, [...forgotten, ...changesOfBlock(block, { ...encoded, firstIndex, position })])
    this.#position = { tip: outcome.tip, lanes: outcome.stateLanes }
  }

  /** Tells that a replayed block, which is durable of course, was applied. */
  replayed(block: FinalizedBlock): void {
    this.#becameDurable([{ block, firstIndex: block.extension.size - block.outcome.entries.length }])
  }

  /** Adds the durable entries that the digest index does not know yet. */
  async fillIndex(): Promise<void> {
    const { index } = this.#parts
    // Blocks before a snapshot are not here: the index begins when the entries before it have come.
    if (index.size >= this.#durable.size || index.size < this.baseSize) return
    for await (const entries of this.entriesFrom(index.size)) index.add(entries)
  }

  /** Writes the state up to the durable tip: bounds the memory of a long replay. */
  flushState(): Promise<void> {
    return this.#parts.state.flush()
  }

  async tilesWritten(size: number): Promise<void> {
    if (this.#failure !== null) throw this.#failure
    await this.#parts.tileWriter.written(size)
  }

  block(height: number): Promise<StoredBlock | null> {
    return this.#reader.block(height)
  }

  blocksFrom(from: number): AsyncIterableIterator<StoredBlock> {
    return this.#reader.blocksFrom(from)
  }

  blockOfEntry(index: number): Promise<StoredBlock | null> {
    return this.#reader.blockOfEntry(index)
  }

  transaction(txHash: Bytes): Promise<StoredTransaction | null> {
    return this.#reader.transaction(txHash)
  }

  /** Entries of the durable log from an index on, made from the blocks. */
  entriesFrom(index: number): AsyncIterableIterator<Bytes[]> {
    return this.#reader.entriesFrom(index)
  }

  async entry(index: number): Promise<Bytes | null> {
    const known = Number.isSafeInteger(index) && index >= 0 && index < this.#durable.size
    return known ? this.#parts.tiles.entry(index) : null
  }

  withHashes<T>(compute: (read: HashReader) => T): Promise<T> {
    return this.#parts.tiles.withHashes(compute)
  }

  async tileBytes(path: string): Promise<Bytes | null> {
    try {
      return await this.#parts.tiles.read(path, this.#durable.size)
    } catch (error) {
      if (error instanceof ProofError && error.code === 'tile-path') return null
      throw error
    }
  }

  async accountAt(accountId: Bytes, version: number): Promise<StoredAccount | null> {
    await this.flushState()
    const value = this.#parts.state.value(keys.account(accountId, version))
    if (value === null) return null
    const { index, bytes } = decodeIndexed(value)
    return { version, entryIndex: index, record: bytes }
  }

  async accountVersions(accountId: Bytes, limit: number): Promise<StoredAccount[]> {
    await this.flushState()
    const range = { from: keys.account(accountId, 0), to: keys.account(accountId, uintKeyMax), reverse: true, limit }
    const versions: StoredAccount[] = []
    for await (const [key, value] of this.#parts.state.range(range)) {
      const { index, bytes } = decodeIndexed(value)
      versions.push({ version: numberOf(key, key.length - 6), entryIndex: index, record: bytes })
    }
    return versions
  }

  async findDigest(digest: Bytes, limit: number): Promise<number[]> {
    const found: number[] = []
    if (this.#parts.index.size < this.baseSize) {
      throw new StoreError('not-here', 'the entries before the snapshot of this member have not all come yet')
    }
    for await (const index of this.#parts.index.candidates(digest)) {
      if (found.length >= limit) break
      const entry = await this.entry(index)
      const place = entry === null ? null : digestOffset(entry)
      if (entry !== null && place !== null && equal(entry.subarray(place.start, place.end), digest)) found.push(index)
    }
    return found
  }

  async idempotent(keyHash: Bytes): Promise<IdempotentAnswer | null> {
    const value = this.#parts.state.value(keys.idempotency(keyHash))
    if (value === null) return null
    const { requestHash, height, transaction: ordinal, firstItem, itemCount } = decodeIdempotency(value)
    await this.#durableAt(height)
    const transaction = (await this.block(height))?.transactions[ordinal]
    if (transaction === undefined) throw new StoreError('damaged', `block ${height} lacks transaction ${ordinal}`)
    const { timeMs, txHash, code, entryCount, firstIndex } = transaction
    const first = entryCount === 0 ? -1 : firstIndex + firstItem
    return { requestHash, height, timeMs, txHash, code, firstItem, itemCount, firstIndex: first }
  }

  async consortiumDocuments(): Promise<StoredDocument[]> {
    await this.flushState()
    const documents: StoredDocument[] = []
    for await (const [key, value] of this.#parts.state.range({
      from: keys.document(0),
      to: keys.document(uintKeyMax),
    })) {
      const { index, bytes } = decodeIndexed(value)
      const sizeAfter = await this.#sizeAfter(index)
      documents.push({ sequence: numberOf(key, 2), entryIndex: index, document: bytes, sizeAfter })
    }
    return documents
  }

  async stateNow(): Promise<StateNow> {
    await this.#queue.idle()
    await this.#parts.state.flush()
    const { tip } = this.#position
    assert(tip.height === this.#durable.height, 'no block is being written')
    const range = this.#parts.state.range({ from: keys.consensus(''), to: keys.consensusEnd })
    // The first step fixes what is read: later batches change nothing of it.
    const first = range.next()
    return { tip, root: this.#durable.root, values: consensusValues(first, range) }
  }

  async close(): Promise<void> {
    const { segments, state, tileWriter, index, notes } = this.#parts
    if (this.#failure === null) {
      await this.#queue.idle()
      await state.flush()
      await tileWriter.flush()
    }
    this.#queue.stop(new StoreError('closed', 'the store is closed'))
    await Promise.allSettled([state.close(), index.close(), notes.close(), segments.close()])
  }

  /** A write failed somewhere: nothing more is accepted, and the process must end. */
  failed(cause: Error): void {
    if (this.#failure !== null) return
    this.#failure = new StoreError('failed', `a write of the store failed: ${cause.message}`, { cause })
    this.#queue.stop(this.#failure)
    for (const { reject } of this.#waiters.splice(0)) reject(this.#failure)
    this.#onFailure(this.#failure)
  }

  #becameDurable(placed: readonly Placed[]): void {
    const { tiles, state, index } = this.#parts
    const last = placed.at(-1)?.block
    if (last === undefined) return
    const { height, timeMs, extension } = last
    this.#durable = { height, timeMs, size: extension.size, root: extension.root }
    tiles.release(extension.size)
    state.release(height)
    for (const { block, firstIndex } of placed) {
      // At start the index may know more than the state, or less: then `fillIndex` gives it what it lacks.
      if (firstIndex <= index.size) index.add(block.outcome.entries.slice(index.size - firstIndex))
    }
    if (index.failure !== null) this.failed(index.failure)
    const ready = this.#waiters.filter((waiter) => waiter.height <= height)
    this.#waiters = this.#waiters.filter((waiter) => waiter.height > height)
    for (const { resolve } of ready) resolve()
  }

  /** Size of the tree after the block of an entry. */
  async #sizeAfter(index: number): Promise<number> {
    const before = this.#parts.base?.documents.find(({ entryIndex }) => entryIndex === index)
    const sizeAfter = before?.sizeAfter ?? (await this.blockOfEntry(index))?.treeSizeAfter
    assert(sizeAfter !== undefined, 'a consortium entry stands in a block')
    return sizeAfter
  }

  #durableAt(height: number): Promise<void> {
    if (height <= this.#durable.height) return Promise.resolve()
    if (this.#failure !== null) return Promise.reject(this.#failure)
    return new Promise((resolve, reject) => this.#waiters.push({ height, resolve, reject }))
  }
}

async function* consensusValues(
  first: Promise<IteratorResult<[Bytes, Bytes]>>,
  rest: AsyncIterableIterator<[Bytes, Bytes]>,
): AsyncIterableIterator<SnapshotValue> {
  for (let next = await first; next.done !== true; next = await rest.next()) {
    const [key, value] = next.value
    yield { key: toText(key).slice(consensusPrefix.length), value }
  }
}
