/**
 * Jobs that are done one after the other beside the node, in a thread or a process that starts with the first one: what a job
 * takes of time is bounded, those that wait are counted, and the node goes on.
 * @module
 */
import { Worker, type WorkerOptions } from 'node:worker_threads'
import type { Timers } from './clock.ts'

/** Where a job is done. An idle one keeps no process alive. */
export interface Helper<Job> {
  readonly post: (job: Job) => void
  /** Whether a job is on its way. */
  readonly busy: (isBusy: boolean) => void
  /** Ends it, also in the midst of a job. */
  readonly end: () => Promise<void>
}

/** What a helper says. What it says after it was ended is nobody's answer any more. */
export interface HelperEvents<Answer> {
  readonly answer: (answer: Answer) => void
  /** It has ended by itself. */
  readonly gone: (cause?: unknown) => void
}

/** Why there is no answer: too many wait, it took too long, the node stops, or the helper has ended. */
export type NoAnswer = 'full' | 'slow' | 'stopping' | 'ended'

/** What the jobs stand on. */
export interface OneByOneOptions<Job, Answer> {
  readonly timers: Timers
  /** Jobs that wait; more are turned away. */
  readonly waitingMax: number
  /** Longest time of one job, milliseconds. */
  readonly jobMsMax: number
  readonly start: (events: HelperEvents<Answer>) => Helper<Job>
  /** The error that whoever asked gets. */
  readonly error: (reason: NoAnswer, cause?: unknown) => unknown
}

interface Waiting<Job, Answer> {
  readonly job: Job
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

/** Does one job after the other. */
export class OneByOne<Job, Answer> {
  readonly #options: OneByOneOptions<Job, Answer>
  readonly #waiting: Waiting<Job, Answer>[] = []
  #running: Waiting<Job, Answer> | null = null
  #helper: Helper<Job> | null = null
  #cancelDeadline: () => void = () => undefined

  constructor(options: OneByOneOptions<Job, Answer>) {
    this.#options = options
  }

  /** The answer to a job. Throws what `error` makes of the reason why there is none. */
  ask(job: Job): Promise<Answer> {
    const { waitingMax, error } = this.#options
    return new Promise((resolve, reject) => {
      if (this.#waiting.length >= waitingMax) {
        reject(error('full'))
        return
      }
      this.#waiting.push({ job, resolve, reject })
      this.#next()
    })
  }

  /** Ends the helper; whoever waits is turned away. */
  async stop(): Promise<void> {
    const left = this.#waiting.splice(0)
    await this.#end()
    for (const { reject } of left) reject(this.#options.error('stopping'))
    this.#settle(({ reject }) => reject(this.#options.error('stopping')))
  }

  #next(): void {
    if (this.#running !== null) return
    const next = this.#waiting.shift()
    if (next === undefined) return
    const { timers, jobMsMax, error } = this.#options
    this.#running = next
    const helper = (this.#helper ??= this.#start())
    helper.busy(true)
    this.#cancelDeadline = timers.after(jobMsMax, () => {
      void this.#end()
      this.#settle(({ reject }) => reject(error('slow')))
    })
    helper.post(next.job)
  }

  #start(): Helper<Job> {
    const { start, error } = this.#options
    const helper = start({
      answer: (answer) => {
        if (this.#helper === helper) this.#settle(({ resolve }) => resolve(answer))
      },
      gone: (cause) => {
        if (this.#helper !== helper) return
        this.#helper = null
        this.#settle(({ reject }) => reject(error('ended', cause)))
      },
    })
    return helper
  }

  /** Answers the running one and goes on with the next. */
  #settle(answer: (running: Waiting<Job, Answer>) => void): void {
    const running = this.#running
    this.#cancelDeadline()
    this.#running = null
    this.#helper?.busy(false)
    if (running !== null) answer(running)
    this.#next()
  }

  async #end(): Promise<void> {
    const helper = this.#helper
    this.#helper = null
    await helper?.end()
  }
}

/** A thread as helper: each message to it is a job, each of it an answer. */
export function threadHelper<Job, Answer>(
  url: URL,
  { answer, gone }: HelperEvents<Answer>,
  options: WorkerOptions = {},
): Helper<Job> {
  const worker = new Worker(url, options)
  worker.on('message', answer)
  worker.on('error', gone)
  return {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window, it has no origin
    post: (job) => worker.postMessage(job),
    busy: (isBusy) => (isBusy ? worker.ref() : worker.unref()),
    async end() {
      // Whoever waits for the end of an idle thread is kept alive until then.
      worker.ref()
      await worker.terminate()
    },
  }
}
