/**
 * Making time-stamp tokens (RFC 3161, 2.4.2; RFC 5816; RFC 5652, 5): CMS SignedData over TSTInfo, in DER, signed with
 * ECDSA P-256 and SHA-256. Everything that is the same in all tokens of an authority is encoded once.
 * docs/spec/timestamps.md.
 * @module
 */
import { type Bytes, concat } from '../bytes.ts'
import { DerReader } from '../asn1/reader.ts'
import { context, der, generalizedTime, integer, objectIdentifier } from '../asn1/writer.ts'
import { octetString, sequence, setOf, tags, unsigned } from '../asn1/writer.ts'
import type { CryptoProvider } from '../crypto/provider.ts'
import { identifiers } from './identifiers.ts'
import { type Imprint, writeImprint } from './query.ts'

/** An authority: its certificates, its policy, its clock's accuracy. */
export interface TokenAuthority {
  /** Certificate of the key that signs, DER. */
  readonly certificate: Bytes
  /** Certificates between it and the root, DER, for tokens that are to carry them. */
  readonly chain: readonly Bytes[]
  /** Policy of the tokens, dotted. */
  readonly policy: string
  /** How far the time may be from the true one, whole seconds, 1 at least. */
  readonly accuracySeconds: number
  /** Signs with ECDSA P-256 over SHA-256 of a message; gives `ECDSA-Sig-Value` in DER. */
  readonly sign: (message: Bytes) => Bytes
}

/** What one token says. */
export interface TokenContent {
  readonly imprint: Imprint
  /** Magnitude of the serial number, big-endian, at most 20 bytes. */
  readonly serial: Bytes
  /** Milliseconds since 1970 UTC. */
  readonly timeMs: number
  /** The INTEGER of the request as it came, or null. */
  readonly nonce: Bytes | null
  /** Whether the certificates stand in the token. */
  readonly certificates: boolean
}

/** Makes the tokens of one authority. */
export type TokenMaker = (content: TokenContent) => Bytes

/**
 * Prepares an authority.
 * @throws {DerError} when the certificate is none.
 */
export function tokenMaker(crypto: Pick<CryptoProvider, 'sha256'>, authority: TokenAuthority): TokenMaker {
  const { certificate, chain, sign } = authority
  const sha256 = sequence(objectIdentifier(identifiers.sha256))
  const digestAlgorithms = setOf(sha256)
  const { issuer, serial } = issuerAndSerial(certificate)
  const head = {
    version: integer(3),
    contentType: objectIdentifier(identifiers.tstInfo),
    certificates: der(context(0), ...sortedSet([certificate, ...chain])),
    signer: concat(integer(1), sequence(issuer, serial), sha256),
    algorithm: sequence(objectIdentifier(identifiers.ecdsaSha256)),
    attributes: [
      attribute(identifiers.contentType, objectIdentifier(identifiers.tstInfo)),
      attribute(identifiers.signingCertificateV2, signingCertificate(crypto.sha256(certificate), issuer, serial)),
    ],
  }
  const policy = objectIdentifier(authority.policy)
  const accuracy = sequence(integer(authority.accuracySeconds))
  return ({ imprint, serial: number, timeMs, nonce, certificates }) => {
    const info = sequence(
      integer(1),
      policy,
      writeImprint(imprint),
      unsigned(number),
      generalizedTime(timeMs),
      accuracy,
      ...(nonce === null ? [] : [nonce]),
    )
    const digest = attribute(identifiers.messageDigest, octetString(crypto.sha256(info)))
    // Signed as a SET, and written under the tag [0] (RFC 5652, 5.4).
    const attributes = setOf(...head.attributes, digest)
    const signature = octetString(sign(attributes))
    const implicit = concat(Uint8Array.of(context(0)), attributes.subarray(1))
    const signedData = sequence(
      head.version,
      digestAlgorithms,
      sequence(head.contentType, der(context(0), octetString(info))),
      ...(certificates ? [head.certificates] : []),
      der(tags.set, sequence(head.signer, implicit, head.algorithm, signature)),
    )
    return sequence(objectIdentifier(identifiers.signedData), der(context(0), signedData))
  }
}

const attribute = (identifier: string, value: Bytes): Bytes => sequence(objectIdentifier(identifier), setOf(value))

/** The values of a SET OF in their order, without its head. */
const sortedSet = (values: readonly Bytes[]): Bytes[] => [new DerReader(setOf(...values)).next().contents]

/** `SigningCertificateV2` (RFC 5035): the hash algorithm is left out, because SHA-256 is its default. */
function signingCertificate(hash: Bytes, issuer: Bytes, serial: Bytes): Bytes {
  const directoryName = der(context(4), issuer)
  return sequence(sequence(sequence(octetString(hash), sequence(sequence(directoryName), serial))))
}

/** Issuer and serial number of a certificate, as they stand in it (RFC 5280, 4.1). */
function issuerAndSerial(certificate: Bytes): { issuer: Bytes; serial: Bytes } {
  const signed = new DerReader(certificate).inside(tags.sequence).inside(tags.sequence)
  signed.optional(context(0))
  const serial = signed.next(tags.integer).bytes
  signed.next(tags.sequence)
  return { serial, issuer: signed.next(tags.sequence).bytes }
}
