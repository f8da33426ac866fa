/**
 * The tables of office work, and the steps by which a database comes to them. Unlike the projections they are truth:
 * no step throws rows away, and nothing but the node's office writes to them. They stand in a schema of their own, so
 * that emptying the projections does not touch them. Described in docs/operating/office.md.
 * @module
 */
import { type Kysely, sql, type Transaction } from 'kysely'
import { appendEvent } from './events.ts'
import {
  type CertificateCounterTable,
  certificateStep,
  type CertificateTable,
  type CertifiedDepositTable,
} from './certificateTables.ts'
import { jobStep, type JobTable } from './jobTables.ts'
import { loadOffice, type OfficeCopy } from './officeCopy.ts'
import { type TargetProgressTable, targetStep, type TargetTable } from './targetTables.ts'
import { type FlowTables, flowTablesStep } from './flows.ts'
import { identityStep, type IdentityTables } from './identityTables.ts'

/** An event. `sequence` is 1 for the first and has no gaps. */
interface EventTable {
  sequence: string
  time_ms: string
  organisation: string | null
  subject: string
  kind: string
  body: unknown
}

/** The last number given to an event: one row, whose lock orders those who write events. */
interface EventCounterTable {
  id: number
  last: string
}

/** What network the office belongs to: one row. */
interface NetworkTable {
  id: number
  network_id: Buffer
}

/** All tables of the office. */
export interface OfficeTables extends FlowTables, IdentityTables {
  'office.certificate': CertificateTable
  'office.certificate_counter': CertificateCounterTable
  'office.certified_deposit': CertifiedDepositTable
  'office.event': EventTable
  'office.event_counter': EventCounterTable
  'office.job': JobTable
  'office.network': NetworkTable
  'office.target': TargetTable
  'office.target_progress': TargetProgressTable
}

/** A database with the office's tables. */
export type Office = Kysely<OfficeTables>

/** One database transaction over the office's tables. */
export type OfficeTransaction = Transaction<OfficeTables>

const steps: readonly string[] = [
  `create table office.network (id smallint primary key check (id = 1), network_id bytea not null);
   create table office.event_counter (id smallint primary key check (id = 1), last bigint not null);
   insert into office.event_counter values (1, 0);
   create table office.event (
     sequence bigint primary key, time_ms bigint not null, organisation text, subject text not null,
     kind text not null, body jsonb not null);
   create index event_by_organisation on office.event (organisation, sequence);
   create index event_by_subject on office.event (subject, sequence)`,
  jobStep,
  targetStep,
  certificateStep,
  flowTablesStep,
  identityStep,
]

/** The network whose office this is, and the present time. */
export interface OfficeOwner {
  readonly networkId: Uint8Array
  /** Milliseconds since 1970 UTC, of the node's clock. */
  readonly now: () => number
}

/**
 * Brings a database to the newest step, all in one transaction, under a lock against a second node. The first time
 * writes the first event, or takes the rows of a copy.
 * @param copy - of a backup; null: none.
 * @returns whether the copy was taken: a database that has an office keeps it.
 * @throws {Error} when the database was made by a newer version, or holds the office of another network: office work is
 *   truth, so it is neither emptied nor mixed.
 */
export async function migrateOffice(
  database: Office,
  { networkId, now }: OfficeOwner,
  copy: OfficeCopy | null = null,
): Promise<boolean> {
  return await database.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(4782)`.execute(transaction)
    await sql`create schema if not exists office`.execute(transaction)
    await sql`create table if not exists office.migration (step integer primary key)`.execute(transaction)
    const found = await sql<{ step: number }>`select coalesce(max(step), 0) as step from office.migration`.execute(
      transaction,
    )
    const present = found.rows[0]?.step ?? 0
    const isTaken = present === 0 && copy !== null
    const newest = isTaken ? copy.step : present
    if (newest > steps.length) throw new Error(`the office is at step ${newest}, newer than this program knows`)
    for (const [index, statement] of steps.entries()) {
      const step = index + 1
      if (step <= present) continue
      await sql.raw(statement).execute(transaction)
      await sql`insert into office.migration values (${step})`.execute(transaction)
      if (isTaken && step === copy.step) await loadOffice(transaction, copy.rows)
    }
    await claim(transaction, networkId, now)
    return isTaken
  })
}

async function claim(transaction: OfficeTransaction, networkId: Uint8Array, now: () => number): Promise<void> {
  const owner = await transaction.selectFrom('office.network').select('network_id').executeTakeFirst()
  if (owner === undefined) {
    const row = { id: 1, network_id: Buffer.from(networkId) }
    await transaction.insertInto('office.network').values(row).execute()
    const body = { networkId: row.network_id.toString('hex') }
    await appendEvent(transaction, now(), { organisation: null, subject: 'office', kind: 'office.opened', body })
  } else if (!owner.network_id.equals(networkId)) {
    throw new Error('the database holds the office of another network: give this node a database of its own')
  }
}
