/**
 * Certificates and correction letters as rows: what was asked for, which number it got, which file it became. Numbers of a
 * year are given in the transaction that takes them, one after the other, and never again.
 * @module
 */
import { type Generated, type Selectable, sql } from 'kysely'
import { appendEvent } from './events.ts'
import type { Office, OfficeTransaction } from './schema.ts'

/** How far a certificate is. `refused` got no number. */
export type CertificateState = 'waiting' | 'numbered' | 'issued' | 'refused'

/** A certificate of deposit, or a letter that corrects one. */
export interface CertificateTable {
  id: Generated<string>
  organisation: string
  kind: 'certificate' | 'correction'
  /** What was asked for, JSON. */
  request: string
  state: CertificateState
  /** What it waits for, or why it was refused. */
  reason: string | null
  number: string | null
  /** What stands on it, JSON: never changed once there is a number. */
  content: string | null
  /** The certificate in whose place it was issued, or that it corrects. */
  refers: string | null
  /** Of the file. */
  sha256: string | null
  bytes: number | null
  /** The deposit of the file's own digest. */
  deposit: string | null
  requested_ms: string
  issued_ms: string | null
}

/** Which deposits a certificate is about. */
export interface CertifiedDepositTable {
  certificate: string
  deposit: string
}

/** The last number of a year. */
export interface CertificateCounterTable {
  year: number
  last: number
}

/** A row as it is read. */
export type CertificateRow = Selectable<CertificateTable>

/** The migration step. */
export const certificateStep = `create table office.certificate (
  id bigint generated always as identity primary key, organisation text not null, kind text not null,
  request text not null, state text not null, reason text, number text unique, content text, refers text, sha256 text,
  bytes integer, deposit text, requested_ms bigint not null, issued_ms bigint);
create index certificate_by_organisation on office.certificate (organisation, id);
create index certificate_by_reference on office.certificate (refers) where refers is not null;
create table office.certified_deposit (
  certificate bigint not null references office.certificate, deposit text not null, primary key (deposit, certificate));
create table office.certificate_counter (year integer primary key, last integer not null)`

/** What is asked for. */
export type NewCertificate = Pick<CertificateRow, 'organisation' | 'kind' | 'request' | 'content' | 'refers'>

/** Writes a request with its event, and gives its id. */
export async function insertCertificate(
  transaction: OfficeTransaction,
  request: NewCertificate,
  deposits: readonly string[],
  nowMs: number,
): Promise<string> {
  const { id } = await transaction
    .insertInto('office.certificate')
    .values({ ...request, state: 'waiting', requested_ms: String(nowMs) })
    .returning('id')
    .executeTakeFirstOrThrow()
  const rows = [...new Set(deposits)].map((deposit) => ({ certificate: id, deposit }))
  if (rows.length > 0) await transaction.insertInto('office.certified_deposit').values(rows).execute()
  await tell(transaction, { ...request, id }, 'requested', {}, nowMs)
  return id
}

/** One by its id or number. */
export function readCertificate(
  database: Office,
  by: { readonly id: string } | { readonly number: string },
): Promise<CertificateRow | undefined> {
  const rows = database.selectFrom('office.certificate').selectAll()
  return ('id' in by ? rows.where('id', '=', by.id) : rows.where('number', '=', by.number)).executeTakeFirst()
}

/** Those of an organisation, or all for null, oldest first. */
export function readCertificates(
  database: Office,
  { organisation, after, limit }: { organisation: string | null; after: string; limit: number },
): Promise<CertificateRow[]> {
  let rows = database.selectFrom('office.certificate').selectAll().where('id', '>', after).orderBy('id').limit(limit)
  if (organisation !== null) rows = rows.where('organisation', '=', organisation)
  return rows.execute()
}

/** Issued ones that refer to a number. */
export function readReferences(database: Office, number: string): Promise<CertificateRow[]> {
  const rows = database.selectFrom('office.certificate').selectAll().where('refers', '=', number)
  return rows.where('state', '=', 'issued').orderBy('id').execute()
}

/** Deposits that a certificate is about. */
export async function readCertifiedDeposits(database: Office, id: string): Promise<string[]> {
  const rows = database.selectFrom('office.certified_deposit').select('deposit').where('certificate', '=', id)
  return (await rows.execute()).map(({ deposit }) => deposit)
}

/** Requests that wait and are about a deposit. */
export async function readWaiting(database: Office, deposit: string): Promise<string[]> {
  const rows = await database
    .selectFrom('office.certified_deposit')
    .innerJoin('office.certificate', 'office.certificate.id', 'office.certified_deposit.certificate')
    .select('id')
    .where('office.certified_deposit.deposit', '=', deposit)
    .where('state', '=', 'waiting')
    .execute()
  return rows.map(({ id }) => id)
}

/** Notes what a request waits for; no event, because nothing has changed. */
export async function noteWaiting(database: Office, { id, reason: before }: CertificateRow, reason: string) {
  if (before === reason) return
  const row = database.updateTable('office.certificate').set({ reason }).where('id', '=', id)
  await row.where('state', '=', 'waiting').execute()
}

/**
 * Gives a request the next number of a year, with what stands under that number from then on. Null: it is not waiting any
 * more, and no number was taken.
 */
export async function numberCertificate(
  transaction: OfficeTransaction,
  row: CertificateRow,
  {
    year,
    numberOf,
    contentOf,
  }: { year: number; numberOf: (serial: number) => string; contentOf: (number: string) => string },
  nowMs: number,
): Promise<CertificateRow | null> {
  const waiting = await transaction
    .selectFrom('office.certificate')
    .select('id')
    .where('id', '=', row.id)
    .where('state', '=', 'waiting')
    .forUpdate()
    .executeTakeFirst()
  if (waiting === undefined) return null
  const { last } = await transaction
    .insertInto('office.certificate_counter')
    .values({ year, last: 1 })
    .onConflict((conflict) => conflict.column('year').doUpdateSet({ last: sql<number>`certificate_counter.last + 1` }))
    .returning('last')
    .executeTakeFirstOrThrow()
  const number = numberOf(last)
  const change = { state: 'numbered', number, content: contentOf(number), reason: null } as const
  const numbered = await transaction
    .updateTable('office.certificate')
    .set(change)
    .where('id', '=', row.id)
    .returningAll()
    .executeTakeFirstOrThrow()
  await tell(transaction, row, 'numbered', { number }, nowMs)
  return numbered
}

/** Refuses a request that waits: it gets no number. */
export async function refuseCertificate(
  transaction: OfficeTransaction,
  row: CertificateRow,
  reason: string,
  nowMs: number,
): Promise<void> {
  const refused = transaction.updateTable('office.certificate').set({ state: 'refused', reason })
  const { numUpdatedRows } = await refused.where('id', '=', row.id).where('state', '=', 'waiting').executeTakeFirst()
  if (numUpdatedRows > 0n) await tell(transaction, row, 'refused', { reason }, nowMs)
}

/** Notes the file that a numbered one has become. False: it had become one before, which stays. */
export async function issueCertificate(
  transaction: OfficeTransaction,
  row: CertificateRow,
  file: { readonly sha256: string; readonly bytes: number },
  nowMs: number,
): Promise<boolean> {
  const issued = transaction
    .updateTable('office.certificate')
    .set({ ...file, state: 'issued', issued_ms: String(nowMs) })
  const { numUpdatedRows } = await issued.where('id', '=', row.id).where('state', '=', 'numbered').executeTakeFirst()
  if (numUpdatedRows === 0n) return false
  const { number, kind, refers } = row
  await tell(
    transaction,
    row,
    'issued',
    { number, kind, sha256: file.sha256, ...(refers !== null && { refers }) },
    nowMs,
  )
  return true
}

/** Notes the deposit of the file's own digest. */
export async function noteDeposited(
  transaction: OfficeTransaction,
  row: CertificateRow,
  deposit: string,
  nowMs: number,
): Promise<void> {
  await transaction.updateTable('office.certificate').set({ deposit }).where('id', '=', row.id).execute()
  await tell(transaction, row, 'deposited', { number: row.number, deposit }, nowMs)
}

async function tell(
  transaction: OfficeTransaction,
  { id, organisation }: Pick<CertificateRow, 'id' | 'organisation'>,
  what: string,
  body: Record<string, unknown>,
  nowMs: number,
): Promise<void> {
  await appendEvent(transaction, nowMs, {
    organisation,
    subject: `certificate/${id}`,
    kind: `certificate.${what}`,
    body,
  })
}
