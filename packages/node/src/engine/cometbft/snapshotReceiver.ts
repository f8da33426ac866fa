/**
 * The application of a member that has nothing yet, while CometBFT's state sync brings it a snapshot: offered, gathered, verified
 * against the app hash that CometBFT's light client trusts, and handed on. It executes no block: when CometBFT asks for the
 * first one, which it has saved then, state sync is over, and the ledger opens on the snapshot. docs/spec/snapshot.md, Taking.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { codes } from '@jurat/core/ledger/codes'
import { SnapshotError } from '@jurat/core/ledger/snapshot/error'
import { decodeSnapshot } from '@jurat/core/ledger/snapshot/format'
import { verifySnapshot } from '@jurat/core/ledger/snapshot/verify'
import { parseAppHash } from '@jurat/core/receipt/finality'
import type { BaseFile } from '../../store/base.ts'
import type { AbciRequest, AbciResponse } from '../abci/frames.ts'
import {
  ResponseApplySnapshotChunk_Result as ApplyResult,
  ResponseOfferSnapshot_Result as OfferResult,
  ResponseProcessProposal_ProposalStatus as ProposalStatus,
  type RequestApplySnapshotChunk,
  type RequestOfferSnapshot,
} from '../abci/generated/tendermint/abci/types.ts'
import { appVersion } from './chain.ts'
import { ChunkCollector, isTakeable, snapshotFormat } from './snapshotChunks.ts'
import { answerOfUnused, isUnused } from './unusedRequests.ts'

/** What it needs. */
export interface SnapshotReceiverOptions {
  readonly crypto: CryptoProvider
  readonly networkId: Bytes
  /** Keeps a snapshot that was verified. */
  readonly take: (base: BaseFile) => Promise<void>
  /** A snapshot was offered, or a chunk of it has come. */
  readonly heard: () => void
  /** CometBFT stands on the snapshot and wants to go on: it must be ended now, and the ledger opened. */
  readonly ended: () => void
  /** Told of snapshots and chunks that were refused. */
  readonly warn: (message: string, details: Record<string, unknown>) => void
}

/** A snapshot that is being gathered. */
interface Gathering {
  readonly height: number
  readonly size: number
  readonly root: Bytes
  readonly chunks: ChunkCollector
}

const none: Bytes = new Uint8Array(0)

/** Takes one snapshot. */
export class SnapshotReceiver {
  readonly #options: SnapshotReceiverOptions
  #gathering: Gathering | null = null
  #taken: { readonly height: number; readonly appHash: Bytes } | null = null
  #appHash: Bytes = none

  constructor(options: SnapshotReceiverOptions) {
    this.#options = options
  }

  /** Answers a request of CometBFT. */
  readonly handle = (request: AbciRequest): Promise<AbciResponse> => {
    if (request.$case === 'info') return Promise.resolve(this.#info())
    if (request.$case === 'offerSnapshot') return Promise.resolve(this.#offer(request.value))
    if (request.$case === 'applySnapshotChunk') return this.#apply(request.value)
    if (isUnused(request)) return Promise.resolve(answerOfUnused(request, this.#taken?.height ?? 0))
    if (request.$case === 'listSnapshots') {
      return Promise.resolve({ $case: 'listSnapshots', value: { snapshots: [] } })
    }
    if (request.$case === 'loadSnapshotChunk') {
      return Promise.resolve({ $case: 'loadSnapshotChunk', value: { chunk: none } })
    }
    if (this.#taken === null) return Promise.reject(new Error(`CometBFT asks for ${request.$case} without a snapshot`))
    // It starts again only over a block in its store, and has saved the first one when it asks to execute it. Until then
    // nothing of it is taken, proposed or voted for here.
    const declined = declinedAnswer(request)
    if (declined !== null) return Promise.resolve(declined)
    this.#options.ended()
    // The answer is the ledger's, which CometBFT asks again when both have started anew.
    return new Promise(() => undefined)
  }

  #info(): AbciResponse {
    const { height, appHash } = this.#taken ?? { height: 0, appHash: none }
    const place = { lastBlockHeight: BigInt(height), lastBlockAppHash: appHash }
    return { $case: 'info', value: { data: 'jurat', version: '', appVersion: BigInt(appVersion), ...place } }
  }

  #offer({ snapshot, appHash }: RequestOfferSnapshot): AbciResponse {
    const answer = (result: OfferResult): AbciResponse => ({ $case: 'offerSnapshot', value: { result } })
    if (snapshot?.format !== snapshotFormat) return answer(OfferResult.REJECT_FORMAT)
    const tree = parseAppHash(appHash)
    if (tree === null || !isTakeable(snapshot)) {
      this.#options.warn('A snapshot that cannot be is not taken', { height: Number(snapshot.height) })
      return answer(OfferResult.REJECT_SENDER)
    }
    const height = Number(snapshot.height)
    this.#appHash = appHash.slice()
    this.#gathering = { height, ...tree, chunks: new ChunkCollector(this.#options.crypto, snapshot) }
    this.#options.heard()
    return answer(OfferResult.ACCEPT)
  }

  async #apply({ index, chunk, sender }: RequestApplySnapshotChunk): Promise<AbciResponse> {
    const answer = (result: ApplyResult, again: { index: number; sender: string } | null = null): AbciResponse => ({
      $case: 'applySnapshotChunk',
      value: {
        result,
        refetchChunks: again === null ? [] : [again.index],
        rejectSenders: again === null ? [] : [again.sender],
      },
    })
    const gathering = this.#gathering
    if (gathering === null) return answer(ApplyResult.ABORT)
    if (!gathering.chunks.add(index, chunk)) {
      this.#options.warn('A member sent another chunk than that of the snapshot', { index, sender })
      return answer(ApplyResult.RETRY, { index, sender })
    }
    this.#options.heard()
    const bytes = gathering.chunks.whole()
    if (bytes === null) return answer(ApplyResult.ACCEPT)
    this.#gathering = null
    return answer((await this.#keep(gathering, bytes)) ? ApplyResult.ACCEPT : ApplyResult.REJECT_SNAPSHOT)
  }

  /** Verifies a whole snapshot, and keeps it. */
  async #keep({ height, size, root }: Gathering, snapshot: Bytes): Promise<boolean> {
    const { crypto, networkId, take, warn } = this.#options
    try {
      verifySnapshot(crypto, decodeSnapshot(snapshot), { networkId, size, root })
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error
      warn('A snapshot is not that of the trusted tree', { height, reason: error.code, detail: error.message })
      return false
    }
    await take({ engineHeight: height, size, root, snapshot })
    this.#taken = { height, appHash: this.#appHash }
    return true
  }
}

/** What is answered while there is no ledger; null: nothing can be. */
function declinedAnswer({ $case }: AbciRequest): AbciResponse | null {
  if ($case === 'processProposal') return { $case, value: { status: ProposalStatus.REJECT } }
  if ($case === 'prepareProposal') return { $case, value: { txs: [] } }
  if ($case !== 'checkTx') return null
  const texts = { log: 'the ledger is not open yet', info: '', codespace: 'jurat' }
  return { $case, value: { code: codes.malformed, data: none, gasWanted: 0n, gasUsed: 0n, events: [], ...texts } }
}
