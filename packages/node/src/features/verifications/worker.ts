/**
 * The thread that verifies what others hand in.
 * @module
 */
import { parentPort } from 'node:worker_threads'
import { assert } from '@jurat/core/assert'
import { examineReceipt } from '@jurat/verify/verify'
import { nodeCrypto } from '../../crypto/nodeCrypto.ts'
import type { VerificationJob } from '../verifications.ts'

assert(parentPort !== null, 'this module runs in a worker thread')
const port = parentPort

port.on('message', async (job: VerificationJob) => {
  port.postMessage(await examineReceipt({ ...job, crypto: nodeCrypto }))
})
