/**
 * Detached signatures (RFC 5652, ETSI EN 319 122-1): CMS SignedData in DER with one signer, who names its certificate in a signed
 * attribute (RFC 5035). PDF files carry them inside (PAdES), other files beside (CAdES).
 * @module
 */
import { createHash } from 'node:crypto'
import { context, der, generalizedTime, integer, objectIdentifier, octetString } from '@jurat/core/asn1/writer'
import { sequence, setOf, tags } from '@jurat/core/asn1/writer'
import { type Bytes, compare, concat } from '@jurat/core/bytes'
import { identifiers } from '@jurat/core/timestamp/identifiers'
import { certificateNames } from './certificateNames.ts'
import { SigningError } from './error.ts'
import type { SigningIdentity } from './shapes.ts'

const data = '1.2.840.113549.1.7.1'
const signingTime = '1.2.840.113549.1.9.5'
const signatureTimeStamp = '1.2.840.113549.1.9.16.2.14'
const ocspResponse = '1.3.6.1.5.5.7.16.2'

/** What a signature is over, and what goes with it. */
export interface DetachedContent {
  readonly identity: SigningIdentity
  /** SHA-256 of what is signed. */
  readonly digest: Bytes
  /** Claimed time, milliseconds since 1970 UTC; null in PDF files, which carry it elsewhere. */
  readonly timeMs: number | null
}

/** What a verifier needs when nobody can be asked any more: DER. */
export interface KeptData {
  readonly certificates: readonly Bytes[]
  readonly crls: readonly Bytes[]
  readonly ocsps: readonly Bytes[]
}

/** A signature that has been made, and may still be given a time stamp. */
export class DetachedSignature {
  readonly #signer: readonly Bytes[]
  readonly #certificates: readonly Bytes[]
  /** The signature value: what a time stamp is over. */
  readonly value: Bytes
  #token: Bytes | null = null
  #kept: KeptData = { certificates: [], crls: [], ocsps: [] }

  private constructor(signer: readonly Bytes[], value: Bytes, certificates: readonly Bytes[]) {
    this.#signer = signer
    this.#certificates = certificates
    this.value = value
  }

  /** Signs. @throws {SigningError} `identity-unfit` without a certificate */
  static async make({ identity, digest, timeMs }: DetachedContent): Promise<DetachedSignature> {
    const [own] = identity.certificates
    if (own === undefined) throw new SigningError('identity-unfit', 'the identity has no certificate')
    const sha256 = sequence(objectIdentifier(identifiers.sha256))
    const certificate = issuerAndSerial(own)
    const attributes = setOf(
      attribute(identifiers.contentType, objectIdentifier(data)),
      attribute(identifiers.messageDigest, octetString(digest)),
      attribute(identifiers.signingCertificateV2, signingCertificate(own)),
      ...(timeMs === null ? [] : [attribute(signingTime, timeOf(timeMs))]),
    )
    const value = await identity.sign(attributes)
    const signer = [
      integer(1),
      certificate,
      sha256,
      concat(Uint8Array.of(context(0)), attributes.subarray(1)),
      sequence(objectIdentifier(identifiers.ecdsaSha256)),
      octetString(value),
    ]
    return new DetachedSignature(signer, value, identity.certificates)
  }

  /** Adds a time stamp over the signature: level B-T. */
  stamp(token: Bytes): void {
    this.#token = token
  }

  /** Adds what a verifier needs long after: level B-LT of files that have no other place for it. */
  keep(kept: KeptData): void {
    this.#kept = kept
  }

  /** ContentInfo, DER. */
  encode(): Bytes {
    const sha256 = sequence(objectIdentifier(identifiers.sha256))
    const { certificates, crls, ocsps } = this.#kept
    const others = ocsps.map((answer) => der(context(1), objectIdentifier(ocspResponse), answer))
    const revocations = unique([...crls, ...others])
    const unsigned = this.#token === null ? [] : [der(context(1), attribute(signatureTimeStamp, this.#token))]
    const signedData = sequence(
      integer(others.length > 0 ? 5 : 1),
      setOf(sha256),
      sequence(objectIdentifier(data)),
      der(context(0), ...unique([...this.#certificates, ...certificates])),
      ...(revocations.length === 0 ? [] : [der(context(1), ...revocations)]),
      der(tags.set, sequence(...this.#signer, ...unsigned)),
    )
    return sequence(objectIdentifier(identifiers.signedData), der(context(0), signedData))
  }
}

/** Each once, in the order of a SET OF. */
const unique = (values: readonly Bytes[]): Bytes[] =>
  values.toSorted(compare).filter((value, at, all) => at === 0 || compare(value, all[at - 1] ?? value) !== 0)

const attribute = (identifier: string, value: Bytes): Bytes => sequence(objectIdentifier(identifier), setOf(value))

/** Of years from 1950 to 2049 UTCTime, of others GeneralizedTime (RFC 5652, 11.3), in whole seconds. */
function timeOf(timeMs: number): Bytes {
  const whole = generalizedTime(timeMs - (timeMs % 1000))
  const year = new Date(timeMs).getUTCFullYear()
  return year < 1950 || year > 2049 ? whole : der(0x17, whole.subarray(4))
}

/** `SigningCertificateV2`: the hash algorithm is left out, because SHA-256 is its default. */
function signingCertificate(certificate: Bytes): Bytes {
  const hash = new Uint8Array(createHash('sha256').update(certificate).digest())
  const { issuer, serial } = certificateNames(certificate)
  return sequence(sequence(sequence(octetString(hash), sequence(sequence(der(context(4), issuer)), serial))))
}

function issuerAndSerial(certificate: Bytes): Bytes {
  const { issuer, serial } = certificateNames(certificate)
  return sequence(issuer, serial)
}
