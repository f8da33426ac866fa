/**
 * Jobs as rows: what is to be done, written in the transaction that wants it. The rows are the truth; the queue that
 * carries them to their handlers (jobs.ts) is made from them.
 * @module
 */
import { type Generated, sql } from 'kysely'
import { appendEvent } from './events.ts'
import type { Office, OfficeTransaction } from './schema.ts'

/** A job that is not done. One that is done has no row. */
export interface JobTable {
  id: Generated<string>
  kind: string
  key: string
  body: unknown
  /** `waiting`, also while its handler runs; `dead` after the last attempt failed. */
  state: Generated<JobState>
  made_ms: string
  /** Not before this. */
  due_ms: string
  /** The wait that `due_ms` came from: a clock that is set back does not make it longer. */
  pause_ms: string | null
  /** An alarm is raised when it is not done by then. */
  deadline_ms: string
  /** How long after it became due that is. */
  patience_ms: string
  /** Of a recurring job: how long after it was done it is due again. */
  every_ms: string | null
  /** Whether the alarm of the deadline was raised. */
  late: Generated<boolean>
  attempts: Generated<number>
  error: string | null
  /** The queue's job that carries it now; null while it is not in the queue. */
  carrier: string | null
  /** How often it was wanted: who wants it while it runs wants it once more. */
  wanted: Generated<number>
}

/** Where a job stands. */
export type JobState = 'waiting' | 'dead'

/** The migration step. */
export const jobStep = `create table office.job (
  id bigint generated always as identity primary key, kind text not null, key text not null, body jsonb not null,
  state text not null default 'waiting' check (state in ('waiting', 'dead')), made_ms bigint not null,
  due_ms bigint not null, pause_ms bigint, deadline_ms bigint not null, patience_ms bigint not null, every_ms bigint,
  late boolean not null default false, attempts integer not null default 0, error text, carrier uuid,
  wanted integer not null default 1, unique (kind, key));
create index job_to_carry on office.job (due_ms) where state = 'waiting' and carrier is null`

/** A job as an administrator sees it. Times in milliseconds since 1970 UTC. */
export interface JobView {
  readonly id: string
  readonly kind: string
  readonly key: string
  readonly state: JobState
  readonly madeMs: number
  readonly dueMs: number
  readonly deadlineMs: number
  readonly attempts: number
  /** Why the last attempt failed; null: none did. */
  readonly error: string | null
}

/** What is to be written of a new job. */
export interface NewJob {
  readonly kind: string
  readonly key: string
  readonly body: Readonly<Record<string, unknown>>
  readonly nowMs: number
  readonly dueMs: number
  readonly patienceMs: number
  readonly everyMs: number | null
}

/** Writes a job. The same kind and key once more is the same job: it waits on, or comes back from the dead. */
export async function insertJob(transaction: OfficeTransaction, job: NewJob): Promise<void> {
  const { kind, key, nowMs, dueMs, patienceMs, everyMs } = job
  const times = { made_ms: String(nowMs), due_ms: String(dueMs), deadline_ms: String(dueMs + patienceMs) }
  const body = JSON.stringify(job.body)
  const every = { patience_ms: String(patienceMs), every_ms: everyMs === null ? null : String(everyMs) }
  const row = { kind, key, body, ...times, ...every, pause_ms: null, error: null, carrier: null }
  await transaction
    .insertInto('office.job')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['kind', 'key']).doUpdateSet((eb) => ({
        wanted: sql<number>`job.wanted + 1`,
        every_ms: eb.ref('excluded.every_ms'),
        state: sql<JobState>`'waiting'`,
        ...whenDead('body', 'excluded.body'),
        // One that only waits is looked at again when it is wanted; what recurs keeps its time.
        due_ms: sql<string>`case when job.state = 'dead' then excluded.due_ms
          when job.carrier is null and job.every_ms is null then least(job.due_ms, excluded.due_ms)
          else job.due_ms end`,
        ...whenDead('deadline_ms', 'excluded.deadline_ms'),
        ...whenDead('attempts', '0'),
        ...whenDead('late', 'false'),
        ...whenDead('carrier', 'null'),
      })),
    )
    .execute()
}

/** A new value for a column of a job that is dead; one that waits keeps what it has. */
const whenDead = (column: string, value: string): Record<string, ReturnType<typeof sql>> => ({
  [column]: sql`case when job.state = 'dead' then ${sql.raw(value)} else ${sql.ref(`job.${column}`)} end`,
})

/** Jobs, oldest first; of one state or of all. */
export async function readJobs(
  database: Office,
  { state, after, limit }: { state: JobState | null; after: string; limit: number },
): Promise<JobView[]> {
  let query = database.selectFrom('office.job').selectAll().where('id', '>', after).orderBy('id').limit(limit)
  if (state !== null) query = query.where('state', '=', state)
  const rows = await query.execute()
  return rows.map(({ id, kind, key, state: now, made_ms, due_ms, deadline_ms, attempts, error }) => ({
    id,
    kind,
    key,
    state: now,
    madeMs: Number(made_ms),
    dueMs: Number(due_ms),
    deadlineMs: Number(deadline_ms),
    attempts,
    error,
  }))
}

/** Has a job tried again at once, dead or waiting. False: there is none with this number. */
export async function reviveJob(transaction: OfficeTransaction, id: string, nowMs: number): Promise<boolean> {
  const job = await transaction
    .updateTable('office.job')
    .set({
      state: 'waiting',
      due_ms: String(nowMs),
      pause_ms: null,
      deadline_ms: sql`${nowMs}::bigint + patience_ms`,
      late: false,
      attempts: 0,
      carrier: null,
    })
    .where('id', '=', id)
    .returning(['kind', 'key'])
    .executeTakeFirst()
  if (job === undefined) return false
  const event = { organisation: null, subject: `job/${id}`, kind: 'job.retried', body: job }
  await appendEvent(transaction, nowMs, event)
  return true
}

/** Has a job wait: it is due again after a while, with all its attempts before it. */
export async function pauseJob(
  transaction: OfficeTransaction,
  id: string,
  nowMs: number,
  pauseMs: number,
): Promise<void> {
  const due = nowMs + pauseMs
  await transaction
    .updateTable('office.job')
    .set({
      due_ms: String(due),
      pause_ms: String(pauseMs),
      // A job that only waits keeps its deadline; a recurring one begins anew.
      deadline_ms: sql`case when every_ms is null then deadline_ms else ${due}::bigint + patience_ms end`,
      late: sql`late and every_ms is null`,
      carrier: null,
      attempts: 0,
      error: null,
    })
    .where('id', '=', id)
    .execute()
}

/** What is told of a job that died or is late. */
export interface ToldJob {
  readonly kind: string
  readonly key: string
  readonly attempts: number
}

/**
 * Ends the attempts of a job, if this is the carrying whose last one failed: it is dead, with its event; a recurring one
 * has failed this time and recurs. Null: it is done, or carried anew.
 */
export async function buryJob(
  transaction: OfficeTransaction,
  { id, carrier, error, nowMs }: { id: string; carrier: string | null; error: string; nowMs: number },
): Promise<ToldJob | null> {
  const dead = await transaction
    .updateTable('office.job')
    .set({
      state: sql<JobState>`case when every_ms is null then 'dead' else 'waiting' end`,
      due_ms: sql`case when every_ms is null then due_ms else ${nowMs}::bigint + every_ms end`,
      pause_ms: sql`every_ms`,
      carrier: null,
      error,
    })
    .where('id', '=', id)
    .where('carrier', '=', carrier)
    .returning(['kind', 'key', 'attempts'])
    .executeTakeFirst()
  if (dead === undefined) return null
  const event = { organisation: null, subject: `job/${id}`, kind: 'job.died', body: { ...dead, error } }
  await appendEvent(transaction, nowMs, event)
  return dead
}

/** Marks the jobs whose deadline has passed, each once, with its event. */
export async function markLate(
  transaction: OfficeTransaction,
  nowMs: number,
): Promise<(ToldJob & { readonly id: string })[]> {
  const rows = await transaction
    .updateTable('office.job')
    .set({ late: true })
    .where('state', '=', 'waiting')
    .where('late', '=', false)
    .where('deadline_ms', '<', String(nowMs))
    .returning(['id', 'kind', 'key', 'attempts'])
    .execute()
  for (const { id, ...body } of rows) {
    await appendEvent(transaction, nowMs, { organisation: null, subject: `job/${id}`, kind: 'job.late', body })
  }
  return rows
}
