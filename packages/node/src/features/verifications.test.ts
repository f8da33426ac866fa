/**
 * Verifications for others: one after the other on a thread, bounded in number and in time.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { soloEvidence } from '@jurat/verify/evidence.fixtures'
import { systemTimers, type Timers } from '../platform/clock.ts'
import { type VerificationJob, VerificationError, Verifications, verificationsWaitingMax } from './verifications.ts'

const { receipt, trust } = soloEvidence()
const job: VerificationJob = { receipt, trust, stated: null, fingerprint: null }
const isBusy = (error: unknown): boolean => error instanceof VerificationError && error.code === 'too-busy'

test('verdicts come in the order of the jobs, and a broken one harms no other', async () => {
  const verifications = new Verifications(systemTimers)
  const jobs = [job, { ...job, receipt: '{' }, { ...job, fingerprint: '0'.repeat(64) }, job]
  const verdicts = await Promise.all(jobs.map((each) => verifications.verify(each)))
  assert.deepEqual(
    verdicts.map(({ summary }) => summary),
    ['incomplete', 'failed', 'failed', 'incomplete'],
  )
  await verifications.stop()
})

test('more than may wait are turned away, and those that wait when it stops', async () => {
  const verifications = new Verifications(systemTimers)
  // One runs besides those that wait.
  const accepted = Array.from({ length: verificationsWaitingMax + 1 }, () => verifications.verify(job))
  await assert.rejects(verifications.verify(job), isBusy)
  const outcomes = Promise.allSettled(accepted)
  await verifications.stop()
  for (const outcome of await outcomes) {
    assert.ok(outcome.status === 'fulfilled' || isBusy(outcome.reason))
  }
})

test('one that takes too long is ended, and the next one is answered', async () => {
  let expire: (() => void) | null = null
  const timers: Timers = {
    ...systemTimers,
    after(_, action) {
      expire ??= action
      return () => undefined
    },
  }
  const verifications = new Verifications(timers)
  const endless = verifications.verify(job)
  const next = verifications.verify(job)
  assert.ok(expire !== null)
  ;(expire as () => void)()
  await assert.rejects(endless, isBusy)
  assert.equal((await next).summary, 'incomplete')
  await verifications.stop()
})
