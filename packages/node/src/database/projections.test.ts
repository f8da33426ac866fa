/**
 * Projections in a real PostgreSQL: deposits appear in it, its death stops no deposit, it catches up, and a reindex
 * gives the same rows. A node that ends leaves no complaint.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { OfficeEvents } from '@jurat/api/office'
import pg from 'pg'
import { openDataFolder } from '../commands/dataFolder.ts'
import { reindex } from '../commands/reindex.ts'
import { finishFounding } from '../commands/start.ts'
import { readConfig } from '../config.ts'
import { startNode, type RunningNode } from '../main.ts'
import type { Logger } from '../observe/logger.ts'
import { createMetrics } from '../observe/metrics.ts'
import { createNodeFiles } from '../platform/nodeFiles.ts'
import { startEmbeddedServer } from './embedded.ts'
import { embeddedBinaries } from './embeddedBinaries.ts'
import { projectorName, sessionNiceness } from './serverPriority.ts'

const skip = await embeddedBinaries(false).then(
  () => false,
  (error: Error) => error.message,
)

/** Longest wait for PostgreSQL, made anew or started again, in milliseconds. */
const patienceMs = 60_000

interface TestNode extends RunningNode {
  readonly apiKey: string
  /** Lines that the node has logged as warnings or errors. */
  readonly complaints: string[]
}

async function start(args: readonly string[]): Promise<TestNode> {
  const { config } = await readConfig(args, {})
  const data = await openDataFolder(config, createNodeFiles(), {}, true)
  const complaints: string[] = []
  const complain = (fields: object, message: string): void => {
    complaints.push(`${message} ${JSON.stringify(fields)}`)
  }
  const logger: Logger = { debug() {}, info() {}, warn: complain, error: complain }
  let apiKey = ''
  const node = await startNode(config, data, {
    logger,
    metrics: createMetrics(),
    fatal: (error) => complain({ error: String(error) }, 'fatal'),
    async beforeOpening(opened) {
      if (data.founding !== null) ({ apiKey } = await finishFounding(data, opened))
    },
  })
  return {
    ...node,
    apiKey,
    complaints,
    async stop() {
      await node.stop()
      await data.release()
    },
  }
}

const digestOf = (n: number): string => createHash('sha256').update(`record ${n}`).digest('hex')

async function deposit({ url, apiKey }: TestNode, n: number): Promise<void> {
  const response = await fetch(`${url}/v1/deposits`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ items: [{ algorithm: 'sha-256', digest: digestOf(n) }] }),
  })
  assert.equal(response.status, 200, await response.text())
}

async function caughtUp({ url }: TestNode): Promise<void> {
  const until = performance.now() + patienceMs
  for (;;) {
    const health = (await (await fetch(`${url}/health`)).json()) as { database: string; projectionLagBlocks: number }
    if (health.database === 'up' && health.projectionLagBlocks === 0) return
    assert.ok(performance.now() < until, JSON.stringify(health))
    await sleep(50)
  }
}

type Connection = ConstructorParameters<typeof pg.Client>[0]

/** Every row of every table, as text. */
async function rowsOf(connection: Connection): Promise<Record<string, string[]>> {
  const client = new pg.Client(connection)
  await client.connect()
  try {
    const rows: Record<string, string[]> = {}
    for (const table of ['block', 'transaction', 'deposit', 'progress']) {
      const found = await client.query<{ row: string }>(`select t::text as row from ${table} t order by 1`)
      rows[table] = found.rows.map(({ row }) => row)
    }
    return rows
  } finally {
    await client.end()
  }
}

/** Waits until the server's processes that work for the projector stand behind everything else; Linux with autogroups. */
async function heldBack(connection: Connection): Promise<void> {
  const enabled = await readFile('/proc/sys/kernel/sched_autogroup_enabled', 'utf8').catch(() => '0')
  if (enabled.trim() !== '1') return
  const client = new pg.Client(connection)
  await client.connect()
  try {
    const until = performance.now() + patienceMs
    for (;;) {
      const { rows } = await client.query<{ pid: number; name: string }>(
        `select pid, application_name as name from pg_stat_activity`,
      )
      const projector = rows.filter(({ name }) => name === projectorName)
      const levels = await Promise.all(projector.map(({ pid }) => sessionNiceness(pid)))
      if (levels.length > 0 && levels.every((level) => level !== null && level > 0)) break
      assert.ok(performance.now() < until, JSON.stringify({ rows, levels }))
      await sleep(50)
    }
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
    assert.equal(await sessionNiceness(rows[0]?.pid ?? 0), 0, 'who else asks is not held back')
  } finally {
    await client.end()
  }
}

test('projections follow, survive the death of PostgreSQL, and are made again alike', { skip }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'jurat-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  // PostgreSQL of a node that root started runs as another user, who must reach its folder.
  await chmod(folder, 0o755)
  const data = join(folder, 'data')
  const args = ['--data', data, '--listen', '127.0.0.1:0', '--master-key-file', join(folder, 'master.key')]
  const postgres = join(data, 'postgres')
  const connection = { host: postgres, port: 5432, user: 'jurat', database: 'postgres' }
  const node = await start(args)
  let stopped = false
  t.after(() => (stopped ? undefined : node.stop()))

  await deposit(node, 0)
  await caughtUp(node)
  assert.ok((await rowsOf(connection))['deposit']?.[0]?.includes(digestOf(0)))
  await heldBack(connection)

  const events = await fetch(`${node.url}/v1/events`, { headers: { authorization: `Bearer ${node.apiKey}` } })
  assert.equal(events.status, 200)
  const {
    events: [opened],
    next,
  } = (await events.json()) as OfficeEvents
  assert.deepEqual([opened?.kind, opened?.sequence, next], ['office.opened', 1, 1])

  let count = 1
  const until = performance.now() + 1_500
  const load = Array.from({ length: 8 }, async () => {
    while (performance.now() < until) await deposit(node, count++)
  })
  await sleep(300)
  const [pid = ''] = (await readFile(join(postgres, 'data', 'postmaster.pid'), 'utf8')).split('\n')
  process.kill(Number(pid), 'SIGKILL')
  await Promise.all(load)
  await caughtUp(node)
  const rows = await rowsOf(connection)
  assert.equal(rows['deposit']?.length, count, 'every deposit, once')

  node.complaints.length = 0
  const last = deposit(node, count)
  await last
  await node.stop()
  stopped = true
  assert.deepEqual(node.complaints, [], 'a node that ends leaves no complaint')

  assert.equal(await reindex(args, {}), 0)
  const server = await startEmbeddedServer(postgres, () => {})
  const again = await rowsOf(server.connection).finally(() => server.stop())
  assert.equal(again['deposit']?.length, count + 1)
  assert.ok(again['deposit'].some((row) => row.includes(digestOf(count))))
  for (const table of ['block', 'transaction', 'deposit']) {
    const kept = new Set(again[table])
    assert.deepEqual(
      rows[table]?.filter((row) => !kept.has(row)),
      [],
      `${table}: the same rows`,
    )
    assert.equal(again[table]?.length, (rows[table]?.length ?? 0) + 1, table)
  }
})
