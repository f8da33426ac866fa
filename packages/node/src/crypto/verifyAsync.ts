/**
 * Signature checks on the thread pool, so that several cores verify. About 64 in flight give the best rate with the
 * default pool; more only lengthen the queue in front of the file operations that share it.
 * @module
 */
import { verify } from 'node:crypto'
import type { Bytes } from '@jurat/core/bytes'
import { splitPublicKey } from '@jurat/core/crypto/keys'
import { algorithms, algorithmSizes } from '@jurat/core/crypto/provider'
import type { NativeAlgorithm } from './nativeKeys.ts'
import { hasNativeMldsa, nativeCheck, nodeCrypto } from './nodeCrypto.ts'

/** Whether `verifyAsync` leaves this thread for keys of this algorithm. Others (SM2) are computed on the spot. */
export function isVerifiedOffThread(algorithm: number | undefined): algorithm is NativeAlgorithm {
  if (algorithm === algorithms.mldsa44) return hasNativeMldsa
  return algorithm === algorithms.ed25519 || algorithm === algorithms.p256 || algorithm === algorithms.secp256k1
}

/**
 * The verdict of `nodeCrypto.verify`, without blocking for it where node:crypto has the algorithm. Never rejects. The
 * byte strings must stay as they are until the promise resolves.
 */
export function verifyAsync(publicKey: Bytes, message: Bytes, signature: Bytes): Promise<boolean> {
  const key = splitPublicKey(publicKey)
  if (key === null || !isVerifiedOffThread(key.algorithm)) {
    return Promise.resolve(nodeCrypto.verify(publicKey, message, signature))
  }
  if (signature.length !== algorithmSizes[key.algorithm].signatureBytes) return Promise.resolve(false)
  const check = nativeCheck(key.algorithm, key.raw, signature)
  if (check === null) return Promise.resolve(false)
  return new Promise((resolve) => {
    verify(check.hash, message, check.key, signature, (error, valid) => resolve(error === null && valid))
  })
}
