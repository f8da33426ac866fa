/**
 * How an implementation of the signature algorithms becomes a {@link CryptoProvider}: lengths and algorithm bytes are
 * checked here, once for all of them.
 * @module
 */
import type { Bytes } from '../bytes.ts'
import { joinKey, splitPublicKey, splitSecretKey } from './keys.ts'
import { algorithmSizes } from './provider.ts'
import type { Algorithm, CryptoProvider } from './provider.ts'

/** One signature algorithm over raw keys. Lengths of keys and signatures were checked before. */
export interface Scheme {
  /** Whether a raw public key may be registered. Never throws. */
  isKey(rawKey: Bytes): boolean
  /** Whether the signature is valid. Never throws. */
  verify(rawKey: Bytes, message: Bytes, signature: Bytes): boolean
  /** @throws {KeyError} when the 32 bytes are no secret of the algorithm. */
  sign(secret: Bytes, message: Bytes): Bytes
  /** The raw public key. @throws {KeyError} when the 32 bytes are no secret of the algorithm. */
  publicKey(secret: Bytes): Bytes
}

/** An implementation of every algorithm. */
export type Schemes = Readonly<Record<Algorithm, Scheme>>

/** The part of a provider that hashes. */
export type Hashes = Pick<CryptoProvider, 'sha256' | 'sha512' | 'sm3' | 'shake128' | 'hmacSha256'>

/** The provider of these hashes and schemes. */
export function providerOf(hashes: Hashes, schemes: Schemes): CryptoProvider {
  return {
    ...hashes,
    isPublicKey(publicKey) {
      const key = splitPublicKey(publicKey)
      return key !== null && schemes[key.algorithm].isKey(key.raw)
    },
    verify(publicKey, message, signature) {
      const key = splitPublicKey(publicKey)
      if (key === null || signature.length !== algorithmSizes[key.algorithm].signatureBytes) return false
      return schemes[key.algorithm].verify(key.raw, message, signature)
    },
    sign(secretKey, message) {
      const { algorithm, raw } = splitSecretKey(secretKey)
      return schemes[algorithm].sign(raw, message)
    },
    publicKeyOf(secretKey) {
      const { algorithm, raw } = splitSecretKey(secretKey)
      return joinKey(algorithm, schemes[algorithm].publicKey(raw))
    },
  }
}
