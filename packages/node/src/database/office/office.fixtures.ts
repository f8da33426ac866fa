/**
 * A real PostgreSQL of a test's own, and an office over it.
 * @module
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PoolConfig } from 'pg'
import { silentLogger } from '../../observe/logger.ts'
import { systemTimers } from '../../platform/clock.ts'
import { startEmbeddedServer, type EmbeddedServer } from '../embedded.ts'
import { embeddedBinaries } from '../embeddedBinaries.ts'
import { OfficeDatabase, type OfficeWorker } from './officeDatabase.ts'

/** Why tests with PostgreSQL are skipped on this platform; false: they are not. */
export const skip = await embeddedBinaries(false).then(
  () => false,
  (error: Error) => error.message,
)

/** Longest wait for what must happen, in milliseconds. */
const patienceMs = 60_000

/** Waits until something is so. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + patienceMs
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not in time: ${what}`)
    await sleep(20)
  }
}

/** A server that can be stopped and started again over the same files. */
export interface TestServer {
  readonly connection: () => PoolConfig | null
  readonly start: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** Starts a server that ends with the test. */
export async function testServer(t: TestContext): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'jurat-office-'))
  // The server may run as another user than the test.
  await chmod(folder, 0o711)
  let server: EmbeddedServer | null = null
  const stop = async (): Promise<void> => {
    const ending = server
    server = null
    await ending?.stop()
  }
  const start = async (): Promise<void> => {
    server = await startEmbeddedServer(join(folder, 'postgres'), () => {})
  }
  t.after(async () => {
    await stop()
    await rm(folder, { recursive: true, force: true })
  })
  await start()
  return { connection: () => server?.connection ?? null, start, stop }
}

/** The network of the tests. */
export const networkId = Buffer.alloc(32, 7)

/** Opens an office. */
export async function testOffice(
  connection: () => PoolConfig | null,
  options: { now?: () => number; workers?: (office: OfficeDatabase) => readonly OfficeWorker[] } = {},
): Promise<OfficeDatabase> {
  const { now = () => Date.now(), workers } = options
  const office = new OfficeDatabase({ connection, networkId, now, logger: silentLogger, timers: systemTimers })
  for (const worker of workers?.(office) ?? []) office.attach(worker)
  office.start()
  await until('the office is open', () => office.open)
  return office
}
