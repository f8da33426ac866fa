/**
 * Key pairs of accounts. A public key is algorithm byte and raw key, a secret key is algorithm byte and 32 bytes
 * (docs/spec/keys-and-signatures.md).
 * @module
 */
import { concat, equal } from '@jurat/core/bytes'
import type { Bytes } from '@jurat/core/bytes'
import { algorithms } from '@jurat/core/crypto/provider'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { SdkError } from './errors.ts'

/** A key pair. */
export interface KeyPair {
  /** Algorithm byte and raw key. */
  readonly publicKey: Bytes
  /** Algorithm byte and 32 bytes of seed or scalar. */
  readonly secretKey: Bytes
}

/** Names of the algorithms, as people type them. */
export type AlgorithmName = keyof typeof algorithms

/** Every algorithm's name, in the order of the algorithm bytes. */
export const algorithmNames: readonly AlgorithmName[] = ['ed25519', 'p256', 'secp256k1', 'sm2', 'mldsa44']

const secretBytes = 32

/** About one scalar in 2^32 is out of range on P-256; a run of eight means that the generator is broken. */
const attemptsMax = 8

/** The algorithm's name of a public key. @throws {SdkError} `key-unknown` for an algorithm byte without meaning. */
export function algorithmName(publicKey: Bytes): AlgorithmName {
  const name = algorithmNames.find((candidate) => algorithms[candidate] === publicKey[0])
  if (name === undefined) throw new SdkError('key-unknown', 'The first byte of this key names no algorithm.')
  return name
}

/** Makes a key pair. @param random - gives so many random bytes. */
export function generateKey(
  crypto: CryptoProvider,
  algorithm: AlgorithmName,
  random: (length: number) => Bytes,
): KeyPair {
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const secretKey = concat(new Uint8Array([algorithms[algorithm]]), random(secretBytes))
    const key = tryKeyPair(crypto, secretKey)
    if (key !== null) return key
  }
  throw new SdkError('key-unknown', 'The random generator gives no usable key.')
}

/** The key pair of a secret key. @throws {SdkError} `key-unknown` when the secret key is malformed. */
export function keyPairOf(crypto: CryptoProvider, secretKey: Bytes): KeyPair {
  const key = tryKeyPair(crypto, secretKey)
  if (key === null) throw new SdkError('key-unknown', 'This is not a secret key: algorithm byte and 32 bytes.')
  return key
}

function tryKeyPair(crypto: CryptoProvider, secretKey: Bytes): KeyPair | null {
  try {
    return { publicKey: crypto.publicKeyOf(secretKey), secretKey }
  } catch {
    return null
  }
}

/** Whether two keys have the same public key. */
export const sameKey = (a: KeyPair, b: KeyPair): boolean => equal(a.publicKey, b.publicKey)
