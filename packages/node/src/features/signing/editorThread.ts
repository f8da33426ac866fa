/**
 * A thread that opens PDF files of strangers: what it may take of time and memory is bounded, and the node goes on.
 * @module
 */
import { Worker } from 'node:worker_threads'
import type { Bytes } from '@jurat/core/bytes'
import type { Timers } from '../../platform/clock.ts'
import type { KeptData } from './cms.ts'
import { SigningError, type SigningErrorCode } from './error.ts'
import type { OpenFile } from './places.ts'
import type { SignatureClaims } from './revision.ts'
import type { PdfEditor } from './sign.ts'

/** Longest time of one revision, milliseconds. A usual one takes twenty. */
export const editMsMax = 20_000
/** Revisions that wait for the thread; more are turned away. */
export const editsWaitingMax = 64
/** What the thread may hold, in MiB: beyond that it ends, and the file is refused. */
export const editHeapMiB = 768

/** What the thread is asked. */
export type EditJob =
  | { readonly kind: 'signature'; readonly file: Bytes; readonly claims: SignatureClaims }
  | { readonly kind: 'stamp'; readonly file: Bytes; readonly stored: KeptData }
  | { readonly kind: 'store'; readonly file: Bytes; readonly stored: KeptData }

/** What it answers. */
export type EditAnswer =
  { readonly done: OpenFile | Bytes } | { readonly code: SigningErrorCode; readonly message: string }

interface Waiting {
  readonly job: EditJob
  readonly resolve: (done: OpenFile | Bytes) => void
  readonly reject: (error: unknown) => void
}

/** Edits one file after the other. */
export class EditorThread implements PdfEditor {
  readonly #timers: Timers
  readonly #waiting: Waiting[] = []
  #running: Waiting | null = null
  #worker: Worker | null = null
  #cancelDeadline: () => void = () => undefined

  constructor(timers: Timers) {
    this.#timers = timers
  }

  async appendSignature(file: Bytes, claims: SignatureClaims): Promise<OpenFile> {
    return (await this.#ask({ kind: 'signature', file, claims })) as OpenFile
  }

  async appendDocumentStamp(file: Bytes, stored: KeptData): Promise<OpenFile> {
    return (await this.#ask({ kind: 'stamp', file, stored })) as OpenFile
  }

  async appendStore(file: Bytes, stored: KeptData): Promise<Bytes> {
    return (await this.#ask({ kind: 'store', file, stored })) as Bytes
  }

  /** Ends the thread; whoever waits is turned away. */
  async stop(): Promise<void> {
    const stops = new SigningError('pdf-too-much', 'the node stops')
    for (const { reject } of this.#waiting.splice(0)) reject(stops)
    await this.#end()
    this.#settle(({ reject }) => reject(stops))
  }

  #ask(job: EditJob): Promise<OpenFile | Bytes> {
    if (this.#waiting.length >= editsWaitingMax) {
      return Promise.reject(new SigningError('pdf-too-much', 'too many files wait'))
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, resolve, reject })
      this.#next()
    })
  }

  #next(): void {
    if (this.#running !== null) return
    const next = this.#waiting.shift()
    if (next === undefined) return
    this.#running = next
    const worker = (this.#worker ??= this.#start())
    worker.ref()
    this.#cancelDeadline = this.#timers.after(editMsMax, () => {
      void this.#end()
      this.#settle(({ reject }) => reject(new SigningError('pdf-too-much', 'the file takes too long to read')))
    })
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window, it has no origin
    worker.postMessage(next.job)
  }

  #start(): Worker {
    const name = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js'
    const worker = new Worker(new URL(name, import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: editHeapMiB },
    })
    // What a thread says that was ended is nobody's answer any more.
    worker.on('message', (answer: EditAnswer) => {
      if (this.#worker !== worker) return
      this.#settle(({ resolve, reject }) =>
        'done' in answer ? resolve(answer.done) : reject(new SigningError(answer.code, answer.message)),
      )
    })
    worker.on('error', (cause) => {
      if (this.#worker !== worker) return
      this.#worker = null
      this.#settle(({ reject }) => reject(new SigningError('pdf-too-much', 'the file takes too much', { cause })))
    })
    return worker
  }

  /** Answers the running one and goes on with the next. */
  #settle(answer: (running: Waiting) => void): void {
    const running = this.#running
    this.#cancelDeadline()
    this.#running = null
    // An idle thread never keeps the process alive.
    this.#worker?.unref()
    if (running !== null) answer(running)
    this.#next()
  }

  async #end(): Promise<void> {
    const worker = this.#worker
    this.#worker = null
    // Whoever waits for the end of an idle thread is kept alive until then.
    worker?.ref()
    await worker?.terminate()
  }
}
