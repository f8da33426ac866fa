/**
 * Tiles of a Merkle tree and their paths: C2SP tlog-tiles (256 hashes wide). A tile at level L holds the roots of
 * complete subtrees of 256^L leaves. Rules: docs/spec/tree.md.
 * @module
 */
import { assert } from '../assert.ts'
import type { Bytes } from '../bytes.ts'
import { ProofError } from './error.ts'
import { hashBytes, hashChildren } from './hash.ts'
import type { Sha256 } from './hash.ts'
import { isTreeSize, treeSizeMax } from './tree.ts'
import type { HashReader } from './tree.ts'

/** Hashes in a full tile, and entries in a full bundle. */
export const tileWidth = 256

/** Levels of the tree in one tile: 2^8 = 256. */
export const tileHeight = 8

/** Length of a full tile, in bytes. */
export const tileBytes: number = tileWidth * hashBytes

/** Highest tile level that a path may name (C2SP tlog-tiles). */
export const tileLevelMax = 63

/** Longest path of a tile or bundle, in characters: six groups of digits for the index, and the partial suffix. */
export const tilePathCharactersMax = 64

/** Names a tile. `width` is the number of its hashes, 1 to 256; below 256 it is partial. */
export interface Tile {
  readonly level: number
  readonly index: number
  readonly width: number
}

/** What a path names: a tile of hashes, or a bundle of entries (then `level` is 0). */
export interface TilePath extends Tile {
  readonly kind: 'tile' | 'entries'
}

/** Path of a tile below the log's prefix, e.g. `tile/0/x001/x234/067.p/112`. */
export function tilePath(level: number, index: number, width: number = tileWidth): string {
  assert(Number.isInteger(level) && level >= 0 && level <= tileLevelMax, 'a tile level is 0 to 63')
  return `tile/${level}/${indexPath(index, width)}`
}

/** Path of an entry bundle below the log's prefix, e.g. `tile/entries/000`. */
export function entriesPath(index: number, width: number = tileWidth): string {
  return `tile/entries/${indexPath(index, width)}`
}

const pathPattern = /^tile\/(entries|0|[1-9][0-9]?)\/((?:x[0-9]{3}\/)*[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/

/** Reads a path, strictly: one path for each tile. @throws {ProofError} `tile-path`. */
export function parseTilePath(path: string): TilePath {
  const match = path.length <= tilePathCharactersMax ? pathPattern.exec(path) : null
  const [, folder = '', digits = '', partial] = match ?? []
  const kind = folder === 'entries' ? 'entries' : 'tile'
  const level = kind === 'entries' ? 0 : Number(folder)
  const index = Number(digits.replaceAll(/[x/]/g, ''))
  const width = partial === undefined ? tileWidth : Number(partial)
  const inRange = match !== null && level <= tileLevelMax && index <= treeSizeMax
  const partialInRange = partial === undefined || width < tileWidth
  // Writing it again shows leading groups of zeros, which would be a second path for the same tile.
  if (!inRange || !partialInRange || indexPath(index, width) !== path.slice(path.indexOf('/', 5) + 1)) {
    throw new ProofError('tile-path', 'this is not the path of a tile or an entry bundle')
  }
  return { kind, level, index, width }
}

/** Number of hashes at a tile level of a tree: floor(size / 256^level). */
export function hashesAtTileLevel(size: number, level: number): number {
  return Math.floor(size / tileWidth ** level)
}

/**
 * The tiles that are new, or wider than before, when a tree grows from `oldSize` to `newSize`: level by level upwards,
 * partial ones included. The tiles of level 0 are those of the entry bundles too.
 */
export function tilesForGrowth(oldSize: number, newSize: number): Tile[] {
  assert(isTreeSize(oldSize) && isTreeSize(newSize) && oldSize <= newSize, 'a tree only grows')
  const tiles: Tile[] = []
  for (let level = 0; hashesAtTileLevel(newSize, level) > 0; level++) {
    const before = hashesAtTileLevel(oldSize, level)
    const after = hashesAtTileLevel(newSize, level)
    if (before === after) continue
    for (let index = Math.floor(before / tileWidth); index * tileWidth < after; index++) {
      tiles.push({ level, index, width: Math.min(tileWidth, after - index * tileWidth) })
    }
  }
  return tiles
}

/**
 * A reader of single hashes over tiles. `readTile` gives the bytes of a tile, as many as there are (a partial tile is
 * the beginning of the full one), or null. Levels between those of tiles are hashed from the tile.
 */
export function hashFromTiles(crypto: Sha256, readTile: (level: number, index: number) => Bytes | null): HashReader {
  return (level, index) => {
    const count = 2 ** (level % tileHeight)
    const first = index * count
    const tile = readTile(Math.floor(level / tileHeight), Math.floor(first / tileWidth))
    const start = (first % tileWidth) * hashBytes
    if (tile === null || tile.length < start + count * hashBytes) {
      throw new ProofError('hash-missing', `the tile with hash ${index} of level ${level} cannot be read`)
    }
    return tileRoot(crypto, tile.subarray(start, start + count * hashBytes))
  }
}

/** Root of the hashes in a whole tile, or in a part of it whose number is a power of two. 32 bytes. */
export function tileRoot(crypto: Sha256, hashes: Bytes): Bytes {
  const count = hashes.length / hashBytes
  assert(Number.isInteger(count) && count > 0 && (count & (count - 1)) === 0, 'a subtree is complete')
  if (count === 1) return hashes.slice()
  const middle = hashes.length / 2
  return hashChildren(crypto, tileRoot(crypto, hashes.subarray(0, middle)), tileRoot(crypto, hashes.subarray(middle)))
}

function indexPath(index: number, width: number): string {
  assert(isTreeSize(index), 'a tile index is a whole number')
  assert(Number.isInteger(width) && width >= 1 && width <= tileWidth, 'a tile is 1 to 256 wide')
  const groups = [threeDigits(index % 1000)]
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    groups.unshift(`x${threeDigits(rest % 1000)}`)
  }
  return groups.join('/') + (width === tileWidth ? '' : `.p/${width}`)
}

function threeDigits(group: number): string {
  return String(group).padStart(3, '0')
}
