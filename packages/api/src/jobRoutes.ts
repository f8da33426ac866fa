/**
 * Routes of the office's jobs.
 * @module
 */
import { JobParams, JobQuery, OfficeJobs } from './jobs.ts'
import { answer, bytesAnswer, routeTable } from './route.ts'

export const jobRoutes = routeTable({
  listJobs: {
    method: 'GET',
    path: '/v1/jobs',
    tag: 'office',
    summary: 'Jobs that are not done, oldest first; with their reasons those that could not be done',
    scope: 'admin',
    query: JobQuery,
    answers: { 200: answer('the jobs', OfficeJobs) },
  },
  retryJob: {
    method: 'POST',
    path: '/v1/jobs/{job}/retry',
    tag: 'office',
    summary: 'Try a job again at once, with all its attempts before it',
    scope: 'admin',
    params: JobParams,
    answers: { 204: bytesAnswer('it will be tried', '') },
  },
})
