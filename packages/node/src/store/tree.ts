/**
 * The tree as it is applied: the right edge, and pure extensions of it.
 * @module
 */
import { assert } from '@jurat/core/assert'
import type { Bytes } from '@jurat/core/bytes'
import { hashLeaf, type Sha256 } from '@jurat/core/merkle/hash'
import { tileHeight } from '@jurat/core/merkle/tile'
import { Frontier } from '@jurat/core/merkle/tree'
import type { TreeExtension } from './store.ts'

/** An extension with everything that applying it needs. */
export class Extension implements TreeExtension {
  readonly base: number
  readonly frontier: Frontier
  readonly entries: readonly Bytes[]
  readonly root: Bytes
  /** The new hashes of each tile level, in order. */
  readonly hashes: readonly Bytes[][]

  constructor(crypto: Sha256, before: Frontier, entries: readonly Bytes[]) {
    const hashes: Bytes[][] = []
    this.base = before.size
    this.entries = entries
    this.frontier = before.clone()
    const keep = (level: number, _: number, hash: Bytes): void => {
      if (level % tileHeight === 0) (hashes[level / tileHeight] ??= []).push(hash)
    }
    for (const entry of entries) this.frontier.append(hashLeaf(crypto, entry), keep)
    this.root = this.frontier.root()
    this.hashes = hashes
  }

  get size(): number {
    return this.frontier.size
  }
}

/** The applied tree. */
export class AppliedTree {
  readonly #crypto: Sha256
  #frontier: Frontier
  #root: Bytes

  constructor(crypto: Sha256, frontier: Frontier) {
    this.#crypto = crypto
    this.#frontier = frontier
    this.#root = frontier.root()
  }

  get size(): number {
    return this.#frontier.size
  }

  get root(): Bytes {
    return this.#root
  }

  /** Pure: the tree with `entries` more. */
  extend(entries: readonly Bytes[]): Extension {
    return new Extension(this.#crypto, this.#frontier, entries)
  }

  /** Moves on to an extension of the present tree. */
  apply(extension: Extension): void {
    assert(extension.base === this.#frontier.size, 'an extension belongs to the tree that it was made on')
    this.#frontier = extension.frontier
    this.#root = extension.root
  }
}
