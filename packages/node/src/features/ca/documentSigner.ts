/**
 * What others sign documents with: certificates of deposit, PDFs, files. docs/spec/certificates.md.
 * @module
 */
import { createHash, sign } from 'node:crypto'
import type { Bytes } from '@jurat/core/bytes'
import { certificateFields } from '@jurat/core/certificates/fields'
import type { IssuerHashes } from '@jurat/core/certificates/status'
import { secretKeyObject } from '../../crypto/keyObjects.ts'

/** A key with its certificates, and what shows that they are not revoked. */
export interface DocumentSigner {
  /** Own first, then that of the issuing authority, then the root; DER. */
  readonly certificates: readonly Bytes[]
  /** ECDSA P-256 over SHA-256 of the message, `ECDSA-Sig-Value` in DER. */
  readonly sign: (message: Bytes) => Promise<Bytes>
  /** For the time of the call. */
  readonly revocation: RevocationSource
}

/** Statements about certificates that are put beside a signature, so that it can be verified later. */
export interface RevocationSource {
  /** Current lists: of the issuing authority, and of the root if there is one; DER. */
  readonly lists: () => readonly Bytes[]
  /** Answer of the OCSP responder about a certificate of the issuing authority, DER. */
  readonly status: (certificate: Bytes) => Bytes
}

/** Signs with a secret key (algorithm byte and 32 bytes). */
export function signWith(key: Bytes): (message: Bytes) => Bytes {
  const object = secretKeyObject(key)
  return (message) => new Uint8Array(sign('sha256', message, { key: object, dsaEncoding: 'der' }))
}

/** Hashes by which a question about a certificate may name its issuer: SHA-1, which most programs use, and SHA-256. */
export function issuerHashes(issuer: Bytes): readonly [IssuerHashes, IssuerHashes] {
  const { subject, key } = certificateFields(issuer)
  const hashes = (algorithm: string, name: string): IssuerHashes => ({
    algorithm,
    nameHash: new Uint8Array(createHash(name).update(subject).digest()),
    keyHash: new Uint8Array(createHash(name).update(key).digest()),
  })
  return [hashes('1.3.14.3.2.26', 'sha1'), hashes('2.16.840.1.101.3.4.2.1', 'sha256')]
}
