/**
 * Access codes of flows, added templates, and the events of one flow, in the tables of flows.ts.
 * @module
 */
import type { Office, OfficeTransaction } from './schema.ts'

/** A stored access code. */
export interface StoredFlowAccess {
  readonly id: string
  readonly flow: string
  readonly label: string
  /** SHA-256 of the secret. */
  readonly secretHash: Buffer
  readonly createdMs: number
  readonly expiresMs: number
  /** Null unless it was revoked. */
  readonly revokedMs: number | null
}

/** Access codes of a flow, the newest first; or the one of an id. */
export async function readAccess(
  database: Office,
  by: { readonly flow: string } | { readonly id: string },
): Promise<StoredFlowAccess[]> {
  const query = database.selectFrom('office.flow_access').selectAll().orderBy('created_ms', 'desc').orderBy('id')
  const rows = await ('id' in by ? query.where('id', '=', by.id) : query.where('flow', '=', by.flow)).execute()
  return rows.map(({ id, flow, label, ...row }) => ({
    id,
    flow,
    label,
    secretHash: row.secret_hash,
    createdMs: Number(row.created_ms),
    expiresMs: Number(row.expires_ms),
    revokedMs: row.revoked_ms === null ? null : Number(row.revoked_ms),
  }))
}

export async function insertAccess(transaction: OfficeTransaction, access: StoredFlowAccess): Promise<void> {
  const { id, flow, label, secretHash, createdMs, expiresMs } = access
  const times = { created_ms: String(createdMs), expires_ms: String(expiresMs), revoked_ms: null }
  const row = { id, flow, label, secret_hash: secretHash, ...times }
  await transaction.insertInto('office.flow_access').values(row).execute()
}

/** Revokes a code; false when there is none that was not revoked before. */
export async function revokeAccess(
  transaction: OfficeTransaction,
  { id, flow }: { readonly id: string; readonly flow: string },
  timeMs: number,
): Promise<boolean> {
  const { numUpdatedRows } = await transaction
    .updateTable('office.flow_access')
    .set({ revoked_ms: String(timeMs) })
    .where('id', '=', id)
    .where('flow', '=', flow)
    .where('revoked_ms', 'is', null)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

/** Texts of the templates that were added, by id and version. */
export async function readTemplates(database: Office, id: string | null): Promise<string[]> {
  const query = database.selectFrom('office.flow_template').select('content').orderBy('id').orderBy('version')
  const rows = await (id === null ? query : query.where('id', '=', id)).execute()
  return rows.map(({ content }) => content)
}

/** Adds a version of a template; false when it is there. */
export async function insertTemplate(
  transaction: OfficeTransaction,
  template: { readonly id: string; readonly version: number; readonly content: string },
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await transaction
    .insertInto('office.flow_template')
    .values(template)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow()
  return numInsertedOrUpdatedRows === 1n
}

/** Events of one subject, in order. */
export async function readSubjectEvents(
  database: Office,
  subject: string,
  limit: number,
): Promise<{ timeMs: number; kind: string; body: Record<string, unknown> }[]> {
  const rows = await database
    .selectFrom('office.event')
    .select(['time_ms', 'kind', 'body'])
    .where('subject', '=', subject)
    .orderBy('sequence')
    .limit(limit)
    .execute()
  return rows.map(({ time_ms: timeMs, kind, body }) => ({
    timeMs: Number(timeMs),
    kind,
    body: body as Record<string, unknown>,
  }))
}
