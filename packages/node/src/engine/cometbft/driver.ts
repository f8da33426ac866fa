/**
 * The ledger behind ABCI: each request of CometBFT becomes a call of the application. What CometBFT's messages mean
 * and in which order they come: docs/spec/engine.md, CometBFT. Requests that touch blocks are answered one at a time, also when
 * they come over several connections: a CometBFT that starts again may ask while a block of the last one is being written.
 * @module
 */
import { assert } from '@jurat/core/assert'
import { equal, toHex, type Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { decodeDocument, type ConsortiumDocument } from '@jurat/core/ledger/consortium'
import { decodeGenesis, networkIdOf } from '@jurat/core/ledger/genesis'
import type { ResultCode } from '@jurat/core/ledger/codes'
import type { Clock } from '../../platform/clock.ts'
import type { AbciRequest, AbciResponse } from '../abci/frames.ts'
import {
  CheckTxType,
  ResponseProcessProposal_ProposalStatus as ProposalStatus,
  type ExecTxResult,
  type RequestCheckTx,
  type RequestFinalizeBlock,
  type RequestInitChain,
  type RequestLoadSnapshotChunk,
  type RequestPrepareProposal,
  type RequestProcessProposal,
  type ResponseFinalizeBlock,
} from '../abci/generated/tendermint/abci/types.ts'
import type { Application, BlockSide, CommittedBlock, FinalizedBlock } from '../application.ts'
import { decodeTimeItem } from '../timeItem.ts'
import { judgeTime, ProposalMemory, type TimeVerdict } from './blockTime.ts'
import { appVersion, consensusBlockBytesMax, genesisAppHash, validatorChanges } from './chain.ts'
import type { EngineHeight } from './engineHeight.ts'
import { chainFaults } from './genesisCheck.ts'
import { Redelivery, type BlockEffects, type BlockHistory } from './redelivery.ts'
import type { SnapshotShelf } from './snapshotShelf.ts'
import { answerOfUnused, isUnused, type UnusedRequest } from './unusedRequests.ts'

/** Bytes that an item of a block has beside its own: a field's number and its length. */
const itemOverheadBytes = 5

const none: Bytes = new Uint8Array(0)
const codespace = 'jurat'

/** What the driver tells. */
export interface DriverEvents {
  /** CometBFT asks where the ledger stands: it has come up, perhaps with an empty mempool. */
  readonly connected: () => void
  /** What is stored with a block beside what is hashed. */
  readonly sideOf: (block: FinalizedBlock) => BlockSide
  /**
   * A block is durable. `block` is null when it had no transactions.
   * @param headerTimeMs - CometBFT's time in its header; 0 for one that is delivered again
   */
  readonly committed: (height: number, block: CommittedBlock | null, headerTimeMs: number) => void
  /** CometBFT's mempool asked for a transaction and was told this code. */
  readonly checked: (tx: Bytes, txHash: Bytes | null, code: ResultCode) => void
}

/** What the driver needs. */
export interface AbciDriverOptions {
  readonly application: Application
  /** The consortium document in force at the applied position. */
  readonly consortium: () => ConsortiumDocument
  /** The network's genesis. */
  readonly genesis: Bytes
  readonly crypto: CryptoProvider
  readonly clock: Clock
  readonly height: EngineHeight
  readonly events: DriverEvents
  /** The ledger's blocks, when CometBFT has lost its own: it then gets the chain anew and this node answers from them. */
  readonly rebuild?: BlockHistory
  /** The snapshots that others get; without it there are none. */
  readonly snapshots?: SnapshotShelf
  /** Told of proposals that are voted against. */
  readonly warn?: (message: string, details: Record<string, unknown>) => void
}

/** A block that CometBFT decided and that is not committed yet. */
interface Decided {
  readonly height: number
  readonly finalized: FinalizedBlock
  readonly headerTimeMs: number
}

type LedgerRequest = Exclude<
  AbciRequest,
  UnusedRequest | { $case: 'checkTx' | 'insertTx' | 'reapTxs' | 'listSnapshots' | 'loadSnapshotChunk' }
>

/** Answers CometBFT's requests. */
export class AbciDriver {
  readonly #options: AbciDriverOptions
  readonly #proposals = new ProposalMemory()
  #redelivery: Redelivery | null
  /** Set until CometBFT comes up next. */
  #rebuild: BlockHistory | null = null
  #decided: Decided | null = null
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: AbciDriverOptions) {
    this.#options = options
    this.#redelivery = options.rebuild === undefined ? null : this.#redeliveryOf(options.rebuild)
  }

  /** When CometBFT comes up next, it gets the chain again from the first block. */
  deliverAgain(history: BlockHistory): void {
    this.#rebuild = history
  }

  #redeliveryOf(history: BlockHistory): Redelivery {
    const { height, crypto, genesis } = this.#options
    return new Redelivery(history, height.height, genesisAppHash(crypto, genesis))
  }

  /** Blocks that are delivered again; null when none are (any more). */
  get #again(): Redelivery | null {
    return this.#redelivery === null || this.#redelivery.done ? null : this.#redelivery
  }

  /** Answers a request. A rejection means that both sides must stop. */
  readonly handle = (request: AbciRequest): Promise<AbciResponse> => {
    if (request.$case === 'checkTx') return this.#checkTx(request.value)
    if (isUnused(request)) return Promise.resolve(answerOfUnused(request, this.#options.height.height))
    // They read what only grows: no block waits for them.
    if (request.$case === 'listSnapshots') return Promise.resolve(this.#listSnapshots())
    if (request.$case === 'loadSnapshotChunk') return this.#loadChunk(request.value)
    if (request.$case === 'insertTx' || request.$case === 'reapTxs') {
      return Promise.reject(new Error('the mempool is that of CometBFT: mempool.type must be "flood"'))
    }
    const answer = this.#turn.then(() => this.#answer(request))
    this.#turn = answer.catch(() => undefined)
    return answer
  }

  async #answer(request: LedgerRequest): Promise<AbciResponse> {
    if (request.$case === 'info') return this.#info()
    if (request.$case === 'initChain') return this.#initChain(request.value)
    if (request.$case === 'prepareProposal') return this.#prepare(request.value)
    if (request.$case === 'processProposal') return this.#process(request.value)
    if (request.$case === 'finalizeBlock') return this.#finalize(request.value)
    return this.#commit()
  }

  #info(): AbciResponse {
    const { application, height, events } = this.#options
    events.connected()
    if (this.#rebuild !== null) this.#redelivery = this.#redeliveryOf(this.#rebuild)
    this.#rebuild = null
    const again = this.#again
    const lastBlockHeight = BigInt(again?.height ?? height.height)
    // At height 0 InitChain answers with the hash.
    const lastBlockAppHash = lastBlockHeight === 0n ? none : (again?.appHash ?? application.info().appHash)
    return {
      $case: 'info',
      value: { data: 'jurat', version: '', appVersion: BigInt(appVersion), lastBlockHeight, lastBlockAppHash },
    }
  }

  #initChain(request: RequestInitChain): AbciResponse {
    const { application, crypto, genesis, height } = this.#options
    assert((this.#again ?? height).height === 0, 'a chain begins where this node has executed no block of it')
    const document = decodeDocument(decodeGenesis(genesis).document)
    const faults = chainFaults(request, { crypto, networkId: networkIdOf(crypto, genesis), document })
    if (faults.length > 0) throw new Error(`CometBFT's genesis is not that of this network: ${faults.join('; ')}`)
    const appHash = genesisAppHash(crypto, genesis)
    const stands = this.#again !== null || equal(appHash, application.info().appHash)
    assert(stands, 'the ledger stands at its genesis')
    return { $case: 'initChain', value: { consensusParams: undefined, validators: [], appHash } }
  }

  async #checkTx({ tx, type }: RequestCheckTx): Promise<AbciResponse> {
    // The message that it stands in is let go of.
    const { code, txHash, gas } = await this.#options.application.check(type === CheckTxType.NEW ? tx.slice() : tx)
    this.#options.events.checked(tx, txHash, code)
    const value = { code, data: none, log: '', info: '', gasWanted: BigInt(gas), gasUsed: 0n, events: [], codespace }
    return { $case: 'checkTx', value }
  }

  #listSnapshots(): AbciResponse {
    const { snapshots, height } = this.#options
    return { $case: 'listSnapshots', value: { snapshots: snapshots?.list(height.height) ?? [] } }
  }

  async #loadChunk({ height, format, chunk: index }: RequestLoadSnapshotChunk): Promise<AbciResponse> {
    const chunk = (await this.#options.snapshots?.chunk(height, format, index)) ?? none
    return { $case: 'loadSnapshotChunk', value: { chunk } }
  }

  async #prepare({ txs, maxTxBytes, height }: RequestPrepareProposal): Promise<AbciResponse> {
    const { application, clock } = this.#options
    // Nothing is proposed at a height that is decided: without its time item such a block is accepted by nobody.
    if (this.#again !== null) return { $case: 'prepareProposal', value: { txs: [] } }
    const items = await application.propose({
      height: Number(height),
      timeMs: clock.now(),
      candidates: txs,
      bytesMax: Number(maxTxBytes) - itemOverheadBytes * (txs.length + 1),
      gasMax: application.info().gasBlockMax,
    })
    return { $case: 'prepareProposal', value: { txs: items } }
  }

  async #process(request: RequestProcessProposal): Promise<AbciResponse> {
    const height = Number(request.height)
    const hash = toHex(request.hash)
    const verdict = this.#judge(request, height, hash)
    const accepted = verdict === 'fits' && (await this.#options.application.process({ height, items: request.txs }))
    if (accepted) this.#proposals.accepted(hash)
    else {
      const reason = verdict === 'fits' ? 'itsItems' : verdict
      this.#options.warn?.('A proposed block is voted against', { height, hash, reason })
    }
    return {
      $case: 'processProposal',
      value: { status: accepted ? ProposalStatus.ACCEPT : ProposalStatus.REJECT },
    }
  }

  #judge({ txs, time }: RequestProcessProposal, height: number, hash: string): TimeVerdict | 'timeItem' | 'decided' {
    const { application, clock, consortium } = this.#options
    if (this.#again !== null) return 'decided'
    const timeMs = decodeTimeItem(txs[0] ?? none)
    const seen = this.#proposals.seen(height, hash, clock.monotonic())
    if (timeMs === null) return 'timeItem'
    return judgeTime({
      timeMs,
      lastTimeMs: application.info().timeMs,
      headerTimeMs: millisecondsOf(time),
      nowMs: clock.now(),
      toleranceMs: consortium().parameters.clockToleranceMs,
      ...seen,
    })
  }

  async #finalize(request: RequestFinalizeBlock): Promise<AbciResponse> {
    const { application, consortium, height: reached } = this.#options
    const height = Number(request.height)
    const again = this.#again
    if (again !== null) return { $case: 'finalizeBlock', value: resultOf(await again.finalize(height, request.txs)) }
    assert(height === reached.height + 1, `block ${height} follows block ${reached.height}`)
    const finalized = await application.finalize({ height, items: request.txs })
    this.#decided = { height, finalized, headerTimeMs: millisecondsOf(request.time) }
    const { outcome, appHash } = finalized
    const after = outcome.consortium === null ? null : decodeDocument(outcome.consortium.document)
    const change = after === null ? null : { before: consortium(), after }
    const value = resultOf({ codes: outcome.results.map(({ code }) => code), appHash, change })
    return { $case: 'finalizeBlock', value }
  }

  async #commit(): Promise<AbciResponse> {
    const { application, events, height: reached } = this.#options
    if (this.#again !== null) {
      events.committed(this.#again.commit(), null, 0)
      return { $case: 'commit', value: { retainHeight: 0n } }
    }
    assert(this.#decided !== null, 'a block is decided before it is committed')
    const { height, finalized, headerTimeMs } = this.#decided
    this.#decided = null
    const side = events.sideOf(finalized)
    await application.commit(finalized, side)
    reached.reached(height, application.info())
    await this.#options.snapshots?.committed(height)
    events.committed(height, finalized.transactions.length === 0 ? null : { ...finalized, side }, headerTimeMs)
    return { $case: 'commit', value: { retainHeight: 0n } }
  }
}

const millisecondsOf = (time: RequestFinalizeBlock['time']): number =>
  Number(time?.seconds ?? 0n) * 1_000 + Math.floor((time?.nanos ?? 0) / 1_000_000)

/** What CometBFT is told of a block. */
function resultOf({ codes, appHash, change }: BlockEffects): ResponseFinalizeBlock {
  const value: ResponseFinalizeBlock = {
    events: [],
    // The first is that of the time item.
    txResults: [0, ...codes].map(transactionResultOf),
    validatorUpdates: [],
    consensusParamUpdates: undefined,
    appHash,
  }
  if (change === null) return value
  const { before, after } = change
  value.validatorUpdates = validatorChanges(before, after).map(({ publicKey, power }) => ({
    pubKey: { sum: { $case: 'ed25519', value: publicKey } },
    power: BigInt(power),
  }))
  const { gasBlockMax } = after.parameters
  if (gasBlockMax !== before.parameters.gasBlockMax) {
    const block = { maxBytes: BigInt(consensusBlockBytesMax), maxGas: BigInt(gasBlockMax) }
    const others = { evidence: undefined, validator: undefined, version: undefined, abci: undefined }
    value.consensusParamUpdates = { block, ...others, authority: undefined }
  }
  return value
}

/** The part of a result that goes into the next header; CometBFT's other fields are not used. */
function transactionResultOf(code: number): ExecTxResult {
  return { code, data: none, log: '', info: '', gasWanted: 0n, gasUsed: 0n, events: [], codespace: '' }
}
