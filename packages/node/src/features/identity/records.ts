/**
 * Verifications and statements in the office's database: each change with its event, in one transaction. Events name ids,
 * providers, levels and reasons, and nothing that is personal.
 * @module
 */
import { Buffer } from 'node:buffer'
import type { Bytes } from '@jurat/core/bytes'
import { JuratError } from '@jurat/core/errors'
import type { IdentityLevel } from '@jurat/core/identity/levels'
import { appendEvent } from '../../database/office/events.ts'
import type { IdentityStatementTable, IdentityVerificationTable } from '../../database/office/identityTables.ts'
import type { Office, OfficeTransaction } from '../../database/office/schema.ts'
import type { Selectable } from 'kysely'
import type { Holding } from './holdings.ts'

/** Verifications that an organisation may begin in an hour, and those that may ask one address. */
export const startsPerHourMax = 30
export const startsPerTargetMax = 5

/** Rows that a list answers with. */
const rowsMax = 1_000

const hourMs = 3_600_000

/** What is refused here. */
export class IdentityError extends JuratError<'not-found' | 'conflict' | 'too-busy' | 'record-impossible'> {}

/** A verification as it stands in the database. */
export type VerificationRow = Selectable<IdentityVerificationTable>
/** A statement as it stands in the database. */
export type StatementRow = Selectable<IdentityStatementTable>

/** A verification to be recorded. */
export interface NewVerification {
  readonly id: string
  readonly organisation: string
  readonly provider: string
  readonly accounts: readonly string[]
  readonly expiresMs: number
  readonly target: Bytes | null
}

/**
 * Records that a verification begins, before anybody is asked anything: so nobody is asked oftener than the limits say. What it
 * must remember comes later. @throws {IdentityError} `too-busy`
 */
export async function recordStart(
  transaction: OfficeTransaction,
  nowMs: number,
  begun: NewVerification,
): Promise<void> {
  const { id, organisation, provider, accounts, expiresMs, target } = begun
  const recent = (column: 'organisation' | 'target', value: string | Buffer): Promise<{ count: string }> =>
    transaction
      .selectFrom('office.identity_verification')
      .select((of) => of.fn.countAll<string>().as('count'))
      .where(column, '=', value)
      .where('created_ms', '>', String(nowMs - hourMs))
      .executeTakeFirstOrThrow()
  if (Number((await recent('organisation', organisation)).count) >= startsPerHourMax) {
    throw new IdentityError('too-busy', `an organisation begins at most ${startsPerHourMax} verifications in an hour`)
  }
  const hash = target === null ? null : Buffer.from(target)
  if (hash !== null && Number((await recent('target', hash)).count) >= startsPerTargetMax) {
    throw new IdentityError('too-busy', `an address is asked at most ${startsPerTargetMax} times in an hour`)
  }
  await transaction
    .insertInto('office.identity_verification')
    .values({
      id,
      organisation,
      provider,
      state: 'open',
      accounts: JSON.stringify(accounts),
      created_ms: String(nowMs),
      expires_ms: String(expiresMs),
      attempts: 0,
      target: hash,
      sealed: null,
      statement: null,
    })
    .execute()
  const body = { provider, accounts: accounts.length }
  await appendEvent(transaction, nowMs, { organisation, subject: `identity/${id}`, kind: 'identity.started', body })
}

/** Keeps what a verification must remember, sealed. */
export async function keepSealed(transaction: OfficeTransaction, id: string, sealed: Bytes): Promise<void> {
  const set = { sealed: Buffer.from(sealed) }
  await transaction.updateTable('office.identity_verification').set(set).where('id', '=', id).execute()
}

/** Ends a verification without a statement. */
export async function recordRefusal(
  transaction: OfficeTransaction,
  nowMs: number,
  { id, organisation, provider }: Pick<VerificationRow, 'id' | 'organisation' | 'provider'>,
  refusal: { readonly reason: string; readonly ends: boolean },
): Promise<void> {
  if (refusal.ends) {
    const set = { state: 'refused', sealed: null }
    await transaction.updateTable('office.identity_verification').set(set).where('id', '=', id).execute()
  }
  const body = { provider, ...refusal }
  await appendEvent(transaction, nowMs, { organisation, subject: `identity/${id}`, kind: 'identity.refused', body })
}

/**
 * Counts an answer before it is judged, so that no two at once are judged as one. Null when the verification is not open, or has
 * no answer left.
 */
export async function countAnswer(
  transaction: OfficeTransaction,
  nowMs: number,
  of: { readonly id: string; readonly organisation: string; readonly attemptsMax: number },
): Promise<VerificationRow | null> {
  const row = await transaction
    .updateTable('office.identity_verification')
    .set((expression) => ({ attempts: expression('attempts', '+', 1) }))
    .where('id', '=', of.id)
    .where('organisation', '=', of.organisation)
    .where('state', '=', 'open')
    .where('sealed', 'is not', null)
    .where('expires_ms', '>', String(nowMs))
    .where('attempts', '<', of.attemptsMax)
    .returningAll()
    .executeTakeFirst()
  return row ?? null
}

/** A statement to be recorded. */
export interface NewStatement {
  readonly holding: Holding
  readonly provider: string
  readonly verification: string
  readonly supersedes: string | null
  readonly signed: Bytes
  readonly sealed: Bytes
}

/** Records a statement, ends its verification and the statement before it. @throws {IdentityError} `conflict` when it ended */
export async function recordStatement(
  transaction: OfficeTransaction,
  nowMs: number,
  { holding, provider, verification, supersedes, signed, sealed }: NewStatement,
): Promise<void> {
  const { id, organisation, accounts, level, fromMs, untilMs } = holding
  const ended = await transaction
    .updateTable('office.identity_verification')
    .set({ state: 'stated', sealed: null, statement: id })
    .where('id', '=', verification)
    .where('state', '=', 'open')
    .returning('id')
    .executeTakeFirst()
  if (ended === undefined) throw new IdentityError('conflict', 'the verification has ended')
  await transaction
    .insertInto('office.identity_statement')
    .values({
      id,
      organisation,
      provider,
      level,
      accounts: JSON.stringify(accounts),
      issued_ms: String(fromMs),
      expires_ms: String(untilMs),
      ended_ms: null,
      ended_by: null,
      signed: Buffer.from(signed),
      sealed: Buffer.from(sealed),
    })
    .execute()
  if (supersedes !== null) await endStatement(transaction, nowMs, supersedes, 'superseded')
  const body = { provider, level, verification, supersedes, expiresMs: untilMs }
  await appendEvent(transaction, nowMs, { organisation, subject: `identity/${id}`, kind: 'identity.stated', body })
}

/** The statement of a provider over exactly these accounts that holds now, to be replaced. */
export async function statementBefore(
  database: Office,
  nowMs: number,
  of: { readonly organisation: string; readonly provider: string; readonly accounts: readonly string[] },
): Promise<string | null> {
  const rows = await database
    .selectFrom('office.identity_statement')
    .select(['id', 'accounts'])
    .where('organisation', '=', of.organisation)
    .where('provider', '=', of.provider)
    .where('ended_ms', 'is', null)
    .where('expires_ms', '>', String(nowMs))
    .orderBy('issued_ms', 'desc')
    .execute()
  return rows.find(({ accounts }) => (accounts as string[]).join() === of.accounts.join())?.id ?? null
}

async function endStatement(
  transaction: OfficeTransaction,
  nowMs: number,
  id: string,
  by: 'revoked' | 'superseded',
): Promise<boolean> {
  const ended = await transaction
    .updateTable('office.identity_statement')
    .set({ ended_ms: String(nowMs), ended_by: by })
    .where('id', '=', id)
    .where('ended_ms', 'is', null)
    .returning('id')
    .executeTakeFirst()
  return ended !== undefined
}

/** Revokes a statement; once. */
export async function revokeStatement(transaction: OfficeTransaction, nowMs: number, row: StatementRow): Promise<void> {
  if (!(await endStatement(transaction, nowMs, row.id, 'revoked'))) return
  const { id, organisation, provider, level } = row
  const event = { organisation, subject: `identity/${id}`, kind: 'identity.revoked', body: { provider, level } }
  await appendEvent(transaction, nowMs, event)
}

/** Erases what is personal of a statement; what was signed stays, and can be opened by nobody any more. */
export async function eraseFields(transaction: OfficeTransaction, nowMs: number, row: StatementRow): Promise<void> {
  if (row.sealed === null) return
  const { id, organisation, provider } = row
  await transaction.updateTable('office.identity_statement').set({ sealed: null }).where('id', '=', id).execute()
  const event = { organisation, subject: `identity/${id}`, kind: 'identity.erased', body: { provider } }
  await appendEvent(transaction, nowMs, event)
}

/** Verifications and statements of an organisation, the newest first. */
export async function ofOrganisation(
  database: Office,
  organisation: string,
): Promise<{ verifications: VerificationRow[]; statements: StatementRow[] }> {
  const verifications = await database
    .selectFrom('office.identity_verification')
    .selectAll()
    .where('organisation', '=', organisation)
    .orderBy('created_ms', 'desc')
    .limit(rowsMax)
    .execute()
  const statements = await database
    .selectFrom('office.identity_statement')
    .selectAll()
    .where('organisation', '=', organisation)
    .orderBy('issued_ms', 'desc')
    .limit(rowsMax)
    .execute()
  return { verifications, statements }
}

/** A verification of an organisation. @throws {IdentityError} `not-found`, also for another's */
export async function verificationOf(database: Office, organisation: string, id: string): Promise<VerificationRow> {
  const row = await database
    .selectFrom('office.identity_verification')
    .selectAll()
    .where('id', '=', id)
    .where('organisation', '=', organisation)
    .executeTakeFirst()
  if (row === undefined) throw new IdentityError('not-found', 'your organisation has no such verification')
  return row
}

/** A statement of an organisation. @throws {IdentityError} `not-found`, also for another's */
export async function statementOf(database: Office, organisation: string, id: string): Promise<StatementRow> {
  const row = await database
    .selectFrom('office.identity_statement')
    .selectAll()
    .where('id', '=', id)
    .where('organisation', '=', organisation)
    .executeTakeFirst()
  if (row === undefined) throw new IdentityError('not-found', 'your organisation has no such statement')
  return row
}

/** What deposits ask for, of every statement. */
export async function allHoldings(database: Office): Promise<Holding[]> {
  const rows = await database
    .selectFrom('office.identity_statement')
    .select(['id', 'organisation', 'accounts', 'level', 'issued_ms', 'expires_ms', 'ended_ms'])
    .execute()
  return rows.map(({ id, organisation, accounts, level, issued_ms, expires_ms, ended_ms }) => ({
    id,
    organisation,
    accounts: accounts as string[],
    level: level as IdentityLevel,
    fromMs: Number(issued_ms),
    untilMs: Number(ended_ms ?? expires_ms),
  }))
}

/** Forgets what verifications held whose time is over, and after an hour also whom they asked. */
export async function forgetEnded(database: Office, nowMs: number): Promise<void> {
  const ended = database.updateTable('office.identity_verification').where('expires_ms', '<', String(nowMs))
  await ended.set({ sealed: null }).where('sealed', 'is not', null).execute()
  const old = database.updateTable('office.identity_verification').where('created_ms', '<', String(nowMs - hourMs))
  await old.set({ target: null }).where('target', 'is not', null).execute()
}
