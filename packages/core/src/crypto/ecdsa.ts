/**
 * ECDSA with SHA-256 (FIPS 186-5, section 6) on P-256 and secp256k1: compressed keys, signatures r‖s with low s only,
 * because (r, n - s) would be a second valid signature over the same message. Rules: docs/spec/keys-and-signatures.md.
 * @module
 */
import { p256 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import type { Bytes } from '../bytes.ts'
import { compare } from '../bytes.ts'
import { KeyError } from './keyError.ts'
import { algorithms } from './provider.ts'

/** The algorithm bytes of the two curves. */
export type EcdsaAlgorithm = typeof algorithms.p256 | typeof algorithms.secp256k1

const curves = { [algorithms.p256]: p256, [algorithms.secp256k1]: secp256k1 } as const

const coordinateBytes = 32

/** x and y of a compressed key of 33 bytes; null when it is no point of the curve. Never throws. */
export function ecdsaPoint(algorithm: EcdsaAlgorithm, rawKey: Bytes): { x: Bytes; y: Bytes } | null {
  try {
    const uncompressed = curves[algorithm].Point.fromBytes(rawKey).toBytes(false)
    return { x: uncompressed.subarray(1, 1 + coordinateBytes), y: uncompressed.subarray(1 + coordinateBytes) }
  } catch {
    return null
  }
}

/** Half of the curve's order, the largest s that is low, in 32 bytes. */
const lowSMax = {
  [algorithms.p256]: half(algorithms.p256),
  [algorithms.secp256k1]: half(algorithms.secp256k1),
} as const

function half(algorithm: EcdsaAlgorithm): Bytes {
  const { Fn } = curves[algorithm].Point
  return Fn.toBytes(Fn.ORDER / 2n)
}

/** Whether s of a signature r‖s of 64 bytes is at most half of the order. */
export function isLowS(algorithm: EcdsaAlgorithm, signature: Bytes): boolean {
  return compare(signature.subarray(coordinateBytes), lowSMax[algorithm]) <= 0
}

/** Whether the signature of 64 bytes is valid. Never throws. */
export function verifyEcdsa(algorithm: EcdsaAlgorithm, rawKey: Bytes, message: Bytes, signature: Bytes): boolean {
  try {
    return curves[algorithm].verify(signature, message, rawKey, { prehash: true, lowS: true, format: 'compact' })
  } catch {
    return false
  }
}

/** Signs with the nonce of RFC 6979: the same message gives the same signature. @throws {KeyError} for a bad secret. */
export function signEcdsa(algorithm: EcdsaAlgorithm, secret: Bytes, message: Bytes): Bytes {
  checkSecret(algorithm, secret)
  const options = { prehash: true, lowS: true, format: 'compact', extraEntropy: false } as const
  return curves[algorithm].sign(message, secret, options)
}

/** The compressed key of a secret scalar. @throws {KeyError} when it is not from 1 to n - 1. */
export function ecdsaPublicKey(algorithm: EcdsaAlgorithm, secret: Bytes): Bytes {
  checkSecret(algorithm, secret)
  return curves[algorithm].getPublicKey(secret, true)
}

function checkSecret(algorithm: EcdsaAlgorithm, secret: Bytes): void {
  if (curves[algorithm].utils.isValidSecretKey(secret)) return
  throw new KeyError('secret-key-malformed', 'An ECDSA secret is a number from 1 to n - 1.')
}
