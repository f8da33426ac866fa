/**
 * The cryptography of core in JavaScript alone: for browsers, and the reference that others are compared with.
 * Rules: docs/spec/keys-and-signatures.md.
 * @module
 */
import { ed25519 } from '@noble/curves/ed25519.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import { shake128 } from '@noble/hashes/sha3.js'
import { ml_dsa44 } from '@noble/post-quantum/ml-dsa.js'
import { ecdsaPoint, ecdsaPublicKey, signEcdsa, verifyEcdsa } from './ecdsa.ts'
import type { EcdsaAlgorithm } from './ecdsa.ts'
import { isEd25519Key, verifyEd25519 } from './ed25519.ts'
import { algorithms } from './provider.ts'
import type { CryptoProvider } from './provider.ts'
import { providerOf } from './scheme.ts'
import type { Hashes, Scheme, Schemes } from './scheme.ts'
import { parseSm2Key, signSm2, sm2PublicKey, verifySm2 } from './sm2.ts'
import { sm3 } from './sm3.ts'

const hashes: Hashes = {
  sha256: (data) => sha256(data),
  sha512: (data) => sha512(data),
  sm3,
  shake128: (data, length) => shake128(data, { dkLen: length }),
  hmacSha256: (key, data) => hmac(sha256, key, data),
}

const ecdsaScheme = (algorithm: EcdsaAlgorithm): Scheme => ({
  isKey: (rawKey) => ecdsaPoint(algorithm, rawKey) !== null,
  verify: (rawKey, message, signature) => verifyEcdsa(algorithm, rawKey, message, signature),
  sign: (secret, message) => signEcdsa(algorithm, secret, message),
  publicKey: (secret) => ecdsaPublicKey(algorithm, secret),
})

const sm2Scheme: Scheme = {
  isKey: (rawKey) => parseSm2Key(sm3, rawKey) !== null,
  verify(rawKey, message, signature) {
    const key = parseSm2Key(sm3, rawKey)
    return key !== null && verifySm2(sm3, key, message, signature)
  },
  sign: (secret, message) => signSm2(sm3, secret, message),
  publicKey: sm2PublicKey,
}

/** Every algorithm in JavaScript. Signing is deterministic. */
export const nobleSchemes: Schemes = {
  [algorithms.ed25519]: {
    isKey: isEd25519Key,
    verify: verifyEd25519,
    sign: (secret, message) => ed25519.sign(message, secret),
    publicKey: (secret) => ed25519.getPublicKey(secret),
  },
  [algorithms.p256]: ecdsaScheme(algorithms.p256),
  [algorithms.secp256k1]: ecdsaScheme(algorithms.secp256k1),
  [algorithms.sm2]: sm2Scheme,
  [algorithms.mldsa44]: {
    // Every byte string of the right length is a key: its packing has no gaps (FIPS 204, algorithm 23).
    isKey: () => true,
    verify: (rawKey, message, signature) => ml_dsa44.verify(signature, message, rawKey),
    sign: (secret, message) => ml_dsa44.sign(message, ml_dsa44.keygen(secret).secretKey, { extraEntropy: false }),
    publicKey: (secret) => ml_dsa44.keygen(secret).publicKey,
  },
}

/** Pure JavaScript, deterministic in everything. */
export const nobleCrypto: CryptoProvider = providerOf(hashes, nobleSchemes)
