/**
 * A snapshot as CometBFT carries it between members: in chunks, whose hashes are its metadata. docs/spec/snapshot.md, Chunks.
 * @module
 */
import { concat, equal, type Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { snapshotBytesMax } from '@jurat/core/ledger/snapshot/format'
import type { Snapshot } from '../abci/generated/tendermint/abci/types.ts'

/** The one format that there is. */
export const snapshotFormat = 1

/** Length of every chunk but the last, in bytes; CometBFT sends no message of 16 MB. */
export const chunkBytes = 1_048_576

/** Most chunks of a snapshot. */
export const chunksMax: number = snapshotBytesMax / chunkBytes

const hashBytes = 32

/** What members tell one another of a snapshot. */
export function describeSnapshot(crypto: Pick<CryptoProvider, 'sha256'>, height: number, bytes: Bytes): Snapshot {
  const chunks = Math.ceil(bytes.length / chunkBytes)
  const hashes = Array.from({ length: chunks }, (_, at) => crypto.sha256(chunkOf(bytes, at)))
  const metadata = concat(...hashes)
  return { height: BigInt(height), format: snapshotFormat, chunks, hash: crypto.sha256(bytes), metadata }
}

function chunkOf(bytes: Bytes, index: number): Bytes {
  return bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes)
}

/** Whether a snapshot that others describe can be taken: what it says of itself fits, and its length is bounded. */
export function isTakeable({ height, chunks, hash, metadata }: Snapshot): boolean {
  const heightFits = height > 0n && height <= BigInt(Number.MAX_SAFE_INTEGER)
  const countFits = chunks >= 1 && chunks <= chunksMax
  return heightFits && countFits && metadata.length === chunks * hashBytes && hash.length === hashBytes
}

/** Gathers the chunks of one snapshot. */
export class ChunkCollector {
  readonly #crypto: Pick<CryptoProvider, 'sha256'>
  readonly #described: Snapshot
  readonly #chunks = new Map<number, Bytes>()

  constructor(crypto: Pick<CryptoProvider, 'sha256'>, described: Snapshot) {
    this.#crypto = crypto
    this.#described = described
  }

  /** Takes a chunk. @returns whether it is the described one */
  add(index: number, chunk: Bytes): boolean {
    const { chunks, metadata } = this.#described
    if (index >= chunks || chunk.length > chunkBytes) return false
    const expected = metadata.subarray(index * hashBytes, (index + 1) * hashBytes)
    if (!equal(this.#crypto.sha256(chunk), expected)) return false
    this.#chunks.set(index, chunk.slice())
    return true
  }

  /** The whole snapshot; null while chunks are missing. */
  whole(): Bytes | null {
    const { chunks } = this.#described
    if (this.#chunks.size < chunks) return null
    return concat(...Array.from({ length: chunks }, (_, at) => this.#chunks.get(at) ?? new Uint8Array(0)))
  }
}
