/**
 * The consortium documents of a network by the part of the log that each of them judges: the one in force before a
 * block signs the tree after it, so the old consortium signs its own replacement (ledger.md, Change-over).
 * @module
 */
import { assert } from '@jurat/core/assert'
import type { Bytes } from '@jurat/core/bytes'
import type { Store } from '../../store/store.ts'

/** A document, and the size of the tree after the block that brought it. */
interface Station {
  readonly document: Bytes
  readonly size: number
}

/** The documents, by sequence. */
export class Documents {
  readonly #stations: Station[] = []

  async load(store: Pick<Store, 'consortiumDocuments'>): Promise<void> {
    for (const { document, sizeAfter } of await store.consortiumDocuments()) this.add(sizeAfter, document)
  }

  /** A block after which the tree has `size` entries brought a document. Telling it twice is harmless. */
  add(size: number, document: Bytes): void {
    if (this.isStation(size)) return
    assert((this.#stations.at(-1)?.size ?? 0) < size, 'consortium blocks come in their order')
    this.#stations.push({ size, document })
  }

  /** The document that judges the tree of this size. The genesis is judged by its own. */
  judging(size: number): Bytes {
    const station = this.#stations.findLast((before) => before.size < size) ?? this.#stations[0]
    assert(station !== undefined, 'a network has a consortium document')
    return station.document
  }

  /** The document in force. */
  newest(): Bytes {
    return this.judging(Number.MAX_SAFE_INTEGER)
  }

  /** Whether the tree of this size is the one after a consortium block: its checkpoint is kept for ever. */
  isStation(size: number): boolean {
    return this.#stations.some((station) => station.size === size)
  }

  /** The newest station: checkpoints of larger trees are judged by the document in force. */
  get newestSize(): number {
    return this.#stations.at(-1)?.size ?? 0
  }

  /** Sizes of all stations, ascending. */
  sizes(): number[] {
    return this.#stations.map(({ size }) => size)
  }
}
