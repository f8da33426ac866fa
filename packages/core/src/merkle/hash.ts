/**
 * Hashes of the Merkle tree: RFC 6962, section 2.1, with SHA-256. Leaves are hashed with the prefix 0x00 and inner
 * nodes with 0x01, so that neither is ever taken for the other. Rules: docs/spec/tree.md.
 * @module
 */
import { assert } from '../assert.ts'
import type { Bytes } from '../bytes.ts'
import type { CryptoProvider } from '../crypto/provider.ts'

/** The one primitive that the tree needs. */
export type Sha256 = Pick<CryptoProvider, 'sha256'>

/** Length of every hash of the tree, in bytes. */
export const hashBytes = 32

/** Leaves up to this length, in bytes, are hashed without allocating: an entry of the ledger is never longer. */
const scratchLeafBytesMax = 4096

const leafPrefix = 0x00
const nodePrefix = 0x01

// Hashing is synchronous and no provider keeps its argument, so one buffer serves all calls: at 150,000 items a second
// a new buffer for each node would be most of the garbage.
const nodeScratch = new Uint8Array(1 + 2 * hashBytes)
const leafScratch = new Uint8Array(1 + scratchLeafBytesMax)

/** Hash of a leaf: SHA-256(0x00 ‖ data). 32 bytes. */
export function hashLeaf(crypto: Sha256, data: Bytes): Bytes {
  const length = data.length + 1
  const message = data.length <= scratchLeafBytesMax ? leafScratch.subarray(0, length) : new Uint8Array(length)
  message[0] = leafPrefix
  message.set(data, 1)
  return crypto.sha256(message)
}

/** Hash of an inner node: SHA-256(0x01 ‖ left ‖ right). 32 bytes; both children must have 32 bytes. */
export function hashChildren(crypto: Sha256, left: Bytes, right: Bytes): Bytes {
  assert(left.length === hashBytes && right.length === hashBytes, 'children of a node are hashes of 32 bytes')
  nodeScratch[0] = nodePrefix
  nodeScratch.set(left, 1)
  nodeScratch.set(right, 1 + hashBytes)
  return crypto.sha256(nodeScratch)
}

/** Root of the tree without leaves: SHA-256 of the empty string. 32 bytes. */
export function emptyRoot(crypto: Sha256): Bytes {
  return crypto.sha256(new Uint8Array(0))
}

/** Tree hash (RFC 6962 MTH) over the data of the leaves. 32 bytes. A root is never bound without its count. */
export function treeHash(crypto: Sha256, leaves: readonly Bytes[]): Bytes {
  return treeHashOfLeafHashes(
    crypto,
    leaves.map((leaf) => hashLeaf(crypto, leaf)),
  )
}

/** Tree hash over the hashes of the leaves. 32 bytes. */
export function treeHashOfLeafHashes(crypto: Sha256, leafHashes: readonly Bytes[]): Bytes {
  let level = leafHashes
  while (level.length > 1) level = levelAbove(crypto, level)
  return level[0] ?? emptyRoot(crypto)
}

/**
 * The next level of a tree: pairs hashed together, an odd last node carried up unchanged. Level by level this gives the
 * same root as the recursive definition of RFC 6962, which splits at the largest power of two.
 */
export function levelAbove(crypto: Sha256, level: readonly Bytes[]): Bytes[] {
  const above: Bytes[] = []
  let left: Bytes | undefined
  for (const hash of level) {
    if (left === undefined) left = hash
    else {
      above.push(hashChildren(crypto, left, hash))
      left = undefined
    }
  }
  if (left !== undefined) above.push(left)
  return above
}
