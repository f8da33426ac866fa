/**
 * A copy of the office's rows as lines of text, for backups, and the way back into an empty database. The first line is
 * `{"format": …, "step": …}`, every other one `["table", {row}]`; tables stand in the order in which they were made, so
 * that what refers comes after what it refers to. docs/spec/backup.md.
 * @module
 */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { JuratError } from '@jurat/core/errors'
import { sql } from 'kysely'
import pg from 'pg'
import type { OfficeTransaction } from './schema.ts'

const copyFormat = 'jurat-office/v1'

/** Rows that are read or written at once. */
const rowsAtOnce = 500

/** A copy that cannot be read. */
export class OfficeCopyError extends JuratError<'office-copy-broken'> {}

/** A copy that was opened. */
export interface OfficeCopy {
  /** The migration step of the tables that were copied. */
  readonly step: number
  /** The rows, once. */
  readonly rows: AsyncIterable<CopiedRow>
}

/** One row, its columns as JSON text. */
export interface CopiedRow {
  readonly table: string
  readonly row: string
}

/** The office of a database as lines, each with its end; nothing when there is no office. Nobody may write meanwhile. */
export async function* copyOffice(connection: pg.ClientConfig): AsyncIterableIterator<string> {
  const client = new pg.Client(connection)
  await client.connect()
  try {
    await client.query('begin isolation level repeatable read read only')
    const tables = await client.query<{ name: string }>(
      `select relname as name from pg_class where relnamespace = to_regnamespace('office') and relkind = 'r' order by oid`,
    )
    if (tables.rows.length === 0) return
    const { rows } = await client.query<{ step: number }>('select max(step) as step from office.migration')
    yield `${JSON.stringify({ format: copyFormat, step: rows[0]?.step ?? 0 })}\n`
    for (const { name } of tables.rows) {
      if (name === 'migration') continue
      const table = pg.escapeIdentifier(name)
      await client.query(`declare copied no scroll cursor for select to_jsonb(t)::text as row from office.${table} t`)
      for (;;) {
        const read = await client.query<{ row: string }>(`fetch ${rowsAtOnce} from copied`)
        if (read.rows.length === 0) break
        yield read.rows.map(({ row }) => `[${JSON.stringify(name)},${row}]\n`).join('')
      }
      await client.query('close copied')
    }
  } finally {
    await client.end()
  }
}

/** Opens a copy; null when there is no such file. @throws OfficeCopyError */
export async function openOfficeCopy(path: string): Promise<OfficeCopy | null> {
  const lines = createInterface({ input: createReadStream(path, 'utf8'), crlfDelay: Number.POSITIVE_INFINITY })
  const read = lines[Symbol.asyncIterator]()
  let first: IteratorResult<string>
  try {
    first = await read.next()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  const { format, step } = (parsed(first.done === true ? '' : first.value) ?? {}) as Record<string, unknown>
  if (format !== copyFormat || !Number.isSafeInteger(step) || Number(step) < 1)
    throw broken('its first line is not that of a copy')
  return { step: Number(step), rows: rowsOf(read) }
}

async function* rowsOf(lines: AsyncIterableIterator<string>): AsyncIterableIterator<CopiedRow> {
  for await (const line of lines) {
    const [, table, row] = /^\["([a-z_]+)",(\{.*\})\]$/s.exec(line) ?? []
    if (table === undefined || row === undefined || parsed(row) === null) throw broken('a line is no row')
    yield { table, row }
  }
}

/** Puts the rows of a copy into the tables, which have its step, in place of what the steps put there. */
export async function loadOffice(transaction: OfficeTransaction, rows: AsyncIterable<CopiedRow>): Promise<void> {
  const found = await sql<{ name: string }>`
    select relname as name from pg_class
    where relnamespace = to_regnamespace('office') and relkind = 'r' and relname <> 'migration'`.execute(transaction)
  const tables = new Set(found.rows.map(({ name }) => name))
  const all = [...tables].map((name) => `office.${pg.escapeIdentifier(name)}`)
  await sql.raw(`truncate ${all.join(', ')}`).execute(transaction)
  let waiting: CopiedRow[] = []
  for await (const row of rows) {
    if (!tables.has(row.table)) throw broken(`there is no table ${row.table}`)
    if (waiting.length === rowsAtOnce || (waiting[0] !== undefined && waiting[0].table !== row.table)) {
      await insertRows(transaction, waiting)
      waiting = []
    }
    waiting.push(row)
  }
  await insertRows(transaction, waiting)
  await continueNumbers(transaction)
}

async function insertRows(transaction: OfficeTransaction, rows: readonly CopiedRow[]): Promise<void> {
  const [first] = rows
  if (first === undefined) return
  const table = sql.table(`office.${first.table}`)
  const text = `[${rows.map(({ row }) => row).join(',')}]`
  await sql`insert into ${table} overriding system value
    select * from jsonb_populate_recordset(null::${table}, ${text}::jsonb)`.execute(transaction)
}

/** Columns that number their rows go on after the highest that was loaded. */
async function continueNumbers(transaction: OfficeTransaction): Promise<void> {
  const { rows } = await sql<{ name: string; column: string }>`
    select table_name as name, column_name as column from information_schema.columns
    where table_schema = 'office' and is_identity = 'YES'`.execute(transaction)
  for (const { name, column } of rows) {
    const [table, ref] = [sql.table(`office.${name}`), sql.ref(column)]
    await sql`select setval(pg_get_serial_sequence(${`office.${name}`}, ${column}), (select max(${ref}) from ${table}))
      from ${table} limit 1`.execute(transaction)
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

const broken = (reason: string): OfficeCopyError =>
  new OfficeCopyError('office-copy-broken', `the copy of the office cannot be read: ${reason}`)
