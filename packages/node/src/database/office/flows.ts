/**
 * The tables of flows: templates that were added, flows with their sealed keys, the accounts of their parties, numbered deposits,
 * access codes. Described in docs/operating/flows.md.
 * @module
 */
import { sql } from 'kysely'
import type { Office, OfficeTransaction } from './schema.ts'

interface FlowTemplateTable {
  id: string
  version: number
  /** Compact JSON, as core writes it. */
  content: string
}

/** A flow. `next` is the number that the next deposit gets. */
interface FlowTable {
  id: string
  organisation: string
  name: string
  template: string
  version: number
  /** The plan as JSON text, whose hash every deposit commits to. */
  plan: string
  sealed_key: Buffer
  next: number
  created_ms: string
}

interface FlowPartyTable {
  flow: string
  account: string
}

/** A number that was handed out. Its item is sealed; deposit, index and time are null until it is deposited. */
interface FlowDepositTable {
  flow: string
  sequence: number
  phase: string
  account: string
  organisation: string
  /** Hash of the Idempotency-Key under which it was asked for, and of that request; null without a key. */
  request_key: Buffer | null
  request_hash: Buffer
  sealed_item: Buffer
  created_ms: string
  deposit: string | null
  log_index: string | null
  time_ms: string | null
  sealed_secret: Buffer | null
}

/** An access code. Of its secret only the SHA-256 is kept. */
interface FlowAccessTable {
  id: string
  flow: string
  label: string
  secret_hash: Buffer
  created_ms: string
  expires_ms: string
  revoked_ms: string | null
}

/** The tables. */
export interface FlowTables {
  'office.flow_template': FlowTemplateTable
  'office.flow': FlowTable
  'office.flow_party': FlowPartyTable
  'office.flow_deposit': FlowDepositTable
  'office.flow_access': FlowAccessTable
}

/** The step that makes them. */
export const flowTablesStep = `
  create table office.flow_template (
    id text not null, version integer not null, content text not null, primary key (id, version));
  create table office.flow (
    id text primary key, organisation text not null, name text not null, template text not null, version integer not null,
    plan text not null, sealed_key bytea not null, next integer not null, created_ms bigint not null);
  create index flow_by_organisation on office.flow (organisation, created_ms);
  create table office.flow_party (
    flow text not null references office.flow, account text not null, primary key (flow, account));
  create index flow_party_by_account on office.flow_party (account);
  create table office.flow_deposit (
    flow text not null references office.flow, sequence integer not null, phase text not null, account text not null,
    organisation text not null, request_key bytea, request_hash bytea not null, sealed_item bytea not null,
    created_ms bigint not null, deposit text, log_index bigint, time_ms bigint, sealed_secret bytea,
    primary key (flow, sequence));
  create unique index flow_deposit_by_request on office.flow_deposit (flow, request_key) where request_key is not null;
  create index flow_deposit_pending on office.flow_deposit (flow) where deposit is null;
  create table office.flow_access (
    id text primary key, flow text not null references office.flow, label text not null, secret_hash bytea not null,
    created_ms bigint not null, expires_ms bigint not null, revoked_ms bigint);
  create index flow_access_by_flow on office.flow_access (flow, created_ms)`

/** A stored flow. */
export interface StoredFlow {
  readonly id: string
  readonly organisation: string
  readonly name: string
  /** JSON text. */
  readonly plan: string
  readonly sealedKey: Buffer
  readonly next: number
  readonly createdMs: number
}

/** A stored number. */
export interface StoredFlowDeposit {
  readonly flow: string
  readonly sequence: number
  readonly phase: string
  readonly account: string
  readonly organisation: string
  readonly requestKey: Buffer | null
  readonly requestHash: Buffer
  readonly sealedItem: Buffer
  readonly createdMs: number
  /** Null until it is deposited. */
  readonly placed: PlacedFlowDeposit | null
}

/** Where the deposit of a number stands. */
export interface PlacedFlowDeposit {
  readonly deposit: string
  readonly index: number
  readonly timeMs: number
  readonly sealedSecret: Buffer
}

/** A flow by its id; within a transaction also locked against others until its end. */
export async function readFlow(database: Office, id: string, lock = false): Promise<StoredFlow | null> {
  const query = database.selectFrom('office.flow').selectAll().where('id', '=', id)
  const row = await (lock ? query.forUpdate() : query).executeTakeFirst()
  if (row === undefined) return null
  const { organisation, name, plan, next } = row
  return { id, organisation, name, plan, sealedKey: row.sealed_key, next, createdMs: Number(row.created_ms) }
}

/** Writes a new flow and the accounts of its parties. */
export async function insertFlow(
  transaction: OfficeTransaction,
  flow: StoredFlow & { readonly template: string; readonly version: number },
  accounts: readonly string[],
): Promise<void> {
  const { id, organisation, name, template, version, plan, sealedKey, next, createdMs } = flow
  const row = { id, organisation, name, template, version, plan, sealed_key: sealedKey, next }
  await transaction
    .insertInto('office.flow')
    .values({ ...row, created_ms: String(createdMs) })
    .execute()
  if (accounts.length === 0) return
  const rows = accounts.map((account) => ({ flow: id, account }))
  await transaction.insertInto('office.flow_party').values(rows).execute()
}

/** Numbers of a flow, in order. */
export async function readDeposits(database: Office, flow: string): Promise<StoredFlowDeposit[]> {
  const rows = await database
    .selectFrom('office.flow_deposit')
    .selectAll()
    .where('flow', '=', flow)
    .orderBy('sequence')
    .execute()
  return rows.map((row): StoredFlowDeposit => {
    const { sequence, phase, account, organisation, deposit } = row
    const placed =
      deposit === null || row.sealed_secret === null
        ? null
        : { deposit, index: Number(row.log_index), timeMs: Number(row.time_ms), sealedSecret: row.sealed_secret }
    const request = { requestKey: row.request_key, requestHash: row.request_hash, sealedItem: row.sealed_item }
    return { flow, sequence, phase, account, organisation, ...request, createdMs: Number(row.created_ms), placed }
  })
}

/** Hands out the flow's next number, which the caller has locked. */
export async function insertNumber(transaction: OfficeTransaction, number: StoredFlowDeposit): Promise<void> {
  const { flow, sequence, phase, account, organisation, requestKey, requestHash, sealedItem, createdMs } = number
  await transaction
    .insertInto('office.flow_deposit')
    .values({
      flow,
      sequence,
      phase,
      account,
      organisation,
      request_key: requestKey,
      request_hash: requestHash,
      sealed_item: sealedItem,
      created_ms: String(createdMs),
      deposit: null,
      log_index: null,
      time_ms: null,
      sealed_secret: null,
    })
    .execute()
  await transaction
    .updateTable('office.flow')
    .set({ next: sequence + 1 })
    .where('id', '=', flow)
    .execute()
}

/** Notes where the deposit of a number stands; false when that was noted before. */
export async function placeNumber(
  transaction: OfficeTransaction,
  { flow, sequence }: Pick<StoredFlowDeposit, 'flow' | 'sequence'>,
  { deposit, index, timeMs, sealedSecret }: PlacedFlowDeposit,
): Promise<boolean> {
  const { numUpdatedRows } = await transaction
    .updateTable('office.flow_deposit')
    .set({ deposit, log_index: String(index), time_ms: String(timeMs), sealed_secret: sealedSecret })
    .where('flow', '=', flow)
    .where('sequence', '=', sequence)
    .where('deposit', 'is', null)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

/** Takes back the last number of a flow, whose deposit was refused for good. */
export async function returnNumber(
  transaction: OfficeTransaction,
  { flow, sequence }: Pick<StoredFlowDeposit, 'flow' | 'sequence'>,
): Promise<void> {
  await transaction
    .deleteFrom('office.flow_deposit')
    .where('flow', '=', flow)
    .where('sequence', '=', sequence)
    .where('deposit', 'is', null)
    .execute()
  await transaction
    .updateTable('office.flow')
    .set({ next: sequence })
    .where('id', '=', flow)
    .where('next', '=', sequence + 1)
    .execute()
}

/** Ids of the flows to which deposits belong, each once. */
export async function flowsOfDeposits(database: Office, deposits: readonly string[]): Promise<string[]> {
  const rows = database.selectFrom('office.flow_deposit').select('flow').distinct()
  return (await rows.where('deposit', 'in', deposits).orderBy('flow').execute()).map(({ flow }) => flow)
}

/** Flows with a number whose deposit is not known to stand. */
export async function flowsWithPending(database: Office): Promise<string[]> {
  const rows = await database
    .selectFrom('office.flow_deposit')
    .select('flow')
    .distinct()
    .where('deposit', 'is', null)
    .execute()
  return rows.map(({ flow }) => flow)
}

/** One line of a list of flows. */
export interface FlowLine {
  readonly id: string
  readonly name: string
  readonly template: string
  readonly version: number
  readonly createdMs: number
  readonly deposits: number
}

/** Flows of an organisation, and those in which one of the accounts takes part; the newest first. All for null. */
export async function listFlowLines(
  database: Office,
  seen: { readonly organisation: string; readonly accounts: readonly string[] } | null,
  limit: number,
): Promise<FlowLine[]> {
  let query = database
    .selectFrom('office.flow')
    .select(['id', 'name', 'template', 'version', 'created_ms', 'next'])
    .orderBy('created_ms', 'desc')
    .orderBy('id')
    .limit(limit)
  if (seen !== null) {
    const { organisation, accounts } = seen
    query = query.where((where) =>
      where.or([
        where('organisation', '=', organisation),
        where('id', 'in', (inner) =>
          inner
            .selectFrom('office.flow_party')
            .select('flow')
            .where(sql<boolean>`account = any(${[...accounts]}::text[])`),
        ),
      ]),
    )
  }
  const rows = await query.execute()
  return rows.map(({ created_ms: createdMs, next, ...line }) => ({
    ...line,
    createdMs: Number(createdMs),
    deposits: next,
  }))
}
