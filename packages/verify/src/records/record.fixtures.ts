/**
 * Evidence records over twenty years for tests: made, renewed as certificates end, and moved to another algorithm.
 * @module
 */
import { type Bytes, fromText } from '@jurat/core/bytes'
import { nobleCrypto as crypto } from '@jurat/core/crypto/noble'
import type { TimeAuthority } from '@jurat/core/receipt/trust'
import { recordDigest, type RecordAlgorithm } from '@jurat/core/records/digests'
import type { DataGroup } from '@jurat/core/records/hashTree'
import { type EvidenceRecord, writeRecord } from '@jurat/core/records/record'
import {
  lastChainOf,
  renewalTree,
  renewedGroup,
  type StampTree,
  stampTree,
  withChain,
  withTimestamp,
} from '@jurat/core/records/renewal'
import { issuingOf, makerOf, rootOf, stampingOf } from '../authority.fixtures.ts'

/** First of January of a year, milliseconds since 1970 UTC. */
export const year = (number: number): number => Date.UTC(number, 0, 1)

/** The authority that stamps from a year on: a certificate for four years, under one root. */
const certificateOf = (from: number): Bytes =>
  stampingOf('record', { subject: `record ${from}`, validFromMs: year(from), validToMs: year(from + 4) })

/** A token over a root, made in a year by the authority that began in another. */
export function tokenOver({ algorithm, root }: StampTree, timeMs: number, from: number): Bytes {
  const maker = makerOf('record', {
    certificate: certificateOf(from),
    chain: [issuingOf('record', { validToMs: year(2060) })],
    signer: `record ${from}`,
  })
  const serial = crypto.sha256(fromText(`${timeMs}/${from}`)).subarray(0, 19)
  return maker({ imprint: { algorithm, digest: root }, serial, timeMs, nonce: null, certificates: true })
}

/** Whom the trust file names. */
export const authorities: readonly TimeAuthority[] = [
  { certificate: issuingOf('record', { validToMs: year(2060) }), independent: true },
  { certificate: rootOf('record'), independent: true },
]

/** The documents of four affairs: one, one, a group of three, and one. */
export const affairs: readonly (readonly Bytes[])[] = [
  [fromText('the deed')],
  [fromText('the letter')],
  [fromText('the contract'), fromText('annex 1'), fromText('annex 2')],
  [fromText('the will')],
]

/** Digests of the documents of an affair. */
export const digestsOf = (algorithm: RecordAlgorithm, documents: readonly Bytes[]): DataGroup =>
  documents.map((document) => recordDigest(algorithm, document))

/** Records of all affairs under one token. */
export function madeIn(timeMs: number, from: number, of: readonly (readonly Bytes[])[] = affairs): EvidenceRecord[] {
  const tree = stampTree(
    'sha256',
    of.map((documents) => digestsOf('sha256', documents)),
  )
  const token = tokenOver(tree, timeMs, from)
  return of.map((_, index) => ({ chains: [[tree.timestamp(index, token)]] }))
}

/** The same, renewed before their certificates end. */
export function renewedIn(records: readonly EvidenceRecord[], timeMs: number, from: number): EvidenceRecord[] {
  const newest = records.map(lastChainOf)
  const tree = renewalTree(
    newest[0]?.algorithm ?? 'sha256',
    newest.map(({ tokens }) => tokens),
  )
  const token = tokenOver(tree, timeMs, from)
  return records.map((record, index) => withTimestamp(record, tree.timestamp(index, token)))
}

/** The same under another algorithm. */
export function movedIn(
  records: readonly EvidenceRecord[],
  algorithm: RecordAlgorithm,
  timeMs: number,
  from: number,
  of: readonly (readonly Bytes[])[] = affairs,
): EvidenceRecord[] {
  const groups = records.map(({ chains }, index) =>
    renewedGroup(algorithm, digestsOf(algorithm, of[index] ?? []), chains),
  )
  const tree = stampTree(algorithm, groups)
  const token = tokenOver(tree, timeMs, from)
  return records.map((record, index) => withChain(record, tree.timestamp(index, token)))
}

/** Twenty years: made in 2027, renewed every second year, under SHA-512 from 2037. */
export function overTwentyYears(): EvidenceRecord[] {
  let records = madeIn(year(2027), 2026)
  for (let at = 2028; at <= 2036; at += 2) records = renewedIn(records, year(at), at - 1)
  records = movedIn(records, 'sha512', year(2037), 2036)
  for (let at = 2039; at <= 2047; at += 2) records = renewedIn(records, year(at), at - 1)
  return records
}

/** As bytes. */
export const recordBytes = (record: EvidenceRecord | undefined): Bytes => writeRecord(record ?? { chains: [] })
