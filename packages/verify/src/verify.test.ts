/**
 * Genuine evidence of every kind, and what the verdict says of it.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toText } from '@jurat/core/bytes'
import type { StepName } from '@jurat/core/receipt/steps'
import {
  accounts,
  consortiumEvidence,
  cosignedBy,
  type Evidence,
  listedEvidence,
  original,
  outsideCosigning,
  soloEvidence,
  witnessedEvidence,
  witnesses,
} from './evidence.fixtures.ts'
import { formatReceipt } from '@jurat/core/receipt/receipt'
import { consortium, type Cosigning, crypto, FixtureNetwork, origin } from './network.fixtures.ts'
import type { StepCode, StepState, Verdict } from './verdict.ts'
import { networkOfReceipt, verifyReceipt } from './verify.ts'

const verify = (evidence: Evidence): Promise<Verdict> => verifyReceipt({ ...evidence, crypto })

/** The codes of some steps, each with its state. */
function checkSteps(verdict: Verdict, expected: Partial<Record<StepName, readonly [StepState, StepCode]>>): void {
  for (const [name, [state, code]] of Object.entries(expected)) {
    const step = verdict.steps.find((each) => each.name === name)
    assert.deepEqual([name, step?.state, step?.code], [name, state, code])
  }
}

test('a solo network without witnesses: its own clock, and so it is named', async () => {
  const evidence = soloEvidence()
  const verdict = await verify(evidence)
  assert.equal(verdict.summary, 'verified')
  assert.deepEqual(verdict.unchangedSince, { timeMs: 1_800_000_001_000, source: 'network' })
  assert.equal(verdict.recordedAtMs, 1_800_000_001_000)
  assert.equal(verdict.signedByOperator, true)
  assert.equal(verdict.threshold, 0)
  assert.equal(networkOfReceipt(evidence.receipt), verdict.networkId)
  checkSteps(verdict, {
    shape: ['passed', 'well-formed'],
    digest: ['passed', 'digest-same'],
    commitment: ['absent', 'commitment-none'],
    entry: ['passed', 'entry-deposit'],
    inclusion: ['passed', 'entry-included'],
    'log-signature': ['passed', 'log-signed'],
    quorum: ['passed', 'quorum-none'],
    'depositor-signature': ['passed', 'depositor-signed'],
    'account-standing': ['passed', 'account-hosted'],
    time: ['absent', 'time-own'],
    finality: ['absent', 'finality-none'],
    flow: ['absent', 'flow-none'],
  })
})

test('outside witnesses: the cosignature that completed the quorum, to the end of its second', async () => {
  const verdict = await verify(witnessedEvidence())
  assert.equal(verdict.summary, 'verified')
  assert.deepEqual(verdict.unchangedSince, { timeMs: 1_800_000_004_999, source: 'quorum' })
  assert.equal(verdict.recordedAtMs, 1_800_000_002_000)
  assert.equal(verdict.signedByOperator, false)
  assert.deepEqual(verdict.metadata, [
    { name: 'file.name', value: 'contract.txt' },
    { name: 'phase', value: 'sign' },
  ])
  assert.deepEqual(
    verdict.signatories.map(({ name }) => name),
    ['witness.example/one', 'witness.example/two'],
  )
  const absent = verdict.steps.filter(({ state }) => state !== 'passed').map(({ name }) => name)
  assert.deepEqual(absent, ['finality', 'statements'])
})

test('a list of digests shows that one of them is the original', async () => {
  const verdict = await verify(listedEvidence())
  assert.equal(verdict.summary, 'verified')
})

test('a consortium, before and after it replaced a member', async () => {
  const { before, superseded, after, retired, refreshed } = consortiumEvidence()
  const present = await verify(before)
  assert.equal(present.summary, 'verified')
  assert.deepEqual(present.unchangedSince, { timeMs: 1_800_000_001_300, source: 'finality' })
  checkSteps(present, { finality: ['passed', 'finality-committed'], time: ['passed', 'time-finality'] })
  const cosigned = await verify({ ...before, receipt: formatReceipt({ ...before.parts, finality: null }) })
  assert.deepEqual(cosigned.unchangedSince, { timeMs: 1_800_000_002_999, source: 'quorum' })
  const old = await verify(superseded)
  assert.equal(old.summary, 'verified')
  assert.equal(old.newestDocument, 1)
  checkSteps(old, { finality: ['passed', 'finality-committed'] })
  const { network, parts } = before
  assert.ok(network.documents.length === 1 && parts.finality !== null)
  const gone = { ...parts.finality.commit, signatures: parts.finality.commit.signatures.slice(1) }
  const rewriting = formatReceipt({ ...parts, finality: { ...parts.finality, commit: gone } })
  // Of the three who signed, one is retired: it could have made header and time since.
  checkSteps(await verify({ ...superseded, receipt: rewriting }), { finality: ['absent', 'document-superseded'] })
  checkSteps(await verify({ ...before, receipt: rewriting }), { finality: ['passed', 'finality-committed'] })
  const late = await verify(after)
  assert.equal(late.summary, 'verified')
  assert.deepEqual(
    late.signatories.filter(({ timeMs }) => timeMs !== null).map(({ name }) => name),
    ['m2', 'm3', 'm5'],
  )
  const rewritten = await verify(retired)
  assert.equal(rewritten.summary, 'incomplete')
  checkSteps(rewritten, { quorum: ['absent', 'document-superseded'], time: ['absent', 'depends'] })
  assert.equal((await verify(refreshed)).summary, 'verified')
  // With the trust file of that time the same note was good: nothing was known of a retirement.
  assert.equal((await verify({ ...retired, trust: before.trust })).summary, 'verified')
  const unknown = await verify({ ...after, trust: before.trust })
  assert.equal(unknown.summary, 'incomplete')
  checkSteps(unknown, { 'log-signature': ['absent', 'document-unknown'] })
})

test('outside witnesses of a consortium are named beside the members, and nothing needs them', async () => {
  const listed = consortium(['m1', 'm2', 'm3', 'm4'], { witnesses, witnessQuorum: 2 })
  const network = new FixtureNetwork(listed, accounts)
  const item = { algorithm: 1, digest: crypto.sha256(original), commitment: null, flow: null }
  const sent = network.deposit('firm', ['firm/1', 'firm/2'], [item])
  const parts = network.receipt(sent, 0, network.note('m2', cosignedBy(['m1', 'm2', 'm3'])))
  const [first, second, third] = outsideCosigning
  assert.ok(first !== undefined && second !== undefined && third !== undefined)
  const noteOf = (member: string, cosigning: readonly Cosigning[]): string =>
    toText(network.note(member, [...cosigning], `${origin}/${member}`))
  const outsideOf = async (notes: readonly string[], trust = network.trust()): Promise<[string, number | null][]> => {
    const receipt = formatReceipt({ ...parts, witnesses: notes })
    const verdict = await verify({ original, receipt, trust })
    assert.equal(verdict.summary, 'verified')
    assert.equal(verdict.signatories.length, 4)
    return verdict.outsideWitnesses.map(({ name, timeMs }) => [name, timeMs === null ? null : 1])
  }
  const [one, two] = witnesses.map(({ name }) => name) as [string, string]
  assert.deepEqual(await outsideOf([noteOf('m2', outsideCosigning)]), [
    [one, 1],
    [two, 1],
  ])
  // Two members' notes together; with one of its two keys a witness has not signed.
  assert.deepEqual(await outsideOf([noteOf('m1', [first]), noteOf('m2', [third])]), [
    [one, null],
    [two, 1],
  ])
  assert.deepEqual(await outsideOf([]), [
    [one, null],
    [two, null],
  ])
  const forged = formatReceipt({ ...parts, witnesses: [noteOf('m2', cosignedBy(['m1']))] })
  checkSteps(await verify({ original, receipt: forged, trust: network.trust() }), {
    quorum: ['failed', 'witness-note-wrong'],
  })
  // A witness that the newest document does not name any more could have signed since: it counts for nothing.
  const notes = [noteOf('m2', outsideCosigning)]
  const kept = witnesses.slice(1)
  network.replaceDocument(
    consortium(['m1', 'm2', 'm3', 'm4'], { witnesses: kept, witnessQuorum: 1 }),
    cosignedBy(['m1', 'm2', 'm3']),
  )
  assert.deepEqual(await outsideOf(notes), [[two, 1]])
})

test('without original, or without trust file, nothing is verified', async () => {
  const evidence = witnessedEvidence()
  const withoutOriginal = await verifyReceipt({ ...evidence, original: null, crypto })
  assert.equal(withoutOriginal.summary, 'incomplete')
  checkSteps(withoutOriginal, { digest: ['absent', 'original-missing'] })
  const withoutTrust = await verifyReceipt({ ...evidence, trust: null, crypto })
  assert.equal(withoutTrust.summary, 'incomplete')
  assert.equal(withoutTrust.recordedAtMs, null)
  checkSteps(withoutTrust, { digest: ['passed', 'digest-same'], 'log-signature': ['absent', 'trust-missing'] })
})

test('the profile of the trust file decides what is required', async () => {
  const { network, ...evidence } = soloEvidence()
  const all = network.trustFile().profile.requires
  const verdict = await verify({ ...evidence, trust: network.trust([...all, 'time']) })
  assert.equal(verdict.summary, 'incomplete')
  assert.equal(verdict.unchangedSince, null)
})

test('the original may come in chunks of any size, and one that breaks off is no verdict', async () => {
  const evidence = soloEvidence()
  const chunks = function* (): Generator<Uint8Array> {
    for (let at = 0; at < evidence.original.length; at += 5) yield evidence.original.subarray(at, at + 5)
  }
  assert.equal((await verify({ ...evidence, original: chunks() as unknown as Uint8Array })).summary, 'verified')
  const broken = function* (): Generator<Uint8Array> {
    yield evidence.original.subarray(0, 3)
    throw new Error('the disk is gone')
  }
  await assert.rejects(verifyReceipt({ ...evidence, original: broken(), crypto }), { code: 'original-unreadable' })
})
