/**
 * Verifications for others, on a thread of their own: what a stranger hands in may take its time, but not the node's.
 * @module
 */
import { Worker } from 'node:worker_threads'
import { JuratError } from '@jurat/core/errors'
import type { StatedDigest } from '@jurat/verify/original'
import type { Verdict } from '@jurat/verify/verdict'
import type { ProvenDeposit } from '@jurat/verify/verify'
import type { Timers } from '../platform/clock.ts'

/** Verifications that wait for the thread; more are turned away. */
export const verificationsWaitingMax = 64
/** Longest time of one verification, milliseconds. A genuine one takes a tenth of a second. */
export const verificationMsMax = 20_000

/** What is to be verified, besides an original that was hashed elsewhere. */
export interface VerificationJob {
  readonly receipt: string
  readonly trust: string
  readonly stated: StatedDigest | null
  readonly fingerprint: string | null
}

/** A verdict with what was proven; null when entry or inclusion were not. */
export interface Examination {
  readonly verdict: Verdict
  readonly proven: ProvenDeposit | null
}

/** Why there is no verdict. */
export class VerificationError extends JuratError<'too-busy'> {}

interface Waiting {
  readonly job: VerificationJob
  readonly resolve: (examination: Examination) => void
  readonly reject: (error: unknown) => void
}

/** Verifies one job after the other. */
export class Verifications {
  readonly #timers: Timers
  readonly #waiting: Waiting[] = []
  #running: Waiting | null = null
  #worker: Worker | null = null
  #cancelDeadline: () => void = () => undefined

  constructor(timers: Timers) {
    this.#timers = timers
  }

  /** The verdict. @throws {VerificationError} when too many wait, or this one took too long. */
  async verify(job: VerificationJob): Promise<Verdict> {
    return (await this.examine(job)).verdict
  }

  /** The verdict with what was proven. @throws as `verify` does */
  examine(job: VerificationJob): Promise<Examination> {
    if (this.#waiting.length >= verificationsWaitingMax) {
      return Promise.reject(new VerificationError('too-busy', 'too many verifications wait'))
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, resolve, reject })
      this.#next()
    })
  }

  /** Ends the thread; whoever waits is turned away. */
  async stop(): Promise<void> {
    const left = this.#waiting.splice(0)
    await this.#end()
    for (const { reject } of left) reject(new VerificationError('too-busy', 'the node stops'))
    this.#settle(({ reject }) => reject(new VerificationError('too-busy', 'the node stops')))
  }

  #next(): void {
    if (this.#running !== null) return
    const next = this.#waiting.shift()
    if (next === undefined) return
    this.#running = next
    const worker = (this.#worker ??= this.#start())
    worker.ref()
    this.#cancelDeadline = this.#timers.after(verificationMsMax, () => this.#tooLong())
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window, it has no origin
    worker.postMessage(next.job)
  }

  #tooLong(): void {
    void this.#end()
    this.#settle(({ reject }) => reject(new VerificationError('too-busy', 'the verification took too long')))
  }

  #start(): Worker {
    const name = import.meta.url.endsWith('.ts') ? './verifications/worker.ts' : './verifications/worker.js'
    const worker = new Worker(new URL(name, import.meta.url))
    // What a thread says that was ended is nobody's answer any more.
    worker.on('message', (examination: Examination) => {
      if (this.#worker === worker) this.#settle(({ resolve }) => resolve(examination))
    })
    worker.on('error', (cause) => {
      if (this.#worker !== worker) return
      this.#worker = null
      this.#settle(({ reject }) => reject(cause))
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
    await worker?.terminate()
  }
}
