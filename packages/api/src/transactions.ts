/**
 * Transactions that the sender signed itself, and what became of them.
 * @module
 */
import { Type } from 'typebox'
import { DepositState, WitnessState } from './deposits.ts'
import { Base64, Count, Hash } from './values.ts'

/** Media type of a signed transaction. */
export const transactionMediaType = 'application/cbor'

/** What became of a transaction. For a deposit, item i is entry `firstIndex + i`. */
export const TransactionOutcome = Type.Object(
  {
    txHash: Hash,
    state: DepositState,
    witnesses: WitnessState,
    code: Type.Integer({ description: 'result code of the ledger; 0 success' }),
    height: Count,
    firstIndex: Count,
    entryCount: Count,
  },
  { $id: 'TransactionOutcome' },
)
export type TransactionOutcome = Type.Static<typeof TransactionOutcome>

/** A transaction with its bytes. */
export const Transaction = Type.Object(
  { ...TransactionOutcome.properties, transaction: Base64 },
  { $id: 'Transaction' },
)
export type Transaction = Type.Static<typeof Transaction>

/** Parameters of the routes of one transaction. */
export const TransactionParams = Type.Object({ txHash: Hash }, { additionalProperties: false })

/** Body of POST /v1/ballots: an operation that the member which runs this node proposes for `admin`, and votes for. */
export const BallotRequest = Type.Object(
  {
    type: Type.Integer({ minimum: 0, maximum: 255, description: 'operation type, for example 19' }),
    to: Type.Union([Hash, Type.Null()]),
    value: Type.Optional(Count),
    gasLimit: Type.Optional(Count),
    payload: Base64,
  },
  { $id: 'BallotRequest', additionalProperties: false },
)
export type BallotRequest = Type.Static<typeof BallotRequest>

/** Body of POST /v1/ballots/{id}/votes: the hash of the operation that the member approves. */
export const VoteRequest = Type.Object({ operationHash: Hash }, { $id: 'VoteRequest', additionalProperties: false })
export type VoteRequest = Type.Static<typeof VoteRequest>
