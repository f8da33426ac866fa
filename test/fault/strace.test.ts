/**
 * EIO and SIGKILL in write-path system calls under load: a bounded part of the matrix that `strace.ts --all` runs whole.
 * @module
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tool } from '../conformance/tools.ts'
import { countCalls, inject, injectionsOf } from './strace.ts'

/** Time for the injections, in milliseconds; what does not fit is left to the whole run. */
const budgetMs = 60_000

const fsck = tool('tessera-fsck')
const skip = process.platform === 'linux' ? tool('strace') === null && 'strace is not installed' : 'strace is for Linux'

test('a failing or deadly system call loses nothing', { skip, timeout: 240_000 }, async (context) => {
  const all = injectionsOf(await countCalls(), false)
  assert.ok(all.length > 40, `only ${all.length} injections`)
  // One fault for each kind of call first, alternating; then the others, as far as the time goes.
  const first = all.filter((_, at) => at % 4 === 0 || at % 4 === 3).filter((_, at) => at % 2 === Math.floor(at / 2) % 2)
  const rest = all.filter((injection) => !first.includes(injection))
  const report = await inject([...first, ...rest], fsck, performance.now() + budgetMs)
  context.diagnostic(JSON.stringify(report))
  assert.ok(report.endedItself > 0 && report.killed > 0)
  assert.ok(report.notReached * 4 < report.injections, 'most injections must be reached')
})
