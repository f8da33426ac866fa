/**
 * Handlers of the office's jobs.
 * @module
 */
import type { jobRoutes } from '@jurat/api/jobRoutes'
import type { OfficeJobs } from '@jurat/api/jobs'
import { pageRowsMax } from '@jurat/api/limits'
import { ok, type Handler } from '../handler.ts'
import { ProblemError } from '../problems.ts'

/** Jobs of an answer when the question names no number. */
const jobsDefault = 100

/** What these handlers stand on; null without a database. */
export interface JobServices {
  list(state: 'waiting' | 'dead' | null, after: string, limit: number): Promise<OfficeJobs['jobs']>
  /** False: there is no such job. */
  retry(id: string): Promise<boolean>
}

/** The handlers. */
export function jobHandlers(services: JobServices | null): {
  [Id in keyof typeof jobRoutes]: Handler<(typeof jobRoutes)[Id]>
} {
  const jobs = (): JobServices => {
    if (services === null) throw new ProblemError('feature-off', { detail: 'this node runs without a database' })
    return services
  }
  return {
    async listJobs({ query: { state = null, after = '0', limit } }) {
      const most = Math.min(pageRowsMax, Number(limit ?? jobsDefault))
      return ok({ jobs: await jobs().list(state, after, most) }, { 'cache-control': 'no-store' })
    },
    async retryJob({ params: { job } }) {
      if (!(await jobs().retry(job))) throw new ProblemError('not-found')
      return { status: 204, body: '' }
    },
  }
}
