/**
 * What an engine gives to the features above it, whichever engine it is: submission of transactions, and the news of
 * each block.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import type { ResultCode } from '@jurat/core/ledger/codes'
import type { ParsedTransaction } from '@jurat/core/ledger/parse'
import type { IdempotencyRecord } from '../store/store.ts'
import type { CommittedBlock } from './application.ts'

/** A transaction that stands in a durable block, with its result code: success, or failed without an entry. */
export interface Committed {
  readonly state: 'committed'
  readonly code: ResultCode
  readonly txHash: Bytes
  readonly height: number
  /** Index of its first entry; meaningless when it left none. */
  readonly firstIndex: number
  readonly entryCount: number
  /** Block time, milliseconds since 1970 UTC. */
  readonly timeMs: number
}

/** A transaction that stands in no block and consumed nothing. */
export interface Refused {
  readonly state: 'refused'
  readonly code: ResultCode
  /** Null when the envelope could not be read. */
  readonly txHash: Bytes | null
}

/** What is stored with the block that carries a transaction. */
export interface SubmissionSide {
  /** The engine adds the transaction's place in its block. */
  readonly idempotency: readonly Omit<IdempotencyRecord, 'transaction'>[]
}

/**
 * Why an engine takes no transaction: `overloaded` too much waits already (try again), `clockJumped` the machine's
 * clocks have parted (heals), `muted` the signer's state is being asked for (heals), `readOnly` the log has ended for
 * ever, `stopped` the node is shutting down or has failed, `stalled` the network makes no blocks: the message says what is missing (heals).
 */
export type EngineErrorCode = 'overloaded' | 'clockJumped' | 'muted' | 'readOnly' | 'stopped' | 'stalled'

/**
 * An engine that takes no transaction at present. What was submitted is in no block, unless the code is `stopped` or `stalled`: then it
 * may come into one later.
 */
export class EngineError extends Error {
  readonly code: EngineErrorCode

  constructor(code: EngineErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'EngineError'
    this.code = code
  }
}

/** Orders transactions into blocks. */
export interface Engine {
  /**
   * Brings a transaction into a block and waits until that is durable.
   * @throws {EngineError} when the engine takes none, or ended before the outcome was known.
   */
  submit(tx: Bytes | ParsedTransaction, side?: SubmissionSide): Promise<Committed | Refused>
  /** Calls `listener` after each committed block, in order; gives the end of it. */
  onBlock(listener: (block: CommittedBlock) => void): () => void
  /** Finishes what was accepted, then takes nothing more. */
  stop(): Promise<void>
}
