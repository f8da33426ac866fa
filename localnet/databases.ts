/**
 * One PostgreSQL for all members of a local network, with a database for each.
 * @module
 */
import { join } from 'node:path'
import pg from 'pg'
import { startEmbeddedServer } from '../packages/node/src/database/embedded.ts'

/** The databases. */
export interface Databases {
  /** What a member's `--database-url` is. */
  urlOf(member: string): string
  stop(): Promise<void>
}

/** Starts the server, and makes the databases that are missing. */
export async function startDatabases(folder: string, members: readonly string[]): Promise<Databases> {
  const server = await startEmbeddedServer(join(folder, 'postgres'), () => {})
  const client = new pg.Client(server.connection)
  await client.connect()
  const { rows } = await client.query<{ datname: string }>('SELECT datname FROM pg_database')
  for (const member of members) {
    if (!rows.some(({ datname }) => datname === member)) await client.query(`CREATE DATABASE "${member}"`)
  }
  await client.end()
  const { host, port, user } = server.connection
  return {
    urlOf: (member) => `postgresql://${user}@/${member}?host=${encodeURIComponent(host)}&port=${port}`,
    stop: () => server.stop(),
  }
}
