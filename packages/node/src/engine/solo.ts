/**
 * The engine of one machine. Group commit: a block is whatever arrived while the last one was being written, bounded
 * by bytes and gas; when much waits, the next is executed meanwhile. Its time is the node's clock, never backwards; while the clocks part it makes none.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import { codes } from '@jurat/core/ledger/codes'
import type { ParsedTransaction } from '@jurat/core/ledger/parse'
import type { Clock, Timers } from '../platform/clock.ts'
import type { Application, CommittedBlock, FinalizedBlock } from './application.ts'
import { ClockGuard } from './clockGuard.ts'
import { EngineError, type Committed, type Engine, type Refused, type SubmissionSide } from './engine.ts'

/** Bounds of the solo engine. */
export interface SoloLimits {
  /** Most bytes of a block's items together. */
  readonly blockBytesMax: number
  /** Most bytes of transactions that were submitted and are not committed yet; beyond, `overloaded`. */
  readonly queueBytesMax: number
}

/** The bounds when nothing else is configured. */
export const soloLimits: SoloLimits = { blockBytesMax: 16 * 1_048_576, queueBytesMax: 64 * 1_048_576 }

/** Charged to the queue for each transaction besides its bytes: promises, results, parsed headers. */
const submissionOverheadBytes = 1_024

/** So many waiting bytes make a block although the last one is still being written: execution and disk then overlap. */
const earlyBlockBytesMin = 262_144

/** Blocks that may be on their way to the disk when another is executed. */
const writingBlocksMax = 3

/** How often the clocks are compared while nothing happens, milliseconds. */
const clockCheckMs = 1_000

/** What the solo engine needs. */
export interface SoloOptions {
  readonly application: Application
  readonly clock: Clock
  readonly timers: Timers
  readonly limits?: SoloLimits
  /** Ends the process: the state of the disk is unknown, or the ledger met a bug. Called once. */
  readonly fatal: (error: unknown) => void
  /** Told when a follower of blocks throws, and when the clocks part or agree again. */
  readonly warn?: (message: string, details: Record<string, unknown>) => void
  /** Why no transaction may be taken now (muted, read-only); null when all is well. */
  readonly closed?: () => EngineError | null
}

interface Submission {
  readonly tx: Bytes
  readonly side: SubmissionSide | undefined
  readonly resolve: (outcome: Committed | Refused) => void
  readonly reject: (error: EngineError) => void
}

const noSide: SubmissionSide = { idempotency: [] }

/** Orders transactions into blocks on one machine. */
export class SoloEngine implements Engine {
  readonly #options: SoloOptions
  readonly #limits: SoloLimits
  readonly #guard: ClockGuard
  readonly #listeners = new Set<(block: CommittedBlock) => void>()
  #queue: Submission[] = []
  #queuedBytes = 0
  #making: Promise<void> | null = null
  /** Blocks on their way to the disk, in order. */
  readonly #writing: Promise<void>[] = []
  /** The last executed block. */
  #position: { readonly height: number; readonly timeMs: number }
  #ended: EngineError | null = null
  #clockOk = true
  #cancelClockCheck: () => void
  #idle: (() => void)[] = []

  constructor(options: SoloOptions) {
    this.#options = options
    this.#limits = options.limits ?? soloLimits
    this.#guard = new ClockGuard(options.clock)
    this.#position = options.application.info()
    this.#cancelClockCheck = options.timers.after(clockCheckMs, () => this.#watchClock())
  }

  /** Bytes that wait for a block, or are in one that is being written. */
  get queuedBytes(): number {
    return this.#queuedBytes
  }

  onBlock(listener: (block: CommittedBlock) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async submit(tx: Bytes | ParsedTransaction, side?: SubmissionSide): Promise<Committed | Refused> {
    const bytes = tx instanceof Uint8Array ? tx : tx.bytes
    const closed = this.#ended ?? this.#options.closed?.() ?? this.#clockError()
    if (closed !== null) throw closed
    const cost = bytes.length + submissionOverheadBytes
    if (this.#queuedBytes + cost > this.#limits.queueBytesMax) {
      throw new EngineError('overloaded', 'Too many transactions are waiting; send it again in a second.')
    }
    this.#queuedBytes += cost
    try {
      const checked = await this.#check(bytes)
      if (checked !== null) return checked
      return await new Promise<Committed | Refused>((resolve, reject) => {
        this.#queue.push({ tx: bytes, side, resolve, reject })
        this.#wake()
      })
    } finally {
      this.#queuedBytes -= cost
      this.#settleIdle()
    }
  }

  async stop(): Promise<void> {
    this.#ended ??= new EngineError('stopped', 'The node is shutting down.')
    this.#cancelClockCheck()
    if (this.#queuedBytes > 0) await new Promise<void>((resolve) => this.#idle.push(resolve))
    await this.#making
    await Promise.all(this.#writing)
  }

  async #check(bytes: Bytes): Promise<Refused | null> {
    try {
      const { code, txHash } = await this.#options.application.check(bytes)
      if (code !== codes.success) return { state: 'refused', code, txHash }
    } catch (error) {
      throw this.#fail(error)
    }
    return null
  }

  #settleIdle(): void {
    if (this.#queuedBytes > 0) return
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  #wake(): void {
    this.#making ??= this.#makeBlocks()
  }

  async #makeBlocks(): Promise<void> {
    // The first step waits, so that `#making` is set before it can be cleared.
    await Promise.resolve()
    try {
      while (this.#queue.length > 0) {
        await this.#turn()
        const error = this.#failure() ?? this.#clockError()
        if (error === null) await this.#makeBlock()
        else for (const submission of this.#queue.splice(0)) submission.reject(error)
      }
    } catch (error) {
      this.#fail(error)
    }
    // Nothing runs between the last look at the queue and this line, so no submission is left without a maker.
    this.#making = null
  }

  async #makeBlock(): Promise<void> {
    const candidates = this.#take()
    try {
      const { kept, dropped } = await this.#decide(candidates)
      await this.#recheck(dropped, kept.length)
    } catch (error) {
      // Whoever has no answer yet is told that the node failed.
      this.#queue.unshift(...candidates)
      throw error
    }
  }

  async #decide(candidates: readonly Submission[]): Promise<Split> {
    const { application, clock } = this.#options
    const height = this.#position.height + 1
    const items = await application.propose({
      height,
      timeMs: Math.max(clock.now(), this.#position.timeMs),
      candidates: candidates.map(({ tx }) => tx),
      bytesMax: this.#limits.blockBytesMax,
      gasMax: application.info().gasBlockMax,
    })
    const { kept, dropped } = split(candidates, items)
    if (kept.length > 0) {
      const finalized = await application.finalize({ height, items })
      this.#position = finalized
      this.#writing.push(this.#write(finalized, kept))
    }
    return { kept, dropped }
  }

  /** Writes a block. The next one can be executed at once; its answers wait until it is durable. Never rejects. */
  async #write(finalized: FinalizedBlock, kept: readonly Submission[]): Promise<void> {
    const side = {
      idempotency: kept.flatMap((submission, transaction) =>
        (submission.side ?? noSide).idempotency.map((record) => ({ ...record, transaction })),
      ),
    }
    try {
      await this.#options.application.commit(finalized, side)
    } catch (error) {
      // Whether the block is on the disk is unknown: nobody may be told that it is not.
      const failure = this.#fail(error)
      for (const submission of kept) submission.reject(failure)
      return
    }
    // After a failure nothing counts as durable, also what was written before it.
    const failure = this.#failure()
    if (failure !== null) {
      for (const submission of kept) submission.reject(failure)
      return
    }
    answer(finalized, kept)
    for (const listener of this.#listeners) {
      try {
        listener({ ...finalized, side })
      } catch (error) {
        this.#options.warn?.('A follower of blocks failed', { height: finalized.height, error })
      }
    }
  }

  /** Waits until the next block may be made: until nothing is being written, or enough waits to be worth a block. */
  async #turn(): Promise<void> {
    while (this.#writing.length > 0) {
      const waitingBytes = this.#queue.reduce((sum, { tx }) => sum + tx.length, 0)
      if (waitingBytes >= earlyBlockBytesMin && this.#writing.length < writingBlocksMax) return
      await this.#writing.shift()
    }
  }

  /** Takes candidates for a block: at least one, then while they fit. */
  #take(): Submission[] {
    let bytes = 0
    let count = 0
    for (const { tx } of this.#queue) {
      bytes += tx.length
      if (count > 0 && bytes > this.#limits.blockBytesMax) break
      count++
    }
    return this.#queue.splice(0, count)
  }

  /** Answers candidates that the proposal left out: refused by now, or to be tried in the next block. */
  async #recheck(dropped: readonly Submission[], keptCount: number): Promise<void> {
    const again: Submission[] = []
    for (const submission of dropped) {
      const { code, txHash } = await this.#options.application.check(submission.tx)
      if (code !== codes.success) submission.resolve({ state: 'refused', code, txHash })
      else again.push(submission)
    }
    // A block that took none of several candidates would be proposed for ever: the first can never fit.
    const [first] = again
    if (keptCount === 0 && first !== undefined) {
      again.shift()
      first.resolve({ state: 'refused', code: codes.gasTooBig, txHash: null })
    }
    this.#queue.unshift(...again)
  }

  #failure(): EngineError | null {
    return this.#ended !== null && this.#ended.cause !== undefined ? this.#ended : null
  }

  #fail(cause: unknown): EngineError {
    const failed = this.#failure()
    if (failed !== null) return failed
    const error = new EngineError('stopped', 'The node has failed and ends; see its log.', { cause })
    this.#ended = error
    this.#cancelClockCheck()
    this.#options.fatal(cause)
    for (const submission of this.#queue.splice(0)) submission.reject(error)
    return error
  }

  #watchClock(): void {
    this.#clockError()
    this.#cancelClockCheck = this.#options.timers.after(clockCheckMs, () => this.#watchClock())
  }

  #clockError(): EngineError | null {
    const verdict = this.#guard.check()
    if (verdict.ok !== this.#clockOk) {
      this.#clockOk = verdict.ok
      const message = verdict.ok ? 'The clocks agree again' : 'The clock jumped: no blocks until it is right or steady'
      this.#options.warn?.(message, verdict.ok ? {} : { offByMs: verdict.offByMs })
    }
    if (verdict.ok) return null
    return new EngineError(
      'clockJumped',
      `The machine's clock jumped by ${verdict.offByMs} ms; no blocks are made until it is right again.`,
    )
  }
}

/** Candidates by whether the proposal kept them. */
interface Split {
  readonly kept: readonly Submission[]
  readonly dropped: readonly Submission[]
}

/** A proposal keeps the order of its candidates and the very same byte strings. */
function split(candidates: readonly Submission[], items: readonly Bytes[]): Split {
  const kept: Submission[] = []
  const dropped: Submission[] = []
  for (const submission of candidates) {
    if (submission.tx === items[kept.length + 1]) kept.push(submission)
    else dropped.push(submission)
  }
  return { kept, dropped }
}

function answer(finalized: FinalizedBlock, kept: readonly Submission[]): void {
  const { height, timeMs, outcome } = finalized
  for (const [i, submission] of kept.entries()) {
    const result = outcome.results[i]
    if (result === undefined) throw new Error('a block has fewer results than transactions')
    const { code, txHash, firstIndex, entryCount } = result
    submission.resolve({ state: 'committed', code, txHash, height, firstIndex, entryCount, timeMs })
  }
}
