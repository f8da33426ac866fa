/**
 * Keys with weights: who can sign for an account. docs/spec/account.md.
 * @module
 */
import { assert } from '../assert.ts'
import { type Bytes, compare, equal } from '../bytes.ts'
import { CborError } from '../cbor/error.ts'
import type { CborReader } from '../cbor/reader.ts'
import type { CborWriter } from '../cbor/writer.ts'
import { splitPublicKey } from '../crypto/keys.ts'
import { algorithmSizes } from '../crypto/provider.ts'
import type { CryptoProvider } from '../crypto/provider.ts'

/** Sum of weights from which an account has signed. */
export const authorisingWeight = 100

/** Heaviest weight of one key. */
export const weightMax = 100

/** Most keys of any account: the upper bound of the parameter `keysMax`. */
export const authKeysMax = 32

/** Longest public key: algorithm byte and raw key, in bytes. */
export const publicKeyBytesMax: number = 1 + algorithmSizes[5].rawKeyBytes

/** A key and how much its signature counts. */
export interface WeightedKey {
  /** Algorithm byte and raw key. */
  readonly publicKey: Bytes
  /** 1 to 100. */
  readonly weight: number
}

/** The keys of an account, in ascending order of their bytes; their weights sum to 100 or more. */
export type AuthMap = readonly WeightedKey[]

/** Sorted as the encoding wants it. The input may have any order. */
export function sortAuthMap(keys: readonly WeightedKey[]): AuthMap {
  return keys.toSorted((a, b) => compare(a.publicKey, b.publicKey))
}

/** The weight of a key; 0 when it is not registered. */
export function weightOf(authMap: AuthMap, publicKey: Bytes): number {
  return authMap.find((candidate) => equal(candidate.publicKey, publicKey))?.weight ?? 0
}

/** Whether keys may form an account: 1 to 32, ascending, valid, weights 1 to 100, and together at least 100. */
export function isAuthMap(crypto: Pick<CryptoProvider, 'isPublicKey'>, authMap: AuthMap): boolean {
  const sound = authMap.length <= authKeysMax && isSorted(authMap)
  return sound && authMap.every(({ publicKey }) => crypto.isPublicKey(publicKey))
}

/** Writes `[[key, weight], ...]`. */
export function writeAuthMap(writer: CborWriter, authMap: AuthMap): void {
  assert(authMap.length > 0 && authMap.length <= authKeysMax && isSorted(authMap), 'a key map is complete and sorted')
  writer.array(authMap.length)
  for (const { publicKey, weight } of authMap) writer.array(2).bytes(publicKey).uint(weight)
}

/**
 * Reads `[[key, weight], ...]`. Whether the keys are points of their curves is the crypto provider's to say.
 * @throws {CborError} also when the keys are not ascending, or together cannot reach 100.
 */
export function readAuthMap(reader: CborReader, keysMax: number = authKeysMax): AuthMap {
  const length = reader.arrayUpTo(keysMax)
  const authMap = Array.from({ length }, () => {
    reader.array(2)
    return { publicKey: readPublicKey(reader), weight: reader.uint(weightMax) }
  })
  if (!isSorted(authMap)) {
    throw new CborError('out-of-range', 'Keys are ascending, weights 1 to 100, and their sum is at least 100.')
  }
  return authMap
}

/** Reads a public key of a known algorithm and its length. @throws {CborError} */
export function readPublicKey(reader: CborReader): Bytes {
  const publicKey = reader.bytesUpTo(publicKeyBytesMax)
  if (splitPublicKey(publicKey) === null) {
    throw new CborError('out-of-range', 'A public key is an algorithm byte and a raw key of its length.')
  }
  return publicKey
}

/** Ascending, each weight within its bounds, and together enough. */
function isSorted(authMap: AuthMap): boolean {
  let sum = 0
  let before: Bytes | null = null
  for (const { publicKey, weight } of authMap) {
    if (weight < 1 || weight > weightMax || (before !== null && compare(before, publicKey) >= 0)) return false
    before = publicKey
    sum += weight
  }
  return sum >= authorisingWeight
}
