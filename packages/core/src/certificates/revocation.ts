/**
 * Revocation of certificates: reasons, and the list of those that are revoked (RFC 5280, 5), signed with ECDSA P-256 and
 * SHA-256. docs/spec/certificates.md.
 * @module
 */
import type { Bytes } from '../bytes.ts'
import { bitString, context, der, integer, objectIdentifier } from '../asn1/writer.ts'
import { octetString, sequence, tags, unsigned } from '../asn1/writer.ts'
import { DerReader } from '../asn1/reader.ts'
import { certificateFields, certificateTime, readCertificateTime } from './fields.ts'

/**
 * Why a certificate is revoked, with the number of each (`CRLReason`). A certificate on hold would come back, which a record
 * that only grows does not know.
 */
export const revocationReasons = {
  unspecified: 0,
  keyCompromise: 1,
  caCompromise: 2,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  privilegeWithdrawn: 9,
} as const

/** Name of such a reason. */
export type RevocationReason = keyof typeof revocationReasons

/** A revoked certificate. */
export interface Revocation {
  /** Magnitude of the serial number, big-endian. */
  readonly serial: Bytes
  readonly reason: RevocationReason
  /** Milliseconds since 1970 UTC. */
  readonly timeMs: number
}

/** Who signs statements about certificates: the certificate of the authority, DER, and its key. */
export interface StatementSigner {
  readonly certificate: Bytes
  /** Signs with ECDSA P-256 over SHA-256 of a message; gives `ECDSA-Sig-Value` in DER. */
  readonly sign: (message: Bytes) => Bytes
}

/** A list of revoked certificates. */
export interface RevocationList {
  /** Greater than that of every list before. */
  readonly number: number
  /** Milliseconds since 1970 UTC; the second is when the next list is there at the latest. */
  readonly thisUpdateMs: number
  readonly nextUpdateMs: number
  readonly revoked: readonly Revocation[]
}

/** ECDSA with SHA-256, as an `AlgorithmIdentifier`. */
export const ecdsaSha256: Bytes = sequence(objectIdentifier('1.2.840.10045.4.3.2'))

const identifiers = { reason: '2.5.29.21', number: '2.5.29.20', authorityKey: '2.5.29.35' } as const

/** Signs a list, `CertificateList` in DER. */
export function signRevocationList(signer: StatementSigner, list: RevocationList): Bytes {
  const { subject, keyIdentifier } = certificateFields(signer.certificate)
  const entries = list.revoked.map(entry)
  const body = sequence(
    integer(1),
    ecdsaSha256,
    subject,
    certificateTime(list.thisUpdateMs),
    certificateTime(list.nextUpdateMs),
    // An empty list is left out (RFC 5280, 5.1.2.6).
    ...(entries.length === 0 ? [] : [sequence(...entries)]),
    der(
      context(0),
      sequence(
        ...(keyIdentifier === null
          ? []
          : [extension(identifiers.authorityKey, sequence(der(context(0, false), keyIdentifier)))]),
        extension(identifiers.number, unsigned(bigEndian(list.number))),
      ),
    ),
  )
  return sequence(body, ecdsaSha256, bitString(signer.sign(body)))
}

/** What a list's signer has signed, and the signature, `ECDSA-Sig-Value` in DER. @throws {DerError} */
export function signedParts(list: Bytes): { readonly body: Bytes; readonly signature: Bytes } {
  const whole = new DerReader(list)
  const parts = whole.inside(tags.sequence)
  whole.end()
  const body = parts.next(tags.sequence).bytes
  parts.next(tags.sequence)
  const { contents } = parts.next(tags.bitString)
  parts.end()
  return { body, signature: contents.subarray(1) }
}

/** When the next list is there at the latest, of a list of our form, milliseconds since 1970 UTC. @throws {DerError} */
export function nextUpdateOf(list: Bytes): number {
  const body = new DerReader(list).inside(tags.sequence).inside(tags.sequence)
  body.unsigned()
  for (let skipped = 0; skipped < 3; skipped++) body.next()
  return readCertificateTime(body.next())
}

function entry({ serial, reason, timeMs }: Revocation): Bytes {
  const code = revocationReasons[reason]
  // Unspecified is said by leaving the reason out (RFC 5280, 5.3.1).
  const reasons = code === 0 ? [] : [sequence(extension(identifiers.reason, enumerated(code)))]
  return sequence(unsigned(serial), certificateTime(timeMs), ...reasons)
}

/** An extension that is not critical. */
export const extension = (identifier: string, value: Bytes): Bytes =>
  sequence(objectIdentifier(identifier), octetString(value))

/** ENUMERATED of a number below 128. */
export const enumerated = (value: number): Bytes => der(tags.enumerated, Uint8Array.of(value))

/** Eight bytes of a whole number up to 2^53. */
function bigEndian(value: number): Bytes {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value))
  return bytes
}
