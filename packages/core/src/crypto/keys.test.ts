import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concat, fromHex, toHex } from '../bytes.ts'
import { isAlgorithm, joinKey, secretKeyFrom, splitPublicKey, splitSecretKey } from './keys.ts'
import { nobleCrypto } from './noble.ts'
import { algorithms, algorithmSizes } from './provider.ts'

test('a seed is the secret itself wherever it can be', () => {
  const seed = new Uint8Array(32).fill(7)
  for (const algorithm of Object.values(algorithms)) {
    assert.deepEqual(secretKeyFrom(algorithm, seed), joinKey(algorithm, seed))
  }
})

test('a seed that is no scalar still gives a key, always the same', () => {
  const order = fromHex('fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123')
  for (const seed of [new Uint8Array(32), new Uint8Array(32).fill(0xff), order, order.with(31, 0x22)]) {
    const secretKey = secretKeyFrom(algorithms.sm2, seed)
    assert.notDeepEqual(secretKey.subarray(1), seed)
    assert.deepEqual(secretKeyFrom(algorithms.sm2, seed), secretKey)
    assert.ok(nobleCrypto.isPublicKey(nobleCrypto.publicKeyOf(secretKey)))
  }
  assert.equal(
    toHex(secretKeyFrom(algorithms.p256, new Uint8Array(32)).subarray(1)),
    toHex(nobleCrypto.sha256(new Uint8Array(32))),
  )
})

test('keys are taken apart by their algorithm byte', () => {
  for (const algorithm of Object.values(algorithms)) {
    const publicKey = nobleCrypto.publicKeyOf(secretKeyFrom(algorithm, new Uint8Array(32).fill(1)))
    assert.equal(splitPublicKey(publicKey)?.algorithm, algorithm)
    assert.equal(splitPublicKey(publicKey)?.raw.length, algorithmSizes[algorithm].rawKeyBytes)
    assert.equal(splitPublicKey(concat(publicKey, publicKey)), null)
    assert.equal(splitSecretKey(joinKey(algorithm, new Uint8Array(32))).algorithm, algorithm)
  }
  for (const byte of [undefined, 0, 6, 255]) assert.equal(isAlgorithm(byte), false)
})
