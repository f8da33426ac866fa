/**
 * Jobs of the office: work that a change wants done after it, retried until it is done. A job is a row, written in the
 * transaction of the change. pg-boss carries the rows that are due to their handlers: it paces the retries, bounds a
 * handler's time and how many run at once. Its queue is made from the rows at each start, so nothing depends on it; and
 * what decides (when a job is due, when it is late) is the node's clock, not the database's. docs/operating/jobs.md.
 * @module
 */
import { sql } from 'kysely'
import type { JobWithMetadata, PgBoss } from 'pg-boss'
import type { Logger } from '../../observe/logger.ts'
import type { Timers } from '../../platform/clock.ts'
import { HopelessJob, type Job, type JobHandler, type JobLimits, type JobQueue } from './jobQueue.ts'
import {
  buryJob,
  insertJob,
  type JobState,
  type JobView,
  markLate,
  pauseJob,
  readJobs,
  reviveJob,
} from './jobTables.ts'
import type { OfficeDatabase, OfficeWorker } from './officeDatabase.ts'
import type { Office, OfficeTransaction } from './schema.ts'

/** How often rows that are due are looked for, in milliseconds. */
const lookEveryMs = 250

/** Most jobs put into the queue at once. */
const carriedAtOnceMax = 200

/** How often a handler asks the queue for work that it was not told of, in seconds. */
const pollEverySeconds = 5

/** Wait before the second attempt, in seconds; it doubles from there, up to the longest. */
const retryDelaySeconds = 1
const retryDelaySecondsMax = 300

/** Longest wait for handlers at the end, in milliseconds. What is cut off is done again at the next start. */
const endTimeoutMs = 5_000

/** Most characters of an error that are kept. */
const errorCharactersMax = 1_000

/** The queue of those whose last attempt failed. */
const deadQueue = 'dead'

const usualLimits: JobLimits = { retriesMax: 12, attemptSeconds: 300, atOnce: 2, patienceMs: 3_600_000 }

/** What jobs stand on. */
export interface JobsOptions {
  readonly office: Pick<OfficeDatabase, 'read' | 'transact'>
  readonly now: () => number
  readonly timers: Timers
  readonly alarm: (message: string, details: object) => void
  readonly logger: Logger
}

interface Registered {
  readonly handler: JobHandler
  readonly limits: JobLimits
  readonly everyMs: number | null
}

/** What pg-boss carries: the row, and which carrying of it this is. */
interface Carried {
  readonly id: string
}

/** The jobs of a node. */
export class Jobs implements OfficeWorker, JobQueue {
  readonly #options: JobsOptions
  readonly #kinds = new Map<string, Registered>()
  readonly #running = new Set<string>()
  #workers = new Map<string, string[]>()
  #boss: PgBoss | null = null
  #cancel = (): void => {}
  #looking: Promise<void> = Promise.resolve()
  #lastNow = 0

  constructor(options: JobsOptions) {
    this.#options = options
  }

  handle(kind: string, handler: JobHandler, limits: Partial<JobLimits> = {}): void {
    this.#register(kind, { handler, limits: { ...usualLimits, ...limits }, everyMs: null })
  }

  every(kind: string, everyMs: number, handler: JobHandler, limits: Partial<JobLimits> = {}): void {
    this.#register(kind, { handler, limits: { ...usualLimits, ...limits }, everyMs })
  }

  async enqueue(
    transaction: OfficeTransaction,
    kind: string,
    key: string,
    body: Readonly<Record<string, unknown>> = {},
    dueMs?: number,
  ): Promise<void> {
    const registered = this.#kinds.get(kind)
    if (registered === undefined) throw new Error(`nobody does jobs of the kind ${kind}`)
    const nowMs = this.#options.now()
    const { patienceMs } = registered.limits
    await insertJob(transaction, { kind, key, body, nowMs, dueMs: dueMs ?? nowMs, patienceMs, everyMs: null })
  }

  /** Jobs that are not done, oldest first. */
  list(state: JobState | null, after: string, limit: number): Promise<JobView[]> {
    return this.#options.office.read((database) => readJobs(database, { state, after, limit }))
  }

  /** Has a job tried again at once. False: there is none with this number. */
  retry(id: string): Promise<boolean> {
    return this.#options.office.transact((transaction) => reviveJob(transaction, id, this.#options.now()))
  }

  async opened(database: Office): Promise<void> {
    const { PgBoss, fromKysely } = await library()
    const boss = new PgBoss({
      db: fromKysely(database),
      schema: 'office_queue',
      schedule: false,
      registerInstance: false,
      monitorVacuum: false,
    })
    boss.on('error', (error) => this.#options.logger.debug({ error: String(error) }, 'the queue of jobs complained'))
    await boss.start()
    this.#boss = boss
    await boss.createQueue(deadQueue)
    for (const [kind, { limits }] of this.#kinds) await offer(boss, kind, limits)
    await this.#carryAgain(database, boss)
    await database.transaction().execute((transaction) => this.#recur(transaction))
    const work = { includeMetadata: true, pollingIntervalSeconds: pollEverySeconds } as const
    const gravedigger = await boss.work(deadQueue, work, (jobs: JobWithMetadata<Carried>[]) => this.#bury(jobs))
    this.#workers.set(deadQueue, [gravedigger])
    for (const [kind, registered] of this.#kinds) {
      const each = { ...work, burstWhenBatchFull: true, perJobResults: true } as const
      const workers: string[] = []
      // Not pg-boss's own concurrency, of whose workers only the first can be told.
      for (let n = 0; n < registered.limits.atOnce; n++) {
        const attempt = async ([job]: JobWithMetadata<Carried>[]): Promise<Outcome[]> =>
          job === undefined ? [] : [await this.#attempt(kind, registered, job)]
        workers.push(await boss.work(kind, each, attempt))
      }
      this.#workers.set(kind, workers)
    }
    this.#look(database, boss)
  }

  async closed(): Promise<void> {
    const boss = this.#boss
    this.#boss = null
    this.#workers.clear()
    this.#cancel()
    await this.#looking
    try {
      await boss?.stop({ graceful: true, timeout: endTimeoutMs })
    } catch (error) {
      // The database may be gone: what was carried is carried again when it is back.
      this.#options.logger.debug({ error: String(error) }, 'the queue of jobs did not end in order')
    }
  }

  #register(kind: string, registered: Registered): void {
    if (this.#kinds.has(kind) || kind === deadQueue) throw new Error(`jobs of the kind ${kind} have a handler already`)
    this.#kinds.set(kind, registered)
  }

  /** Empties the queue and forgets who carries what: everything that waits is carried anew. */
  async #carryAgain(database: Office, boss: PgBoss): Promise<void> {
    await boss.deleteAllJobs()
    await database
      .updateTable('office.job')
      .set({ carrier: null })
      .where('state', '=', 'waiting')
      .where('carrier', 'is not', null)
      .execute()
    this.#lastNow = this.#options.now()
  }

  /** Sees that every recurring job has its row. */
  async #recur(transaction: OfficeTransaction): Promise<void> {
    const nowMs = this.#options.now()
    for (const [kind, { everyMs, limits }] of this.#kinds) {
      if (everyMs === null) continue
      const job = { kind, key: '', body: {}, nowMs, dueMs: nowMs, patienceMs: limits.patienceMs, everyMs }
      await insertJob(transaction, job)
    }
  }

  /** Looks now and then for what is due and for what is late, until the office closes. */
  #look(database: Office, boss: PgBoss): void {
    this.#looking = this.#lookOnce(database, boss).catch((error: unknown) => {
      this.#options.logger.debug({ error: String(error) }, 'jobs could not be looked for')
    })
    void this.#looking.then(() => {
      if (this.#boss === boss) this.#cancel = this.#options.timers.after(lookEveryMs, () => this.#look(database, boss))
    })
  }

  async #lookOnce(database: Office, boss: PgBoss): Promise<void> {
    const now = this.#options.now()
    // The queue's waits end by the database's clock: after a clock was set back they could end much later.
    if (now < this.#lastNow) await this.#carryAgain(database, boss)
    this.#lastNow = now
    const kinds = await database.transaction().execute((transaction) => carryDue(transaction, boss, now))
    if (kinds.length > 0) kinds.push(deadQueue)
    for (const worker of kinds.flatMap((kind) => this.#workers.get(kind) ?? [])) boss.notifyWorker(worker)
    const late = await database.transaction().execute((transaction) => markLate(transaction, now))
    for (const { id, ...job } of late) this.#options.alarm('A job is late', { job: id, ...job })
  }

  async #attempt(kind: string, { handler, everyMs }: Registered, job: JobWithMetadata<Carried>): Promise<Outcome> {
    const { office, now } = this.#options
    const { id } = job.data
    if (this.#running.has(id)) return failed(job, new Error('an earlier attempt has not ended'))
    this.#running.add(id)
    try {
      const row = await office.read((database) =>
        database
          .updateTable('office.job')
          .set({ attempts: sql`attempts + 1` })
          .where('id', '=', id)
          .where('carrier', '=', job.id)
          .where('state', '=', 'waiting')
          .returning(['key', 'body', 'wanted'])
          .executeTakeFirst(),
      )
      // Done meanwhile, or carried by another.
      if (row === undefined) return { id: job.id, status: 'completed' }
      const end = (transaction: OfficeTransaction): Promise<void> =>
        this.#end(transaction, { id, everyMs, wanted: row.wanted })
      let ended = false
      const again = await handler({
        key: row.key,
        body: row.body as Job['body'],
        signal: job.signal,
        async done(transaction) {
          await end(transaction)
          ended = true
        },
      })
      if (!ended)
        await office.transact((transaction) =>
          again ? pauseJob(transaction, id, now(), again.againAfterMs) : end(transaction),
        )
      return { id: job.id, status: 'completed' }
    } catch (error) {
      const details = { kind, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
      this.#options.logger.warn(details, 'An attempt of a job failed')
      return failed(job, error)
    } finally {
      this.#running.delete(id)
    }
  }

  /** Ends a job: its row goes, or becomes due again when it recurs or was wanted once more. */
  async #end(
    transaction: OfficeTransaction,
    { id, everyMs, wanted }: { id: string; everyMs: number | null; wanted: number },
  ): Promise<void> {
    const same = transaction.deleteFrom('office.job').where('id', '=', id).where('wanted', '=', wanted)
    if (everyMs === null && (await same.executeTakeFirst()).numDeletedRows > 0n) return
    await pauseJob(transaction, id, this.#options.now(), everyMs ?? 0)
  }

  /** Those whose last attempt failed: seen in the list, told in an event and an alarm. Recurring ones recur. */
  async #bury(jobs: readonly JobWithMetadata<Carried>[]): Promise<void> {
    const { office, now, alarm } = this.#options
    for (const { data, sourceId, sourceOutput } of jobs) {
      const error = reasonOf(sourceOutput)
      const dead = { id: data.id, carrier: sourceId, error, nowMs: now() }
      const job = await office.transact((transaction) => buryJob(transaction, dead))
      if (job !== null) alarm('A job failed for the last time', { job: data.id, ...job, error })
    }
  }
}

interface Outcome {
  readonly id: string
  readonly status: 'completed' | 'failed' | 'deadletter'
  readonly output?: { readonly message: string }
}

function failed({ id }: JobWithMetadata<Carried>, error: unknown): Outcome {
  const message = (error instanceof Error ? error.message : String(error)).slice(0, errorCharactersMax)
  return { id, status: error instanceof HopelessJob ? 'deadletter' : 'failed', output: { message } }
}

function reasonOf(output: object | null): string {
  const { message } = (output ?? {}) as { message?: unknown }
  return typeof message === 'string' ? message : 'the attempt was cut off'
}

/** Makes the queue of a kind, or brings it to the limits of this program. */
/** The library of the queue, which a node without a database does not load. */
const library = (): Promise<typeof import('pg-boss')> => import('pg-boss')

async function offer(boss: PgBoss, kind: string, limits: JobLimits): Promise<void> {
  const queue = {
    retryLimit: limits.retriesMax,
    retryDelay: retryDelaySeconds,
    retryBackoff: true,
    retryDelayMax: retryDelaySecondsMax,
    expireInSeconds: limits.attemptSeconds,
    deadLetter: deadQueue,
  }
  await boss.createQueue(kind, queue)
  await boss.updateQueue(kind, queue)
}

/** Puts rows that are due into the queue, in one transaction with the note that they are there. Gives the kinds in it. */
async function carryDue(transaction: OfficeTransaction, boss: PgBoss, now: number): Promise<string[]> {
  const due = transaction
    .selectFrom('office.job')
    .select('id')
    .where('state', '=', 'waiting')
    .where('carrier', 'is', null)
    .where(sql<boolean>`(due_ms <= ${now}::bigint or due_ms > ${now}::bigint + pause_ms)`)
    .orderBy('due_ms')
    .limit(carriedAtOnceMax)
    .forUpdate()
  const { fromKysely } = await library()
  const rows = await transaction
    .updateTable('office.job')
    .set({ carrier: sql`gen_random_uuid()` })
    .where('id', 'in', due)
    .returning(['id', 'kind', 'carrier'])
    .execute()
  for (const kind of new Set(rows.map((row) => row.kind))) {
    const jobs = rows.filter((row) => row.kind === kind)
    const carried = jobs.map(({ id, carrier }) => ({ data: { id }, ...(carrier === null ? {} : { id: carrier }) }))
    await boss.insert(kind, carried, { db: fromKysely(transaction) })
  }
  // Of those in the queue some may be due for a further attempt: their handlers look too.
  const queued = transaction.selectFrom('office.job').select('kind').distinct().where('carrier', 'is not', null)
  return (await queued.where('state', '=', 'waiting').execute()).map(({ kind }) => kind)
}
