/**
 * Names in certificates (RFC 5280, 4.1), byte for byte: enough to bring a chain into order. Nothing is checked.
 * @module
 */
import { DerReader } from '@jurat/core/asn1/reader'
import { context, tags } from '@jurat/core/asn1/writer'
import { type Bytes, equal } from '@jurat/core/bytes'

/** Who is certified, by whom, and under which number: DER of each. */
export interface CertificateNames {
  readonly serial: Bytes
  readonly issuer: Bytes
  readonly subject: Bytes
}

/** Reads the names. @throws {DerError} when it is no certificate */
export function certificateNames(certificate: Bytes): CertificateNames {
  const signed = new DerReader(certificate).inside(tags.sequence).inside(tags.sequence)
  signed.optional(context(0))
  const serial = signed.next(tags.integer).bytes
  signed.next(tags.sequence)
  const issuer = signed.next(tags.sequence).bytes
  signed.next(tags.sequence)
  return { serial, issuer, subject: signed.next(tags.sequence).bytes }
}

/** Certificates as a chain: the one that has issued no other first, then whoever issued the one before. */
export function inOrder(certificates: readonly Bytes[]): Bytes[] {
  const named = certificates.map((bytes) => ({ bytes, ...certificateNames(bytes) }))
  const issued = (subject: Bytes, but: object): boolean =>
    named.some((each) => each !== but && equal(each.issuer, subject))
  const chain = named.filter((each) => !issued(each.subject, each)).slice(0, 1)
  for (let last = chain[0]; last !== undefined;) {
    const { issuer } = last
    last = named.find((each) => !chain.includes(each) && equal(each.subject, issuer))
    if (last !== undefined) chain.push(last)
  }
  return chain.map(({ bytes }) => bytes)
}
