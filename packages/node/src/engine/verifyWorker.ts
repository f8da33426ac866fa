/**
 * The thread that checks the signatures which node:crypto cannot check off the main thread (SM2).
 * @module
 */
import { parentPort } from 'node:worker_threads'
import { assert } from '@jurat/core/assert'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import type { VerifyAnswer, VerifyRequest } from './verifyThread.ts'

assert(parentPort !== null, 'this module runs in a worker thread')
const port = parentPort

port.on('message', ({ id, publicKey, message, signature }: VerifyRequest) => {
  const answer: VerifyAnswer = { id, valid: nodeCrypto.verify(publicKey, message, signature) }
  port.postMessage(answer)
})
