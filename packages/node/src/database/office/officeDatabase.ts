/**
 * The office's way to PostgreSQL: opens when the database answers, closes when it does not, and opens again. While it is
 * closed office work is refused as not ready; the ledger goes on.
 * @module
 */
import { rm } from 'node:fs/promises'
import { JuratError } from '@jurat/core/errors'
import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import type { Logger } from '../../observe/logger.ts'
import type { Timers } from '../../platform/clock.ts'
import { openOfficeCopy } from './officeCopy.ts'
import { migrateOffice, type Office, type OfficeOwner, type OfficeTables, type OfficeTransaction } from './schema.ts'

/** How often the database is asked whether it is there, in milliseconds. */
const watchEveryMs = 1_000

/** Connections of the office. The node's own server admits 20, of which the projector takes 2. */
const connectionsMax = 8

/** Longest wait for a connection, and for one statement, in milliseconds. */
const connectionTimeoutMs = 5_000
const statementTimeoutMs = 30_000

/** Office work that cannot be done now. */
export class OfficeError extends JuratError<'not-ready'> {}

/** What works while the office is open. */
export interface OfficeWorker {
  /** The database is there. */
  opened(database: Office): Promise<void>
  /** It is gone, or will be. Never throws. */
  closed(): Promise<void>
}

/** What the office stands on. */
export interface OfficeOptions extends OfficeOwner {
  /** How PostgreSQL is reached now; null while it is not. The same object as long as it is the same server. */
  readonly connection: () => pg.PoolConfig | null
  /** Where the copy of a backup lies that a database without an office takes; it is removed when the office is open. */
  readonly copy?: string
  readonly logger: Logger
  readonly timers: Timers
}

/** The office's database. */
export class OfficeDatabase {
  readonly #options: OfficeOptions
  readonly #workers: OfficeWorker[] = []
  #database: Office | null = null
  #stopping = false
  #wake = (): void => {}
  #running: Promise<void> = Promise.resolve()

  constructor(options: OfficeOptions) {
    this.#options = options
  }

  /** Whether office work can be done. */
  get open(): boolean {
    return this.#database !== null
  }

  /** Adds what works while the office is open. Before `start`. */
  attach(worker: OfficeWorker): void {
    this.#workers.push(worker)
  }

  /** Starts in the background. */
  start(): void {
    this.#running = this.#run()
  }

  /** Ends; what is on its way finishes. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#wake()
    await this.#running
  }

  /** Reads. @throws OfficeError when the database is not there. */
  async read<T>(work: (database: Office) => Promise<T>): Promise<T> {
    const database = this.#database
    if (database === null) throw new OfficeError('not-ready', 'the database of the office is not there')
    try {
      return await work(database)
    } catch (error) {
      throw isLost(error)
        ? new OfficeError('not-ready', 'the database of the office went away', { cause: error })
        : error
    }
  }

  /** Does work in one transaction: all of it and its events, or nothing. @throws OfficeError as `read` does */
  transact<T>(work: (transaction: OfficeTransaction) => Promise<T>): Promise<T> {
    return this.read((database) => database.transaction().execute(work))
  }

  async #run(): Promise<void> {
    let complaint = ''
    while (!this.#stopping) {
      const connection = this.#options.connection()
      if (connection !== null) {
        try {
          await this.#serve(connection)
          complaint = ''
        } catch (error) {
          // The same thing every second is said once.
          if (complaint !== String(error)) this.#options.logger.warn({ error: String(error) }, 'the office is closed')
          complaint = String(error)
        }
      }
      await this.#pause()
    }
  }

  /** Opens, and returns or throws when the database is gone. */
  async #serve(connection: pg.PoolConfig): Promise<void> {
    const pool = new pg.Pool({
      ...connection,
      max: connectionsMax,
      connectionTimeoutMillis: connectionTimeoutMs,
      statement_timeout: statementTimeoutMs,
      // The node's own server is set for projections, which can be made again. Office work cannot.
      options: '-c synchronous_commit=on',
    })
    // A lost idle connection is noticed and made anew by the next query.
    pool.on('error', () => {})
    // One that is lost while somebody uses it fails its statement, and says so once more to nobody: that ended the process.
    pool.on('connect', (client) => client.on('error', () => {}))
    const database = new Kysely<OfficeTables>({ dialect: new PostgresDialect({ pool }) })
    try {
      await this.#migrate(database)
      this.#database = database
      for (const worker of this.#workers) await worker.opened(database)
      while (!this.#stopping && this.#options.connection() === connection) {
        await sql`select 1`.execute(database)
        await this.#pause()
      }
    } finally {
      for (const worker of this.#workers) await worker.closed()
      this.#database = null
      await database.destroy()
    }
  }

  async #migrate(database: Office): Promise<void> {
    const { copy: path, logger } = this.#options
    const copy = path === undefined ? null : await openOfficeCopy(path)
    const isTaken = await migrateOffice(database, this.#options, copy)
    if (path === undefined || copy === null) return
    if (isTaken) logger.info({}, 'the office of the backup is in the database')
    else logger.warn({}, 'the database has an office already: that of the backup was not taken')
    // The backup itself still has it.
    await rm(path)
  }

  async #pause(): Promise<void> {
    if (this.#stopping) return
    await new Promise<void>((resolve) => {
      const cancel = this.#options.timers.after(watchEveryMs, resolve)
      this.#wake = () => {
        cancel()
        resolve()
      }
    })
  }
}

/** Whether an error says that the connection was lost or cannot be made (PostgreSQL's classes 08 and 57P, sockets). */
function isLost(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown }
  if (typeof code === 'string') return /^(08|57P|E[A-Z]+$)/.test(code)
  return typeof message === 'string' && /connection (terminated|timeout)|timeout exceeded when/i.test(message)
}
