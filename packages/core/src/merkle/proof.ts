/**
 * Inclusion and consistency proofs: RFC 6962, sections 2.1.1 and 2.1.2. Building reads O(log size) hashes; verifying
 * accepts exactly the number of hashes that index and sizes demand. Rules: docs/spec/tree.md.
 * @module
 */
import { assert } from '../assert.ts'
import { equal } from '../bytes.ts'
import type { Bytes } from '../bytes.ts'
import { ProofError } from './error.ts'
import { emptyRoot, hashBytes, hashChildren, hashLeaf, levelAbove } from './hash.ts'
import type { Sha256 } from './hash.ts'
import { isTreeSize, levelOf, splitPoint } from './tree.ts'
import type { HashReader } from './tree.ts'

/** Most hashes in a proof: C2SP tlog-witness allows no more, and no tree of 2^53 leaves needs more. */
export const proofHashesMax = 63

/** What an inclusion proof says: the leaf with this hash stands at `index` in the tree of `size` leaves. */
export interface InclusionClaim {
  /** Hash of the leaf, computed by the verifier from the leaf's own bytes. 32 bytes. */
  readonly leafHash: Bytes
  /** Position of the leaf, from 0. */
  readonly index: number
  /** Number of leaves. It must come from where the root comes from: a root is never bound without its count. */
  readonly size: number
  /** Hashes from the leaf's sibling upwards. */
  readonly path: readonly Bytes[]
}

/** What a consistency proof says: the tree of `newSize` leaves begins with the tree of `oldSize` leaves. */
export interface ConsistencyClaim {
  readonly oldSize: number
  readonly oldRoot: Bytes
  readonly newSize: number
  readonly newRoot: Bytes
  readonly path: readonly Bytes[]
}

/** The path from leaf `index` to the root of the tree of `size` leaves, the leaf's sibling first. */
export function inclusionProof(crypto: Sha256, read: HashReader, index: number, size: number): Bytes[] {
  checkPosition(index, size)
  const path: Bytes[] = []
  let start = 0
  let end = size
  while (end - start > 1) {
    const middle = start + splitPoint(end - start)
    if (index < middle) {
      path.push(rangeHash(crypto, read, middle, end))
      end = middle
    } else {
      path.push(rangeHash(crypto, read, start, middle))
      start = middle
    }
  }
  return path.toReversed()
}

/** The proof that the tree of `newSize` leaves begins with that of `oldSize`. Empty for equal sizes and for size 0. */
export function consistencyProof(crypto: Sha256, read: HashReader, oldSize: number, newSize: number): Bytes[] {
  checkSizes(oldSize, newSize)
  if (oldSize === 0) return []
  const path: Bytes[] = []
  let start = 0
  let end = newSize
  while (end !== oldSize) {
    const middle = start + splitPoint(end - start)
    if (oldSize <= middle) {
      path.push(rangeHash(crypto, read, middle, end))
      end = middle
    } else {
      path.push(rangeHash(crypto, read, start, middle))
      start = middle
    }
  }
  // The verifier knows the old root itself; any other subtree in which the old tree ends must be told.
  if (start !== 0) path.push(rangeHash(crypto, read, start, end))
  return path.toReversed()
}

/**
 * The root to which a path leads.
 * @throws {ProofError} when the position is impossible or the path does not have exactly the length that it demands.
 */
export function rootFromInclusion(crypto: Sha256, claim: InclusionClaim): Bytes {
  checkPosition(claim.index, claim.size)
  checkHash(claim.leafHash)
  checkPath(claim.path)
  let hash = claim.leafHash
  let index = claim.index
  let last = claim.size - 1
  let used = 0
  for (; last > 0; index = Math.floor(index / 2), last = Math.floor(last / 2)) {
    // A node at the right end without a partner is carried up unchanged: no hash of the path belongs to it.
    if (index === last && index % 2 === 0) continue
    const sibling = nextHash(claim.path, used)
    used += 1
    hash = index % 2 === 1 ? hashChildren(crypto, sibling, hash) : hashChildren(crypto, hash, sibling)
  }
  checkUsed(claim.path, used)
  return hash
}

/** Checks an inclusion proof against a known root. @throws {ProofError} when it does not hold. */
export function verifyInclusion(crypto: Sha256, claim: InclusionClaim & { readonly root: Bytes }): void {
  checkHash(claim.root)
  if (!equal(rootFromInclusion(crypto, claim), claim.root)) {
    throw new ProofError('root-mismatch', 'the inclusion proof leads to another root')
  }
}

/**
 * Checks a consistency proof. A tree of size 0 has the root of the empty tree and is consistent with every tree, by an
 * empty proof; equal sizes need equal roots and an empty proof. @throws {ProofError} when it does not hold.
 */
export function verifyConsistency(crypto: Sha256, claim: ConsistencyClaim): void {
  const { oldSize, oldRoot, newSize, newRoot, path } = claim
  checkSizes(oldSize, newSize)
  checkHash(oldRoot)
  checkHash(newRoot)
  checkPath(path)
  if (oldSize === 0) checkEmptyRoot(crypto, oldRoot)
  if (newSize === 0) checkEmptyRoot(crypto, newRoot)
  if (oldSize === 0 || oldSize === newSize) {
    checkUsed(path, 0)
    if (oldSize === newSize && !equal(oldRoot, newRoot)) {
      throw new ProofError('root-mismatch', 'two trees of one size have different roots')
    }
    return
  }
  const roots = rootsFromConsistency(crypto, claim)
  if (!equal(roots.old, oldRoot)) throw new ProofError('root-mismatch', 'the proof does not begin at the old root')
  if (!equal(roots.new, newRoot)) throw new ProofError('root-mismatch', 'the proof does not lead to the new root')
}

/** The path of one leaf in a small tree that lies in memory, given the data of its leaves. */
export function treePath(crypto: Sha256, leaves: readonly Bytes[], index: number): Bytes[] {
  checkPosition(index, leaves.length)
  const path: Bytes[] = []
  let level = leaves.map((leaf) => hashLeaf(crypto, leaf))
  for (let at = index; level.length > 1; at = Math.floor(at / 2)) {
    const sibling = level[at % 2 === 1 ? at - 1 : at + 1]
    if (sibling !== undefined) path.push(sibling)
    level = levelAbove(crypto, level)
  }
  return path
}

/** Both roots from one consistency proof, for 0 < oldSize < newSize. */
function rootsFromConsistency(crypto: Sha256, claim: ConsistencyClaim): { old: Bytes; new: Bytes } {
  const { oldSize, oldRoot, newSize, path } = claim
  // We start at the largest subtree that ends where the old tree ends, and that is a whole left or right child.
  let index = oldSize - 1
  let last = newSize - 1
  while (index % 2 === 1) {
    index = (index - 1) / 2
    last = Math.floor(last / 2)
  }
  let used = 0
  // If that subtree is the whole old tree, its hash is the old root, which the proof therefore leaves out.
  const seed = index === 0 ? oldRoot : nextHash(path, used++)
  let hash = seed
  let oldHash = seed
  for (; last > 0; index = Math.floor(index / 2), last = Math.floor(last / 2)) {
    if (index === last && index % 2 === 0) continue
    const sibling = nextHash(path, used)
    used += 1
    if (index % 2 === 1) {
      oldHash = hashChildren(crypto, sibling, oldHash)
      hash = hashChildren(crypto, sibling, hash)
    } else {
      // What lies to the right is not part of the old tree.
      hash = hashChildren(crypto, hash, sibling)
    }
  }
  checkUsed(path, used)
  return { old: oldHash, new: hash }
}

/** Root of the leaves `start` to `end`, where `start` is a multiple of a power of two that is not below their number. */
function rangeHash(crypto: Sha256, read: HashReader, start: number, end: number): Bytes {
  const count = end - start
  assert(count > 0, 'a subtree is not empty')
  const left = count === 1 ? 1 : splitPoint(count)
  if (left * 2 === count || count === 1) return readNode(read, levelOf(count), start / count)
  const leftHash = readNode(read, levelOf(left), start / left)
  return hashChildren(crypto, leftHash, rangeHash(crypto, read, start + left, end))
}

function readNode(read: HashReader, level: number, index: number): Bytes {
  const hash = read(level, index)
  assert(hash.length === hashBytes, 'a stored hash has 32 bytes')
  return hash
}

function nextHash(path: readonly Bytes[], used: number): Bytes {
  const hash = path[used]
  if (hash === undefined) throw new ProofError('path-length', 'the proof has too few hashes for its sizes')
  return hash
}

function checkUsed(path: readonly Bytes[], used: number): void {
  if (path.length !== used) throw new ProofError('path-length', 'the proof has too many hashes for its sizes')
}

function checkPath(path: readonly Bytes[]): void {
  if (path.length > proofHashesMax) {
    throw new ProofError('too-many-hashes', `a proof has at most ${proofHashesMax} hashes`)
  }
  for (const hash of path) checkHash(hash)
}

function checkHash(hash: Bytes): void {
  if (hash.length !== hashBytes) throw new ProofError('hash-length', `a hash has ${hashBytes} bytes`)
}

function checkEmptyRoot(crypto: Sha256, root: Bytes): void {
  if (!equal(root, emptyRoot(crypto))) {
    throw new ProofError('root-mismatch', 'a tree without leaves has the root of the empty tree')
  }
}

function checkPosition(index: number, size: number): void {
  if (!isTreeSize(size) || !isTreeSize(index) || index >= size) {
    throw new ProofError('out-of-range', `there is no leaf ${index} in a tree of ${size}`)
  }
}

function checkSizes(oldSize: number, newSize: number): void {
  if (!isTreeSize(oldSize) || !isTreeSize(newSize) || oldSize > newSize) {
    throw new ProofError('out-of-range', `a tree of ${newSize} cannot continue one of ${oldSize}`)
  }
}
