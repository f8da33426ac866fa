/**
 * A thread that opens PDF files of strangers: what it may take of time and memory is bounded, and the node goes on.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import type { Timers } from '../../platform/clock.ts'
import { type NoAnswer, OneByOne, threadHelper } from '../../platform/oneByOne.ts'
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

/** Edits one file after the other. */
export class EditorThread implements PdfEditor {
  readonly #jobs: OneByOne<EditJob, EditAnswer>

  constructor(timers: Timers) {
    const name = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js'
    const options = { resourceLimits: { maxOldGenerationSizeMb: editHeapMiB } }
    this.#jobs = new OneByOne<EditJob, EditAnswer>({
      timers,
      waitingMax: editsWaitingMax,
      jobMsMax: editMsMax,
      start: (events) => threadHelper(new URL(name, import.meta.url), events, options),
      error: (reason, cause) => new SigningError('pdf-too-much', sentences[reason], { cause }),
    })
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
  stop(): Promise<void> {
    return this.#jobs.stop()
  }

  async #ask(job: EditJob): Promise<OpenFile | Bytes> {
    const answer = await this.#jobs.ask(job)
    if ('done' in answer) return answer.done
    throw new SigningError(answer.code, answer.message)
  }
}

const sentences: Readonly<Record<NoAnswer, string>> = {
  full: 'too many files wait',
  slow: 'the file takes too long to read',
  stopping: 'the node stops',
  ended: 'the file takes too much',
}
