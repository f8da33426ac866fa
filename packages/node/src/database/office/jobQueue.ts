/**
 * What features see of jobs: they want one done, and they say who does it.
 * @module
 */
import { JuratError } from '@jurat/core/errors'
import type { OfficeTransaction } from './schema.ts'

/** A failure that no further attempt can mend: the job is dead at once. */
export class HopelessJob extends JuratError<'hopeless'> {}

/** How jobs of a kind are treated. */
export interface JobLimits {
  /** Attempts after the first, until the job is dead. */
  readonly retriesMax: number
  /** Longest time of one attempt, in seconds. */
  readonly attemptSeconds: number
  /** How many run at once. */
  readonly atOnce: number
  /** How long after it became due a job is late: an alarm is raised. Milliseconds. */
  readonly patienceMs: number
}

/** A job in its handler's hands. */
export interface Job {
  readonly key: string
  readonly body: Readonly<Record<string, unknown>>
  /** Ends when the attempt has lasted too long or the office closes. */
  readonly signal: AbortSignal
  /**
   * Says in a transaction of the handler that the job is done: its last effect and its end are one. Without it the job is
   * ended after the handler has returned, and the last step may be done twice.
   */
  readonly done: (transaction: OfficeTransaction) => Promise<void>
}

/** What a handler may answer: that it has to wait for something, which is no failure. */
export interface Again {
  readonly againAfterMs: number
}

/** Does a job. It may be called again after it was cut off anywhere: every step asks whether it is done already. */
export type JobHandler = (job: Job) => Promise<Again | void>

/** What a feature sees of jobs. */
export interface JobQueue {
  /**
   * Wants a job done once the transaction is committed. The same kind and key are one job as long as it is not done; if
   * it runs just now, it runs once more.
   * @param dueMs - not before; by default at once.
   */
  enqueue(
    transaction: OfficeTransaction,
    kind: string,
    key: string,
    body?: Readonly<Record<string, unknown>>,
    dueMs?: number,
  ): Promise<void>
  /** Sets who does jobs of a kind. Before the office opens. */
  handle(kind: string, handler: JobHandler, limits?: Partial<JobLimits>): void
  /** Has something done again and again: at the first opening, and this long after it was done. */
  every(kind: string, everyMs: number, handler: JobHandler, limits?: Partial<JobLimits>): void
}
