/**
 * A growing Merkle tree of which only the right edge is held: appending and the root need no more than that.
 * RFC 6962, section 2.1. Rules: docs/spec/tree.md.
 * @module
 */
import { assert } from '../assert.ts'
import type { Bytes } from '../bytes.ts'
import { emptyRoot, hashBytes, hashChildren } from './hash.ts'
import type { Sha256 } from './hash.ts'

/**
 * Reads the hash of the complete subtree number `index` of 2^`level` leaves; level 0 holds the leaf hashes.
 * @throws {ProofError} `hash-missing` when it cannot be read.
 */
export type HashReader = (level: number, index: number) => Bytes

/** Hears of every subtree that becomes complete, leaves (level 0) included, from small to large. */
export type NodeListener = (level: number, index: number, hash: Bytes) => void

/** Largest number of leaves: sizes are JavaScript's safe integers, 2^53 − 1. */
export const treeSizeMax: number = Number.MAX_SAFE_INTEGER

/** Whether a number can be the size of a tree. */
export function isTreeSize(size: number): boolean {
  return Number.isSafeInteger(size) && size >= 0
}

/** Number of one bits of a size: how many complete subtrees a tree of that size consists of. */
export function onesCount(size: number): number {
  let count = 0
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2
  return count
}

/** The largest power of two smaller than `size`, for `size` > 1: where RFC 6962 splits a tree. */
export function splitPoint(size: number): number {
  let power = 1
  while (power * 2 < size) power *= 2
  return power
}

/** The level of a complete subtree of `leaves` leaves (a power of two): 0 for 1, 1 for 2, 8 for 256. */
export function levelOf(leaves: number): number {
  // Math.log2 is not required to be exact.
  let level = 0
  for (let rest = leaves; rest > 1; rest /= 2) level += 1
  return level
}

/** The right edge of a tree: the roots of its complete subtrees, the largest first. */
export class Frontier {
  readonly #crypto: Sha256
  readonly #edge: Bytes[]
  #size: number

  private constructor(crypto: Sha256, size: number, edge: Bytes[]) {
    this.#crypto = crypto
    this.#size = size
    this.#edge = edge
  }

  /** The tree without leaves. */
  static empty(crypto: Sha256): Frontier {
    return new Frontier(crypto, 0, [])
  }

  /** A tree of `size` leaves with this right edge (the roots of its complete subtrees, the largest first). */
  static from(crypto: Sha256, size: number, edge: readonly Bytes[]): Frontier {
    assert(isTreeSize(size), 'the size of a tree is a whole number')
    assert(edge.length === onesCount(size), 'a right edge has one hash for each one bit of the size')
    for (const hash of edge) assert(hash.length === hashBytes, 'a hash of the right edge has 32 bytes')
    return new Frontier(crypto, size, [...edge])
  }

  /** The tree of `size` leaves whose hashes `read` knows. Reads O(log size) hashes. */
  static read(crypto: Sha256, size: number, read: HashReader): Frontier {
    return Frontier.from(
      crypto,
      size,
      edgeNodes(size).map((node) => read(node.level, node.index)),
    )
  }

  /** Number of leaves. */
  get size(): number {
    return this.#size
  }

  /** Appends one leaf by its hash. `listen` hears of the leaf and of every subtree that it completes. */
  append(leafHash: Bytes, listen?: NodeListener): void {
    assert(leafHash.length === hashBytes, 'a leaf hash has 32 bytes')
    assert(this.#size < treeSizeMax, 'the tree is full')
    let hash = leafHash
    let level = 0
    let index = this.#size
    listen?.(level, index, hash)
    // Every trailing one bit of the old size is a complete subtree that pairs with what has just become complete.
    while (index % 2 === 1) {
      const left = this.#edge.pop()
      assert(left !== undefined, 'the right edge belongs to the size')
      hash = hashChildren(this.#crypto, left, hash)
      level += 1
      index = (index - 1) / 2
      listen?.(level, index, hash)
    }
    this.#edge.push(hash)
    this.#size += 1
  }

  /** Root of the tree, 32 bytes. */
  root(): Bytes {
    let hash = this.#edge.at(-1)
    if (hash === undefined) return emptyRoot(this.#crypto)
    for (let i = this.#edge.length - 2; i >= 0; i--) {
      const left = this.#edge[i]
      assert(left !== undefined, 'the right edge has no holes')
      hash = hashChildren(this.#crypto, left, hash)
    }
    return hash
  }

  /** The right edge: the roots of the complete subtrees, the largest first. */
  edge(): Bytes[] {
    return [...this.#edge]
  }

  /** An independent copy. */
  clone(): Frontier {
    return new Frontier(this.#crypto, this.#size, [...this.#edge])
  }
}

/** The complete subtrees of which a tree of `size` leaves consists, the largest (leftmost) first. */
export function edgeNodes(size: number): { level: number; index: number }[] {
  const nodes: { level: number; index: number }[] = []
  let level = 0
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) {
    // At this level the tree holds `rest` complete subtrees; an odd last one has no partner, so it is on the edge.
    if (rest % 2 === 1) nodes.push({ level, index: rest - 1 })
    level += 1
  }
  return nodes.toReversed()
}
