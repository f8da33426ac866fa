/**
 * EIO and SIGKILL in write-path system calls under load: a bounded part of the matrix that `strace.ts --all` runs whole.
 * @module
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tool } from '../conformance/tools.ts'
import { countCalls, inject, injectionsOf, spread } from './strace.ts'
import { injectStarts, startInjections } from './straceStart.ts'

/** Time for the injections, in milliseconds; what does not fit is left to the whole run. */
const budgetMs = 45_000

/** The same for starts, in milliseconds. */
const startBudgetMs = 25_000

const fsck = tool('tessera-fsck')
const skip = process.platform === 'linux' ? tool('strace') === null && 'strace is not installed' : 'strace is for Linux'

test('a failing or deadly system call loses nothing', { skip, timeout: 500_000 }, async (context) => {
  const all = injectionsOf(await countCalls(), false)
  assert.ok(all.length > 40, `only ${all.length} injections`)
  const report = await inject(spread(all), fsck, performance.now() + budgetMs)
  context.diagnostic(JSON.stringify(report))
  assert.ok(report.endedItself > 0 && report.killed > 0)
  assert.ok(report.notReached * 4 < report.injections, 'most injections must be reached')
})

test(
  'a failing or deadly system call of a start leaves a folder that starts',
  { skip, timeout: 500_000 },
  async (context) => {
    const all = await startInjections(false)
    assert.ok(all.length > 20, `only ${all.length} injections`)
    const report = await injectStarts(spread(all), performance.now() + startBudgetMs)
    context.diagnostic(JSON.stringify(report))
    assert.ok(report.ended > 0)
  },
)
