/**
 * Keeps the processes of the node's own PostgreSQL behind everything else on Linux. Their niceness alone does not: the kernel
 * shares the processor among sessions first (sched(7), autogroups), each process of PostgreSQL opens a session of its own, and
 * niceness orders only the processes within one. So the niceness of those sessions is set too.
 * @module
 */
import { readFile, writeFile } from 'node:fs/promises'
import { type Kysely, sql } from 'kysely'
import type { Tables } from './schema.ts'

/** An unprivileged process may set one session in a tenth of a second (kernel/sched/autogroup.c); it waits this long, milliseconds. */
const betweenMs = 150

/** What the projector calls itself in its connections: who else asks the server is not held back. */
export const projectorName = 'jurat projector'

/** Sets the niceness of the sessions of the processes that work for the projector, as far as the platform lets it. */
export async function lowerServer(
  database: Kysely<Tables>,
  niceness: number,
  sleep: (ms: number) => Promise<unknown>,
): Promise<void> {
  // Its connections, and what the server starts by itself.
  const { rows } = await sql<{ pid: number }>`select pid from pg_stat_activity
    where backend_type <> 'client backend' or application_name = ${projectorName}`.execute(database)
  for (const { pid } of rows) {
    const niceNow = await sessionNiceness(pid)
    if (niceNow === null || niceNow === niceness) continue
    // Refused by the kernel: not ours to set. Its own niceness must do, and the ledger is right without either.
    const isSet = await writeFile(`/proc/${pid}/autogroup`, String(niceness)).then(
      () => true,
      () => false,
    )
    if (!isSet) return
    await sleep(betweenMs)
  }
}

/** The niceness of a process's session; null where there is no such thing (another platform, another machine, switched off). */
export async function sessionNiceness(pid: number): Promise<number | null> {
  const text = await readFile(`/proc/${pid}/autogroup`, 'utf8').catch(() => '')
  const [, niceness] = /^\/autogroup-\d+ nice (-?\d+)$/m.exec(text) ?? []
  return niceness === undefined ? null : Number(niceness)
}
