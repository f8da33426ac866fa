/**
 * Reads a log through its tiles (C2SP tlog-tiles): checkpoint, entries and proofs. Nothing that a node says here is
 * believed: an entry and its proof are checked against the checkpoint before they are handed on.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { decodeBundle } from '@jurat/core/merkle/bundle'
import { ProofError } from '@jurat/core/merkle/error'
import { hashBytes, hashLeaf } from '@jurat/core/merkle/hash'
import { inclusionProof, verifyInclusion } from '@jurat/core/merkle/proof'
import { entriesPath, hashFromTiles, hashesAtTileLevel, tilePath, tileWidth } from '@jurat/core/merkle/tile'
import type { Client } from './client.ts'
import { SdkError } from './errors.ts'

/** An entry that was proven to stand in the tree of a checkpoint. */
export interface ProvenEntry {
  readonly index: number
  readonly entry: Bytes
  readonly path: readonly Bytes[]
}

/** The tree of a checkpoint. */
export interface TreeHead {
  readonly size: number
  readonly root: Bytes
}

/** The newest checkpoint as it is served: the bytes of a signed note. */
export async function fetchCheckpoint(client: Client): Promise<Bytes> {
  return (await client.call('getCheckpoint', {})).value
}

/**
 * Fetches an entry with its proof in the tree of `head`.
 * @throws {SdkError} `index-beyond`; `answer-malformed` when the tiles do not lead to the root.
 */
export async function fetchProvenEntry(
  client: Client,
  crypto: CryptoProvider,
  head: TreeHead,
  index: number,
): Promise<ProvenEntry> {
  if (!Number.isSafeInteger(index) || index < 0 || index >= head.size) {
    throw new SdkError('index-beyond', `The checkpoint covers the entries 0 to ${String(head.size - 1)}.`)
  }
  const entry = await fetchEntry(client, head, index)
  const path = await fetchPath(client, crypto, head, index)
  try {
    verifyInclusion(crypto, { leafHash: hashLeaf(crypto, entry), index, size: head.size, path, root: head.root })
  } catch (cause) {
    throw new SdkError('answer-malformed', 'The tiles of this node do not lead to its checkpoint.', { cause })
  }
  return { index, entry, path }
}

async function fetchEntry(client: Client, head: TreeHead, index: number): Promise<Bytes> {
  const bundleIndex = Math.floor(index / tileWidth)
  const width = Math.min(tileWidth, head.size - bundleIndex * tileWidth)
  const bundle = await fetchTile(client, entriesPath(bundleIndex, width))
  const entry = decodeBundle(bundle, width)[index % tileWidth]
  if (entry === undefined) throw new SdkError('answer-malformed', 'The entry bundle is too short.')
  return entry
}

/** Builds the path again and again, fetching the tile that was missing, until none is. */
async function fetchPath(client: Client, crypto: CryptoProvider, head: TreeHead, index: number): Promise<Bytes[]> {
  const tiles = new Map<string, Bytes>()
  for (;;) {
    const missing: { level: number; index: number }[] = []
    const read = hashFromTiles(crypto, (level, tileIndex) => {
      const tile = tiles.get(`${String(level)}/${String(tileIndex)}`)
      if (tile === undefined) missing.push({ level, index: tileIndex })
      return tile ?? null
    })
    try {
      return inclusionProof(crypto, read, index, head.size)
    } catch (error) {
      const wanted = missing[0]
      if (!(error instanceof ProofError) || wanted === undefined) throw error
      tiles.set(`${String(wanted.level)}/${String(wanted.index)}`, await fetchHashes(client, head, wanted))
    }
  }
}

async function fetchHashes(client: Client, head: TreeHead, tile: { level: number; index: number }): Promise<Bytes> {
  const width = Math.min(tileWidth, hashesAtTileLevel(head.size, tile.level) - tile.index * tileWidth)
  const bytes = await fetchTile(client, tilePath(tile.level, tile.index, width))
  if (bytes.length !== width * hashBytes) throw new SdkError('answer-malformed', 'A tile has the wrong length.')
  return bytes
}

const fetchTile = async (client: Client, path: string): Promise<Bytes> =>
  (await client.call('getTile', { params: { path: path.slice('tile/'.length) } })).value
