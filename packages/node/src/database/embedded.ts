/**
 * A PostgreSQL server of the node's own, for when no `DATABASE_URL` is given: on a Unix socket in a folder, without a
 * TCP port, ended when the node ends, however the node ends.
 * @module
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chown, mkdir, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { embeddedBinaries, isOpenToAll } from './embeddedBinaries.ts'

/** Longest path of a Unix socket, in bytes (Linux `sun_path`, without its end mark). */
const socketPathBytesMax = 107

/** Longest time from the start of the server to the first connection, in milliseconds. */
const startTimeoutMs = 30_000

/** PostgreSQL refuses to run as root: then it runs as this user and group ("nobody"). */
const unprivilegedId = 65_534

/** A running server, and how to reach it. */
export interface EmbeddedServer {
  /** Options for the `pg` client. */
  readonly connection: { host: string; port: number; user: string; database: string }
  /** Resolves when the server has ended, asked for or not. */
  readonly ended: Promise<void>
  /** Ends the server; the database is then consistent on disk. */
  stop(): Promise<void>
}

/**
 * Starts the server over `folder`, which is made on first use.
 * @param log - gets every line that the server prints.
 * @throws {Error} when there is no server for this platform, or it does not start in time.
 */
export async function startEmbeddedServer(folder: string, log: (line: string) => void): Promise<EmbeddedServer> {
  const asOther = process.getuid?.() === 0
  const binaries = await embeddedBinaries(asOther)
  const home = await homeFolder(folder, asOther)
  const identity = asOther ? { uid: unprivilegedId, gid: unprivilegedId } : {}
  const data = join(home, 'data')
  if ((await stat(join(data, 'PG_VERSION')).catch(() => null)) === null) {
    const options = ['-D', data, '-U', 'jurat', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-instructions']
    await promisify(execFile)(join(binaries, 'bin', 'initdb'), options, { ...identity, cwd: home, env: {} })
  }
  const child = spawnGuarded([join(binaries, 'bin', 'postgres'), '-D', data, ...settings(home)], home, identity)
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  await waitUntilReady(child, log)
  return {
    connection: { host: home, port: 5432, user: 'jurat', database: 'postgres' },
    ended,
    async stop() {
      child.stdin?.end()
      await ended
    },
  }
}

/** The folder of the server's files: the given one, or a shared place when the server's user cannot reach that. */
async function homeFolder(folder: string, asOther: boolean): Promise<string> {
  const socket = join(folder, '.s.PGSQL.5432')
  const usable =
    Buffer.byteLength(socket) <= socketPathBytesMax && (!asOther || (await isOpenToAll(join(folder, '..'))))
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 16)
  const home = usable ? folder : join(asOther ? '/var/tmp' : tmpdir(), `jurat-database-${name}`)
  await mkdir(home, { recursive: true, mode: 0o700 })
  if (asOther) await chown(home, unprivilegedId, unprivilegedId)
  return home
}

function settings(home: string): string[] {
  const values = {
    listen_addresses: '',
    unix_socket_directories: home,
    unix_socket_permissions: '0700',
    max_connections: 20,
    shared_buffers: '64MB',
    max_wal_size: '512MB',
    wal_level: 'minimal',
    max_wal_senders: 0,
    // What is lost with the last moments before a crash is read from the segments again.
    synchronous_commit: 'off',
    log_min_messages: 'warning',
    jit: 'off',
  }
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

/**
 * Runs the server under a small shell that ends it as soon as the node's end of a pipe is closed: the kernel closes it
 * for us even when the node is killed. It runs at low priority, because the ledger comes first.
 */
function spawnGuarded(command: string[], cwd: string, identity: { uid?: number; gid?: number }): ChildProcess {
  const guard = 'exec 3<&0; nice -n 15 "$@" </dev/null & p=$!; { read -r _ <&3; kill -INT $p; } 2>/dev/null & wait $p'
  return spawn('sh', ['-c', guard, 'sh', ...command], { cwd, env: {}, stdio: ['pipe', 'pipe', 'pipe'], ...identity })
}

async function waitUntilReady(child: ChildProcess, log: (line: string) => void): Promise<void> {
  const lines: string[] = []
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('PostgreSQL did not start in time')), startTimeoutMs)
    const read = (chunk: Buffer): void => {
      for (const line of chunk.toString('utf8').split('\n').filter(Boolean)) {
        lines.push(line)
        log(line)
        if (line.includes('ready to accept connections')) resolve()
      }
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    child.once('exit', () => reject(new Error(`PostgreSQL ended at its start: ${lines.join(' | ')}`)))
    child.once('error', reject)
    void Promise.resolve().then(() => timer.unref())
  })
}
