/**
 * A secret key under a passphrase, as other programs read it: PKCS #8 with PBES2 (RFC 8018), scrypt (RFC 7914) and AES-256 in
 * CBC. `openssl pkey -in FILE` opens it. docs/spec/certificates.md.
 * @module
 */
import { createCipheriv, createPrivateKey, randomBytes, scryptSync } from 'node:crypto'
import { der, integer, objectIdentifier, octetString, sequence, tags } from '@jurat/core/asn1/writer'
import { type Bytes, concat, toBase64, toText } from '@jurat/core/bytes'
import { algorithms } from '@jurat/core/crypto/provider'
import { JuratError } from '@jurat/core/errors'
import { secretKeyObject } from '../../crypto/keyObjects.ts'

/** Shortest passphrase, in characters. */
export const passphraseCharactersMin = 12

/** scrypt's cost: 16 MiB, which is what openssl allows, and five times over. */
const cost = { N: 16_384, r: 8, p: 5 } as const

const identifiers = {
  pbes2: '1.2.840.113549.1.5.13',
  scrypt: '1.3.6.1.4.1.11591.4.11',
  aes256Cbc: '2.16.840.1.101.3.4.1.42',
} as const

/** A key that cannot be exported or read. */
export class KeyExportError extends JuratError<'passphrase-weak' | 'export-unreadable'> {}

/** Writes a secret key (algorithm byte and 32 bytes) as PEM. @throws {KeyExportError} `passphrase-weak` */
export function exportKey(key: Bytes, passphrase: string): string {
  if (passphrase.length < passphraseCharactersMin) {
    throw new KeyExportError('passphrase-weak', `a passphrase has at least ${passphraseCharactersMin} characters`)
  }
  const [salt, iv] = [randomBytes(16), randomBytes(16)]
  const wrapping = scryptSync(passphrase, salt, 32, cost)
  const cipher = createCipheriv('aes-256-cbc', wrapping, iv)
  const plain = secretKeyObject(key).export({ format: 'der', type: 'pkcs8' })
  const costs = [integer(cost.N), integer(cost.r), integer(cost.p)]
  const derivation = sequence(objectIdentifier(identifiers.scrypt), sequence(octetString(salt), ...costs))
  const encryption = sequence(objectIdentifier(identifiers.aes256Cbc), der(tags.octetString, iv))
  const whole = sequence(
    sequence(objectIdentifier(identifiers.pbes2), sequence(derivation, encryption)),
    octetString(concat(cipher.update(plain), cipher.final())),
  )
  const lines = toBase64(whole).match(/.{1,64}/gu) ?? []
  return `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${lines.join('\n')}\n-----END ENCRYPTED PRIVATE KEY-----\n`
}

/** Reads a P-256 key under a passphrase, of ours or of another program. @throws {KeyExportError} `export-unreadable` */
export function importKey(text: Bytes, passphrase: string): Bytes {
  try {
    const { crv, d } = createPrivateKey({ key: toText(text), format: 'pem', passphrase }).export({ format: 'jwk' })
    if (crv !== 'P-256' || d === undefined) throw new Error('another curve than P-256')
    return Uint8Array.from([algorithms.p256, ...Buffer.from(d, 'base64url')])
  } catch (cause) {
    throw new KeyExportError('export-unreadable', 'this file holds no P-256 key that this passphrase opens', { cause })
  }
}
