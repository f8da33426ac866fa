/**
 * The engine of a consortium: CometBFT orders transactions into blocks, our ledger is its application. A submission is checked
 * here, given to CometBFT's mempool, and answered when the block that holds it is durable here. docs/spec/engine.md, CometBFT.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { codes, type ResultCode } from '@jurat/core/ledger/codes'
import type { ConsortiumDocument } from '@jurat/core/ledger/consortium'
import type { ParsedTransaction } from '@jurat/core/ledger/parse'
import type { Clock, Timers } from '../../platform/clock.ts'
import type { Files } from '../../platform/files.ts'
import { AbciServer } from '../abci/server.ts'
import type { Application, CommittedBlock } from '../application.ts'
import { EngineError, type Committed, type Engine, type Refused, type SubmissionSide } from '../engine.ts'
import { validatorsOf } from './chain.ts'
import { AbciDriver } from './driver.ts'
import { EngineHeight } from './engineHeight.ts'
import { PendingTransactions, type Pending } from './pending.ts'
import type { BlockHistory } from './redelivery.ts'
import type { CometRpc } from './rpc.ts'
import { describeStall } from './stall.ts'

/** Bounds of the engine. */
export interface CometbftLimits {
  /** Most bytes of transactions that were submitted and have no outcome yet; beyond, `overloaded`. */
  readonly queueBytesMax: number
  /** So long a submission waits without any block being made; then its outcome is unknown, and new ones are turned away. */
  readonly noBlockMaxMs: number
  /** A transaction that is in no block by then is sent once more: CometBFT may have lost it. */
  readonly resendAfterMs: number
  /** So long `stop` waits for what was submitted. */
  readonly stopMaxMs: number
}

/** The bounds when nothing else is configured. */
export const cometbftLimits: CometbftLimits = {
  queueBytesMax: 64 * 1_048_576,
  noBlockMaxMs: 10_000,
  resendAfterMs: 10_000,
  stopMaxMs: 5_000,
}

/** Charged to the queue for each transaction besides its bytes: promises, results, parsed headers. */
const submissionOverheadBytes = 1_024

/** How often what waits is looked at, milliseconds. */
const sweepMs = 1_000

/** Transactions that one look sends again. */
const resentMax = 256

/**
 * So long after blocks are made again new transactions wait for those whose outcome was unknown, milliseconds: whoever repeats
 * a request under its key then finds it done, and not done twice.
 */
const settlingMaxMs = 10_000

/** What the engine needs. */
export interface CometbftOptions {
  readonly application: Application
  /** The consortium document in force at the applied position. */
  readonly consortium: () => ConsortiumDocument
  /** The network's genesis. */
  readonly genesis: Bytes
  readonly crypto: CryptoProvider
  readonly files: Files
  readonly dataFolder: string
  /** Path of the Unix socket that CometBFT connects to (its `proxy_app`). */
  readonly socketPath: string
  readonly rpc: CometRpc
  readonly clock: Clock
  readonly timers: Timers
  readonly limits?: CometbftLimits
  /** Ends the process: the state of the disk is unknown, or the ledger met a bug. Called once. */
  readonly fatal: (error: unknown) => void
  /** Told when a follower of blocks throws, a proposal is refused, a connection sends garbage, or no block is made. */
  readonly warn?: (message: string, details: Record<string, unknown>) => void
  /** Given when CometBFT has lost its store (its keys and their state are kept): it gets the chain again from the others. */
  readonly rebuild?: BlockHistory
  /**
   * Told when the engine's block after this height is committed: its header carries what the ledger's root was after it, and
   * CometBFT compared it with what this node had answered.
   */
  readonly confirmed?: (height: number) => void
  /** Why no transaction may be taken now (muted, read-only); null when all is well. */
  readonly closed?: () => EngineError | null
}

/** How the engine gets on: what its supervisor watches. */
export interface CometbftProgress {
  /** Height of the last committed block, also one without transactions. */
  readonly height: number
  /** Since that block, or since the start, milliseconds. */
  readonly sinceBlockMs: number
  /** Connections of CometBFT; four when it runs. */
  readonly connections: number
  /** Transactions for whose outcome somebody waits. */
  readonly awaited: number
  /** Why no block is made, while none is. */
  readonly stalled: string | null
}

/** Orders transactions into blocks by CometBFT. */
export class CometbftEngine implements Engine {
  readonly #options: CometbftOptions
  readonly #limits: CometbftLimits
  readonly #height: EngineHeight
  readonly #driver: AbciDriver
  readonly #server: AbciServer
  readonly #pending = new PendingTransactions()
  readonly #listeners = new Set<(block: CommittedBlock) => void>()
  #checkedBytes = 0
  #blockMs: number
  #stalled: string | null = null
  /** When blocks were made again after none was. */
  #healedMs = -Infinity
  #ended: EngineError | null = null
  #idle: (() => void)[] = []
  #cancelSweep: () => void = () => undefined

  private constructor(options: CometbftOptions, height: EngineHeight) {
    this.#options = options
    this.#limits = options.limits ?? cometbftLimits
    this.#height = height
    this.#blockMs = options.clock.monotonic()
    const events = {
      connected: () => this.#connected(),
      sideOf: this.#pending.sideOf.bind(this.#pending),
      committed: (height: number, block: CommittedBlock | null) => this.#committed(height, block),
      checked: (tx: Bytes, txHash: Bytes | null, code: ResultCode) => this.#checked(tx, txHash, code),
    }
    this.#driver = new AbciDriver({ ...options, height, events })
    const { socketPath, warn } = options
    const fatal = (error: unknown): void => void this.#fail(error)
    this.#server = new AbciServer({
      socketPath,
      handle: this.#driver.handle,
      fatal,
      ...(warn === undefined ? {} : { warn }),
    })
  }

  /** Opens it: CometBFT may be started then. @throws when the socket cannot be made */
  static async open(options: CometbftOptions): Promise<CometbftEngine> {
    const { files, dataFolder, timers, warn } = options
    const heightOptions = {
      files,
      dataFolder,
      timers,
      warn: (error: unknown) => warn?.("The engine's height cannot be written", { error }),
    }
    const engine = new CometbftEngine(options, await EngineHeight.open(heightOptions, options.application.info()))
    await engine.#server.listen()
    engine.#watch()
    return engine
  }

  /** Bytes of transactions without an outcome. */
  get queuedBytes(): number {
    return this.#checkedBytes + this.#pending.costBytes
  }

  get progress(): CometbftProgress {
    return {
      height: this.#height.height,
      sinceBlockMs: this.#options.clock.monotonic() - this.#blockMs,
      connections: this.#server.connections,
      awaited: this.#pending.awaited,
      stalled: this.#stalled,
    }
  }

  onBlock(listener: (block: CommittedBlock) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** CometBFT's store is behind the ledger: when it comes up again it gets the chain from its first block. */
  rebuild(history: BlockHistory): void {
    this.#driver.deliverAgain(history)
  }

  async submit(tx: Bytes | ParsedTransaction, side?: SubmissionSide): Promise<Committed | Refused> {
    const bytes = tx instanceof Uint8Array ? tx : tx.bytes
    const closed = this.#ended ?? this.#options.closed?.() ?? this.#stallError()
    if (closed !== null) throw closed
    const costBytes = bytes.length + submissionOverheadBytes
    if (this.queuedBytes + costBytes > this.#limits.queueBytesMax) throw overloaded()
    const { code, txHash } = await this.#check(bytes, costBytes)
    if (code !== codes.success || txHash === null) return { state: 'refused', code, txHash }
    if (this.#ended !== null) throw this.#ended
    const committed = this.#pending.recent(txHash)
    if (committed !== undefined) return committed
    return new Promise((resolve, reject) => {
      const pending = this.#pendingOf(bytes, txHash, costBytes)
      pending.waiters.push({ resolve, reject })
      if (side !== undefined) pending.sides.push(side)
      if (pending.sentMs === null) void this.#send(pending)
    })
  }

  /**
   * Takes nothing more, waits a while for what was submitted, and closes the socket. CometBFT should be stopped between the
   * two: `stopCometbft` is called there.
   */
  async stop(stopCometbft: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    this.#ended ??= new EngineError('stopped', 'The node is shutting down.')
    if (this.#pending.awaited > 0) {
      const waited = new Promise<void>((resolve) => this.#idle.push(resolve))
      await Promise.race([waited, this.#options.timers.sleep(this.#limits.stopMaxMs)])
    }
    this.#cancelSweep()
    await stopCometbft()
    await this.#server.close()
    await this.#height.write()
    this.#options.rpc.close()
    const error = new EngineError('stopped', 'The node stopped before the outcome was known; ask for it by its hash.')
    for (const pending of this.#pending.all()) this.#pending.drop(pending, error)
  }

  async #check(bytes: Bytes, costBytes: number): Promise<{ code: ResultCode; txHash: Bytes | null }> {
    this.#checkedBytes += costBytes
    try {
      return await this.#options.application.check(bytes)
    } catch (error) {
      throw this.#fail(error)
    } finally {
      this.#checkedBytes -= costBytes
    }
  }

  #pendingOf(tx: Bytes, txHash: Bytes, costBytes: number): Pending {
    const known = this.#pending.get(txHash)
    if (known !== undefined) return known
    const submittedMs = this.#options.clock.monotonic()
    const pending = { tx, txHash, costBytes, submittedMs, sides: [], waiters: [], sentMs: null, taken: false }
    this.#pending.add(pending)
    return pending
  }

  /**
   * Gives a transaction to CometBFT, once the chain has begun. Never rejects: whether it was taken shows in blocks.
   *
   * CometBFT makes its first block by itself when enough members are there. What it takes before, it sends to members that
   * still look for a chain to catch up with: they throw it away, it is not sent to them again, and stays where it is
   * (mempool/reactor.go: Receive; on a longer chain broadcastTxRoutine waits until such a member has reached its height).
   */
  async #send(pending: Pending): Promise<void> {
    if (this.#height.height === 0) return
    pending.sentMs = this.#options.clock.monotonic()
    const outcome = await this.#options.rpc.broadcast(pending.tx)
    switch (outcome.kind) {
      case 'checked':
      case 'known':
        // A refusal was told by the check itself, which this process has answered.
        pending.taken = true
        return
      case 'unknown':
        pending.taken = true
        pending.sentMs = null
        return
      case 'tooBig':
        return this.#pending.refuse(pending, codes.tooBig)
      case 'full':
        return this.#notTaken(pending, overloaded())
      case 'catchingUp':
        return this.#notTaken(
          pending,
          new EngineError(
            'stalled',
            'This member is catching up with the network, or reaches no other member, and takes nothing yet.',
          ),
        )
    }
  }

  /** Ends one that CometBFT did not take, unless it has taken it before. */
  #notTaken(pending: Pending, error: EngineError): void {
    if (!pending.taken) this.#pending.drop(pending, error)
    this.#settleIdle()
  }

  /** CometBFT asks where we stand: it has started, and its mempool is empty. */
  #connected(): void {
    for (const pending of this.#pending.all()) pending.sentMs = null
  }

  #checked(tx: Bytes, txHash: Bytes | null, code: ResultCode): void {
    // What stands in a block is a repetition from then on; its block tells the outcome.
    if (code === codes.success || code === codes.replay || txHash === null) return
    this.#pending.checked(tx, txHash, code)
    this.#settleIdle()
  }

  #committed(height: number, block: CommittedBlock | null): void {
    this.#blockMs = this.#options.clock.monotonic()
    if (this.#stalled !== null) {
      this.#options.warn?.('Blocks are being made again', { height: this.#height.height })
      this.#stalled = null
      this.#healedMs = this.#blockMs
    }
    this.#options.confirmed?.(height - 1)
    if (block === null) return
    this.#pending.settle(block)
    this.#settleIdle()
    for (const listener of this.#listeners) {
      try {
        listener(block)
      } catch (error) {
        this.#options.warn?.('A follower of blocks failed', { height: block.height, error })
      }
    }
  }

  #settleIdle(): void {
    if (this.#pending.awaited > 0) return
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  #watch(): void {
    this.#cancelSweep = this.#options.timers.after(sweepMs, () => {
      void this.#sweep().then(() => {
        if (this.#ended?.cause === undefined) this.#watch()
      })
    })
  }

  /** Sends again what may be lost, ends what can stand in no block any more, and notices that no block is made. */
  async #sweep(): Promise<void> {
    const now = this.#options.clock.monotonic()
    const { resendAfterMs, noBlockMaxMs } = this.#limits
    const due = this.#pending.all().filter(({ sentMs }) => sentMs === null || now - sentMs >= resendAfterMs)
    for (const pending of due.slice(0, resentMax)) await this.#resend(pending)
    const lost = this.#pending
      .all()
      .filter(
        ({ waiters, submittedMs }) => waiters.length > 0 && now - Math.max(submittedMs, this.#blockMs) >= noBlockMaxMs,
      )
    // While it lasts the reason is asked anew: members come and go.
    if (lost.length > 0 || this.#stalled !== null) await this.#stall(lost)
  }

  async #resend(pending: Pending): Promise<void> {
    try {
      const { code } = await this.#options.application.check(pending.tx)
      this.#checked(pending.tx, pending.txHash, code)
    } catch (error) {
      this.#fail(error)
    }
    if (this.#pending.get(pending.txHash) === pending) void this.#send(pending)
  }

  async #stall(lost: readonly Pending[]): Promise<void> {
    const { rpc, crypto, consortium, warn } = this.#options
    const before = this.#blockMs
    const reason = await describeStall(rpc, validatorsOf(crypto, consortium()))
    if (this.#blockMs !== before) return
    if (this.#stalled === null) warn?.('No block is made', { reason })
    this.#stalled = reason
    const message = `${this.#stallSentence(reason)} What was sent may still be recorded once blocks are made again.`
    for (const pending of lost) this.#pending.leave(pending, new EngineError('stalled', message))
    this.#settleIdle()
  }

  #stallError(): EngineError | null {
    if (this.#stalled !== null) {
      return new EngineError('stalled', `${this.#stallSentence(this.#stalled)} Nothing was taken.`)
    }
    const settling = this.#options.clock.monotonic() - this.#healedMs < settlingMaxMs && this.#pending.unanswered
    if (!settling) return null
    return new EngineError('stalled', 'Blocks are made again; requests that were cut off are finished first.')
  }

  #stallSentence(reason: string): string {
    const seconds = Math.floor((this.#options.clock.monotonic() - this.#blockMs) / 1_000)
    return `No block has been made for ${seconds} seconds. ${reason}`
  }

  #fail(cause: unknown): EngineError {
    if (this.#ended?.cause !== undefined) return this.#ended
    const error = new EngineError('stopped', 'The node has failed and ends; see its log.', { cause })
    this.#ended = error
    this.#cancelSweep()
    this.#options.fatal(cause)
    for (const pending of this.#pending.all()) this.#pending.drop(pending, error)
    this.#settleIdle()
    return error
  }
}

function overloaded(): EngineError {
  return new EngineError('overloaded', 'Too many transactions are waiting; send it again in a second.')
}
