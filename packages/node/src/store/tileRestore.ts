/**
 * The tile edge at start: partial tiles from the full ones below them, up to the last bundle that is surely on the disk.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import type { Sha256 } from '@jurat/core/merkle/hash'
import { hashesAtTileLevel, hashFromTiles, tileBytes, tilePath, tileRoot, tileWidth } from '@jurat/core/merkle/tile'
import { Frontier } from '@jurat/core/merkle/tree'
import type { Files } from '../platform/files.ts'
import { TileEdge } from './tileEdge.ts'

/** A tree at the end of a bundle. */
export interface RestoredEdge {
  readonly edge: TileEdge
  readonly frontier: Frontier
}

/**
 * Reads the edge of the tree of `size` leaves (a multiple of 256, all full tiles on the disk), or null when a tile is
 * missing. What it gives is confirmed only when a root over it is.
 */
export async function restoreEdge(
  crypto: Sha256,
  files: Files,
  folder: string,
  size: number,
): Promise<RestoredEdge | null> {
  const levels: Bytes[][] = [[]]
  for (let level = 1; hashesAtTileLevel(size, level) > 0; level++) {
    const count = hashesAtTileLevel(size, level)
    const hashes: Bytes[] = []
    for (let index = count - (count % tileWidth); index < count; index++) {
      const tile = await files.readFile(`${folder}/${tilePath(level - 1, index)}`)
      if (tile === null || tile.length !== tileBytes) return null
      hashes.push(tileRoot(crypto, tile))
    }
    levels.push(hashes)
  }
  const edge = TileEdge.at(size, levels)
  const read = hashFromTiles(crypto, (level, index) => edge.tile(level, index))
  return { edge, frontier: Frontier.read(crypto, size, read) }
}
