/**
 * The one script of the offline file: the page, and its worker, which is the same script again.
 * @module
 */
import { doCertificateJob } from './certificateJob.ts'
import { type DoJob, doReceiptJob } from './job.ts'
import { doPackageJob } from './packageJob.ts'
import { startPage } from './page.ts'
import { serveJobs } from './worker.ts'

const doJob: DoJob = (job, tell) => {
  if ('package' in job) return doPackageJob(job, tell)
  return 'certificate' in job ? doCertificateJob(job, tell) : doReceiptJob(job, tell)
}

if (typeof document === 'undefined') serveJobs(globalThis, doJob)
else {
  const script = document.currentScript?.textContent ?? ''
  startPage({ scriptFor: () => script, doJob })
}
