/**
 * Blocks that the ledger has executed and that CometBFT, having lost its store, gets from the other members once more. They are
 * answered from the ledger's own blocks, which they must equal; nothing is executed or written. docs/spec/engine.md, CometBFT.
 * @module
 */
import { assert } from '@jurat/core/assert'
import { equal, type Bytes } from '@jurat/core/bytes'
import { decodeDocument, type ConsortiumDocument } from '@jurat/core/ledger/consortium'
import { appHashOf } from '@jurat/core/receipt/finality'
import type { Store, StoredBlock } from '../../store/store.ts'
import { decodeTimeItem } from '../timeItem.ts'

/** Where the ledger's own blocks are. */
export type BlockHistory = Pick<Store, 'block' | 'consortiumDocuments'>

/** What a block did, as CometBFT must be told. */
export interface BlockEffects {
  /** Result codes of its transactions. */
  readonly codes: readonly number[]
  /** Size and root of the log after it. */
  readonly appHash: Bytes
  /** The consortium document before and after it, when it changed. */
  readonly change: { readonly before: ConsortiumDocument; readonly after: ConsortiumDocument } | null
}

/** The blocks up to a height, delivered again from the first. */
export class Redelivery {
  readonly #history: BlockHistory
  /** The height up to which the ledger has executed the chain. */
  readonly #until: number
  #height = 0
  #appHash: Bytes
  #next: { height: number; appHash: Bytes } | null = null

  constructor(history: BlockHistory, until: number, genesisAppHash: Bytes) {
    this.#history = history
    this.#until = until
    this.#appHash = genesisAppHash
  }

  /** Height of the last block that was delivered again. */
  get height(): number {
    return this.#height
  }

  get appHash(): Bytes {
    return this.#appHash
  }

  /** Whether everything that the ledger knows was delivered again. */
  get done(): boolean {
    return this.#height >= this.#until
  }

  /** What a block did. @throws AssertionFailure when it is another than the ledger's, or does not follow */
  async finalize(height: number, items: readonly Bytes[]): Promise<BlockEffects> {
    assert(height === this.#height + 1, `block ${height} follows block ${this.#height}`)
    const stored = await this.#history.block(height)
    const ours = stored?.transactions ?? []
    const same = items.length === ours.length + 1 && ours.every(({ bytes }, at) => equal(bytes, items[at + 1] ?? bytes))
    const timeMs = decodeTimeItem(items[0] ?? new Uint8Array(0))
    assert(
      same && timeMs !== null && (stored === null || stored.timeMs === timeMs),
      `the chain's block ${height} is another than the one that this node has executed`,
    )
    const appHash = stored === null ? this.#appHash : appHashOf({ size: stored.treeSizeAfter, root: stored.rootAfter })
    this.#next = { height, appHash }
    return {
      codes: ours.map(({ code }) => code),
      appHash,
      change: stored === null ? null : await this.#changeOf(stored),
    }
  }

  /** Takes the last block as delivered. */
  commit(): number {
    assert(this.#next !== null, 'a block is decided before it is committed')
    this.#height = this.#next.height
    this.#appHash = this.#next.appHash
    this.#next = null
    return this.#height
  }

  async #changeOf({ firstIndex, treeSizeAfter }: StoredBlock): Promise<BlockEffects['change']> {
    const documents = await this.#history.consortiumDocuments()
    const at = documents.findIndex(({ entryIndex }) => entryIndex >= firstIndex && entryIndex < treeSizeAfter)
    const [before, after] = [documents[at - 1], documents[at]]
    if (before === undefined || after === undefined) return null
    return { before: decodeDocument(before.document), after: decodeDocument(after.document) }
  }
}
