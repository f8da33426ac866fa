/**
 * SM2 on the server: core's implementation with cached keys. node:crypto is not used, because with SM2 keys it computes
 * plain ECDSA or SM2 with an empty user id, depending on how the key was made.
 * @module
 */
import { nobleSchemes } from '@jurat/core/crypto/noble'
import { algorithms } from '@jurat/core/crypto/provider'
import type { Scheme } from '@jurat/core/crypto/scheme'
import { parseSm2Key, precomputeSm2Key, verifySm2 } from '@jurat/core/crypto/sm2'
import type { Sm2Key } from '@jurat/core/crypto/sm2'
import { KeyCache } from './keyCache.ts'
import { nodeHashes } from './nodeHashes.ts'

/** About 400 KB each, once its multiples are computed. */
const keysMax = 128

/** The multiples cost as much as some 15 verifications and make each five times as fast. */
const usesBeforePrecomputing = 8
const windowBits = 6

const keys = new KeyCache<{ key: Sm2Key | null; uses: number }>(keysMax, (rawKey) => ({
  key: parseSm2Key(nodeHashes.sm3, rawKey),
  uses: 0,
}))

/** SM2 with cached keys. */
export const sm2Scheme: Scheme = {
  ...nobleSchemes[algorithms.sm2],
  isKey: (rawKey) => keys.get(rawKey).key !== null,
  verify(rawKey, message, signature) {
    const cached = keys.get(rawKey)
    if (cached.key === null) return false
    if (++cached.uses === usesBeforePrecomputing) precomputeSm2Key(cached.key, windowBits)
    return verifySm2(nodeHashes.sm3, cached.key, message, signature)
  },
}
