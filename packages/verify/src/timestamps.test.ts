/**
 * Time-stamp tokens in receipts: what an independent one is good for, and what nobody can do with one.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromText, toBase64 } from '@jurat/core/bytes'
import { parseTlogProof } from '@jurat/core/note/tlogProof'
import { formatReceipt, type Receipt, type TimestampPart } from '@jurat/core/receipt/receipt'
import { formatTrust } from '@jurat/core/receipt/trustChain'
import { extensions, issuingOf, makerOf, rootOf, stamp, stampingOf } from './authority.fixtures.ts'
import { consortiumEvidence, cosignedBy, type MadeEvidence, stampedEvidence } from './evidence.fixtures.ts'
import { stampingAuthorities } from './evidence.fixtures.ts'
import { crypto as plainCrypto } from './network.fixtures.ts'
import { remembering } from './remembering.fixtures.ts'
import type { JsonObject } from './tamper.cases.ts'
import { pathCertificatesMax } from './timestamps/certificates.ts'
import { tokenCertificatesMax } from './timestamps/signedToken.ts'
import type { Verdict } from './verdict.ts'
import { verifyReceipt } from './verify.ts'

const crypto = remembering(plainCrypto)
const genuine = stampedEvidence()
const noteOf = ({ proof }: Receipt): Uint8Array => parseTlogProof(fromText(proof)).note

const stepOf = (verdict: Verdict, name: string): string | undefined =>
  verdict.steps.find((step) => step.name === name)?.code

/** The verdict on genuine evidence with other tokens. */
function judged({ parts, original, trust }: MadeEvidence, timestamps: readonly TimestampPart[]): Promise<Verdict> {
  return verifyReceipt({ original, trust, crypto, receipt: formatReceipt({ ...parts, timestamps }) })
}

test('the earliest independent token is T, at the latest moment that it may mean', async () => {
  const verdict = await judged(genuine, genuine.parts.timestamps)
  const stampedAtMs = genuine.network.timeMs + 2_000
  assert.equal(verdict.summary, 'verified')
  // Written in whole seconds, with an accuracy of one.
  assert.deepEqual(verdict.unchangedSince, { timeMs: stampedAtMs + 999 + 1_000, source: 'token' })
  const later = await judged(genuine, genuine.parts.timestamps.slice(1))
  assert.equal(later.unchangedSince?.timeMs, stampedAtMs + 1_000 + 999 + 1_000)
})

test('a digest may have been stamped long before it was deposited', async () => {
  const timeMs = Date.UTC(2021, 0, 1)
  const token = stamp(makerOf('independent'), genuine.original, timeMs)
  const verdict = await judged(genuine, [{ over: 'digest', token }])
  assert.deepEqual(verdict.unchangedSince, { timeMs: timeMs + 1_999, source: 'token' })
})

test('an independent token before the change keeps a note of retired members', async () => {
  const { before, retired } = consortiumEvidence()
  const { network, original } = before
  // The change came in a block of its own, one second before the last deposit.
  const changedAtMs = network.timeMs - 1_000
  const trust = formatTrust(crypto, { ...network.trustFile(), authorities: stampingAuthorities })
  const retiredParts = JSON.parse(retired.receipt) as JsonObject
  const retiredNote = parseTlogProof(fromText(retiredParts['proof'] as string)).note
  const cases: readonly (readonly [string, number, string, string])[] = [
    ['before the change', changedAtMs - 3_000, 'independent', 'quorum-reached'],
    ['of the operator', changedAtMs - 3_000, 'own', 'document-superseded'],
    ['of nobody known', changedAtMs - 3_000, 'stranger', 'document-superseded'],
    ['so near that it may be after it', changedAtMs - 1_000, 'independent', 'document-superseded'],
    ['after it', changedAtMs + 1_000, 'independent', 'document-superseded'],
  ]
  for (const [what, timeMs, name, code] of cases) {
    const token = toBase64(stamp(makerOf(name), retiredNote, timeMs))
    const receipt = JSON.stringify({ ...retiredParts, timestamps: [{ over: 'note', token }] })
    const verdict = await verifyReceipt({ original, trust, crypto, receipt })
    assert.equal(stepOf(verdict, 'quorum'), code, what)
  }
})

test('a token over another note does not help the one that is shown', async () => {
  const { before } = consortiumEvidence()
  const { network, parts, original } = before
  const other = network.note('m1', cosignedBy(['m1']))
  const token = stamp(makerOf('independent'), other, network.timeMs - 60_000)
  const trust = formatTrust(crypto, { ...network.trustFile(), authorities: stampingAuthorities })
  const verdict = await judged({ network, parts, original, trust, receipt: '' }, [{ over: 'note', token }])
  assert.equal(stepOf(verdict, 'time'), 'token-other')
})

test('ways of certificates end: too long, in a loop, through one that may issue no further', async () => {
  const note = noteOf(genuine.parts)
  const atMs = genuine.network.timeMs + 2_000
  const code = async (chain: readonly Uint8Array[], certificate = stampingOf('independent')): Promise<string> => {
    const token = stamp(makerOf('independent', { chain, certificate }), note, atMs)
    return stepOf(await judged(genuine, [{ over: 'note', token }]), 'time') ?? ''
  }
  const ofAuthority = [extensions.authority, extensions.signsCertificates]
  /** A line of authorities below the root, the last of which issued the stamping certificate. */
  const line = (count: number): Uint8Array[] =>
    Array.from({ length: count }, (_, at) =>
      issuingOf('independent', {
        subject: at === 0 ? 'independent issuing' : `link ${at}`,
        issuer: at === count - 1 ? 'independent root' : `link ${at + 1}`,
        extensions: ofAuthority,
      }),
    )
  assert.equal(await code(line(pathCertificatesMax - 2)), 'time-token')
  assert.equal(await code(line(pathCertificatesMax - 1)), 'tokens-dependent', 'one more')
  const loop = [
    issuingOf('independent', { issuer: 'link 1' }),
    issuingOf('independent', { subject: 'link 1', issuer: 'independent issuing' }),
  ]
  assert.equal(await code(loop), 'tokens-dependent')
  assert.equal(await code(line(tokenCertificatesMax)), 'token-unreadable', 'too many certificates')
  const short = [issuingOf('independent', { extensions: [extensions.lastAuthority, extensions.signsCertificates] })]
  assert.equal(await code(short), 'time-token')
  const [, ...above] = line(2)
  const first = issuingOf('independent', { issuer: 'link 1' })
  const last = issuingOf('independent', {
    subject: 'link 1',
    extensions: [extensions.lastAuthority, extensions.signsCertificates],
  })
  assert.equal(await code([first, ...above]), 'time-token')
  assert.equal(await code([first, last]), 'tokens-dependent', 'an authority below one that allows none')
  assert.equal(await code([rootOf('independent'), issuingOf('independent')]), 'time-token', 'the root beside it')
})

test('no changed byte of a token gives another time, and none is too much', async () => {
  const [first] = genuine.parts.timestamps
  assert.ok(first !== undefined)
  const { token } = first
  const expected = await judged(genuine, [first])
  for (let at = 0; at < token.length; at += 3) {
    const changed = token.slice()
    changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8))
    const verdict = await judged(genuine, [{ over: 'note', token: changed }])
    // Some bytes nobody reads: those of a certificate that leads nowhere else, an order, a spare algorithm.
    if (verdict.summary === 'verified') assert.deepEqual(verdict.unchangedSince, expected.unchangedSince, `byte ${at}`)
    assert.notEqual(stepOf(verdict, 'time'), 'unexpected', `byte ${at}`)
  }
})
