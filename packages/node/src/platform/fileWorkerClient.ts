/**
 * The main thread's side of fileWorker.ts.
 * @module
 */
import { Worker } from 'node:worker_threads'
import type { FileContent } from './files.ts'

/** A request to the thread; answered in order. */
export type FileWorkerRequest =
  | { readonly id: number; readonly kind: 'write'; readonly batch: readonly FileContent[] }
  | { readonly id: number; readonly kind: 'sync'; readonly paths: readonly string[]; readonly root: string }

/** The answer to the request of the same id. */
export interface FileWorkerAnswer {
  readonly id: number
  readonly error: Error | null
}

interface Waiter {
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** Writes and syncs files in a thread that starts with the first use and never keeps the process alive when idle. */
export class FileWorker {
  readonly #waiters = new Map<number, Waiter>()
  #worker: Worker | null = null
  #nextId = 0

  write(batch: readonly FileContent[]): Promise<void> {
    return this.#ask((id) => ({ id, kind: 'write', batch }))
  }

  sync(paths: readonly string[], root: string): Promise<void> {
    return this.#ask((id) => ({ id, kind: 'sync', paths, root }))
  }

  #ask(request: (id: number) => FileWorkerRequest): Promise<void> {
    const worker = (this.#worker ??= this.#start())
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      this.#waiters.set(id, { resolve, reject })
      worker.ref()
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      worker.postMessage(request(id))
    })
  }

  #start(): Worker {
    const name = import.meta.url.endsWith('.ts') ? './fileWorker.ts' : './fileWorker.js'
    const worker = new Worker(new URL(name, import.meta.url))
    worker.on('message', (answer: FileWorkerAnswer) => {
      const waiter = this.#waiters.get(answer.id)
      this.#waiters.delete(answer.id)
      if (this.#waiters.size === 0) worker.unref()
      if (answer.error === null) waiter?.resolve()
      else waiter?.reject(answer.error)
    })
    worker.on('error', (error) => {
      for (const waiter of this.#waiters.values()) waiter.reject(error as Error)
      this.#waiters.clear()
      this.#worker = null
    })
    return worker
  }
}
