/**
 * The thread in which PDF files are opened and extended.
 * @module
 */
import { parentPort } from 'node:worker_threads'
import { assert } from '@jurat/core/assert'
import type { EditAnswer, EditJob } from './editorThread.ts'
import { SigningError } from './error.ts'
import { appendDocumentStamp, appendSignature, appendStore } from './revision.ts'

assert(parentPort !== null, 'this module runs in a worker thread')
const port = parentPort

port.on('message', async (job: EditJob) => {
  port.postMessage(await answerTo(job))
})

async function answerTo(job: EditJob): Promise<EditAnswer> {
  try {
    if (job.kind === 'signature') return { done: await appendSignature(job.file, job.claims) }
    return { done: await (job.kind === 'stamp' ? appendDocumentStamp : appendStore)(job.file, job.stored) }
  } catch (error) {
    if (error instanceof SigningError) return { code: error.code, message: error.message }
    // The library throws what it likes over what strangers have written.
    return { code: 'pdf-unreadable', message: error instanceof Error ? error.message : String(error) }
  }
}
