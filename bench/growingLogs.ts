/**
 * Logs of others that grow, for benchmarks of a witness: each with its own name and key, and every request for a
 * cosignature made beforehand, so that the client costs little while it measures.
 * @module
 */
import { assert } from '@jurat/core/assert'
import { type Bytes, concat, fromText } from '@jurat/core/bytes'
import { consistencyProof } from '@jurat/core/merkle/proof'
import { hashLeaf } from '@jurat/core/merkle/hash'
import { Frontier } from '@jurat/core/merkle/tree'
import { formatAddCheckpoint } from '@jurat/core/note/addCheckpoint'
import { formatCheckpoint } from '@jurat/core/note/checkpoint'
import { signerOf } from '@jurat/core/note/cosignature'
import { formatNote } from '@jurat/core/note/note'
import { formatVkey } from '@jurat/core/note/vkey'
import { nodeCrypto } from '@jurat/node/crypto/nodeCrypto'

/** A log, and what it asks of its witness, in order. */
export interface GrowingLog {
  readonly origin: string
  readonly vkey: string
  /** Bodies of `add-checkpoint`: the tree grows by one entry from each to the next. */
  readonly bodies: readonly Bytes[]
}

/** Makes `count` logs with `checkpoints` requests each. The same numbers give the same bytes. */
export function growingLogs(count: number, checkpoints: number): GrowingLog[] {
  return Array.from({ length: count }, (_, number) => growingLog(`bench.example/${number}`, checkpoints))
}

function growingLog(origin: string, checkpoints: number): GrowingLog {
  // Algorithm byte 1: Ed25519.
  const signer = signerOf(nodeCrypto, origin, concat(Uint8Array.of(1), nodeCrypto.sha256(fromText(origin))))
  const hashes = new Map<string, Bytes>()
  const frontier = Frontier.empty(nodeCrypto)
  const read = (level: number, index: number): Bytes => {
    const hash = hashes.get(`${level}/${index}`)
    assert(hash !== undefined, 'a proof consists of hashes that were there')
    return hash
  }
  const bodies: Bytes[] = []
  for (let size = 1; size <= checkpoints; size++) {
    const leaf = hashLeaf(nodeCrypto, fromText(`${origin} ${size}`))
    frontier.append(leaf, (level, index, hash) => hashes.set(`${level}/${index}`, hash))
    const body = formatCheckpoint({ origin, size, root: frontier.root() })
    const proof = consistencyProof(nodeCrypto, read, size - 1, size)
    bodies.push(formatAddCheckpoint(size - 1, proof, formatNote(body, [signer.sign(body)])))
  }
  return { origin, vkey: formatVkey(signer.vkey), bodies }
}
