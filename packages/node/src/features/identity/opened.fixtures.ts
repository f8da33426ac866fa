/**
 * What tests of identities share: one PostgreSQL for a file of tests, an office over a database of its own for each.
 * @module
 */
import assert from 'node:assert/strict'
import { after, type TestContext } from 'node:test'
import { sql } from 'kysely'
import pg from 'pg'
import { skip, testOffice, testServer } from '../../database/office/office.fixtures.ts'
import type { OfficeDatabase } from '../../database/office/officeDatabase.ts'
import type { Identities } from '../identity.ts'
import { testIdentities } from './identity.fixtures.ts'
import { IdentityRefusal, type IdentityProvider, type Texts } from './provider.ts'

/** The organisation and the language of the tests. */
export const org = 'aaaabbbbccccdddd'
export const language = 'en'

/** An office with identities. */
export interface Opened {
  readonly office: OfficeDatabase
  readonly identities: Identities
}

/** One server for all tests of this file, each with a database of its own. */
const ending: (() => Promise<void>)[] = []
const server =
  skip === false ? await testServer({ after: (end: () => Promise<void>) => ending.push(end) } as never) : null
after(async () => {
  for (const end of ending) await end()
})
let databases = 0

/** Opens them over a database of the test's own. */
export async function opened(
  t: TestContext,
  providers: readonly IdentityProvider[],
  now: () => number = () => Date.now(),
): Promise<Opened> {
  const connection = server?.connection() ?? null
  assert.ok(connection !== null)
  const database = `identity_${databases++}`
  const client = new pg.Client(connection)
  await client.connect()
  await client.query(`create database ${database}`)
  await client.end()
  const own = { ...connection, database }
  let identities: Identities | null = null
  const office = await testOffice(() => own, {
    now,
    workers: (database) => [(identities = testIdentities(database, providers, { now }))],
  })
  t.after(() => office.stop())
  assert.ok(identities !== null)
  return { office, identities }
}

/** Begins a verification for all accounts. */
export const begin = (
  identities: Identities,
  provider: string,
  input: Texts = {},
  organisation: string = org,
): ReturnType<Identities['start']> => identities.start(organisation, { provider, accounts: null, input, language })

/** Why somebody was refused. */
export const reasonOf = async (work: Promise<unknown>): Promise<string> => {
  const error: unknown = await work.then(
    () => null,
    (found: unknown) => found,
  )
  assert.ok(error instanceof IdentityRefusal, String(error))
  return error.code
}

/** Every text of the office's tables that is not sealed, and of the events. */
export async function everything(office: OfficeDatabase): Promise<string> {
  const read = async (table: string): Promise<string> =>
    office.read(async (database) =>
      JSON.stringify((await sql`select * from ${sql.raw(table)}`.execute(database)).rows, (_, value: unknown) =>
        value !== null && typeof value === 'object' && 'data' in value && Array.isArray(value.data)
          ? Buffer.from(value.data as number[]).toString('utf8')
          : value,
      ),
    )
  const tables = ['office.identity_verification', 'office.identity_statement', 'office.event']
  return (await Promise.all(tables.map(read))).join('\n')
}
