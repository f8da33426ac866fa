/**
 * The platform cryptography that core gets as an argument, and the table of signature algorithms.
 * Rules: docs/spec/keys-and-signatures.md.
 * @module
 */
import type { Bytes } from '../bytes.ts'

/** The signature algorithms by their algorithm byte. */
export const algorithms = {
  ed25519: 1,
  p256: 2,
  secp256k1: 3,
  sm2: 4,
  mldsa44: 5,
} as const

/** An algorithm byte: 1 Ed25519, 2 ECDSA P-256, 3 ECDSA secp256k1, 4 SM2 with SM3, 5 ML-DSA-44. */
export type Algorithm = (typeof algorithms)[keyof typeof algorithms]

/** Length of the raw key and of the signature of each algorithm, in bytes. */
export const algorithmSizes: Readonly<Record<Algorithm, { rawKeyBytes: number; signatureBytes: number }>> = {
  1: { rawKeyBytes: 32, signatureBytes: 64 },
  2: { rawKeyBytes: 33, signatureBytes: 64 },
  3: { rawKeyBytes: 33, signatureBytes: 64 },
  4: { rawKeyBytes: 33, signatureBytes: 64 },
  5: { rawKeyBytes: 1312, signatureBytes: 2420 },
}

/**
 * Hashes, signature checks and signing, synchronous and pure. Every implementation gives the same verdict on the same
 * bytes, hostile ones included: one suite tests them all.
 */
export interface CryptoProvider {
  /** SHA-256 (FIPS 180-4), 32 bytes. */
  sha256(data: Bytes): Bytes
  /** SHA-512 (FIPS 180-4), 64 bytes. */
  sha512(data: Bytes): Bytes
  /** SM3 (GB/T 32905-2016), 32 bytes. */
  sm3(data: Bytes): Bytes
  /** SHAKE128 (FIPS 202) with an output of `length` bytes. */
  shake128(data: Bytes, length: number): Bytes
  /** HMAC-SHA-256 (RFC 2104), 32 bytes. */
  hmacSha256(key: Bytes, data: Bytes): Bytes
  /** Whether `publicKey` (algorithm byte and raw key) may be registered. Never throws. */
  isPublicKey(publicKey: Bytes): boolean
  /** Whether `signature` over `message` is valid under `publicKey` (algorithm byte and raw key). Never throws. */
  verify(publicKey: Bytes, message: Bytes, signature: Bytes): boolean
  /**
   * Signs `message`. `secretKey` is algorithm byte and secret: 32 bytes of seed (Ed25519, ML-DSA-44) or 32 bytes of
   * scalar (the curves). @throws {Error} when the secret key is malformed.
   */
  sign(secretKey: Bytes, message: Bytes): Bytes
  /** The public key (algorithm byte and raw key) of a secret key. @throws {Error} when it is malformed. */
  publicKeyOf(secretKey: Bytes): Bytes
}
