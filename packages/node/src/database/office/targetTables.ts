/**
 * Deposits on other networks as rows: what was sent where, and what came of it.
 * @module
 */
import { sql } from 'kysely'
import { appendEvent } from './events.ts'
import type { Office, OfficeTransaction } from './schema.ts'

/** Where a deposit stands on another network. */
export type TargetState = 'waiting' | 'sent' | 'succeeded' | 'failed'

/** One deposit on one other network. */
export interface TargetTable {
  deposit: string
  target: string
  /** Whose deposit it is. */
  organisation: string
  /** Digest algorithm by its number, and the digest: the same on every network. */
  algorithm: number
  digest: Buffer
  state: TargetState
  /** The deposit's id there; null: not sent yet. */
  remote: string | null
  /** Place and time there, from the receipt that was verified. */
  remote_index: string | null
  remote_time_ms: string | null
  receipt: string | null
  /** Why it has not succeeded. */
  reason: string | null
  wanted_ms: string
  done_ms: string | null
}

/** How far the deposits of organisations that send all of theirs were followed: one row. */
export interface TargetProgressTable {
  id: number
  next_index: string
}

/** The migration step. */
export const targetStep = `create table office.target (
  deposit text not null, target text not null, organisation text not null, algorithm smallint not null,
  digest bytea not null, state text not null, remote text, remote_index bigint, remote_time_ms bigint, receipt text,
  reason text, wanted_ms bigint not null, done_ms bigint, primary key (deposit, target));
create index target_by_state on office.target (state, wanted_ms);
create table office.target_progress (id smallint primary key check (id = 1), next_index bigint not null);
insert into office.target_progress values (1, 0)`

/** One deposit on another network, as its owner sees it. Times in milliseconds since 1970 UTC. */
export interface TargetView {
  readonly deposit: string
  readonly target: string
  readonly state: TargetState
  readonly remote: string | null
  readonly index: number | null
  readonly timeMs: number | null
  readonly reason: string | null
}

/** Notes that a deposit is to be sent. False: it was noted before. */
export async function insertTarget(
  transaction: OfficeTransaction,
  row: Pick<TargetTable, 'deposit' | 'target' | 'organisation' | 'algorithm' | 'digest'>,
  nowMs: number,
): Promise<boolean> {
  const blank = { remote: null, remote_index: null, remote_time_ms: null, receipt: null, reason: null, done_ms: null }
  const { numInsertedOrUpdatedRows } = await transaction
    .insertInto('office.target')
    .values({ ...row, ...blank, state: 'waiting', wanted_ms: String(nowMs) })
    .onConflict((conflict) => conflict.columns(['deposit', 'target']).doNothing())
    .executeTakeFirst()
  if (numInsertedOrUpdatedRows === 0n) return false
  await appendEvent(transaction, nowMs, eventOf(row, 'target.wanted', {}))
  return true
}

/** What is known of a deposit on a target. */
export function readTarget(database: Office, deposit: string, target: string): Promise<TargetTable | undefined> {
  const rows = database.selectFrom('office.target').selectAll()
  return rows.where('deposit', '=', deposit).where('target', '=', target).executeTakeFirst()
}

/** The networks that deposits were sent to, with their receipts. */
export function readTargetsOf(database: Office, deposits: readonly string[]): Promise<TargetTable[]> {
  return database.selectFrom('office.target').selectAll().where('deposit', 'in', deposits).orderBy('target').execute()
}

/** Sets what came of sending, with its event. */
export async function setTarget(
  transaction: OfficeTransaction,
  row: TargetTable,
  state: TargetState,
  change: Partial<Pick<TargetTable, 'remote' | 'remote_index' | 'remote_time_ms' | 'receipt' | 'reason' | 'done_ms'>>,
  nowMs: number,
): Promise<void> {
  await transaction
    .updateTable('office.target')
    .set({ reason: null, ...change, state })
    .where('deposit', '=', row.deposit)
    .where('target', '=', row.target)
    .execute()
  const { remote, reason } = { ...row, ...change }
  const body = { ...(remote !== null && { remote }), ...(state === 'failed' && { reason }) }
  await appendEvent(transaction, nowMs, eventOf(row, `target.${state}`, body))
}

/** Notes why an attempt failed that will be made again; no event, because nothing has changed. */
export async function noteReason(database: Office, { deposit, target }: TargetTable, reason: string): Promise<void> {
  const row = database.updateTable('office.target').set({ reason })
  await row.where('deposit', '=', deposit).where('target', '=', target).execute()
}

function eventOf(
  { deposit, target, organisation }: Pick<TargetTable, 'deposit' | 'target' | 'organisation'>,
  kind: string,
  body: Record<string, unknown>,
): Parameters<typeof appendEvent>[2] {
  return { organisation, subject: `deposit/${deposit}`, kind, body: { target, ...body } }
}

/** As its owner sees it. */
export const viewOf = (row: TargetTable): TargetView => ({
  deposit: row.deposit,
  target: row.target,
  state: row.state,
  remote: row.remote,
  index: row.remote_index === null ? null : Number(row.remote_index),
  timeMs: row.remote_time_ms === null ? null : Number(row.remote_time_ms),
  reason: row.reason,
})

/** A deposit of the projections that is to be followed. */
export interface FollowedDeposit {
  readonly index: number
  readonly txHash: Buffer
  readonly itemIndex: number
  /** Account id, hexadecimal. */
  readonly account: string
  readonly algorithm: number
  readonly digest: Buffer
}

/**
 * Deposits of accounts after the place that was reached, from the projections in the same database, and the place after
 * them. Locks the place to the end of the transaction.
 */
export async function followDeposits(
  transaction: OfficeTransaction,
  accounts: readonly Buffer[],
  limit: number,
): Promise<FollowedDeposit[]> {
  const { rows } = await sql<{
    entry_index: string
    tx_hash: Buffer
    item_index: number
    account: Buffer
    algorithm: number
    digest: Buffer
  }>`select d.entry_index, d.tx_hash, d.item_index, d.account, d.algorithm, d.digest
     from public.deposit d, (select next_index from office.target_progress for update) p
     where d.entry_index >= p.next_index and d.account = any(${accounts})
     order by d.entry_index limit ${limit}`.execute(transaction)
  const last = rows.at(-1)
  if (last !== undefined) {
    await sql`update office.target_progress set next_index = ${last.entry_index}::bigint + 1`.execute(transaction)
  }
  return rows.map((row) => ({
    index: Number(row.entry_index),
    txHash: row.tx_hash,
    itemIndex: row.item_index,
    account: row.account.toString('hex'),
    algorithm: row.algorithm,
    digest: row.digest,
  }))
}
