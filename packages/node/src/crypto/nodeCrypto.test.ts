import { Buffer } from 'node:buffer'
import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto'
import { test } from 'node:test'
import { concat, fromText } from '@jurat/core/bytes'
import { signatureCases } from '@jurat/core/crypto/hostile.cases'
import { secretKeyFrom } from '@jurat/core/crypto/keys'
import { algorithms } from '@jurat/core/crypto/provider'
import { providerCases } from '@jurat/core/crypto/provider.cases'
import { hasNativeMldsa, nodeCrypto } from './nodeCrypto.ts'
import { verifyAsync } from './verifyAsync.ts'

providerCases('node', nodeCrypto)
providerCases('node, on the thread pool', nodeCrypto, verifyAsync)

const message = fromText('a message')

test('the Node that we pin has ML-DSA of its own', () => assert.ok(hasNativeMldsa))

test('without our own checks OpenSSL would accept hostile signatures: the cases bite', () => {
  const accepted = signatureCases().filter(({ publicKey, message, signature, valid }) => {
    if (valid || publicKey[0] !== algorithms.ed25519 || signature.length !== 64) return false
    const x = Buffer.from(publicKey.subarray(1)).toString('base64url')
    return verify(null, message, createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }), signature)
  })
  // Keys of small order are refused by newer versions of Node as well, those of mixed order by none.
  const mixed = accepted.filter(({ name }) => name.startsWith('ed25519: a key of mixed order'))
  assert.equal(mixed.length, 7)
})

test('what node:crypto takes for an SM2 signature is none', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'SM2' })
  const jwkLike = publicKey.export({ format: 'der', type: 'spki' }).subarray(-65)
  const compressed = concat(new Uint8Array([algorithms.sm2, 2 + ((jwkLike[64] ?? 0) & 1)]), jwkLike.subarray(1, 33))
  assert.ok(nodeCrypto.isPublicKey(compressed))
  const signature = new Uint8Array(sign('sm3', message, { key: privateKey, dsaEncoding: 'ieee-p1363' }))
  assert.equal(signature.length, 64)
  assert.ok(!nodeCrypto.verify(compressed, message, signature))
})

test('verdicts stay the same when a key is used often enough to be precomputed, and when caches overflow', () => {
  const secretKeys = Array.from({ length: 140 }, (_, i) =>
    secretKeyFrom(algorithms.sm2, new Uint8Array(32).fill(i + 1)),
  )
  const often = secretKeys[0] ?? new Uint8Array(0)
  const [publicKey, signature] = [nodeCrypto.publicKeyOf(often), nodeCrypto.sign(often, message)]
  for (let use = 0; use < 12; use++) {
    assert.ok(nodeCrypto.verify(publicKey, message, signature))
    assert.ok(!nodeCrypto.verify(publicKey, fromText('another'), signature))
  }
  for (const secretKey of secretKeys) assert.ok(nodeCrypto.isPublicKey(nodeCrypto.publicKeyOf(secretKey)))
  assert.ok(nodeCrypto.verify(publicKey, message, signature))
})
