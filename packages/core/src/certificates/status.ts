/**
 * Questions about the status of certificates and the answers to them (RFC 6960, OCSP): requests of strangers are read strictly.
 * docs/spec/certificates.md.
 * @module
 */
import { type Bytes, equal } from '../bytes.ts'
import { DerError } from '../asn1/error.ts'
import { DerReader } from '../asn1/reader.ts'
import { bitString, context, der, generalizedTime, objectIdentifier } from '../asn1/writer.ts'
import { octetString, sequence, tags, unsigned } from '../asn1/writer.ts'
import { certificateFields, wholeSeconds } from './fields.ts'
import { ecdsaSha256, enumerated, extension, revocationReasons, type Revocation } from './revocation.ts'
import type { StatementSigner } from './revocation.ts'

/** Longest request in bytes. */
export const statusRequestBytesMax = 4_096

/** Most certificates of one request. */
export const statusCertificatesMax = 16

/** Longest nonce in bytes (RFC 9654, 2.1). */
export const statusNonceBytesMax = 128

const identifiers = { basic: '1.3.6.1.5.5.7.48.1.1', nonce: '1.3.6.1.5.5.7.48.1.2' } as const

/** Answers without a status: `OCSPResponseStatus`. */
export const statusFailures = { malformedRequest: 1, internalError: 2, tryLater: 3, unauthorized: 6 } as const

/** Name of such an answer. */
export type StatusFailure = keyof typeof statusFailures

/** Which certificate is meant: hashes of its issuer's name and key, and its serial number. */
export interface CertificateId {
  /** `CertID` as it came. */
  readonly bytes: Bytes
  /** Hash algorithm, dotted. */
  readonly algorithm: string
  readonly nameHash: Bytes
  readonly keyHash: Bytes
  /** Magnitude, big-endian. */
  readonly serial: Bytes
}

/** A request. */
export interface StatusRequest {
  readonly certificates: readonly CertificateId[]
  /** Contents of the nonce's extension as they came, or null. */
  readonly nonce: Bytes | null
}

/** Reads a request; null when it is none. Never throws for what stands in it. */
export function readStatusRequest(bytes: Bytes): StatusRequest | null {
  try {
    return bytes.length > statusRequestBytesMax ? null : read(bytes)
  } catch (error) {
    if (error instanceof DerError) return null
    throw error
  }
}

function read(bytes: Bytes): StatusRequest | null {
  const outer = new DerReader(bytes)
  const whole = outer.inside(tags.sequence)
  outer.end()
  const fields = whole.inside(tags.sequence)
  // Whoever signs a request is answered like everybody: the signature is not looked at.
  whole.optional(context(0))
  whole.end()
  const version = fields.tag === context(0) ? fields.inside(context(0)).unsigned() : Uint8Array.of(0)
  if (version.length !== 1 || version[0] !== 0) return null
  fields.optional(context(1))
  const list = fields.inside(tags.sequence)
  const certificates: CertificateId[] = []
  while (list.tag !== null) {
    const request = list.inside(tags.sequence)
    certificates.push(readId(request.next(tags.sequence).bytes))
    request.optional(context(0))
    request.end()
  }
  const nonce = fields.tag === context(2) ? nonceOf(fields.inside(context(2)).inside(tags.sequence)) : null
  fields.end()
  const fits = (nonce?.length ?? 0) <= statusNonceBytesMax + 2
  return fits && certificates.length > 0 && certificates.length <= statusCertificatesMax
    ? { certificates, nonce }
    : null
}

function readId(bytes: Bytes): CertificateId {
  const fields = new DerReader(bytes).inside(tags.sequence)
  const algorithm = fields.inside(tags.sequence).objectIdentifier()
  const nameHash = fields.next(tags.octetString).contents
  const keyHash = fields.next(tags.octetString).contents
  const serial = fields.unsigned()
  fields.end()
  return { bytes, algorithm, nameHash, keyHash, serial }
}

function nonceOf(extensions: DerReader): Bytes | null {
  let nonce: Bytes | null = null
  while (extensions.tag !== null) {
    const fields = extensions.inside(tags.sequence)
    const identifier = fields.objectIdentifier()
    fields.optional(tags.boolean)
    const value = fields.next(tags.octetString).contents
    if (identifier === identifiers.nonce) nonce = value
  }
  return nonce
}

/** Hashes by which requests name an issuer. */
export interface IssuerHashes {
  /** Hash algorithm, dotted. */
  readonly algorithm: string
  readonly nameHash: Bytes
  readonly keyHash: Bytes
}

/** Whether a certificate that is asked about has this issuer. */
export const isOfIssuer = (asked: CertificateId, hashes: readonly IssuerHashes[]): boolean =>
  hashes.some(
    ({ algorithm, nameHash, keyHash }) =>
      asked.algorithm === algorithm && equal(asked.nameHash, nameHash) && equal(asked.keyHash, keyHash),
  )

/** The status of one certificate. */
export interface CertificateStatus {
  readonly id: Bytes
  readonly status: 'good' | 'unknown' | Revocation
}

/** An answer. Times are milliseconds since 1970 UTC. */
export interface StatusAnswer {
  readonly statuses: readonly CertificateStatus[]
  readonly nonce: Bytes | null
  readonly timeMs: number
  readonly nextUpdateMs: number
}

/** Signs an answer with the key of the certificates' issuer, `OCSPResponse` in DER. */
export function signStatus(signer: StatementSigner, { statuses, nonce, timeMs, nextUpdateMs }: StatusAnswer): Bytes {
  const thisUpdate = generalizedTime(wholeSeconds(timeMs))
  const nextUpdate = der(context(0), generalizedTime(wholeSeconds(nextUpdateMs)))
  const single = ({ id, status }: CertificateStatus): Bytes => sequence(id, statusBytes(status), thisUpdate, nextUpdate)
  const body = sequence(
    der(context(1), certificateFields(signer.certificate).subject),
    thisUpdate,
    sequence(...statuses.map(single)),
    ...(nonce === null ? [] : [der(context(1), sequence(extension(identifiers.nonce, nonce)))]),
  )
  const basic = sequence(body, ecdsaSha256, bitString(signer.sign(body)), der(context(0), sequence(signer.certificate)))
  return sequence(enumerated(0), der(context(0), sequence(objectIdentifier(identifiers.basic), octetString(basic))))
}

/** An answer that says why there is no status. It is not signed. */
export const statusFailure = (failure: StatusFailure): Bytes => sequence(enumerated(statusFailures[failure]))

function statusBytes(status: CertificateStatus['status']): Bytes {
  if (status === 'good') return der(context(0, false))
  if (status === 'unknown') return der(context(2, false))
  const code = revocationReasons[status.reason]
  const reason = code === 0 ? [] : [der(context(0), enumerated(code))]
  return der(context(1), generalizedTime(wholeSeconds(status.timeMs)), ...reason)
}

/** A question about one certificate, without a nonce. @param hashes - of its issuer */
export function statusQuestion({ algorithm, nameHash, keyHash }: IssuerHashes, serial: Bytes): Bytes {
  const id = sequence(
    sequence(objectIdentifier(algorithm), der(tags.null)),
    octetString(nameHash),
    octetString(keyHash),
    unsigned(serial),
  )
  return sequence(sequence(sequence(sequence(id))))
}
