/**
 * What an operation gets: who acts, on what state, at what time; and what it may leave beside changed accounts.
 * @module
 */
import { type Bytes, equal } from '../../bytes.ts'
import type { CryptoProvider } from '../../crypto/provider.ts'
import type { AccountRecord } from '../account.ts'
import { adminId, type Sender } from '../authorise.ts'
import type { ResultCode } from '../codes.ts'
import type { Payload } from '../payloads.ts'
import type { ConsortiumState, Workspace } from '../workspace.ts'

/** One operation, on its own or run by a ballot. */
export interface Operation {
  readonly to: Bytes | null
  readonly value: number
  readonly payload: Payload
}

/** What a transaction leaves in the log beside its changed accounts. Emptied by nobody: a failed one's is dropped. */
export interface Effects {
  /** Leaf bytes in order. */
  readonly entries: Bytes[]
  /** The operation that changed accounts: that of the transaction, or the one that a ballot ran. */
  type: number
}

/** The surroundings of an operation. */
export interface OperationContext {
  readonly crypto: CryptoProvider
  readonly workspace: Workspace
  readonly consortium: ConsortiumState
  readonly networkId: Bytes
  readonly timeMs: number
  /** Hash of the transaction that carries the operation. */
  readonly txHash: Bytes
  /** The one key that signed, for operations with one signature. */
  readonly signer: Bytes
  /** Whether this block has changed the consortium already. */
  readonly consortiumChanged: boolean
  /** Index in the log of the transaction's first entry. */
  readonly firstIndex: number
  readonly effects: Effects
}

/**
 * Runs an operation of `sender` (null: the consortium): changes the workspace and gives 0, or gives the code of the first
 * guard that does not hold. Guards stand in the order of the result codes: 107, 106, 120, 108, 110, 112, 104.
 */
export type Run = (context: OperationContext, sender: Sender, operation: Operation) => ResultCode

/** What `to` names: an account, or the consortium, or nothing that exists. */
export interface Destination {
  readonly account: AccountRecord | null
  /** The consortium is no account that others could act on. */
  readonly isAdmin: boolean
  readonly isMissing: boolean
}

/** Looks the destination up. */
export function destinationOf({ crypto, workspace }: OperationContext, to: Bytes): Destination {
  const isAdmin = equal(to, adminId(crypto))
  const account = isAdmin ? null : workspace.account(to)
  return { account, isAdmin, isMissing: !isAdmin && account === null }
}

/** The account whose proposals a sender makes. */
export function ownId({ crypto }: OperationContext, sender: Sender): Bytes {
  return sender?.id ?? adminId(crypto)
}
