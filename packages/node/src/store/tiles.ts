/**
 * The tiles and entry bundles of the log: full ones are files in the C2SP tlog-tiles layout, partial ones are in memory.
 * Everything read from a file is checked against the tile above it, up to the edge in memory, which the
 * root of the last block confirmed; what is damaged is made again from the blocks. docs/spec/tiles-store.md.
 * @module
 */
import { equal, type Bytes } from '@jurat/core/bytes'
import { decodeBundle, encodeBundle } from '@jurat/core/merkle/bundle'
import { hashBytes, hashLeaf, type Sha256 } from '@jurat/core/merkle/hash'
import {
  entriesPath,
  hashFromTiles,
  parseTilePath,
  tileBytes,
  tilePath,
  tileRoot,
  tileWidth,
} from '@jurat/core/merkle/tile'
import { hashesAtTileLevel } from '@jurat/core/merkle/tile'
import type { HashReader } from '@jurat/core/merkle/tree'
import type { Files } from '../platform/files.ts'
import { ByteCache } from './byteCache.ts'
import { StoreError } from './errors.ts'
import type { Extension } from './tree.ts'
import { TileEdge, type FullTile } from './tileEdge.ts'
import type { TileWriter } from './tileWriter.ts'

/** Memory for tiles and bundles that were read from files. */
const cacheBytesMax = 32 * 1024 * 1024

/** Says which tile must be loaded before a computation can go on. */
class TileMissing extends Error {
  readonly level: number
  readonly index: number

  constructor(level: number, index: number) {
    super(`tile ${level}/${index} is not in memory`)
    this.level = level
    this.index = index
  }
}

/**
 * Gets the bytes of a path from whoever has them, or null when nobody gives bytes that fit. Nobody is believed: `fits` compares them
 * with the tree.
 */
export type HistorySource = (path: string, fits: (data: Bytes) => boolean) => Promise<Bytes | null>

/** What a tile store stands on. */
export interface TileStoreOptions {
  readonly crypto: Sha256
  readonly files: Files
  /** The log folder, absolute. */
  readonly folder: string
  readonly writer: TileWriter
  readonly edge: TileEdge
  /** The entries of a bundle, made from the blocks: for what is damaged. */
  readonly remake: (bundleIndex: number) => Promise<readonly Bytes[]>
  /** Entries of the snapshot before the first block: what is full below it can be made from nothing here. */
  readonly baseSize: number
  /** Gets a full tile or bundle below the snapshot from elsewhere. */
  readonly fetch: HistorySource
  readonly report: (message: string) => void
}

/** Reads and grows the tiles of one log. */
export class TileStore {
  readonly #options: TileStoreOptions
  readonly #cache = new ByteCache(cacheBytesMax)
  /** Files that are being read, or got from others, by path. */
  readonly #loading = new Map<string, Promise<Bytes>>()
  /** Full tiles that do not stand in files yet, by path. */
  readonly #pending = new Map<string, Bytes>()
  readonly #unreleased: FullTile[] = []

  constructor(options: TileStoreOptions) {
    this.#options = options
    options.writer.onWritten = (tiles) => {
      for (const { path, data } of tiles) {
        this.#pending.delete(path)
        this.#cache.set(path, data)
      }
    }
  }

  /** Takes over what an extension added. Nothing is written before `release`. */
  apply(extension: Extension): void {
    const { syncedSize } = this.#options.writer
    for (const tile of this.#options.edge.append(extension.entries, extension.hashes)) {
      if (tile.completeAt <= syncedSize) continue
      this.#pending.set(tile.path, tile.data)
      this.#unreleased.push(tile)
    }
  }

  /** Lets the tiles of the durable tree be written. */
  release(size: number): void {
    const count = this.#unreleased.findIndex(({ completeAt }) => completeAt > size)
    const ready = this.#unreleased.splice(0, count === -1 ? this.#unreleased.length : count)
    if (ready.length > 0) this.#options.writer.enqueue(ready)
  }

  /** Runs a pure function over the hashes, loading tiles until it has all that it asks for. */
  async withHashes<T>(compute: (read: HashReader) => T): Promise<T> {
    for (;;) {
      try {
        return compute(hashFromTiles(this.#options.crypto, (level, index) => this.#atHand(level, index)))
      } catch (missing) {
        if (!(missing instanceof TileMissing)) throw missing
        await this.#fullTile(missing.level, missing.index)
      }
    }
  }

  /** The bytes that a path names in the tree of `size` leaves, or null. */
  async read(path: string, size: number): Promise<Bytes | null> {
    const { kind, level, index, width } = parseTilePath(path)
    if (index * tileWidth + width > hashesAtTileLevel(size, level)) return null
    if (kind === 'tile') return (await this.#tile(level, index)).subarray(0, width * hashBytes)
    const partial = this.#options.edge.bundle(index)
    if (partial !== null) return encodeBundle(partial.slice(0, width))
    const bundle = await this.#fullBundle(index)
    return width === tileWidth ? bundle : encodeBundle(decodeBundle(bundle, tileWidth).slice(0, width))
  }

  /** Leaf bytes of an entry of the tree. */
  async entry(index: number): Promise<Bytes> {
    const entry = (await this.bundle(Math.floor(index / tileWidth)))[index % tileWidth]
    if (entry === undefined) throw new StoreError('damaged', `the log has no entry ${index}`)
    return entry
  }

  /** Leaf bytes of the entries of a bundle, as many as there are. */
  async bundle(index: number): Promise<readonly Bytes[]> {
    return this.#options.edge.bundle(index) ?? decodeBundle(await this.#fullBundle(index), tileWidth)
  }

  /** A tile that is in memory; @throws {TileMissing} when a file must be read. */
  #atHand(level: number, index: number): Bytes {
    const partial = this.#options.edge.tile(level, index)
    if (partial !== null) return partial
    const path = tilePath(level, index)
    const found = this.#pending.get(path) ?? this.#cache.get(path)
    if (found === undefined) throw new TileMissing(level, index)
    return found
  }

  async #tile(level: number, index: number): Promise<Bytes> {
    return this.#options.edge.tile(level, index) ?? (await this.#fullTile(level, index))
  }

  async #fullTile(level: number, index: number): Promise<Bytes> {
    const path = tilePath(level, index)
    const found = this.#pending.get(path) ?? this.#cache.get(path)
    if (found !== undefined) return found
    const above = await this.#tile(level + 1, Math.floor(index / tileWidth))
    const place = (index % tileWidth) * hashBytes
    const expected = above.subarray(place, place + hashBytes)
    const fits = (tile: Bytes): boolean =>
      tile.length === tileBytes && equal(tileRoot(this.#options.crypto, tile), expected)
    const isBelow = (index + 1) * tileWidth ** (level + 1) <= this.#options.baseSize
    return this.#load(path, fits, isBelow ? null : () => this.#remakeTile(level, index))
  }

  async #fullBundle(index: number): Promise<Bytes> {
    const path = entriesPath(index)
    const found = this.#pending.get(path) ?? this.#cache.get(path)
    if (found !== undefined) return found
    const tile = await this.#fullTile(0, index)
    const fits = (bundle: Bytes): boolean => equal(this.#leafHashes(bundle), tile)
    const isBelow = (index + 1) * tileWidth <= this.#options.baseSize
    return this.#load(path, fits, isBelow ? null : async () => encodeBundle(await this.#options.remake(index)))
  }

  /**
   * Once at a time for each file: whoever reads it meanwhile gets the same, and nobody writes it twice.
   * @param remake - makes it from the blocks; null below the snapshot, where there are none
   */
  #load(path: string, fits: (data: Bytes) => boolean, remake: (() => Promise<Bytes>) | null): Promise<Bytes> {
    const known = this.#loading.get(path)
    if (known !== undefined) return known
    const loading = this.#loadFile(path, fits, remake).finally(() => this.#loading.delete(path))
    this.#loading.set(path, loading)
    return loading
  }

  async #loadFile(path: string, fits: (data: Bytes) => boolean, remake: (() => Promise<Bytes>) | null): Promise<Bytes> {
    const { files, folder, report, fetch } = this.#options
    let data = await files.readFile(`${folder}/${path}`)
    if ((data === null || !fits(data)) && remake === null) {
      data = await fetch(path, fits)
      if (data === null) throw new StoreError('not-here', `${path} is not here yet, and no other member gives it`)
      await files.makeFolder(`${folder}/${path.slice(0, path.lastIndexOf('/'))}`)
      await files.replaceFile(`${folder}/${path}`, data)
    } else if (data === null || !fits(data)) {
      report(`${path} is ${data === null ? 'missing' : 'damaged'}: made again from the blocks`)
      data = (await remake?.()) ?? new Uint8Array(0)
      if (!fits(data)) throw new StoreError('damaged', `${path} is damaged, and the blocks do not give it back`)
      await files.replaceFile(`${folder}/${path}`, data)
    }
    this.#cache.set(path, data)
    return data
  }

  async #remakeTile(level: number, index: number): Promise<Bytes> {
    if (level === 0) return this.#leafHashes(encodeBundle(await this.#options.remake(index)))
    const tile = new Uint8Array(tileBytes)
    for (let i = 0; i < tileWidth; i++) {
      // The child cannot be checked against this tile, which is being made; this tile is checked as a whole afterwards.
      const path = tilePath(level - 1, index * tileWidth + i)
      const file = this.#pending.get(path) ?? (await this.#options.files.readFile(`${this.#options.folder}/${path}`))
      const intact = file !== null && file.length === tileBytes
      const child = intact ? file : await this.#remakeTile(level - 1, index * tileWidth + i)
      tile.set(tileRoot(this.#options.crypto, child), i * hashBytes)
    }
    return tile
  }

  /** The tile of level 0 that belongs to a bundle; no bytes when it is none. */
  #leafHashes(bundle: Bytes): Bytes {
    const tile = new Uint8Array(tileBytes)
    try {
      for (const [i, entry] of decodeBundle(bundle, tileWidth).entries()) {
        tile.set(hashLeaf(this.#options.crypto, entry), i * hashBytes)
      }
      return tile
    } catch {
      return new Uint8Array(0)
    }
  }
}
