/**
 * SM2 beside sm-crypto-v2, which nobody here wrote.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sm2 } from 'sm-crypto-v2'
import { fromHex, toHex } from '../bytes.ts'
import { joinKey, secretKeyFrom } from './keys.ts'
import { nobleCrypto } from './noble.ts'
import { algorithms } from './provider.ts'
import { parseSm2Key, precomputeSm2Key, verifySm2 } from './sm2.ts'
import { sm3 } from './sm3.ts'

const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 })
const messages = fc.uint8Array({ minLength: 1, maxLength: 300 })

test('sm-crypto-v2 accepts what we sign, and we accept what it signs', () => {
  fc.assert(
    fc.property(seeds, messages, (seed, message) => {
      const secretKey = secretKeyFrom(algorithms.sm2, seed)
      const secret = toHex(secretKey.subarray(1))
      const publicHex = sm2.getPublicKeyFromPrivateKey(secret)
      const publicKey = nobleCrypto.publicKeyOf(secretKey)
      assert.equal(toHex(publicKey.subarray(1)), sm2.compressPublicKeyHex(publicHex))
      const ours = toHex(nobleCrypto.sign(secretKey, message))
      assert.ok(sm2.doVerifySignature(message, ours, publicHex, { hash: true }))
      const theirs = sm2.doSignature(message, secret, { hash: true })
      assert.ok(nobleCrypto.verify(publicKey, message, fromHex(theirs)))
    }),
    { numRuns: 20 },
  )
})

test('a key with precomputed multiples gives the same verdicts', () => {
  const secretKey = joinKey(algorithms.sm2, new Uint8Array(32).fill(3))
  const publicKey = nobleCrypto.publicKeyOf(secretKey)
  const message = new Uint8Array([1, 2, 3])
  const signature = nobleCrypto.sign(secretKey, message)
  const key = parseSm2Key(sm3, publicKey.subarray(1))
  assert.ok(key !== null)
  precomputeSm2Key(key, 6)
  assert.ok(verifySm2(sm3, key, message, signature))
  assert.ok(!verifySm2(sm3, key, message.with(0, 9), signature))
})
