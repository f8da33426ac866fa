/**
 * The one script of the public page of a node. Most who come have scanned a code and wait for one receipt, so it has no code
 * for packages and certificates: when one is given, the worker runs the script of the offline file, which the node has too.
 * @module
 */
import { type DoJob, doReceiptJob } from './job.ts'
import { askFileScript } from './ownNode.ts'
import { startPage } from './page.ts'
import { serveJobs } from './worker.ts'

const doJob: DoJob = async (job, tell) => {
  if (!('receipt' in job)) tell({ kind: 'failed', reason: 'this browser has no workers: use the offline file' })
  else await doReceiptJob(job, tell)
}

if (typeof document === 'undefined') serveJobs(globalThis, doJob)
else {
  const script = document.currentScript?.textContent ?? ''
  startPage({ scriptFor: (job) => ('receipt' in job ? script : askFileScript()), doJob })
}
