/**
 * Jobs in a real PostgreSQL, carried by the real queue: none without its change, each done although handlers fail, the
 * database stops and the clock moves; those that cannot be done are seen and told.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../../observe/logger.ts'
import { systemTimers } from '../../platform/clock.ts'
import { readEvents } from './events.ts'
import { HopelessJob } from './jobQueue.ts'
import { Jobs } from './jobs.ts'
import { skip, testOffice, testServer, until } from './office.fixtures.ts'

const hourMs = 3_600_000

test('jobs: in the transaction, retried, once for a key, recurring, dead, late, and again', { skip }, async (t) => {
  const server = await testServer(t)
  let time = 1_000 * hourMs
  const now = (): number => time
  const alarms: [string, Record<string, unknown>][] = []
  const alarm = (message: string, details: object): void => void alarms.push([message, { ...details }])
  const done: string[] = []
  let jobs: Jobs | null = null
  let isBroken = true
  let holding: Promise<void> | null = null
  let recurred = 0
  const office = await testOffice(server.connection, {
    now,
    workers(over) {
      jobs = new Jobs({ office: over, now, timers: systemTimers, alarm, logger: silentLogger })
      jobs.handle('do', async (job) => {
        const { key, body } = job
        await holding
        await over
          .transact(async (transaction) => {
            await job.done(transaction)
            if (key === 'twice' && done.filter((name) => name === 'twice').length === 0) throw new Error('as planned')
          })
          .finally(() => done.push(key))
        assert.equal(body['for'], key)
      })
      const hopeless = new HopelessJob('hopeless', 'no such thing')
      jobs.handle('hopeless', () => (isBroken ? Promise.reject(hopeless) : Promise.resolve()))
      jobs.handle('broken', () => (isBroken ? Promise.reject(new Error('not today')) : Promise.resolve()), {
        retriesMax: 1,
      })
      jobs.handle('waits', () => Promise.resolve(isBroken ? { againAfterMs: hourMs } : undefined), {
        patienceMs: 24 * hourMs,
      })
      jobs.every('daily', 24 * hourMs, () => {
        recurred++
        return Promise.resolve()
      })
      return [jobs]
    },
  })
  t.after(() => office.stop())
  assert.ok(jobs !== null)
  const queue: Jobs = jobs
  const want = (kind: string, key: string, dueMs?: number): Promise<void> =>
    office.transact((transaction) => queue.enqueue(transaction, kind, key, { for: key }, dueMs))
  const left = async (): Promise<string[]> =>
    (await queue.list(null, '0', 100)).map(({ kind, key, state }) => `${kind} ${key} ${state}`.replace('  ', ' '))

  // A change that does not happen wants nothing; the same key is one job; a failure is tried again.
  const failing = office.transact(async (transaction) => {
    await queue.enqueue(transaction, 'do', 'never')
    throw new Error('as planned')
  })
  await assert.rejects(failing, /as planned/)
  let release = (): void => {}
  holding = new Promise((resolve) => (release = resolve))
  await Promise.all(['once', 'once', 'twice'].map((key) => want('do', key)))
  await want('do', 'later', time + hourMs)
  const running = async (): Promise<number> =>
    (await queue.list(null, '0', 99)).filter(({ kind, attempts }) => kind === 'do' && attempts > 0).length
  await until('both run', async () => (await running()) === 2)
  await want('do', 'once')
  holding = null
  release()
  await until('they are done', async () => (await left()).length === 2)
  assert.deepEqual(done.toSorted(), ['once', 'once', 'twice', 'twice'], 'wanted while it ran, and tried again')
  assert.deepEqual((await left()).toSorted(), ['daily waiting', 'do later waiting'])
  assert.equal(recurred, 1)

  // Dead at once, and dead after its attempts; a job that waits is not dead but late.
  await want('hopeless', 'h')
  await want('broken', 'b')
  await want('waits', 'w')
  await until('they died', () => alarms.length === 2)
  const reasons = alarms.map(([message, { kind, error, attempts }]) => [message, kind, error, attempts].join(', '))
  assert.deepEqual(reasons.toSorted(), [
    'A job failed for the last time, broken, not today, 2',
    'A job failed for the last time, hopeless, no such thing, 1',
  ])
  const dead = await queue.list('dead', '0', 9)
  assert.deepEqual(dead.map(({ kind, error }) => `${kind}: ${error}`).toSorted(), [
    'broken: not today',
    'hopeless: no such thing',
  ])

  // The clock decides: nothing for an hour of the database's time, all at once when the node's clock moves.
  time += 25 * hourMs
  await until('it recurred, and what was for later is done', () => recurred === 2 && done.includes('later'))
  const late = (): unknown[] => alarms.filter(([message]) => message === 'A job is late').map(([, { kind }]) => kind)
  await until('the waiting one is late', () => late().includes('waits'))
  time -= 500 * hourMs
  await until('a clock set back does not stop what recurs', () => recurred === 3)

  // The database goes with jobs in the queue and in hand, and comes back.
  holding = new Promise((resolve) => (release = resolve))
  await Promise.all(['a', 'b', 'c', 'd', 'e'].map((key) => want('do', key)))
  await until('some run', async () => (await running()) > 0)
  await server.stop()
  holding = null
  release()
  await until('the office is closed', () => !office.open)
  await server.start()
  isBroken = false
  await until(
    'all are done',
    async () => (await left().catch(() => [])).filter((name) => name.startsWith('do')).length === 0 && office.open,
  )
  assert.deepEqual(
    ['a', 'b', 'c', 'd', 'e'].filter((key) => !done.includes(key)),
    [],
  )
  assert.equal(await queue.retry('999999'), false)
  for (const { id } of dead) assert.equal(await queue.retry(id), true)
  time += 2 * hourMs
  await until('nothing is left', async () => (await left()).join() === 'daily waiting')

  const { events } = await office.read((database) => readEvents(database, { organisation: null, after: 0, limit: 99 }))
  const kinds = events.map(({ kind }) => kind)
  assert.deepEqual(
    ['job.died', 'job.late', 'job.retried'].map((kind) => kinds.filter((name) => name === kind).length > 0),
    [true, true, true],
  )
})
