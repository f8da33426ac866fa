/**
 * The growing end of the tiles, in memory: one partial tile a level and the partial bundle. Full ones leave it.
 * @module
 */
import { assert } from '@jurat/core/assert'
import type { Bytes } from '@jurat/core/bytes'
import { encodeBundle } from '@jurat/core/merkle/bundle'
import { hashBytes } from '@jurat/core/merkle/hash'
import { entriesPath, hashesAtTileLevel, tileBytes, tilePath, tileWidth } from '@jurat/core/merkle/tile'

/** A tile or bundle that has become full. */
export interface FullTile {
  /** C2SP path below `log/`. */
  readonly path: string
  readonly data: Bytes
  /** Size of the tree that first has it. */
  readonly completeAt: number
}

interface PartialTile {
  index: number
  width: number
  data: Bytes
}

/** The right end of the tile tree of some size. */
export class TileEdge {
  readonly #levels: PartialTile[] = []
  #entries: Bytes[] = []
  #size = 0

  /** Number of leaves. */
  get size(): number {
    return this.#size
  }

  /**
   * An edge at any size.
   * @param hashes - for each tile level the hashes of its partial tile; level 0 may be left out at the end of a bundle
   * @param entries - those of the partial bundle
   */
  static at(size: number, hashes: readonly (readonly Bytes[])[], entries: readonly Bytes[] = []): TileEdge {
    assert(entries.length === size % tileWidth, 'the partial bundle is as wide as the tree says')
    const edge = new TileEdge()
    edge.#size = size
    edge.#entries = [...entries]
    for (let level = 0; level === 0 || hashesAtTileLevel(size, level) > 0; level++) {
      const count = hashesAtTileLevel(size, level)
      const tile: PartialTile = { index: Math.floor(count / tileWidth), width: 0, data: new Uint8Array(tileBytes) }
      edge.#levels[level] = tile
      for (const hash of hashes[level] ?? []) tile.data.set(hash, tile.width++ * hashBytes)
      assert(tile.width === count % tileWidth, 'a partial tile is as wide as the tree says')
    }
    return edge
  }

  /**
   * Appends entries and the hashes that they completed, level by level; gives what has become full, in the order of
   * `completeAt`.
   */
  append(entries: readonly Bytes[], hashes: readonly (readonly Bytes[])[]): FullTile[] {
    const full = this.#appendEntries(entries)
    for (const [level, list] of hashes.entries()) full.push(...this.#appendHashes(level, list))
    this.#size += entries.length
    return full.length > 1 ? full.toSorted((a, b) => a.completeAt - b.completeAt) : full
  }

  /** The beginning of the partial tile, as far as it is filled, or null when the tile of that index is not here. */
  tile(level: number, index: number): Bytes | null {
    const tile = this.#levels[level]
    if (tile === undefined || tile.index !== index) return null
    return tile.data.subarray(0, tile.width * hashBytes)
  }

  /** Entries of the partial bundle, when it is the bundle of that index. */
  bundle(index: number): readonly Bytes[] | null {
    return Math.floor(this.#size / tileWidth) === index ? this.#entries : null
  }

  #appendEntries(entries: readonly Bytes[]): FullTile[] {
    const full: FullTile[] = []
    let index = Math.floor(this.#size / tileWidth)
    for (const entry of entries) {
      this.#entries.push(entry)
      if (this.#entries.length < tileWidth) continue
      full.push({ path: entriesPath(index), data: encodeBundle(this.#entries), completeAt: (index + 1) * tileWidth })
      this.#entries = []
      index += 1
    }
    // The entries are views into buffers of whole blocks: what stays is copied, so that those can go.
    const kept = Math.min(this.#entries.length, entries.length)
    for (let i = this.#entries.length - kept; i < this.#entries.length; i++) {
      const entry = this.#entries[i]
      if (entry !== undefined) this.#entries[i] = entry.slice()
    }
    return full
  }

  #appendHashes(level: number, hashes: readonly Bytes[]): FullTile[] {
    const full: FullTile[] = []
    const tile = (this.#levels[level] ??= { index: 0, width: 0, data: new Uint8Array(tileBytes) })
    for (const hash of hashes) {
      tile.data.set(hash, tile.width++ * hashBytes)
      if (tile.width < tileWidth) continue
      const completeAt = (tile.index + 1) * tileWidth ** (level + 1)
      full.push({ path: tilePath(level, tile.index), data: tile.data, completeAt })
      tile.index += 1
      tile.width = 0
      tile.data = new Uint8Array(tileBytes)
    }
    return full
  }
}
