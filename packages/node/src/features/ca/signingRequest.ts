/**
 * Requests for certificates (PKCS #10, RFC 2986): only the key is taken from them, after its holder has shown to have it. Name
 * and usages are decided by whoever registers, and what the request says of them is not looked at. docs/spec/certificates.md.
 * @module
 */
import { webcrypto } from 'node:crypto'
import type { Bytes } from '@jurat/core/bytes'
import { JuratError } from '@jurat/core/errors'

/** Longest request in bytes. */
export const signingRequestBytesMax = 8_192

/** What is refused here. */
export class SigningRequestError extends JuratError<'request-unacceptable'> {}

/**
 * The key of a request in DER or PEM, whose signature was verified with it.
 * @throws {SigningRequestError} when it is none, its key is not P-256, or the signature is not by that key.
 */
export async function keyOfRequest(request: Bytes): Promise<webcrypto.CryptoKey> {
  if (request.length > signingRequestBytesMax) throw refused(`it is longer than ${signingRequestBytesMax} bytes`)
  await import('reflect-metadata')
  const x509 = await import('@peculiar/x509')
  let isProven: boolean
  let publicKey: webcrypto.CryptoKey
  try {
    const parsed = new x509.Pkcs10CertificateRequest(derOf(request))
    publicKey = await parsed.publicKey.export({ name: 'ECDSA', namedCurve: 'P-256' }, ['verify'], webcrypto)
    isProven = await parsed.verify(webcrypto)
  } catch (cause) {
    throw refused('it is no PKCS #10 request of a P-256 key', cause)
  }
  if (!isProven) throw refused('it is not signed with the key that it names')
  return publicKey
}

const refused = (reason: string, cause?: unknown): SigningRequestError =>
  new SigningRequestError('request-unacceptable', `the request for a certificate is refused: ${reason}`, { cause })

const armour =
  /^\s*-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----([\sA-Za-z0-9+/=]+)-----END (?:NEW )?CERTIFICATE REQUEST-----\s*$/u

/** The bytes of a PEM text, or what was given. */
function derOf(request: Bytes): Uint8Array<ArrayBuffer> {
  const [, base64] = armour.exec(Buffer.from(request).toString('latin1')) ?? []
  return Uint8Array.from(base64 === undefined ? request : Buffer.from(base64, 'base64'))
}
