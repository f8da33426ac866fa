/**
 * Headers and commits for receipts: asked from our own CometBFT, verified as every reader of a receipt will, kept for a
 * while because receipts of one block are asked for together. docs/spec/finality.md.
 * @module
 */
import { equal, type Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import type { ConsortiumDocument } from '@jurat/core/ledger/consortium'
import type { BlockEntry } from '@jurat/core/ledger/entry'
import { readSignedHeader } from '@jurat/core/light/json'
import { appHashOf, type FinalityPart, verifyFinality } from '@jurat/core/receipt/finality'
import { type CometRpc, RpcError } from './rpc.ts'

/** Parts that are kept, each of a few kilobytes. */
const keptMax = 256

/** A head and the tree that ends with it. */
export interface FinalHead {
  readonly head: Pick<BlockEntry, 'height' | 'consortiumIndex'>
  readonly size: number
  readonly root: Bytes
}

/** Where commits come from. */
export interface CommitsOptions {
  readonly rpc: Pick<CometRpc, 'call'>
  readonly crypto: CryptoProvider
  readonly networkId: Bytes
  /** The consortium document whose entry has this index, or null. */
  readonly documentAt: (consortiumIndex: number) => Promise<ConsortiumDocument | null>
  readonly warn: (message: string, details: object) => void
}

/** The finality of heads. */
export class Commits {
  readonly #options: CommitsOptions
  readonly #kept = new Map<number, FinalityPart>()

  constructor(options: CommitsOptions) {
    this.#options = options
  }

  /** The part of a receipt; null while there is no next header, or when CometBFT does not answer. Never throws. */
  async finality(of: FinalHead): Promise<FinalityPart | null> {
    const height = of.head.height + 1
    const kept = this.#kept.get(height)
    if (kept !== undefined) return kept
    try {
      const part = await this.#ask(height, of)
      if (part !== null) this.#keep(height, part)
      return part
    } catch (error) {
      // CometBFT says so of a height that it does not have yet.
      if (!(error instanceof RpcError)) this.#options.warn('A receipt is without its commit', { height, error })
      return null
    }
  }

  async #ask(height: number, { head, size, root }: FinalHead): Promise<FinalityPart | null> {
    const { rpc, crypto, networkId, documentAt, warn } = this.#options
    const document = await documentAt(head.consortiumIndex)
    const { signed_header: signed } = (await rpc.call('commit', { height: String(height) })) as {
      readonly signed_header?: unknown
    }
    const { header, commit } = readSignedHeader(signed)
    const { chainId: _, lastBlockId, ...fields } = header
    if (document === null || lastBlockId === null || !equal(header.appHash, appHashOf({ size, root }))) {
      warn('The next header does not carry the tree of the checkpoint', { height, size })
      return null
    }
    const { round, blockId, signatures } = commit
    const part = { header: { ...fields, lastBlockId }, commit: { round, parts: blockId.parts, signatures } }
    verifyFinality(crypto, part, { networkId, document })
    return part
  }

  #keep(height: number, part: FinalityPart): void {
    this.#kept.set(height, part)
    const [oldest] = this.#kept.keys()
    if (oldest !== undefined && this.#kept.size > keptMax) this.#kept.delete(oldest)
  }
}
