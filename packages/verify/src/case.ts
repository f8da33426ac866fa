/**
 * What the steps share: the files, taken apart, and what earlier steps have proven.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import type { Field } from '@jurat/core/deposit/commitment'
import type { AccountRecord } from '@jurat/core/ledger/account'
import type { BlockEntry, DepositEntry } from '@jurat/core/ledger/entry'
import type { Checkpoint } from '@jurat/core/note/checkpoint'
import type { Note } from '@jurat/core/note/note'
import type { PolicyVerdict } from '@jurat/core/note/policyVerdict'
import type { StepName } from '@jurat/core/receipt/steps'
import type { Receipt } from '@jurat/core/receipt/receipt'
import type { ChainDocument, Trust } from '@jurat/core/receipt/trustChain'
import { StepAbsence } from './error.ts'
import type { Hashers, Original, StatedDigest } from './original.ts'
import type { CountedToken } from './steps/tokens.ts'
import type { Signatory, StatedIdentity } from './verdict.ts'

/** A checkpoint as a note carries it. Nobody's signature has been checked. */
export interface ClaimedCheckpoint {
  readonly note: Note
  /** Exact bytes of the note. */
  readonly bytes: Bytes
  readonly checkpoint: Checkpoint
}

/** Cosignatures as a document's policy counts them. */
export interface CountedQuorum {
  readonly document: ChainDocument
  readonly verdict: PolicyVerdict
}

/** What a verification has before its first step. */
export interface CaseInput {
  readonly crypto: CryptoProvider
  readonly hashers: Hashers
  readonly original: Original | null
  readonly stated: StatedDigest | null
  readonly receipt: Receipt
  readonly trust: Trust | null
}

/** A verification in progress: each step adds what it has proven, and asks for what it stands on. */
export class Case implements CaseInput {
  readonly crypto: CryptoProvider
  readonly hashers: Hashers
  readonly original: Original | null
  readonly stated: StatedDigest | null
  readonly receipt: Receipt
  readonly trust: Trust | null
  /** Step `entry`. */
  entry: DepositEntry | null = null
  /** Step `inclusion`: what entry and head were proven under. */
  claimed: ClaimedCheckpoint | null = null
  head: BlockEntry | null = null
  /** Before step `log-signature`: time-stamp tokens of authorities of the trust file; none when one token is wrong. */
  tokens: readonly CountedToken[] = []
  /** What is wrong with a token, for step `time`. */
  tokenFault: Error | null = null
  /** Step `log-signature`: the document that was in force when the checkpoint was made. */
  document: ChainDocument | null = null
  /** Step `quorum`. */
  quorum: CountedQuorum | null = null
  /** Step `quorum`: outside witnesses beside it, in a consortium. */
  outside: readonly Signatory[] = []
  /** Step `finality`: when the members agreed on the block. Milliseconds since 1970 UTC. */
  finalityTimeMs: number | null = null
  /** Step `depositor-signature`: keys whose signatures over the transaction are valid. */
  signers: readonly Bytes[] | null = null
  /** Step `account-standing`. */
  account: AccountRecord | null = null
  /** Step `commitment`. */
  metadata: readonly Field[] = []
  /** Step `statements`: who stood behind the account at the time of the deposit. */
  identities: readonly StatedIdentity[] = []

  constructor({ crypto, hashers, original, stated, receipt, trust }: CaseInput) {
    this.crypto = crypto
    this.hashers = hashers
    this.original = original
    this.stated = stated
    this.receipt = receipt
    this.trust = trust
  }
}

/** What an earlier step has proven. @throws {StepAbsence} when it has not: then this step has nothing to stand on. */
export function proven<T>(value: T | null, step: StepName): T {
  if (value === null) throw new StepAbsence('depends', { step })
  return value
}
