/**
 * Accounts of the ledger as people see them, their proposals, and their making through this node's registrar.
 * @module
 */
import { Type } from 'typebox'
import { AccountReference, Base64, Count, Hash, PublicKey, TimeMs } from './values.ts'

const Weight = Type.Integer({ minimum: 1, maximum: 100 })

/** One key of an account. */
export const AuthKey = Type.Object({ publicKey: PublicKey, weight: Weight }, { additionalProperties: false })

/** An account as it is now. `record` is its exact record; the other fields are read from it. */
export const Account = Type.Object(
  {
    id: Hash,
    name: Type.String(),
    status: Type.Integer({ description: '0 normal, 1 frozen, 2 recovering' }),
    frozen: Type.Boolean(),
    recovering: Type.Boolean(),
    authMap: Type.Array(AuthKey),
    recoverKey: PublicKey,
    pendingRecoverKey: Type.Union([Type.Object({ publicKey: PublicKey, effectiveAt: TimeMs }), Type.Null()]),
    encryptionKey: Type.Union([Type.String(), Type.Null()]),
    balance: Count,
    resetAllowedAt: Type.Union([TimeMs, Type.Null()]),
    recoverTime: Type.Union([TimeMs, Type.Null()]),
    custody: Type.Enum(['own', 'hosted']),
    registrarQuota: Type.Union([Count, Type.Null()], { description: 'null: no registrar' }),
    version: Count,
    entryIndex: Count,
    record: Base64,
  },
  { $id: 'Account' },
)
export type Account = Type.Static<typeof Account>

/** An open proposal of an account, or of `admin`. */
export const Proposal = Type.Object(
  {
    id: Hash,
    account: Hash,
    operationHash: Hash,
    type: Type.Integer(),
    to: Type.Union([Hash, Type.Null()]),
    value: Count,
    gasLimit: Count,
    payload: Base64,
    proposer: PublicKey,
    votes: Type.Array(PublicKey),
    expiresAt: TimeMs,
  },
  { $id: 'Proposal' },
)
export type Proposal = Type.Static<typeof Proposal>

/** Open proposals, in the order of their making. */
export const Proposals = Type.Object({ proposals: Type.Array(Proposal) }, { $id: 'Proposals' })
export type Proposals = Type.Static<typeof Proposals>

/** Parameters of the account routes. */
export const AccountParams = Type.Object({ account: AccountReference }, { additionalProperties: false })

/** Body of POST /v1/accounts: an account whose keys the client holds. The node's registrar signs its creation. */
export const AccountRequest = Type.Object(
  {
    authMap: Type.Array(AuthKey, { minItems: 1, maxItems: 32 }),
    recoverKey: PublicKey,
    encryptionKey: Type.Optional(PublicKey),
  },
  { $id: 'AccountRequest', additionalProperties: false },
)
export type AccountRequest = Type.Static<typeof AccountRequest>
