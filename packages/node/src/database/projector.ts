/**
 * The process that writes projections: it follows the segments and fills PostgreSQL, at low priority, so that neither its
 * work nor PostgreSQL's ever slows the ledger. Started by projectionService.ts; ends with the node.
 * @module
 */
import { setPriority } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { createNodeFiles } from '../platform/nodeFiles.ts'
import { BlockFollower } from './blockFollower.ts'
import { projectBlock } from './projectedBlock.ts'
import { projectedHeight, writeBlocks } from './projections.ts'
import { clearProjections, migrate, type Tables } from './schema.ts'
import { lowerServer, projectorName } from './serverPriority.ts'
import { tellNode } from './tellNode.ts'

/** What the projector is told at its start, as JSON in its only argument. */
export interface ProjectorStart {
  readonly segments: string
  readonly networkId: string
  readonly connection: pg.PoolConfig
  /** Whether the server is the node's own and works for nobody else. */
  readonly isOwnServer: boolean
  /** Whether the projections are thrown away first. */
  readonly clear: boolean
}

/** Told by the node: blocks up to this height are durable. */
export interface DurableMessage {
  readonly durableHeight: number
}

/** Told to the node: what the projections hold. */
export interface ProgressMessage {
  readonly projectedHeight: number
}

/** Niceness of this process and of the node's own server: everything else comes first. */
const niceness = 10

/**
 * How long the projector rests when it holds everything, in milliseconds: what comes meanwhile is written at once, which costs a
 * fraction of writing each block as it comes.
 */
const restMs = 500

/** Rounds after which new processes of the server are looked for: it starts some by itself (autovacuum). */
const roundsBetween = 10

/** How long it rests when the database did not answer, in milliseconds. */
const retryMs = 1_000

/** Longest wait for a connection, in milliseconds. */
const connectionTimeoutMs = 5_000

async function main(start: ProjectorStart): Promise<void> {
  setPriority(niceness)
  let durableHeight = -1
  process.on('message', (message: DurableMessage) => {
    durableHeight = message.durableHeight
  })
  process.on('disconnect', () => process.exit(0))
  const pool = new pg.Pool({
    ...start.connection,
    application_name: projectorName,
    max: 2,
    connectionTimeoutMillis: connectionTimeoutMs,
  })
  // A lost idle connection is noticed and made anew by the next query.
  pool.on('error', () => {})
  const database = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  let clear = start.clear
  for (;;) {
    try {
      await migrate(database)
      if (clear) await clearProjections(database)
      clear = false
      await follow(database, start, () => durableHeight)
    } catch (error) {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
      await sleep(retryMs)
    }
  }
}

/** Writes blocks as they become durable, until the database fails. */
async function follow(database: Kysely<Tables>, start: ProjectorStart, durableHeight: () => number): Promise<never> {
  const networkId = Buffer.from(start.networkId, 'hex')
  let height = await projectedHeight(database, networkId)
  const follower = new BlockFollower(createNodeFiles(), start.segments, height)
  for (let round = 0; ; round++) {
    if (start.isOwnServer && round % roundsBetween === 0) await lowerServer(database, niceness, sleep)
    tellNode({ projectedHeight: height } satisfies ProgressMessage)
    const target = durableHeight()
    const blocks = await follower.next(target)
    await writeBlocks(database, networkId, blocks.map(projectBlock))
    height = blocks.at(-1)?.height ?? height
    if (blocks.length === 0 || height >= target) await sleep(restMs)
  }
}

await main(JSON.parse(process.argv[2] ?? '') as ProjectorStart)
