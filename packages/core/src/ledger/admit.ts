/**
 * The refusals that depend on state: 105, 113, 116, 103. A refused transaction enters no block and consumes nothing.
 * docs/spec/result-codes.md.
 * @module
 */
import { equal } from '../bytes.ts'
import type { CryptoProvider } from '../crypto/provider.ts'
import { adminId, isAuthorised, type Sender } from './authorise.ts'
import { codes, type ResultCode } from './codes.ts'
import { types } from './operationTypes.ts'
import { type Parameters, sameParameters } from './parameters.ts'
import { type ParsedTransaction, parseTransaction, type ParseRules } from './parse.ts'
import type { SeenTransactions, StateView } from './state.ts'
import { type ConsortiumState, consortiumOf, Workspace } from './workspace.ts'

/** What admission looks at. */
export interface AdmitContext {
  readonly crypto: CryptoProvider
  readonly workspace: Workspace
  readonly consortium: ConsortiumState
  /** Rules that are in force. */
  readonly rules: ParseRules
  readonly seen: SeenTransactions
  readonly timeMs: number
  /** Whether all signatures of a transaction are valid. */
  readonly verified: (parsed: ParsedTransaction) => boolean
}

/** Why a transaction is kept out of a block at this time, or null. Signatures are asked for last. */
export function admit(context: AdmitContext, parsed: ParsedTransaction): ResultCode | null {
  const { header } = parsed
  const outdated = judgeAgain(context, parsed)
  if (outdated !== null) return outdated
  if (!isTimely(context.rules.parameters, header, context.timeMs)) return codes.timestampInvalid
  if (context.seen.has(parsed.txHash)) return codes.replay
  const admin = equal(header.from, adminId(context.crypto))
  const sender = admin ? null : context.workspace.account(header.from)
  if (!admin && sender === null) return codes.sourceMissing
  const authorised = isAuthorised(sender, context.consortium.document, parsed, context.timeMs)
  return authorised && context.verified(parsed) ? null : codes.signatureInvalid
}

/** Parsing may be older than the parameters in force, and who parsed when must not decide what a block does. */
function judgeAgain({ crypto, rules }: AdmitContext, parsed: ParsedTransaction): ResultCode | null {
  const same =
    equal(parsed.rules.networkId, rules.networkId) && sameParameters(parsed.rules.parameters, rules.parameters)
  if (same) return null
  const again = parseTransaction(crypto, parsed.bytes, rules)
  return 'refused' in again ? again.refused : null
}

/** `timestamp − futureSkewMaxMs ≤ blockTime ≤ timestamp + period`, and a period within its bound. */
function isTimely(
  { futureSkewMaxMs, periodMaxMs }: Parameters,
  { timestampMs, periodMs }: ParsedTransaction['header'],
  timeMs: number,
): boolean {
  // Differences, because a sum could leave the whole numbers that are exact.
  return periodMs <= periodMaxMs && timestampMs - timeMs <= futureSkewMaxMs && timeMs - timestampMs <= periodMs
}

/** What a recovering account may still do. */
const whileRecovering: ReadonlySet<number> = new Set([types.reset, types.dispute])

/** 118 and 119: the account stands still. */
export function standing(sender: Sender, type: number): ResultCode | null {
  if (sender === null) return null
  if (sender.frozen) return codes.sourceFrozen
  return sender.recovering && !whileRecovering.has(type) ? codes.sourceRecovering : null
}

/** What {@link checkTransaction} asks. */
export interface CheckInput {
  readonly crypto: CryptoProvider
  readonly view: StateView
  readonly seen: SeenTransactions
  /** The time that the next block would have. */
  readonly timeMs: number
  readonly verified: (parsed: ParsedTransaction) => boolean
}

/**
 * Whether a transaction may wait for a block: admission now, and no account that stands still, because a frozen account
 * could otherwise fill blocks for nothing. `success` admits it.
 */
export function checkTransaction(input: CheckInput, parsed: ParsedTransaction): ResultCode {
  const workspace = new Workspace(input.view)
  const consortium = consortiumOf(input.view)
  const rules = { networkId: parsed.rules.networkId, parameters: consortium.document.parameters }
  const refused = admit({ ...input, workspace, consortium, rules }, parsed)
  return refused ?? standing(workspace.account(parsed.header.from), parsed.header.type) ?? codes.success
}
