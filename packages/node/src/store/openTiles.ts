/**
 * Brings the tiles up to the state at start: the edge from the files below the marker, the rest from the blocks.
 * @module
 */
import { equal, type Bytes } from '@jurat/core/bytes'
import type { Sha256 } from '@jurat/core/merkle/hash'
import { tileWidth } from '@jurat/core/merkle/tile'
import { Frontier } from '@jurat/core/merkle/tree'
import type { Clock } from '../platform/clock.ts'
import type { Files } from '../platform/files.ts'
import { BlockReader } from './blockReader.ts'
import { StoreError } from './errors.ts'
import type { SegmentStore } from './segments.ts'
import type { LedgerState } from './state.ts'
import type { StateTip } from './stateFormat.ts'
import { TileEdge } from './tileEdge.ts'
import { restoreEdge, type RestoredEdge } from './tileRestore.ts'
import { type HistorySource, TileStore } from './tiles.ts'
import { readMarker, TileWriter, writeMarker } from './tileWriter.ts'
import { AppliedTree } from './tree.ts'

/** What the tiles are opened with. */
export interface OpenTilesOptions {
  readonly files: Files
  readonly logFolder: string
  readonly clock: Clock
  readonly crypto: Sha256
  readonly report: (message: string) => void
  readonly fail: (error: Error) => void
}

/** Where damaged bundles are made from: set when the store stands. */
export interface RemakeSource {
  entries: (index: number) => AsyncIterable<Bytes[]>
  /** Where tiles below a snapshot come from. */
  fetch: HistorySource
}

/** The opened tiles, at the size of the state. */
export interface OpenedTiles {
  readonly tree: AppliedTree
  readonly tiles: TileStore
  readonly tileWriter: TileWriter
  readonly remakeFrom: RemakeSource
}

/** @throws {StoreError} `damaged` when the blocks do not give the root that the state has */
export async function openTiles(
  options: OpenTilesOptions,
  segments: SegmentStore,
  state: LedgerState,
  { stored, segmentSize, base }: { stored: StateTip | null; segmentSize: number; base: RestoredEdge | null },
): Promise<OpenedTiles> {
  const { files, logFolder, crypto, report } = options
  const found = await readMarker(files, logFolder)
  const marker = Math.min(found, segmentSize)
  // The segments lost what the tiles have: files above them belong to entries that do not exist any more.
  if (found > marker) await writeMarker(files, logFolder, marker)
  if (stored === null) return makeTiles(options, emptyEdge(crypto), { marker, baseSize: 0 })
  const { size } = stored.tip
  const durable = { ...stored.tip, root: stored.root }
  const reader = new BlockReader(segments, state, () => durable, base?.frontier.size ?? 0)
  const start = Math.min(marker, size) - (Math.min(marker, size) % tileWidth)
  const { frontier: first } = base ?? emptyEdge(crypto)
  // A tree that began with a snapshot may lack the tiles below it, and has no blocks from which they could be made.
  const restored = start < first.size ? null : await restoreEdge(crypto, files, logFolder, start)
  if (restored !== null) {
    const opened = makeTiles(options, restored, { marker: start, baseSize: first.size })
    await extendTo(opened, reader, size)
    if (equal(opened.tree.root, stored.root)) return opened
  }
  if (base === null) report('the tiles are damaged: all of them are made again from the blocks')
  const made = base === null ? 0 : first.size
  const opened = makeTiles(options, base ?? emptyEdge(crypto), { marker: made, baseSize: made })
  await extendTo(opened, reader, size)
  if (equal(opened.tree.root, stored.root)) return opened
  throw new StoreError(
    'damaged',
    'the blocks do not give the root that they were committed with; restore the segments from a copy',
  )
}

function emptyEdge(crypto: Sha256): RestoredEdge {
  return { edge: TileEdge.at(0, []), frontier: Frontier.empty(crypto) }
}

function makeTiles(
  options: OpenTilesOptions,
  { edge, frontier }: RestoredEdge,
  { marker, baseSize }: { marker: number; baseSize: number },
): OpenedTiles {
  const { crypto, files, logFolder: folder, clock, fail, report } = options
  const tileWriter = new TileWriter({ files, folder, clock, marker, fail })
  const remakeFrom: RemakeSource = { entries: () => noEntries(), fetch: () => Promise.resolve(null) }
  const remake = (bundle: number): Promise<Bytes[]> => collect(remakeFrom.entries(bundle * tileWidth), tileWidth)
  const fetch: HistorySource = (path, fits) => remakeFrom.fetch(path, fits)
  const tiles = new TileStore({ crypto, files, folder, writer: tileWriter, edge, remake, baseSize, fetch, report })
  return { tree: new AppliedTree(crypto, frontier), tiles, tileWriter, remakeFrom }
}

/** Appends the entries of the blocks and writes the tiles that they complete. */
async function extendTo({ tree, tiles, tileWriter }: OpenedTiles, reader: BlockReader, size: number): Promise<void> {
  if (tree.size === size) return
  for await (const entries of reader.entriesFrom(tree.size)) {
    const extension = tree.extend(entries)
    tree.apply(extension)
    tiles.apply(extension)
    tiles.release(tree.size)
    await tileWriter.written(tree.size)
  }
}

async function collect(parts: AsyncIterable<Bytes[]>, count: number): Promise<Bytes[]> {
  const entries: Bytes[] = []
  for await (const part of parts) {
    entries.push(...part)
    if (entries.length >= count) break
  }
  return entries.slice(0, count)
}

async function* noEntries(): AsyncIterableIterator<Bytes[]> {
  // Before the store stands nothing can be made again.
}
