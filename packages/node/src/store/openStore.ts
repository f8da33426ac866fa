/**
 * Opens a data folder and repairs what a crash left: cuts a torn tail, brings the state and the tiles up to the segments.
 * Order and rules: docs/spec/state-store.md, Start.
 * @module
 */
import { equal, toHex, type Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import type { BlockOutcome } from '@jurat/core/ledger/block'
import type { SeenTransactions, StateView } from '@jurat/core/ledger/state'
import { systemTimers, type Clock, type Timers } from '../platform/clock.ts'
import type { Files } from '../platform/files.ts'
import { type Base, baseEdge, readBase, writeBaseState } from './base.ts'
import { decodeBlock } from './blockRecord.ts'
import { BlockStore } from './blockStore.ts'
import { DigestIndex } from './digestIndex.ts'
import { StoreError } from './errors.ts'
import type { KeyValueStore, OpenKeyValueStore } from './keyValue.ts'
import { numberOf, uintKeyBytes, uintKeyMax } from './keys.ts'
import { openNotes } from './notes.ts'
import { SeenBlocks, SeenWindow, seenWindowMs } from './seen.ts'
import { SegmentStore } from './segments.ts'
import { openSigner, type SignerStore } from './signer.ts'
import { LedgerState } from './state.ts'
import { decodeBlockPlace, isNowhere, keys, lanesKey, splitHashes, type StateTip, tipKey } from './stateFormat.ts'
import type { LedgerTip, Store, StoredBlock } from './store.ts'
import { openTiles, type OpenedTiles } from './openTiles.ts'

/** Names inside the data folder. */
export const folders = { segments: 'segments', log: 'log', state: 'state', index: 'index', notes: 'notes' } as const

/** What a replayed block is executed on. */
export interface ReplayInput {
  readonly block: StoredBlock
  readonly view: StateView
  readonly seen: SeenTransactions
  readonly tip: LedgerTip
  readonly lanes: Bytes
}

/** How a store is opened. */
export interface OpenStoreOptions {
  readonly files: Files
  /** The data folder, absolute. Its lock must be held by the caller. */
  readonly folder: string
  readonly clock: Clock
  readonly timers?: Timers
  readonly crypto: CryptoProvider
  readonly openKeyValue: OpenKeyValueStore
  /** The outcome of height 0: written when the folder is fresh. */
  readonly genesis: BlockOutcome
  /** Executes a block again (`applyBlock`); its signatures were valid when it was committed. */
  readonly replay: (input: ReplayInput) => BlockOutcome
  /** Says what a repair at start is doing. */
  readonly report?: (message: string) => void
  /** Called once when a write failed: the process must end. */
  readonly onFailure?: (error: Error) => void
  /** Length at which a segment file is followed by a new one, for tests. */
  readonly segmentBytes?: number
}

/** State is written out after so many replayed blocks. */
const replayFlushBlocks = 256

const stateCacheBytes = 32 * 1024 * 1024
const stateWriteBufferBytes = 8 * 1024 * 1024

/** Newest blocks whose places are checked at start: more than LevelDB's write-ahead log can hold. */
const checkedPlacesMax = 65_536

/** Opens, and repairs what a crash left. @throws {StoreError} when the truth itself is damaged. */
export async function openStore(options: OpenStoreOptions): Promise<Store> {
  return openBlockStore(options)
}

async function openBlockStore(options: OpenStoreOptions): Promise<BlockStore> {
  const { files, folder } = options
  const report = options.report ?? ((): void => undefined)
  await makeFolders(options)
  const signer = await openSigner(files, folder, options.crypto)
  const segments = await SegmentStore.open(files, `${folder}/${folders.segments}`, options.segmentBytes)
  const base = await readBase(options, { crypto: options.crypto, networkId: options.genesis.tip.networkId })
  // A part that fails while others open must not be lost: it fails the store as soon as there is one.
  const failures = new FailureRelay()
  const stateMap = await openState(options, { segments, base, report })
  const segmentSize = sizeOf(segments, base)
  checkSigned(segmentSize, signer)
  if (segments.tail.tornBytes > 0) report(`a torn tail of ${segments.tail.tornBytes} bytes is cut`)
  // The state follows the segments: the block at which it stands was durable.
  await segments.cutTail(stateMap.tip?.position ?? null)
  const state = new LedgerState(stateMap.map, failures.report, options.timers ?? systemTimers)
  const stored = stateMap.tip
  checkNetwork(options, stored)
  const tiles = await openTiles(
    { ...options, logFolder: `${folder}/${folders.log}`, report, fail: failures.report },
    segments,
    state,
    { stored, segmentSize, base: base === null ? null : baseEdge(options.crypto, base) },
  )
  const store = await assemble(options, { segments, state, signer, tiles, stored, opened: stateMap, base })
  failures.target = (error) => store.failed(error)
  tiles.remakeFrom.entries = (index) => store.entriesFrom(index)
  await catchUp(options, store, { segments, stored, base })
  return store
}

/** Passes failures on to the store, once there is one. */
class FailureRelay {
  #early: Error | null = null
  #target: ((error: Error) => void) | null = null

  report = (error: Error): void => {
    if (this.#target === null) this.#early ??= error
    else this.#target(error)
  }

  set target(target: (error: Error) => void) {
    this.#target = target
    if (this.#early !== null) target(this.#early)
  }
}

async function makeFolders({ files, folder }: OpenStoreOptions): Promise<void> {
  await files.makeFolder(`${folder}/${folders.segments}`)
  await files.makeFolder(`${folder}/${folders.log}`)
  await files.syncFolder(folder)
  await files.syncFolder(folder.slice(0, folder.lastIndexOf('/')) || '/')
}

/** The state, and what a start reads of it. */
interface OpenedState {
  readonly map: KeyValueStore
  readonly tip: StateTip | null
  readonly lanes: Bytes
  readonly seen: SeenWindow
  readonly seenBlocks: SeenBlocks
}

/** Opens the state, or an empty one when it does not fit the segments. */
async function openState(
  options: OpenStoreOptions,
  { segments, base, report }: { segments: SegmentStore; base: Base | null; report: (message: string) => void },
): Promise<OpenedState> {
  const path = `${options.folder}/${folders.state}`
  const open = (): Promise<KeyValueStore> =>
    options.openKeyValue(path, { cacheBytes: stateCacheBytes, writeBufferBytes: stateWriteBufferBytes })
  let problem: string
  let map: KeyValueStore | null = null
  try {
    map = await open()
    // Everything that a start reads of it is read here, where damage of it can still be repaired.
    const opened = await readState(map, base)
    if (opened.tip === null) return opened
    const intact = await isChain(map, opened.tip, base)
    if (intact && (await standsAt(segments, opened.tip, base))) return opened
    problem = intact ? 'is not that of the segments' : 'has a gap'
  } catch (error) {
    if (error instanceof StoreError && error.code !== 'damaged') throw error
    // A disk that is full or fails just now has damaged nothing; to make the state again would take hours, and more room.
    if (isSystemFailure(error)) throw error
    if (error instanceof SyncedBlockDamaged) throw new StoreError('damaged', error.message)
    problem = 'is damaged'
  }
  report(`the state ${problem}: it is thrown away and made again from the segments`)
  await map?.close()
  await options.files.remove(path)
  return readState(await open(), base)
}

/** Reads the state; an empty one begins with the snapshot, if there is one. */
async function readState(map: KeyValueStore, base: Base | null): Promise<OpenedState> {
  if (base !== null && map.get(tipKey) === null) await writeBaseState(map, base)
  const tip = new LedgerState(map, () => undefined).storedTip()
  const recent = await loadSeen(map, tip?.tip.timeMs ?? 0)
  return { map, tip, lanes: map.get(lanesKey) ?? new Uint8Array(0), ...recent }
}

/**
 * Whether the newest blocks that the state knows follow one another. LevelDB leaves out a damaged record of its write-ahead log
 * and goes on behind it: a batch would be missing in the middle.
 */
async function isChain(map: KeyValueStore, { tip }: StateTip, base: Base | null): Promise<boolean> {
  if (base !== null && tip.height === base.tip.height) return true
  const range = { from: keys.block(0), to: keys.block(tip.height + 1), reverse: true, limit: checkedPlacesMax }
  let expected = tip.size
  for await (const [key, value] of map.range(range)) {
    const place = decodeBlockPlace(numberOf(key, 2), value)
    if (place.sizeAfter !== expected) return false
    expected = place.firstIndex
  }
  return expected < tip.size
}

/** Whether an operation of the system failed, other than for want of the file. */
function isSystemFailure(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : null
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) && code !== 'ENOENT'
}

/** A block that was synced, since the state knows it, cannot be read. */
class SyncedBlockDamaged extends Error {}

async function standsAt(
  segments: SegmentStore,
  { tip, root, position }: StateTip,
  base: Base | null,
): Promise<boolean> {
  if (base !== null && tip.height === base.tip.height) return equal(root, base.root)
  if (!segments.holds(position)) {
    if (segments.tail.tornBytes === 0) return false
    throw new SyncedBlockDamaged(`block ${tip.height} was durable, and its segment is damaged: restore it from a copy`)
  }
  const block = decodeBlock(await segments.read(position))
  return block.height === tip.height && block.treeSizeAfter === tip.size && equal(block.rootAfter, root)
}

/** Never cut a segment whose root was signed. */
function checkSigned(size: number, signer: SignerStore): void {
  const signed = signer.log()?.size ?? 0
  if (signed > size) {
    throw new StoreError(
      'truth-lost',
      `${signed} entries were signed, and the segments hold only ${size}: restore the missing segments from a copy`,
    )
  }
}

function checkNetwork({ genesis, folder }: OpenStoreOptions, stored: StateTip | null): void {
  if (stored === null || equal(stored.tip.networkId, genesis.tip.networkId)) return
  throw new StoreError('damaged', `${folder} belongs to the network ${toHex(stored.tip.networkId)}`)
}

async function assemble(
  options: OpenStoreOptions,
  parts: {
    segments: SegmentStore
    state: LedgerState
    signer: SignerStore
    tiles: OpenedTiles
    stored: StateTip | null
    opened: OpenedState
    base: Base | null
  },
): Promise<BlockStore> {
  const { folder, openKeyValue, genesis } = options
  const { stored, tiles, opened, base } = parts
  const index = await openIndex(options, sizeOf(parts.segments, base))
  const place = { ...options, folder: `${folder}/${folders.notes}` }
  const notes = await openNotes(await openKeyValue(place.folder), place)
  const empty: LedgerTip = { ...genesis.tip, height: -1, timeMs: 0, size: 0, previousBlockIndex: null }
  const position = { tip: stored?.tip ?? empty, lanes: opened.lanes }
  return new BlockStore(
    { ...parts, ...tiles, index, notes, seen: opened.seen, seenBlocks: opened.seenBlocks },
    position,
    options.onFailure ?? ((): void => undefined),
  )
}

/** Opens the index, or an empty one when it is damaged or knows entries that the segments do not have. */
async function openIndex({ openKeyValue, folder, files }: OpenStoreOptions, size: number): Promise<DigestIndex> {
  const path = `${folder}/${folders.index}`
  let map: KeyValueStore | null = null
  try {
    map = await openKeyValue(path)
    const index = new DigestIndex(map)
    if (index.size <= size) return index
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'damaged') throw error
  }
  await map?.close()
  await files.remove(path)
  return new DigestIndex(await openKeyValue(path))
}

/** Entries of the log up to the last whole block of the segments, or of the snapshot that they follow. */
function sizeOf(segments: SegmentStore, base: Base | null): number {
  return segments.last === null ? (base?.tip.size ?? 0) : decodeBlock(segments.last.payload).treeSizeAfter
}

async function loadSeen(map: KeyValueStore, timeMs: number): Promise<{ seen: SeenWindow; seenBlocks: SeenBlocks }> {
  const [seen, seenBlocks] = [new SeenWindow(), new SeenBlocks()]
  for await (const [key, value] of map.range({ from: keys.seen(0, 0), to: keys.seen(uintKeyMax, 0) })) {
    const [blockTimeMs, height] = [numberOf(key, 2), numberOf(key, 2 + uintKeyBytes)]
    seenBlocks.add(blockTimeMs, height)
    if (blockTimeMs >= timeMs - seenWindowMs) seen.add(blockTimeMs, splitHashes(value))
  }
  return { seen, seenBlocks }
}

/** Executes the blocks that the state does not have, writes the genesis into a fresh folder, and fills the index. */
async function catchUp(
  options: OpenStoreOptions,
  store: BlockStore,
  { segments, stored, base }: { segments: SegmentStore; stored: StateTip | null; base: Base | null },
): Promise<void> {
  await replayFrom(options, store, segments, stored)
  if (segments.last === null && base === null) {
    const { genesis } = options
    await store.commit({
      height: genesis.tip.height,
      timeMs: genesis.tip.timeMs,
      transactions: [],
      outcome: genesis,
      extension: store.extend(genesis.entries),
      idempotency: [],
    })
  }
  await store.fillIndex()
}

async function replayFrom(
  options: OpenStoreOptions,
  store: BlockStore,
  segments: SegmentStore,
  stored: StateTip | null,
): Promise<void> {
  let count = 0
  const from = stored === null || isNowhere(stored.position) ? null : stored.position
  for await (const { position, payload } of segments.scan(from)) {
    const block = decodeBlock(payload)
    if (block.height <= store.tip.height) continue
    const { view, seen, tip, lanes } = store
    const outcome = tip.height < 0 ? options.genesis : options.replay({ block, view, seen, tip, lanes })
    const extension = store.extend(outcome.entries)
    if (!equal(extension.root, block.rootAfter) || extension.size !== block.treeSizeAfter) {
      throw new StoreError('damaged', `block ${block.height} executed again gives another root than it is stored with`)
    }
    const transactions = block.transactions.map(({ bytes }) => bytes)
    const finalized = { ...block, transactions, outcome, extension }
    store.applyBlock(finalized, block, position)
    store.replayed(finalized)
    count += 1
    if (count % replayFlushBlocks === 0) await store.flushState()
  }
  if (count > 0) options.report?.(`${count} blocks replayed into the state`)
}
