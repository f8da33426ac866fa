/**
 * What is to be signed next. Normally the newest durable tree; but the checkpoint of exactly the size after a
 * consortium block comes first, judged by the document that the block replaces (ledger.md, Change-over).
 * @module
 */
import { assert } from '@jurat/core/assert'
import type { Bytes } from '@jurat/core/bytes'
import type { Store } from '../store/store.ts'
import type { TreeHead } from './checkpointSigner.ts'

/** A tree to be signed, and the consortium document whose policy judges the checkpoint. */
export interface Station {
  readonly head: TreeHead
  readonly document: Bytes
  /** Whether its note is kept for ever. */
  readonly kept: boolean
}

/** The stations ahead. */
export class Stations {
  #pending: Station[] = []
  #newestDocument: Bytes | null = null

  /** Finds the consortium changes whose checkpoint is not complete yet. The genesis is the first. */
  async load(store: Pick<Store, 'signer' | 'notes' | 'consortiumDocuments' | 'blockOfEntry'>): Promise<void> {
    const signedSize = store.signer.log()?.size ?? 0
    let judge: Bytes | null = null
    for (const { document, entryIndex } of await store.consortiumDocuments()) {
      const block = await store.blockOfEntry(entryIndex)
      assert(block !== null, 'a consortium entry stands in a block')
      const head = { size: block.treeSizeAfter, root: block.rootAfter }
      // What was signed beyond it stays signed; a smaller tree is never signed again.
      if (head.size >= signedSize && (await store.notes.at(head.size)) === null) {
        this.#pending.push({ head, document: judge ?? document, kept: true })
      }
      judge = document
    }
    this.#newestDocument = judge
  }

  /** Notes a consortium change that the block up to `head` brought. */
  add(head: TreeHead, document: Bytes): void {
    this.#pending.push({ head, document: this.newestDocument(), kept: true })
    this.#newestDocument = document
  }

  /** The checkpoint of this size is complete. */
  done(size: number): void {
    this.#pending = this.#pending.filter(({ head }) => head.size > size)
  }

  /** What to sign when the tree stands at `head`. */
  next(head: TreeHead): Station {
    return this.#pending[0] ?? { head, document: this.newestDocument(), kept: false }
  }

  /** The consortium document in force. */
  newestDocument(): Bytes {
    assert(this.#newestDocument !== null, 'a network has a consortium document')
    return this.#newestDocument
  }
}
