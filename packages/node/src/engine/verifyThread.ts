/**
 * Signature checks off the main thread for every algorithm: the thread pool where node:crypto has it, a thread of our own
 * for SM2, which takes half a millisecond of JavaScript.
 * @module
 */
import { Worker } from 'node:worker_threads'
import type { Bytes } from '@jurat/core/bytes'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import { isVerifiedOffThread, verifyAsync } from '../crypto/verifyAsync.ts'

/** A question to the thread. */
export interface VerifyRequest {
  readonly id: number
  readonly publicKey: Bytes
  readonly message: Bytes
  readonly signature: Bytes
}

/** Its answer. */
export interface VerifyAnswer {
  readonly id: number
  readonly valid: boolean
}

interface Waiting extends VerifyRequest {
  readonly resolve: (valid: boolean) => void
}

/** Verifies signatures; its thread starts with the first that needs it, and never keeps the process alive when idle. */
export class SignatureThreads {
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | null = null
  #nextId = 0

  /** Whether `signature` over `message` is valid under `publicKey`. Never rejects. */
  verify = (publicKey: Bytes, message: Bytes, signature: Bytes): Promise<boolean> => {
    if (isVerifiedOffThread(publicKey[0])) return verifyAsync(publicKey, message, signature)
    return new Promise((resolve) => {
      const request: VerifyRequest = { id: this.#nextId++, publicKey, message, signature }
      this.#waiting.set(request.id, { ...request, resolve })
      const worker = (this.#worker ??= this.#start())
      worker.ref()
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window, it has no origin
      worker.postMessage(request)
    })
  }

  /** Ends the thread; what waits is checked here. */
  async close(): Promise<void> {
    const worker = this.#worker
    this.#worker = null
    await worker?.terminate()
    this.#answerHere()
  }

  #start(): Worker {
    const name = import.meta.url.endsWith('.ts') ? './verifyWorker.ts' : './verifyWorker.js'
    const worker = new Worker(new URL(name, import.meta.url))
    worker.on('message', ({ id, valid }: VerifyAnswer) => {
      this.#waiting.get(id)?.resolve(valid)
      this.#waiting.delete(id)
      if (this.#waiting.size === 0) worker.unref()
    })
    // A thread that dies (memory, a bug) costs speed, never a verdict: the next question starts another.
    worker.on('error', () => {
      this.#worker = null
      this.#answerHere()
    })
    return worker
  }

  #answerHere(): void {
    for (const { id, publicKey, message, signature, resolve } of this.#waiting.values()) {
      this.#waiting.delete(id)
      resolve(nodeCrypto.verify(publicKey, message, signature))
    }
  }
}
