/**
 * The engine of a consortium: CometBFT orders transactions into blocks, our ledger is its application. A submission is checked
 * here, given to CometBFT's mempool, and answered when the block that holds it is durable here. docs/spec/engine.md, CometBFT.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import { codes, type ResultCode } from '@jurat/core/ledger/codes'
import type { ParsedTransaction } from '@jurat/core/ledger/parse'
import { decodeTransaction } from '@jurat/core/ledger/transaction'
import { AbciServer } from '../abci/server.ts'
import type { CommittedBlock } from '../application.ts'
import { EngineError, type Committed, type Engine, type Refused, type SubmissionSide } from '../engine.ts'
import { validatorsOf } from './chain.ts'
import { AbciDriver } from './driver.ts'
import { EngineHeight } from './engineHeight.ts'
import { KeptSides } from './keptSides.ts'
import {
  type CometbftLimits,
  type CometbftOptions,
  cometbftLimits,
  resentMax,
  settlingMaxMs,
  submissionOverheadBytes,
  sweepMs,
} from './options.ts'
import { PendingTransactions, type Pending } from './pending.ts'
import type { BlockHistory } from './redelivery.ts'
import { describeStall } from './stall.ts'

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
  readonly #sides: KeptSides
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

  private constructor(options: CometbftOptions, height: EngineHeight, sides: KeptSides) {
    this.#options = options
    this.#limits = options.limits ?? cometbftLimits
    this.#height = height
    this.#sides = sides
    this.#blockMs = options.clock.monotonic()
    const events = {
      connected: () => this.#connected(),
      sideOf: sides.sideOf.bind(sides),
      committed: this.#committed.bind(this),
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
    const height = await EngineHeight.open(heightOptions, options.application.info(), options.baseHeight)
    const engine = new CometbftEngine(options, height, await KeptSides.open(files, dataFolder))
    await engine.#takeUp()
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

  /** Whether a transaction under this idempotency key was given to CometBFT, and may come into a block yet. */
  outstanding(keyHash: Bytes): boolean {
    return this.#sides.has(keyHash)
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
    const { code, txHash } = await this.#admit(tx, costBytes, side?.idempotency ?? [])
    if (code !== codes.success || txHash === null) return { state: 'refused', code, txHash }
    if (this.#ended !== null) throw this.#ended
    const committed = this.#pending.recent(txHash)
    if (committed !== undefined) return committed
    return new Promise((resolve, reject) => {
      const pending = this.#pendingOf(bytes, txHash, costBytes)
      pending.waiters.push({ resolve, reject })
      pending.keyed ||= this.#sides.holds(txHash)
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
    await this.#sides.close()
    this.#options.rpc.close()
    const error = new EngineError('stopped', 'The node stopped before the outcome was known; ask for it by its hash.')
    for (const pending of this.#pending.all()) this.#pending.drop(pending, error)
  }

  /** Checks it; one under idempotency keys is durable with them before it leaves: its block may come after a crash. */
  async #admit(
    tx: Bytes | ParsedTransaction,
    costBytes: number,
    idempotency: SubmissionSide['idempotency'],
  ): Promise<{ code: ResultCode; txHash: Bytes | null }> {
    const bytes = tx instanceof Uint8Array ? tx : tx.bytes
    this.#checkedBytes += costBytes
    try {
      const { code, txHash } = await this.#options.application.check(bytes)
      if (code === codes.success && txHash !== null && idempotency.length > 0) {
        const { header } = tx instanceof Uint8Array ? decodeTransaction(bytes, bytes.length) : tx
        const deadlineMs = header.timestampMs + header.periodMs
        await this.#sides.keep({ tx: bytes, txHash, deadlineMs, idempotency })
      }
      return { code, txHash }
    } catch (error) {
      throw this.#fail(error)
    } finally {
      this.#checkedBytes -= costBytes
    }
  }

  /** What was in flight when the process ended is sent again: its block finds its keys, and a repetition finds its block. */
  async #takeUp(): Promise<void> {
    for (const { tx, txHash } of this.#sides.all()) {
      const { code } = await this.#options.application.check(tx)
      // Its block came before the process ended, and holds its keys.
      if (code === codes.replay) {
        this.#sides.forget(txHash)
        continue
      }
      const pending = this.#pendingOf(tx, txHash, tx.length + submissionOverheadBytes)
      pending.keyed = pending.taken = true
    }
  }

  #pendingOf(tx: Bytes, txHash: Bytes, costBytes: number): Pending {
    const known = this.#pending.get(txHash)
    if (known !== undefined) return known
    const submittedMs = this.#options.clock.monotonic()
    const pending = { tx, txHash, costBytes, submittedMs, keyed: false, waiters: [], sentMs: null, taken: false }
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
        this.#sides.forget(pending.txHash)
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
    if (!pending.taken) {
      this.#sides.forget(pending.txHash)
      this.#pending.drop(pending, error)
    }
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

  #committed(height: number, block: CommittedBlock | null, headerTimeMs: number): void {
    this.#blockMs = this.#options.clock.monotonic()
    if (this.#stalled !== null) {
      this.#options.warn?.('Blocks are being made again', { height: this.#height.height })
      this.#stalled = null
      this.#healedMs = this.#blockMs
    }
    this.#options.confirmed?.(height - 1)
    // Later blocks have later headers, and the rules let none be older than its header by more than the tolerance.
    this.#sides.passed(headerTimeMs - this.#options.consortium().parameters.clockToleranceMs)
    if (block === null) return
    for (const { txHash } of block.outcome.results) this.#sides.forget(txHash)
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
