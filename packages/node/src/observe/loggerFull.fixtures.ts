/**
 * A program whose log cannot be written, for logger.test.ts: it logs, and ends at a moment that is told to it.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { openLogger } from './logger.ts'

/** Long enough for the thread to be there, and then to fail; if it is not, the program still has to end well. */
const threadMs = 500

const [folder = '', when = ''] = process.argv.slice(2)
// Waiting for the thread alone does not keep a process.
setTimeout(() => process.exit(2), 60_000)
let told = (): void => {}
const noticed = new Promise<void>((resolve) => (told = resolve))
const logger = openLogger(folder, 'info', (message) => {
  process.stderr.write(`${message}\n`)
  told()
})
if (when === 'before it is told') await sleep(threadMs)
logger.info({}, 'a line')
if (when === 'before it is told') {
  // The line reaches the thread, which fails; what it says of that does not reach us any more.
  await sleep(1)
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, threadMs)
} else if (when !== 'at once') {
  await noticed
  logger.info({}, 'a line that is lost')
}
if (when === 'in order') await logger.flush()
process.exit(1)
