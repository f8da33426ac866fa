/**
 * Jobs in a worker that runs the page's own script: one file needs no second one. Where a browser refuses such a worker
 * for a page from a disk, the job runs in the page itself.
 * @module
 */
import type { DoJob, Job, JobNews } from './job.ts'

/** What a worker has of the global scope, which the types of pages do not tell. */
interface WorkerScope {
  addEventListener(type: 'message', listen: (event: { readonly data: Job }) => void): void
  postMessage(news: JobNews): void
}

/** In the worker: does each job that comes. */
export function serveJobs(scope: WorkerScope, doJob: DoJob): void {
  scope.addEventListener('message', ({ data }) => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker is no window, it has no origin
    void doJob(data, (news) => scope.postMessage(news))
  })
}

/** What does the jobs of a page. */
export interface JobEngine {
  /** The script of the worker that has the code for a job. @throws when it cannot be had */
  readonly scriptFor: (job: Job) => string | Promise<string>
  /** Does jobs in the page itself. */
  readonly doJob: DoJob
}

/** In the page: runs one job at a time, the newest. */
export class Jobs {
  readonly #engine: JobEngine
  #worker: Worker | null = null
  /** Counts the jobs: news of an older one is dropped. */
  #newest = 0

  constructor(engine: JobEngine) {
    this.#engine = engine
  }

  /** Begins a job; the one before it ends without a word. */
  start(job: Job, tell: (news: JobNews) => void): void {
    this.stop()
    const own = this.#newest
    const tellIfNewest = (news: JobNews): void => {
      if (own === this.#newest) tell(news)
    }
    void this.#run(job, tellIfNewest, () => own === this.#newest)
  }

  async #run(job: Job, tell: (news: JobNews) => void, isNewest: () => boolean): Promise<void> {
    const here = (): void => void this.#engine.doJob(job, tell)
    let script: string
    try {
      script = await this.#engine.scriptFor(job)
    } catch (error) {
      tell({ kind: 'failed', reason: String(error) })
      return
    }
    if (!isNewest()) return
    try {
      const address = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }))
      const worker = new Worker(address)
      this.#worker = worker
      let started = false
      worker.addEventListener('message', ({ data }: MessageEvent<JobNews>) => {
        started = true
        tell(data)
      })
      worker.addEventListener('error', () => {
        if (!started && isNewest()) here()
      })
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker is no window, it has no origin
      worker.postMessage(job)
      URL.revokeObjectURL(address)
    } catch {
      here()
    }
  }

  /** Ends the job on its way. */
  stop(): void {
    this.#newest++
    this.#worker?.terminate()
    this.#worker = null
  }
}
