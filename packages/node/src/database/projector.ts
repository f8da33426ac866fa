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
import { tellNode } from './tellNode.ts'

/** What the projector is told at its start, as JSON in its only argument. */
export interface ProjectorStart {
  readonly segments: string
  readonly networkId: string
  readonly connection: pg.PoolConfig
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

/** Niceness of this process: everything else comes first. */
const niceness = 15

/** How long the projector rests when it holds everything, or the database did not answer, in milliseconds. */
const restMs = 50
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
  const pool = new pg.Pool({ ...start.connection, max: 2, connectionTimeoutMillis: connectionTimeoutMs })
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
  for (;;) {
    tellNode({ projectedHeight: height } satisfies ProgressMessage)
    const blocks = await follower.next(durableHeight())
    if (blocks.length === 0) {
      await sleep(restMs)
      continue
    }
    await writeBlocks(database, networkId, blocks.map(projectBlock))
    height = blocks.at(-1)?.height ?? height
  }
}

await main(JSON.parse(process.argv[2] ?? '') as ProjectorStart)
