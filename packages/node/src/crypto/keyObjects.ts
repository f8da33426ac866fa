/**
 * Secret keys of ours as other libraries want them: KeyObjects of node:crypto, and CryptoKeys of WebCrypto.
 * @module
 */
import { Buffer } from 'node:buffer'
import { createPrivateKey, type KeyObject, webcrypto } from 'node:crypto'
import { assert } from '@jurat/core/assert'
import type { Bytes } from '@jurat/core/bytes'
import { algorithms } from '@jurat/core/crypto/provider'
import { nativePublicKey, nativeSecretKey } from './nativeKeys.ts'
import { nodeCrypto } from './nodeCrypto.ts'

/** The public key. @param publicKey - algorithm byte (Ed25519 or P-256) and raw key */
export function publicKeyObject(publicKey: Bytes): KeyObject {
  const algorithm = publicKey[0]
  assert(algorithm === algorithms.ed25519 || algorithm === algorithms.p256, 'the key is Ed25519 or P-256')
  const key = nativePublicKey(algorithm, publicKey.subarray(1))
  assert(key !== null, 'the key is valid')
  return key
}

/** The secret key. @param secretKey - algorithm byte (Ed25519 or P-256) and 32 bytes */
export function secretKeyObject(secretKey: Bytes): KeyObject {
  const secret = secretKey.subarray(1)
  if (secretKey[0] === algorithms.ed25519) return nativeSecretKey(algorithms.ed25519, secret)
  const jwk = publicKeyObject(nodeCrypto.publicKeyOf(secretKey)).export({ format: 'jwk' })
  return createPrivateKey({ key: { ...jwk, d: Buffer.from(secret).toString('base64url') }, format: 'jwk' })
}

/** Both keys for WebCrypto; the secret one does not leave it again. @param secretKey - as above */
export async function webKeyPair(secretKey: Bytes): Promise<webcrypto.CryptoKeyPair> {
  const algorithm = secretKey[0] === algorithms.ed25519 ? { name: 'Ed25519' } : { name: 'ECDSA', namedCurve: 'P-256' }
  const { subtle } = webcrypto
  const pkcs8 = secretKeyObject(secretKey).export({ format: 'der', type: 'pkcs8' })
  const spki = publicKeyObject(nodeCrypto.publicKeyOf(secretKey)).export({ format: 'der', type: 'spki' })
  return {
    privateKey: await subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']),
    publicKey: await subtle.importKey('spki', spki, algorithm, true, ['verify']),
  }
}
