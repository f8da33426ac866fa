/**
 * The step about finality: more than two thirds of the members, as validators, committed the header that carries size and
 * root of the checkpoint. docs/spec/finality.md.
 * @module
 */
import { equal, toHex } from '@jurat/core/bytes'
import { timeToMs, type Validator } from '@jurat/core/light/block'
import { isMoreThan, twoThirds } from '@jurat/core/light/commit'
import { appHashOf, validatorsOfDocument, verifyFinality } from '@jurat/core/receipt/finality'
import type { ChainDocument, Trust } from '@jurat/core/receipt/trustChain'
import { type Case, proven } from '../case.ts'
import { reading, StepAbsence, StepFailure } from '../error.ts'
import type { StepOutcome } from '../steps.ts'
import { clockDifferenceMsMax, trustOf } from './checkpoint.ts'

/** The members of the document that was in force made the block final, by commit of the next one. */
export function checkFinality(verification: Case): StepOutcome {
  const { crypto, receipt } = verification
  const { finality, networkId } = receipt
  if (finality === null) throw new StepAbsence('finality-none')
  const trust = trustOf(verification)
  const document = proven(verification.document, 'log-signature')
  const { checkpoint } = proven(verification.claimed, 'inclusion')
  const { height } = proven(verification.head, 'inclusion')
  const { header } = finality
  // One alone commits whatever it likes, at whatever time.
  if (document.document.members.length === 1) throw new StepFailure('finality-solo')
  if (header.height !== height + 1) throw new StepFailure('finality-height', { height: height + 1 })
  if (!equal(header.appHash, appHashOf(checkpoint))) throw new StepFailure('finality-other')
  const signers = reading('finality-wrong', () =>
    verifyFinality(crypto, finality, { networkId, document: document.document }),
  )
  const timeMs = timeToMs(header.time)
  const { timeMs: recordedAtMs } = proven(verification.entry, 'entry')
  if (timeMs < recordedAtMs - clockDifferenceMsMax) throw new StepFailure('time-before-entry')
  checkInForce(trust, document, signers)
  verification.finalityTimeMs = timeMs
  return { code: 'finality-committed', values: { signed: signers.length, of: document.document.members.length } }
}

/** As for the quorum: under a replaced document only keys still in force count, because retired ones could rewrite time. */
function checkInForce({ newest }: Trust, document: ChainDocument, signers: readonly Validator[]): void {
  if (document === newest) return
  const present = validatorsOfDocument(newest.document)
  const signed = new Set(signers.map(({ publicKey }) => toHex(publicKey)))
  const still = present.filter(({ publicKey }) => signed.has(toHex(publicKey)))
  if (isMoreThan(still.length, twoThirds, present.length)) return
  throw new StepAbsence('document-superseded', { document: document.sequence, newest: newest.sequence })
}
