/**
 * Steps about the checkpoint: who signed it, whether that is enough, and which time follows. docs/spec/verification.md.
 * @module
 */
import { verifierOf } from '@jurat/core/note/cosignature'
import { type VerifiedSignature, verifySignatures } from '@jurat/core/note/note'
import { evaluatePolicy } from '@jurat/core/note/policyVerdict'
import { acceptancePolicy } from '@jurat/core/receipt/documentPolicy'
import type { ChainDocument, Trust } from '@jurat/core/receipt/trustChain'
import { type Case, type CountedQuorum, proven } from '../case.ts'
import { reading, StepAbsence, StepFailure } from '../error.ts'
import type { StepOutcome } from '../steps.ts'
import type { TimeSource } from '../verdict.ts'
import { checkOutsideNotes } from './outside.ts'
import { isOlderThanChange } from './tokens.ts'

/** How far the clocks of witnesses and of the network may lie apart before their times contradict each other. */
export const clockDifferenceMsMax = 600_000

/** A log key of the document that was in force signed. Which document that was, the proven head says. */
export function checkLogSignature(verification: Case): StepOutcome {
  const trust = trustOf(verification)
  const { note, checkpoint } = proven(verification.claimed, 'inclusion')
  if (verification.receipt.head === null) throw new StepAbsence('head-missing')
  const head = proven(verification.head, 'inclusion')
  if (checkpoint.origin !== trust.file.origin) throw new StepFailure('origin-differs')
  const document = trust.chain.find(({ index }) => index === head.consortiumIndex)
  if (document === undefined) throw new StepAbsence('document-unknown', { index: head.consortiumIndex })
  const verifiers = acceptancePolicy(verification.crypto, trust.file.origin, document.document).logs.map(({ vkey }) =>
    verifierOf(verification.crypto, vkey),
  )
  const verified = reading('log-signature-wrong', () => verifySignatures(note.body, note.signatures, verifiers))
  if (verified.length === 0) throw new StepFailure('log-signature-missing')
  verification.document = document
  return { code: 'log-signed', values: { document: document.sequence } }
}

/** Enough members or outside witnesses cosigned, by the document that was in force and by the newest. */
export function checkQuorum(verification: Case): StepOutcome {
  const trust = trustOf(verification)
  const document = proven(verification.document, 'log-signature')
  const then = countCosignatures(verification, trust, document)
  const outside = checkOutsideNotes(verification, trust, document)
  if (!then.verdict.quorumReached) throw new StepFailure('quorum-missing', countsOf(then))
  const inForce = document === trust.newest || isOlderThanChange(verification, trust, document)
  verification.quorum = inForce ? then : countNow(verification, trust, document)
  verification.outside = outside
  if (verification.quorum.verdict.threshold === 0) return { code: 'quorum-none', values: {} }
  return { code: 'quorum-reached', values: countsOf(verification.quorum) }
}

/**
 * The same under the newest document, for a checkpoint of an older one: only keys still in force count, because retired
 * ones could rewrite their own time. Where the newest document asks for no cosignature, the log key must be in force.
 */
function countNow(verification: Case, trust: Trust, document: ChainDocument): CountedQuorum {
  const { newest } = trust
  const now = countCosignatures(verification, trust, newest)
  const enough = now.verdict.threshold === 0 ? now.verdict.log !== null : now.verdict.quorumReached
  if (enough) return now
  throw new StepAbsence('document-superseded', { document: document.sequence, newest: newest.sequence })
}

function countCosignatures(verification: Case, trust: Trust, document: ChainDocument): CountedQuorum {
  const { crypto } = verification
  const { note } = proven(verification.claimed, 'inclusion')
  const { origin } = trust.file
  const policy = acceptancePolicy(crypto, origin, document.document)
  const verifiers = [...policy.logs, ...policy.witnesses].map(({ vkey }) => verifierOf(crypto, vkey))
  const verified: readonly VerifiedSignature[] = reading('cosignature-wrong', () =>
    verifySignatures(note.body, note.signatures, verifiers),
  )
  return { document, verdict: evaluatePolicy(policy, origin, verified) }
}

function countsOf({ verdict }: CountedQuorum): { signed: number; of: number; needed: number } {
  const signed = verdict.members.filter(({ timeSeconds }) => timeSeconds !== null).length
  return { signed, of: verdict.members.length, needed: verdict.threshold }
}

const timeCodes = { token: 'time-token', quorum: 'time-quorum', finality: 'time-finality' } as const

/**
 * An independent time is known: a time-stamp token, the cosignature that completed the quorum, or the header that made the
 * block final. No token is wrong, whoever made it.
 */
export function checkTime(verification: Case): StepOutcome {
  const { tokens, tokenFault, receipt } = verification
  if (tokenFault !== null) throw tokenFault
  const quorum = proven(verification.quorum, 'quorum')
  const { timeMs: recordedAtMs } = proven(verification.entry, 'entry')
  const earliestMs = recordedAtMs - clockDifferenceMsMax
  // A digest may be stamped long before it is deposited; a note cannot be.
  if (tokens.some(({ over, latestMs }) => over === 'note' && latestMs < earliestMs)) {
    throw new StepFailure('time-before-entry')
  }
  for (const { timeMs } of witnessTimes(quorum, verification.finalityTimeMs)) {
    if (timeMs < earliestMs) throw new StepFailure('time-before-entry')
  }
  const independent = independentTime(verification)
  if (independent === null) throw new StepAbsence(receipt.timestamps.length > 0 ? 'tokens-dependent' : 'time-own')
  return { code: timeCodes[independent.source], values: { time: new Date(independent.timeMs).toISOString() } }
}

/** A time, and who vouches for it. */
export interface IndependentTime {
  readonly timeMs: number
  readonly source: Exclude<TimeSource, 'network'>
}

/** The earliest time that somebody independent vouches for; null without one, or without a quorum. */
export function independentTime({ quorum, finalityTimeMs, tokens }: Case): IndependentTime | null {
  if (quorum === null) return null
  const stamped = tokens
    .filter(({ independent }) => independent)
    .map(({ latestMs }) => ({ timeMs: latestMs, source: 'token' as const }))
  const times: IndependentTime[] = [...witnessTimes(quorum, finalityTimeMs), ...stamped]
  return times.toSorted((one, other) => one.timeMs - other.timeMs)[0] ?? null
}

/** The quorum was complete at the end of the second that its cosignature names, at the latest. */
function witnessTimes({ verdict }: CountedQuorum, finalityTimeMs: number | null): IndependentTime[] {
  const { quorumTimeSeconds } = verdict
  return [
    ...(quorumTimeSeconds === null ? [] : [{ timeMs: quorumTimeSeconds * 1000 + 999, source: 'quorum' as const }]),
    ...(finalityTimeMs === null ? [] : [{ timeMs: finalityTimeMs, source: 'finality' as const }]),
  ]
}

/** The trust file, without which there is nothing to check with. @throws {StepAbsence} */
export function trustOf({ trust }: Case): Trust {
  if (trust === null) throw new StepAbsence('trust-missing')
  return trust
}
