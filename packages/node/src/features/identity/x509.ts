/**
 * X.509: the holder signs a challenge with the key of a certificate below a CA that the operator trusts. Usages, dates and lists
 * of revoked certificates are checked when the answer comes. docs/operating/identity.md.
 * @module
 */
import { constants, createHash, type KeyObject, verify, X509Certificate } from 'node:crypto'
import { type Bytes, fromBase64, fromHex, toBase64, toHex } from '@jurat/core/bytes'
import { identityChallengeMessage } from '@jurat/core/identity/challenge'
import { HolderFault } from '@jurat/verify/certificates/fault'
import type { JudgedHolder } from '@jurat/verify/certificates/holder'
import { IdentityRefusal, type IdentityProvider, onlyFields, required, type Texts } from './provider.ts'

/** Shortest RSA key that is believed, in bits. */
export const rsaBitsMin = 2_048

/** Longest text of certificates that is read, in characters, and longest signature in bytes. */
export const certificatesCharactersMax = 65_536
export const signatureBytesMax = 1_024

const lifeMs = 15 * 60_000

/** What this provider stands on. */
export interface X509Options {
  readonly networkId: Bytes
  readonly randomBytes: (count: number) => Bytes
  readonly now: () => number
  /** The trusted CAs and the lists of revoked certificates as they are now, DER. */
  readonly trust: () => Promise<{ readonly trusted: readonly Bytes[]; readonly lists: readonly Bytes[] }>
}

/** The provider. */
export function x509Provider(options: X509Options): IdentityProvider {
  const { networkId, randomBytes, now, trust } = options
  return {
    name: 'x509',
    level: 'certificate',
    lifeMs,
    attemptsMax: 3,
    begin({ id, organisation, accounts }, input) {
      onlyFields(input, [])
      const ids = accounts.map(fromHex)
      const nonce = randomBytes(32)
      const message = identityChallengeMessage({ networkId, verification: id, organisation, accounts: ids, nonce })
      return { shown: { message: toBase64(message) }, kept: { message: toBase64(message) } }
    },
    async judge(_subject, kept, answer) {
      onlyFields(answer, ['certificates', 'signature'])
      const certificates = certificatesIn(required(answer, 'certificates'))
      const signature = signatureIn(required(answer, 'signature'))
      const { trusted, lists } = await trust()
      // The library of certificates is paid for by who shows one.
      const { judgeHolder } = await import('@jurat/verify/certificates/holder')
      const judged = await judgeHolder({ certificates, trusted, lists, timeMs: now() }).catch((error: unknown) => {
        throw error instanceof HolderFault ? new IdentityRefusal(error.code, error.values, { cause: error }) : error
      })
      const [holder = new Uint8Array(0)] = certificates
      const certificate = readAgain(holder)
      if (!isSignedBy(keyOf(certificate), fromBase64(kept['message'] ?? ''), signature)) {
        throw new IdentityRefusal('signature-wrong')
      }
      return { fields: fieldsOf(holder, certificate, judged), untilMs: judged.notAfterMs }
    },
  }
}

/** The certificates of a PEM text, DER. @throws {IdentityRefusal} */
export function certificatesIn(text: string): Bytes[] {
  const unreadable = (reason: string): IdentityRefusal => new IdentityRefusal('certificate-unreadable', { reason })
  if (text.length > certificatesCharactersMax) throw unreadable(`more than ${certificatesCharactersMax} characters`)
  const found = pemBlocks(text, 'CERTIFICATE')
  if (found.length === 0) throw unreadable('no BEGIN CERTIFICATE')
  return found
}

/** Every block of a kind in a PEM text (RFC 7468), as bytes. */
export function pemBlocks(text: string, label: 'CERTIFICATE' | 'X509 CRL'): Bytes[] {
  const blocks = text.matchAll(new RegExp(`-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]*)-----END ${label}-----`, 'g'))
  return [...blocks].map(([, base64 = '']) => new Uint8Array(Buffer.from(base64, 'base64')))
}

/** A certificate as OpenSSL reads it, which is narrower than the library of the way in some places. */
function readAgain(bytes: Bytes): X509Certificate {
  try {
    return new X509Certificate(bytes)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new IdentityRefusal('certificate-unreadable', { reason }, { cause })
  }
}

function signatureIn(base64: string): Bytes {
  const malformed = new IdentityRefusal('field-malformed', { field: 'signature' })
  if (base64.length > 2 * signatureBytesMax) throw malformed
  try {
    return fromBase64(base64)
  } catch {
    throw malformed
  }
}

/** @throws {IdentityRefusal} `certificate-key` for a key that is too short, or of an algorithm that is not believed */
function keyOf(certificate: X509Certificate): KeyObject {
  let key: KeyObject
  try {
    key = certificate.publicKey
  } catch (cause) {
    throw new IdentityRefusal('certificate-key', {}, { cause })
  }
  const { asymmetricKeyType: type, asymmetricKeyDetails: details = {} } = key
  const isCurve = type === 'ec' && ['prime256v1', 'secp384r1', 'secp521r1'].includes(details.namedCurve ?? '')
  const isRsa = (type === 'rsa' || type === 'rsa-pss') && (details.modulusLength ?? 0) >= rsaBitsMin
  if (!isCurve && !isRsa && type !== 'ed25519') throw new IdentityRefusal('certificate-key')
  return key
}

/** ECDSA (as ASN.1) and RSA over SHA-256, RSA in either padding; Ed25519 over the message itself. */
function isSignedBy(key: KeyObject, message: Bytes, signature: Bytes): boolean {
  if (key.asymmetricKeyType === 'ed25519') return verify(null, message, key, signature)
  if (key.asymmetricKeyType === 'ec') return verify('sha256', message, key, signature)
  const pss = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO }
  const plain = key.asymmetricKeyType === 'rsa' && verify('sha256', message, key, signature)
  return plain || verify('sha256', message, pss, signature)
}

function fieldsOf(bytes: Bytes, certificate: X509Certificate, judged: JudgedHolder): Texts {
  const { subject, issuer, revocation } = judged
  const shown = (names: Texts): string =>
    Object.entries(names)
      .map(([type, value]) => `${type}=${value}`)
      .join(', ')
  const { CN, O, C } = subject
  return {
    subject: shown(subject),
    issuer: shown(issuer),
    serialNumber: certificate.serialNumber.toLowerCase(),
    certificateSha256: toHex(createHash('sha256').update(bytes).digest()),
    ...(CN !== undefined && { commonName: CN }),
    ...(O !== undefined && { organisationName: O }),
    ...(C !== undefined && { country: C }),
    revocation,
  }
}
