/**
 * Keys as the ledger writes them: algorithm byte and raw key. Rules: docs/spec/keys-and-signatures.md.
 * @module
 */
import { sha256 } from '@noble/hashes/sha2.js'
import type { Bytes } from '../bytes.ts'
import { concat } from '../bytes.ts'
import { assert } from '../assert.ts'
import { ecdsaPublicKey } from './ecdsa.ts'
import { KeyError } from './keyError.ts'
import { algorithms, algorithmSizes } from './provider.ts'
import type { Algorithm } from './provider.ts'
import { sm2PublicKey } from './sm2.ts'

/** Length of a secret without its algorithm byte. */
export const secretBytes = 32

/** A key without its algorithm byte. */
export interface SplitKey {
  readonly algorithm: Algorithm
  readonly raw: Bytes
}

/** Whether a number is an algorithm byte. */
export function isAlgorithm(byte: number | undefined): byte is Algorithm {
  return byte !== undefined && Object.hasOwn(algorithmSizes, byte)
}

/** Parts of a public key; null when algorithm or length is wrong. Whether it is a point is not looked at. */
export function splitPublicKey(publicKey: Bytes): SplitKey | null {
  const algorithm = publicKey[0]
  if (!isAlgorithm(algorithm) || publicKey.length !== 1 + algorithmSizes[algorithm].rawKeyBytes) return null
  return { algorithm, raw: publicKey.subarray(1) }
}

/** Parts of a secret key. @throws {KeyError} when algorithm or length is wrong. */
export function splitSecretKey(secretKey: Bytes): SplitKey {
  const algorithm = secretKey[0]
  if (!isAlgorithm(algorithm) || secretKey.length !== 1 + secretBytes) {
    throw new KeyError('secret-key-malformed', 'A secret key is an algorithm byte and 32 bytes.')
  }
  return { algorithm, raw: secretKey.subarray(1) }
}

/** A key as it is written: algorithm byte and raw key. */
export function joinKey(algorithm: Algorithm, raw: Bytes): Bytes {
  return concat(new Uint8Array([algorithm]), raw)
}

/**
 * The secret key that a seed of 32 random bytes gives: the seed itself wherever it is a secret of the algorithm. The few
 * seeds that are no scalar of a curve (less than one in 2^31) are hashed until they are. Randomness is the caller's.
 */
export function secretKeyFrom(algorithm: Algorithm, seed: Bytes): Bytes {
  assert(seed.length === secretBytes, 'a seed has 32 bytes')
  let secret = seed
  while (!isSecret(algorithm, secret)) secret = sha256(secret)
  return joinKey(algorithm, secret)
}

function isSecret(algorithm: Algorithm, secret: Bytes): boolean {
  if (algorithm === algorithms.ed25519 || algorithm === algorithms.mldsa44) return true
  try {
    if (algorithm === algorithms.sm2) sm2PublicKey(secret)
    else ecdsaPublicKey(algorithm, secret)
    return true
  } catch (error) {
    if (error instanceof KeyError) return false
    throw error
  }
}
