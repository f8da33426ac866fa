import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concat, fromText } from '@jurat/core/bytes'
import { algorithms } from '@jurat/core/crypto/provider'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import { SignatureThreads } from './verifyThread.ts'

const message = fromText('a message')

test('every algorithm is verified off the main thread, with the verdicts of nodeCrypto', async () => {
  const threads = new SignatureThreads()
  const checks = Object.values(algorithms).flatMap((algorithm) => {
    const secret = concat(Uint8Array.of(algorithm), nodeCrypto.sha256(Uint8Array.of(algorithm)))
    const publicKey = nodeCrypto.publicKeyOf(secret)
    const signature = nodeCrypto.sign(secret, message)
    const broken = Uint8Array.from(signature)
    broken[10] = (broken[10] ?? 0) ^ 1
    return [
      threads
        .verify(publicKey, message, signature)
        .then((valid) => assert.equal(valid, true, `algorithm ${algorithm}`)),
      threads.verify(publicKey, message, broken).then((valid) => assert.equal(valid, false, `algorithm ${algorithm}`)),
      threads.verify(publicKey, fromText('other'), signature).then((valid) => assert.equal(valid, false)),
    ]
  })
  await Promise.all(checks)
  await threads.close()
})

test('hostile arguments are invalid, and closing leaves nobody waiting', async () => {
  const threads = new SignatureThreads()
  const empty = new Uint8Array(0)
  assert.equal(await threads.verify(empty, empty, empty), false)
  assert.equal(await threads.verify(Uint8Array.of(4), message, new Uint8Array(64)), false)
  assert.equal(await threads.verify(Uint8Array.of(200, 1), message, empty), false)
  const secret = concat(Uint8Array.of(algorithms.sm2), nodeCrypto.sha256(empty))
  const waiting = threads.verify(nodeCrypto.publicKeyOf(secret), message, nodeCrypto.sign(secret, message))
  await threads.close()
  assert.equal(await waiting, true)
})
