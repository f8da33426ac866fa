/**
 * What other statements name of a certificate: serial number, names and key (RFC 5280, 4.1). docs/spec/certificates.md.
 * @module
 */
import type { Bytes } from '../bytes.ts'
import { dayNumber } from '../asn1/calendar.ts'
import { DerError } from '../asn1/error.ts'
import { DerReader, type DerValue } from '../asn1/reader.ts'
import { context, der, generalizedTime, tags } from '../asn1/writer.ts'

/** Parts of a certificate, as they stand in it. */
export interface CertificateFields {
  /** Magnitude, big-endian. */
  readonly serial: Bytes
  /** `Name` with its head. */
  readonly issuer: Bytes
  readonly subject: Bytes
  /** Contents of the BIT STRING of its key, without the count of unused bits. */
  readonly key: Bytes
  /** Its subject key identifier, or null. */
  readonly keyIdentifier: Bytes | null
}

const subjectKeyIdentifier = '2.5.29.14'

/** Reads them; nothing is verified. @throws {DerError} when it is no certificate. */
export function certificateFields(certificate: Bytes): CertificateFields {
  const signed = new DerReader(certificate).inside(tags.sequence).inside(tags.sequence)
  signed.optional(context(0))
  const serial = signed.unsigned()
  signed.next(tags.sequence)
  const issuer = signed.next(tags.sequence).bytes
  signed.next(tags.sequence)
  const subject = signed.next(tags.sequence).bytes
  const keyInfo = signed.inside(tags.sequence)
  keyInfo.next(tags.sequence)
  const key = keyInfo.next(tags.bitString).contents.subarray(1)
  return { serial, issuer, subject, key, keyIdentifier: keyIdentifierOf(signed) }
}

/** From what follows the key: two unique identifiers that nobody uses, and the extensions. */
function keyIdentifierOf(rest: DerReader): Bytes | null {
  rest.optional(context(1))
  rest.optional(context(2))
  const extensions = rest.tag === context(3) ? rest.inside(context(3)).inside(tags.sequence) : rest
  while (extensions.tag !== null) {
    const extension = extensions.inside(tags.sequence)
    const identifier = extension.objectIdentifier()
    extension.optional(tags.boolean)
    const value = extension.next(tags.octetString).contents
    if (identifier === subjectKeyIdentifier) return new DerReader(value).next(tags.octetString).contents
  }
  return null
}

/** First moment that RFC 5280 writes as GeneralizedTime: the year 2050. */
const generalizedFromMs = 2_524_608_000_000

/** `Time` of certificates and their lists, in whole seconds: two digits of the year until 2049 (RFC 5280, 4.1.2.5). */
export function certificateTime(timeMs: number): Bytes {
  const written = generalizedTime(wholeSeconds(timeMs))
  if (timeMs >= generalizedFromMs) return written
  return der(tags.utcTime, new DerReader(written).next().contents.subarray(2))
}

const timeForm = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/u

/** Reads such a time, milliseconds since 1970 UTC. @throws {DerError} */
export function readCertificateTime({ tag, contents }: DerValue): number {
  const [, year = '', ...rest] = timeForm.exec(String.fromCharCode(...contents.subarray(0, 20))) ?? []
  if (year.length !== (tag === tags.utcTime ? 2 : 4))
    throw new DerError('malformed', 'A time is not in the form of RFC 5280.')
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = rest.map(Number)
  const short = Number(year) < 50 ? 2000 : 1900
  const days = dayNumber({ year: Number(year) + (year.length === 2 ? short : 0), month, day })
  return ((days * 24 + hour) * 60 + minute) * 60_000 + second * 1000
}

/** The time without its fraction, which these standards do not allow. */
export const wholeSeconds = (timeMs: number): number => Math.floor(timeMs / 1000) * 1000
