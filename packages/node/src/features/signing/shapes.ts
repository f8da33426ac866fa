/**
 * What signing needs of others: a key with its certificates, time stamps, and word of what was revoked. Each is a shape that the
 * node's own authority has, and that any other may have.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'

/** Somebody who signs. */
export interface SigningIdentity {
  /** DER: the own certificate first, then those above it, the root last or left out. */
  readonly certificates: readonly Bytes[]
  /** Signs with ECDSA P-256 over SHA-256 of a message; gives `ECDSA-Sig-Value` in DER. */
  readonly sign: (message: Bytes) => Promise<Bytes>
}

/** Where time stamps come from. */
export interface TokenSource {
  /** A token (RFC 3161, DER) over a SHA-256 digest, with its certificates. */
  readonly stamp: (sha256: Bytes) => Promise<Bytes>
}

/** Where word of revocations comes from: what is current at the time of the call. */
export interface RevocationSource {
  /** Lists of the authorities above the signer, DER (RFC 5280). */
  readonly lists: () => readonly Bytes[]
  /** Answer about a certificate of the authority that has issued the signer's, DER (RFC 6960). */
  readonly status: (certificate: Bytes) => Bytes
}

/** Levels of PAdES and CAdES (ETSI EN 319 142-1, EN 319 122-1). */
export const signatureLevels = ['B-B', 'B-T', 'B-LT', 'B-LTA'] as const

/** A level. */
export type SignatureLevel = (typeof signatureLevels)[number]
