/**
 * What vectors/receipts/ pins: originals with receipts and trust files, and the verdicts on them.
 * @module
 */
import { toText } from '@jurat/core/bytes'
import {
  consortiumEvidence,
  type Evidence,
  listedEvidence,
  soloEvidence,
  witnessedEvidence,
} from './evidence.fixtures.ts'
import { crypto } from './network.fixtures.ts'
import type { Verdict } from './verdict.ts'
import { verifyReceipt } from './verify.ts'

/** One vector. Receipt and trust file are their exact texts. */
export interface ReceiptVector {
  readonly what: string
  readonly original: string
  readonly receipt: string
  readonly trust: string
  readonly verdict: Pick<Verdict, 'summary' | 'unchangedSince' | 'recordedAtMs' | 'trustFingerprint'> & {
    readonly steps: Readonly<Record<string, string>>
  }
}

async function vectorOf(what: string, evidence: Evidence): Promise<ReceiptVector> {
  const verdict = await verifyReceipt({ ...evidence, crypto })
  const { summary, unchangedSince, recordedAtMs, trustFingerprint } = verdict
  const steps = Object.fromEntries(verdict.steps.map(({ name, state, code }) => [name, `${state} ${code}`]))
  const { receipt, trust } = evidence
  const said = { summary, unchangedSince, recordedAtMs, trustFingerprint, steps }
  return { what, original: toText(evidence.original), receipt, trust, verdict: said }
}

/** Every vector by the name of its file. */
export async function receiptVectors(): Promise<Readonly<Record<string, ReceiptVector>>> {
  const { before, after, retired } = consortiumEvidence()
  return {
    solo: await vectorOf('A solo network without witnesses, the operator holding the keys.', soloEvidence()),
    witnessed: await vectorOf(
      'A solo network of which two outside witnesses are the quorum; a blinded digest, metadata and a flow, all disclosed.',
      witnessedEvidence(),
    ),
    listed: await vectorOf('A list of digests, of which that of the original is one.', listedEvidence()),
    consortium: await vectorOf('Four members, under their first document.', before),
    'consortium-changed': await vectorOf('The same network, after a member was replaced.', after),
    'consortium-retired': await vectorOf('A note of the first document that a retired member completed.', retired),
  }
}
