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
import { checkOutsideNotes } from './outside.ts'

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
  verification.quorum = document === trust.newest ? then : countNow(verification, trust, document)
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

const timeCodes = { quorum: 'time-quorum', finality: 'time-finality' } as const

/** An independent time is known: the cosignature that completed the quorum, or the header that made the block final. */
export function checkTime(verification: Case): StepOutcome {
  const independent = independentTime(proven(verification.quorum, 'quorum'), verification.finalityTimeMs)
  const { timeMs: recordedAtMs } = proven(verification.entry, 'entry')
  if (independent === null) {
    // Tokens of time-stamp authorities are carried, and read by a later version.
    throw new StepAbsence(verification.receipt.timestamps.length > 0 ? 'tokens-unread' : 'time-own')
  }
  const { timeMs, source } = independent
  if (timeMs < recordedAtMs - clockDifferenceMsMax) throw new StepFailure('time-before-entry')
  return { code: timeCodes[source], values: { time: new Date(timeMs).toISOString() } }
}

/**
 * The earliest time that somebody independent vouches for; null without one. The quorum was complete at the end of the
 * second that its cosignature names, at the latest.
 */
export function independentTime(
  { verdict }: CountedQuorum,
  finalityTimeMs: number | null,
): { readonly timeMs: number; readonly source: 'quorum' | 'finality' } | null {
  const quorumTimeMs = verdict.quorumTimeSeconds === null ? Infinity : verdict.quorumTimeSeconds * 1000 + 999
  if (finalityTimeMs !== null && finalityTimeMs < quorumTimeMs) return { timeMs: finalityTimeMs, source: 'finality' }
  return quorumTimeMs === Infinity ? null : { timeMs: quorumTimeMs, source: 'quorum' }
}

/** The trust file, without which there is nothing to check with. @throws {StepAbsence} */
export function trustOf({ trust }: Case): Trust {
  if (trust === null) throw new StepAbsence('trust-missing')
  return trust
}
