/**
 * The network as people see it: parameters, members, blocks.
 * @module
 */
import type { Block, LightBlock, Network } from '@jurat/api/network'
import { toBase64, toHex, type Bytes } from '@jurat/core/bytes'
import { decodeDocument } from '@jurat/core/ledger/consortium'
import type { DurablePosition, StoredBlock, StoredDocument } from '../store/store.ts'

/** What this view stands on. */
export interface NetworkOptions {
  readonly networkId: Bytes
  readonly origin: string
  readonly registrar: string | null
  readonly software: string
  readonly durable: () => DurablePosition
  readonly documents: () => Promise<StoredDocument[]>
  readonly block: (height: number) => Promise<StoredBlock | null>
  /** A block of the engine for light clients, the latest for null; null when there is none, or no such engine. */
  readonly lightBlock: (height: number | null) => Promise<LightBlock | null>
  /** tlog-policy texts of a consortium document, given as its bytes. */
  readonly policies: (document: Bytes) => readonly string[]
  /** Verifier keys of this node as a witness of others. */
  readonly witnessKeys: readonly string[]
}

/** Reads the network. */
export class NetworkView {
  readonly #options: NetworkOptions

  constructor(options: NetworkOptions) {
    this.#options = options
  }

  async network(): Promise<Network> {
    const { networkId, origin, registrar, software, durable, documents, policies, witnessKeys } = this.#options
    const { height, size, timeMs } = durable()
    const newest = (await documents()).at(-1)
    if (newest === undefined) throw new Error('the store holds no consortium document')
    const { members, witnesses, quorum, witnessQuorum, parameters } = decodeDocument(newest.document)
    return {
      networkId: toHex(networkId),
      origin,
      engine: members.length === 1 ? 'solo' : 'cometbft',
      height,
      treeSize: size,
      timeMs,
      parameters: { ...parameters },
      consortium: {
        sequence: newest.sequence,
        index: newest.entryIndex,
        document: toBase64(newest.document),
        members: members.map(({ name, keys, addresses }) => ({
          name,
          ballotKey: keys.ballot === null ? '' : toHex(keys.ballot),
          addresses: [...addresses],
        })),
        quorum,
        witnesses: witnesses.map(({ name, url }) => ({ name, url })),
        witnessQuorum,
      },
      registrar,
      policies: [...policies(newest.document)],
      witnessKeys: [...witnessKeys],
      software,
    }
  }

  /** A block of the engine for light clients, or null. */
  lightBlock(height: number | null): Promise<LightBlock | null> {
    return this.#options.lightBlock(height)
  }

  /** A durable block, or null. */
  async block(height: number): Promise<Block | null> {
    const block = await this.#options.block(height)
    if (block === null) return null
    return {
      height: block.height,
      timeMs: block.timeMs,
      firstIndex: block.firstIndex,
      treeSize: block.treeSizeAfter,
      root: toHex(block.rootAfter),
      transactions: block.transactions.map(({ txHash, code }) => ({ txHash: toHex(txHash), code })),
    }
  }
}
