/**
 * Keeps the projections going: PostgreSQL (the node's own unless there is a `DATABASE_URL`) and the process that writes
 * into it. Whatever happens here, the ledger goes on; what is behind is shown.
 * @module
 */
import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import type { Logger } from '../observe/logger.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { Timers } from '../platform/clock.ts'
import { type EmbeddedServer, startEmbeddedServer } from './embedded.ts'
import type { ProgressMessage, ProjectorStart } from './projector.ts'

/** Pause before PostgreSQL or the projector is started again, in milliseconds. */
const restartDelayMs = 2_000

/** How often the projector is told the durable height at most, in milliseconds. */
const tellEveryMs = 20

/** Silence of the projector after which the database counts as down, in milliseconds. */
const silenceMs = 10_000

/** What the service needs. */
export interface ProjectionOptions {
  /** The data folder. */
  readonly folder: string
  /** A PostgreSQL of the operator's, or null for the node's own. */
  readonly databaseUrl: string | null
  /** Hexadecimal. */
  readonly networkId: string
  readonly logger: Logger
  readonly metrics: Metrics
  readonly timers: Timers
  readonly monotonic: () => number
}

/** The projections of a running node. */
export class ProjectionService {
  readonly #options: ProjectionOptions
  #server: EmbeddedServer | null = null
  #child: ChildProcess | null = null
  #reached: ProjectorStart['connection'] | null = null
  #stopping = false
  #durableHeight = -1
  #projectedHeight = -1
  #heardAt = Number.NEGATIVE_INFINITY
  #telling = false
  #clear: boolean
  #running: Promise<void> = Promise.resolve()

  constructor(options: ProjectionOptions, clear = false) {
    this.#options = options
    this.#clear = clear
  }

  /** Starts in the background: the node does not wait for it. */
  start(): void {
    this.#running = this.#run()
  }

  /** Height up to which PostgreSQL holds the blocks, as far as known; -1 before. */
  get projectedHeight(): number {
    return this.#projectedHeight
  }

  /** How PostgreSQL is reached now; null while it is not. The same object as long as it is the same server. */
  get connection(): ProjectorStart['connection'] | null {
    return this.#reached
  }

  /** Whether the projector has been heard lately. */
  get up(): boolean {
    return this.#options.monotonic() - this.#heardAt < silenceMs
  }

  /** A block is durable. Cheap: the projector is told at most every few milliseconds. */
  durable(height: number): void {
    this.#durableHeight = height
    if (this.#telling) return
    this.#telling = true
    this.#options.timers.after(tellEveryMs, () => {
      this.#telling = false
      this.#tell()
    })
  }

  /** Ends the projector and the server; resolves when both have. */
  async stop(): Promise<void> {
    this.#stopping = true
    if (this.#child?.connected === true) this.#child.disconnect()
    await this.#server?.stop()
    await this.#running
  }

  async #run(): Promise<void> {
    const { logger, timers } = this.#options
    while (!this.#stopping) {
      try {
        const connection = await this.#connection()
        await this.#project(connection)
      } catch (error) {
        if (!this.#stopping) logger.warn({ error: String(error) }, 'the projections stand still')
      }
      this.#heardAt = Number.NEGATIVE_INFINITY
      this.#options.metrics.set('database_up', 0)
      if (!this.#stopping) await timers.sleep(restartDelayMs)
    }
  }

  async #connection(): Promise<ProjectorStart['connection']> {
    const { databaseUrl, folder, logger } = this.#options
    if (databaseUrl !== null) return (this.#reached ??= { connectionString: databaseUrl })
    if (this.#server !== null) return this.#server.connection
    const server = await startEmbeddedServer(join(folder, 'postgres'), (line) => logger.debug({ line }, 'postgres'))
    if (this.#stopping) {
      await server.stop()
      throw new Error('stopped')
    }
    this.#server = server
    this.#reached = server.connection
    void server.ended.then(() => {
      this.#server = null
      this.#reached = null
      // The projector would ask a server that is gone; a new one is started with the next round.
      this.#child?.kill()
    })
    return server.connection
  }

  /** Runs the projector until it ends. */
  async #project(connection: ProjectorStart['connection']): Promise<void> {
    const { folder, networkId, logger, databaseUrl } = this.#options
    const segments = join(folder, 'segments')
    const start: ProjectorStart = {
      segments,
      networkId,
      connection,
      isOwnServer: databaseUrl === null,
      clear: this.#clear,
    }
    const program = join(import.meta.dirname, 'projector.ts')
    const child = fork(program, [JSON.stringify(start)], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: [] })
    this.#child = child
    this.#clear = false
    child.stderr?.on('data', (chunk: Buffer) => logger.warn({ text: chunk.toString('utf8').trim() }, 'projector'))
    child.on('message', (message: ProgressMessage) => this.#heard(message.projectedHeight))
    this.#tell()
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', () => resolve())
    })
    this.#child = null
  }

  #heard(height: number): void {
    const { metrics, monotonic } = this.#options
    this.#projectedHeight = height
    this.#heardAt = monotonic()
    metrics.set('database_up', 1)
    metrics.set('projection_height', height)
    metrics.set('projection_lag_blocks', Math.max(0, this.#durableHeight - height))
  }

  #tell(): void {
    // A projector that ends just now cannot be told; the next one is.
    if (this.#child?.connected === true) this.#child.send({ durableHeight: this.#durableHeight }, () => {})
  }
}
