/**
 * The application that an engine drives: what the ledger is to the engine, and nothing else. Both engines (solo, and
 * CometBFT over its socket) use it in the same way; the simulator runs it too.
 *
 * A block is a list of byte strings. Its first item, exactly once, is CBOR `[0, timeMs]` (docs/spec/engine.md); every
 * other item is a signed transaction.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import type { BlockOutcome } from '@jurat/core/ledger/block'
import type { ResultCode } from '@jurat/core/ledger/codes'
import type { ParsedTransaction } from '@jurat/core/ledger/parse'
import type { IdempotencyRecord, TreeExtension } from '../store/store.ts'

/** What the application has committed. */
export interface ApplicationInfo {
  readonly networkId: Bytes
  /** Height of the last committed block with transactions; 0 is the genesis. */
  readonly height: number
  /** Block time of that block, milliseconds since 1970 UTC. */
  readonly timeMs: number
  /** Entries in the log. */
  readonly size: number
  /** RFC 6962 root of the log, 32 bytes. */
  readonly root: Bytes
  /** `u64 size ‖ root`, 40 bytes: CometBFT's app hash. */
  readonly appHash: Bytes
  /** Most gas of a block, from the parameters in force. */
  readonly gasBlockMax: number
}

/** The answer of `check`: `success` admits the transaction into the pool. */
export interface CheckResult {
  readonly code: ResultCode
  /** Hash of the signed message; null when the envelope could not be read. */
  readonly txHash: Bytes | null
  /** Cost in gas; 0 when the envelope could not be read. */
  readonly gas: number
}

/** What a proposer asks for. */
export interface ProposalRequest {
  readonly height: number
  /** The proposer's clock, milliseconds; the block gets the last block's time when that is later. */
  readonly timeMs: number
  /** Signed transactions, in the order of their arrival. */
  readonly candidates: readonly Bytes[]
  /** Most bytes of all items together, the time item included. */
  readonly bytesMax: number
  /** Most gas of all transactions together. */
  readonly gasMax: number
}

/** A proposed or decided block. */
export interface BlockInput {
  readonly height: number
  /** The time item, then signed transactions. */
  readonly items: readonly Bytes[]
}

/** A block that was executed; nothing of it is written yet. */
export interface FinalizedBlock {
  readonly height: number
  readonly timeMs: number
  readonly transactions: readonly ParsedTransaction[]
  readonly outcome: BlockOutcome
  /** Size and root of the log after the block. */
  readonly extension: TreeExtension
  /** `u64 size ‖ root`, 40 bytes. */
  readonly appHash: Bytes
}

/** Data of this node that is stored with a block and is no part of what is hashed. */
export interface BlockSide {
  /** Idempotency keys of its transactions. */
  readonly idempotency: readonly IdempotencyRecord[]
}

/** A durable block, as told to those who follow the ledger. */
export interface CommittedBlock extends FinalizedBlock {
  readonly side: BlockSide
}

/** The ledger as an engine sees it. One call of `propose`, `process`, `finalize`, `commit` at a time; `check` any time. */
export interface Application {
  info(): ApplicationInfo
  /** Whether a transaction may wait for a block. Does not touch the disk. */
  check(tx: Bytes): Promise<CheckResult>
  /**
   * Makes the items of a block from candidates: executes them in order, drops the refused and what does not fit.
   * The result has the time item alone when nothing is left.
   */
  propose(request: ProposalRequest): Promise<Bytes[]>
  /** Whether a proposed block is well formed and holds no refused transaction. May run on several candidates. */
  process(block: BlockInput): Promise<boolean>
  /**
   * Executes a decided block: results, entries, changes, root. Pure: writes nothing, may be called again.
   * @throws AssertionFailure when it holds a refused transaction: the node must stop.
   */
  finalize(block: BlockInput): Promise<FinalizedBlock>
  /** Makes a finalized block durable; the only call that writes. @throws when the disk fails: the node must stop. */
  commit(finalized: FinalizedBlock, side?: BlockSide): Promise<void>
}
