/**
 * Events: every change of office work, numbered in the order in which readers see them. An event is written in the
 * transaction that makes the change, so there is none without the other.
 * @module
 */
import { sql } from 'kysely'
import type { Office, OfficeTransaction } from './schema.ts'

/** A change to be recorded. */
export interface NewEvent {
  /** Whose change it is; null: of the node itself, shown to administrators only. */
  readonly organisation: string | null
  /** What changed, as `kind/id`; events of one subject are in order, like all. */
  readonly subject: string
  /** What happened, as `thing.happened`. */
  readonly kind: string
  /** Particulars, as JSON. */
  readonly body: Readonly<Record<string, unknown>>
}

/** A recorded change. */
export interface OfficeEvent extends NewEvent {
  /** 1 for the first, without gaps. */
  readonly sequence: number
  /** When, by the node's clock, which may have been moved: the order is that of the numbers. */
  readonly timeMs: number
}

/**
 * Records a change and gives its number. From here to the end of the transaction no other transaction can record one:
 * whoever gets a number commits before the next is given, and a transaction that fails gives its number back. So a
 * reader who has seen n never sees anything below n later. Call it late in a transaction.
 */
export async function appendEvent(transaction: OfficeTransaction, timeMs: number, event: NewEvent): Promise<number> {
  const { organisation, subject, kind, body } = event
  const { last } = await transaction
    .updateTable('office.event_counter')
    .set({ last: sql`last + 1` })
    .returning('last')
    .executeTakeFirstOrThrow()
  const row = { sequence: last, time_ms: String(timeMs), organisation, subject, kind, body: JSON.stringify(body) }
  await transaction.insertInto('office.event').values(row).execute()
  return Number(last)
}

/** What a reader asks for. */
export interface EventQuestion {
  /** Only what belongs to this organisation; null: everything. */
  readonly organisation: string | null
  /** The number that the reader has seen last; 0: none. */
  readonly after: number
  /** Most events of the answer. */
  readonly limit: number
}

/** Events after a number, in order. */
export interface EventPage {
  readonly events: OfficeEvent[]
  /** Where the reader goes on: everything up to here is in this answer or not the reader's. */
  readonly next: number
  /** Whether there is more by now. */
  readonly more: boolean
}

/** Reads events. */
export async function readEvents(database: Office, question: EventQuestion): Promise<EventPage> {
  const { organisation, after, limit } = question
  // Read before the events: what is committed later is for the next question.
  const { last } = await database.selectFrom('office.event_counter').select('last').executeTakeFirstOrThrow()
  let query = database
    .selectFrom('office.event')
    .selectAll()
    .where('sequence', '>', String(after))
    .where('sequence', '<=', last)
    .orderBy('sequence')
    .limit(limit + 1)
  if (organisation !== null) query = query.where('organisation', '=', organisation)
  const rows = await query.execute()
  const more = rows.length > limit
  const events = rows.slice(0, limit).map(({ sequence, time_ms: timeMs, body, ...rest }): OfficeEvent => ({
    ...rest,
    sequence: Number(sequence),
    timeMs: Number(timeMs),
    body: body as Record<string, unknown>,
  }))
  return { events, next: more ? (events.at(-1)?.sequence ?? after) : Math.max(after, Number(last)), more }
}
