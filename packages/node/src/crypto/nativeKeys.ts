/**
 * Public and secret keys as KeyObjects of node:crypto, imported once and cached. Every public key passes the rules of
 * core before node:crypto sees it, because OpenSSL accepts Ed25519 keys that our rules refuse.
 * @module
 */
import { Buffer } from 'node:buffer'
import { createPrivateKey, createPublicKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { Bytes } from '@jurat/core/bytes'
import { concat, fromHex } from '@jurat/core/bytes'
import { ecdsaPoint } from '@jurat/core/crypto/ecdsa'
import type { EcdsaAlgorithm } from '@jurat/core/crypto/ecdsa'
import { isEd25519Key } from '@jurat/core/crypto/ed25519'
import { algorithms } from '@jurat/core/crypto/provider'
import { KeyCache } from './keyCache.ts'

/** Algorithms that node:crypto verifies. SM2 is not one: it would use a wrong user id, or plain ECDSA. */
export type NativeAlgorithm = 1 | 2 | 3 | 5

/** About 1 KB each. */
const keysMax = 10_000

/** About 20 KB each, since the matrix of the key is expanded. Members have such keys, depositors hardly. */
const mldsaKeysMax = 500

const secretsMax = 500

const publicKeys: Readonly<Record<NativeAlgorithm, KeyCache<KeyObject | null>>> = {
  [algorithms.ed25519]: new KeyCache(keysMax, importEd25519),
  [algorithms.p256]: new KeyCache(keysMax, (raw) => importEcdsa(algorithms.p256, 'P-256', raw)),
  [algorithms.secp256k1]: new KeyCache(keysMax, (raw) => importEcdsa(algorithms.secp256k1, 'secp256k1', raw)),
  [algorithms.mldsa44]: new KeyCache(mldsaKeysMax, importMldsa),
}

/** The KeyObject of a raw key; null when the key breaks our rules. */
export function nativePublicKey(algorithm: NativeAlgorithm, rawKey: Bytes): KeyObject | null {
  return publicKeys[algorithm].get(rawKey)
}

/** Algorithms whose secret is a seed. */
export type SeedAlgorithm = 1 | 5

/** Heads of a PKCS #8 structure (RFC 5958) that holds nothing but a seed: RFC 8410 and RFC 9881. */
const seedHeads: Readonly<Record<SeedAlgorithm, Bytes>> = {
  [algorithms.ed25519]: fromHex('302e020100300506032b657004220420'),
  [algorithms.mldsa44]: fromHex('3034020100300b060960864801650304031104228020'),
}

const secretKeys: Readonly<Record<SeedAlgorithm, KeyCache<KeyObject>>> = {
  [algorithms.ed25519]: new KeyCache(secretsMax, (seed) => importSeed(algorithms.ed25519, seed)),
  [algorithms.mldsa44]: new KeyCache(secretsMax, (seed) => importSeed(algorithms.mldsa44, seed)),
}

/** The KeyObject of a seed of 32 bytes. */
export function nativeSecretKey(algorithm: SeedAlgorithm, seed: Bytes): KeyObject {
  return secretKeys[algorithm].get(seed)
}

function importSeed(algorithm: SeedAlgorithm, seed: Bytes): KeyObject {
  return createPrivateKey({ key: Buffer.from(concat(seedHeads[algorithm], seed)), format: 'der', type: 'pkcs8' })
}

/** The raw public key of a seed. */
export function nativeRawKey(algorithm: SeedAlgorithm, seed: Bytes): Bytes {
  const jwk = createPublicKey(nativeSecretKey(algorithm, seed)).export({ format: 'jwk' }) as {
    x?: string
    pub?: string
  }
  return new Uint8Array(Buffer.from(jwk.x ?? jwk.pub ?? '', 'base64url'))
}

// JWK is the fastest import of a raw key: 10 µs against 84 µs for SPKI.

function importEd25519(rawKey: Bytes): KeyObject | null {
  if (!isEd25519Key(rawKey)) return null
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: base64url(rawKey) }, format: 'jwk' })
}

function importEcdsa(algorithm: EcdsaAlgorithm, crv: string, rawKey: Bytes): KeyObject | null {
  const point = ecdsaPoint(algorithm, rawKey)
  if (point === null) return null
  return createPublicKey({ key: { kty: 'EC', crv, x: base64url(point.x), y: base64url(point.y) }, format: 'jwk' })
}

function importMldsa(rawKey: Bytes): KeyObject {
  return createPublicKey({ key: { kty: 'AKP', alg: 'ML-DSA-44', pub: base64url(rawKey) }, format: 'jwk' })
}

function base64url(bytes: Bytes): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url')
}
