/**
 * Transactions that their senders signed, and what became of them; ballots with this member's key.
 * @module
 */
import type { BallotRequest, Transaction, TransactionOutcome } from '@jurat/api/transactions'
import { equal, toBase64, toHex, type Bytes } from '@jurat/core/bytes'
import { JuratError } from '@jurat/core/errors'
import { codes } from '@jurat/core/ledger/codes'
import type { Committed, Refused } from '../engine/engine.ts'
import type { StoredTransaction } from '../store/store.ts'

/** Longest wait for a witnessed answer, milliseconds. */
export const witnessedWaitMs = 30_000

/** A transaction that the ledger refused or failed. */
export class TransactionError extends JuratError<'ledger'> {
  readonly resultCode: number
  readonly txHash: Bytes | null

  constructor(resultCode: number, txHash: Bytes | null) {
    super('ledger', `result code ${resultCode}`)
    this.resultCode = resultCode
    this.txHash = txHash
  }
}

/** What transactions stand on. */
export interface TransactionOptions {
  readonly submit: (tx: Bytes) => Promise<Committed | Refused>
  readonly stored: (txHash: Bytes) => Promise<StoredTransaction | null>
  /** Size of the newest quorum-complete checkpoint. */
  readonly completeSize: () => number
  readonly covered: (size: number, timeoutMs: number) => Promise<boolean>
  readonly hasWitnesses: () => boolean
  /** Signs a proposal (30) or an approval (31) with this member's ballot key. */
  readonly signProposal: (operation: BallotRequest) => Bytes
  readonly signVote: (proposal: Bytes, operationHash: Bytes) => Bytes
}

/** Submits and finds transactions. */
export class Transactions {
  readonly #options: TransactionOptions

  constructor(options: TransactionOptions) {
    this.#options = options
  }

  /**
   * Submits a signed transaction. The very same bytes again give the first answer.
   * @throws TransactionError when it is refused or failed; EngineError.
   */
  async submit(tx: Bytes, witnessed: boolean): Promise<TransactionOutcome> {
    const outcome = await this.#options.submit(tx)
    const committed = outcome.state === 'refused' ? await this.#repeated(tx, outcome) : outcome
    if (committed.code !== codes.success) throw new TransactionError(committed.code, committed.txHash)
    const size = committed.firstIndex + committed.entryCount
    if (witnessed) await this.#options.covered(size, witnessedWaitMs)
    return this.#outcome(committed)
  }

  /** A transaction by its hash, or null. */
  async find(txHash: Bytes): Promise<Transaction | null> {
    const stored = await this.#options.stored(txHash)
    return stored === null ? null : { ...this.#outcome(stored), transaction: toBase64(stored.bytes) }
  }

  /** Proposes an operation of `admin` with this member's ballot key. */
  propose(operation: BallotRequest): Promise<TransactionOutcome> {
    return this.submit(this.#options.signProposal(operation), false)
  }

  /** Approves a proposal for `admin`. */
  vote(proposal: Bytes, operationHash: Bytes): Promise<TransactionOutcome> {
    return this.submit(this.#options.signVote(proposal, operationHash), false)
  }

  async #repeated(tx: Bytes, refused: Refused): Promise<StoredTransaction> {
    if (refused.code === codes.replay && refused.txHash !== null) {
      const stored = await this.#options.stored(refused.txHash)
      if (stored !== null && equal(stored.bytes, tx)) return stored
    }
    throw new TransactionError(refused.code, refused.txHash)
  }

  #outcome(
    from: Pick<StoredTransaction, 'txHash' | 'code' | 'height' | 'firstIndex' | 'entryCount'>,
  ): TransactionOutcome {
    const { txHash, code, height, firstIndex, entryCount } = from
    const hasWitnesses = this.#options.hasWitnesses()
    const covered = this.#options.completeSize() >= firstIndex + entryCount
    return {
      txHash: toHex(txHash),
      state: hasWitnesses && covered ? 'witnessed' : 'committed',
      witnesses: hasWitnesses ? (covered ? 'complete' : 'pending') : 'none',
      code,
      height,
      firstIndex: entryCount === 0 ? 0 : firstIndex,
      entryCount,
    }
  }
}
