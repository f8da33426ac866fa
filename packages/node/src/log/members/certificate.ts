/**
 * The certificate under which a member speaks TLS with the others: made by itself from its transport key, at every
 * start. Nothing in it but the public key counts (docs/spec/members.md, Transport).
 * @module
 */
import { webcrypto, X509Certificate } from 'node:crypto'
import type { Bytes } from '@jurat/core/bytes'
import { algorithms } from '@jurat/core/crypto/provider'
import { publicKeyObject, secretKeyObject, webKeyPair } from '../../crypto/keyObjects.ts'

/** What node:tls takes: both PEM. */
export interface TransportIdentity {
  readonly certificate: string
  readonly key: string
}

/** Nobody looks at the dates; TLS wants some. The end is RFC 5280's for "no well-defined expiration". */
const notBefore = new Date('2020-01-01T00:00:00Z')
const notAfter = new Date('9999-12-31T23:59:59Z')

/** Makes the certificate of a transport key. @param secretKey - algorithm byte (Ed25519 or P-256) and 32 bytes */
export async function transportIdentity(secretKey: Bytes): Promise<TransportIdentity> {
  const key = secretKeyObject(secretKey)
  // The library costs 15 MB and 150 ms, which a solo node never pays.
  await import('reflect-metadata')
  const { X509CertificateGenerator } = await import('@peculiar/x509')
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: '01',
      name: 'CN=jurat-member',
      notBefore,
      notAfter,
      keys: await webKeyPair(secretKey),
      signingAlgorithm: secretKey[0] === algorithms.ed25519 ? { name: 'Ed25519' } : { name: 'ECDSA', hash: 'SHA-256' },
    },
    webcrypto,
  )
  return { certificate: certificate.toString('pem'), key: key.export({ format: 'pem', type: 'pkcs8' }).toString() }
}

/**
 * Whether a certificate (DER) holds this public key (algorithm byte and raw key). That its sender has the secret is
 * proven by the handshake of TLS 1.3, which is signed by the key of the certificate whoever issued it.
 */
export function holdsKey(certificate: Bytes, publicKey: Bytes): boolean {
  try {
    return new X509Certificate(certificate).publicKey.equals(publicKeyObject(publicKey))
  } catch {
    return false
  }
}
