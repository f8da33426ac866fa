/**
 * The one script of every page of this package: the page, and its worker, which is the same script again.
 * @module
 */
import { startPage } from './page.ts'
import { serveJobs } from './worker.ts'

if (typeof document === 'undefined') serveJobs(globalThis)
else startPage(document.currentScript?.textContent ?? '')
