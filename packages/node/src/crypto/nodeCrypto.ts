/**
 * The cryptography of core by node:crypto. Its verdicts are those of core's own implementation, which one suite tests:
 * what OpenSSL would accept beyond our rules is refused before it is asked. Rules: docs/spec/keys-and-signatures.md.
 * @module
 */
import { sign, verify } from 'node:crypto'
import type { KeyObject, VerifyKeyObjectInput } from 'node:crypto'
import type { Bytes } from '@jurat/core/bytes'
import { isLowS } from '@jurat/core/crypto/ecdsa'
import type { EcdsaAlgorithm } from '@jurat/core/crypto/ecdsa'
import { isNeutralR } from '@jurat/core/crypto/ed25519'
import { nobleSchemes } from '@jurat/core/crypto/noble'
import { algorithms } from '@jurat/core/crypto/provider'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { providerOf } from '@jurat/core/crypto/scheme'
import type { Scheme, Schemes } from '@jurat/core/crypto/scheme'
import { nativePublicKey, nativeRawKey, nativeSecretKey } from './nativeKeys.ts'
import type { NativeAlgorithm, SeedAlgorithm } from './nativeKeys.ts'
import { nodeHashes } from './nodeHashes.ts'
import { sm2Scheme } from './sm2Scheme.ts'

/** What node:crypto is asked, after our own rules were checked. */
export interface NativeCheck {
  /** Name of the hash; null when the algorithm has its own. */
  readonly hash: 'sha256' | null
  readonly key: KeyObject | VerifyKeyObjectInput
}

/** What to ask node:crypto for; null when our rules refuse the key or the signature already. Lengths were checked. */
export function nativeCheck(algorithm: NativeAlgorithm, rawKey: Bytes, signature: Bytes): NativeCheck | null {
  const key = nativePublicKey(algorithm, rawKey)
  if (key === null) return null
  if (algorithm === algorithms.mldsa44) return { hash: null, key }
  // OpenSSL's Ed25519 compares R byte for byte and refuses S >= L, so with a checked key it obeys the rest of our rule.
  if (algorithm === algorithms.ed25519) return isNeutralR(signature) ? null : { hash: null, key }
  if (!isLowS(algorithm, signature)) return null
  return { hash: 'sha256', key: { key, dsaEncoding: 'ieee-p1363' } }
}

function verifyNative(algorithm: NativeAlgorithm, rawKey: Bytes, message: Bytes, signature: Bytes): boolean {
  const check = nativeCheck(algorithm, rawKey, signature)
  return check !== null && verify(check.hash, message, check.key, signature)
}

/** ECDSA is signed by core's implementation: OpenSSL's takes a random nonce, RFC 6979 is reproducible. */
const ecdsaScheme = (algorithm: EcdsaAlgorithm): Scheme => ({
  ...nobleSchemes[algorithm],
  isKey: (rawKey) => nativePublicKey(algorithm, rawKey) !== null,
  verify: (rawKey, message, signature) => verifyNative(algorithm, rawKey, message, signature),
})

const seedScheme = (algorithm: SeedAlgorithm): Scheme => ({
  isKey: (rawKey) => nativePublicKey(algorithm, rawKey) !== null,
  verify: (rawKey, message, signature) => verifyNative(algorithm, rawKey, message, signature),
  sign: (secret, message) => new Uint8Array(sign(null, message, nativeSecretKey(algorithm, secret))),
  publicKey: (secret) => nativeRawKey(algorithm, secret),
})

/** OpenSSL 3.5 is the first with ML-DSA; a Node that was built with an older one uses core's implementation. */
function mldsaScheme(): Scheme {
  try {
    nativeRawKey(algorithms.mldsa44, new Uint8Array(32))
    return seedScheme(algorithms.mldsa44)
  } catch {
    return nobleSchemes[algorithms.mldsa44]
  }
}

const nodeSchemes: Schemes = {
  [algorithms.ed25519]: seedScheme(algorithms.ed25519),
  [algorithms.p256]: ecdsaScheme(algorithms.p256),
  [algorithms.secp256k1]: ecdsaScheme(algorithms.secp256k1),
  [algorithms.sm2]: sm2Scheme,
  [algorithms.mldsa44]: mldsaScheme(),
}

/** Whether node:crypto verifies ML-DSA-44. */
export const hasNativeMldsa: boolean = nodeSchemes[algorithms.mldsa44] !== nobleSchemes[algorithms.mldsa44]

/**
 * node:crypto where it obeys our rules. Signing is reproducible except with ML-DSA-44, which OpenSSL hedges with
 * randomness (FIPS 204, section 3.4).
 */
export const nodeCrypto: CryptoProvider = providerOf(nodeHashes, nodeSchemes)
