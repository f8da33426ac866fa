/**
 * Runs the witness of torchwood (filippo.io/torchwood/cmd/litewitness) for tests: its key in an ssh-agent, its logs in
 * SQLite, where the test puts them because `witnessctl` needs nothing more than these two tables.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createHash } from 'node:crypto'
import { concat } from '@jurat/core/bytes'
import { freePort } from '@jurat/node/platform/ports.fixtures'

const startTimeoutMs = 10_000

/** A litewitness that listens. */
export interface Litewitness {
  readonly url: string
  /** Its Ed25519 key: algorithm byte and raw key. */
  readonly publicKey: Uint8Array
  /** Lets it witness a log. */
  addLog(origin: string, vkey: string): void
  close(): void
}

/** Starts it. @param programs - paths of the programs. */
export async function startLitewitness(
  name: string,
  programs: { litewitness: string; sshAgent: string },
): Promise<Litewitness> {
  const folder = mkdtempSync(join(tmpdir(), 'jurat-lw-'))
  const [socket, keyFile, database] = [join(folder, 's'), join(folder, 'key'), join(folder, 'db')]
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', keyFile])
  const children: ChildProcess[] = []
  const close = (): void => {
    for (const child of children) child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    children.push(spawn(programs.sshAgent, ['-D', '-a', socket], { stdio: 'ignore' }))
    await until(() => existsSync(socket), 'the ssh-agent listens')
    execFileSync('ssh-add', ['-q', keyFile], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: 'ignore' })
    const blob = Buffer.from(readFileSync(`${keyFile}.pub`, 'utf8').split(' ')[1] ?? '', 'base64')
    const fingerprint = `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
    const address = `127.0.0.1:${await freePort()}`
    const options = [
      `-ssh-agent=${socket}`,
      `-name=${name}`,
      `-key=${fingerprint}`,
      `-db=${database}`,
      `-listen=${address}`,
    ]
    children.push(spawn(programs.litewitness, options, { stdio: 'ignore' }))
    await until(async () => (await fetch(`http://${address}/`).catch(() => null)) !== null, 'litewitness listens')
    return {
      url: `http://${address}`,
      publicKey: concat(Uint8Array.of(1), new Uint8Array(blob.subarray(-32))),
      addLog: (origin, vkey) => addLog(database, origin, vkey),
      close,
    }
  } catch (error) {
    close()
    throw error
  }
}

function addLog(file: string, origin: string, vkey: string): void {
  const database = new DatabaseSync(file, { timeout: 5_000 })
  const emptyRoot = createHash('sha256').digest('base64')
  database.prepare('INSERT INTO log (origin, tree_size, tree_hash) VALUES (?, 0, ?)').run(origin, emptyRoot)
  database.prepare('INSERT INTO key (origin, key) VALUES (?, ?)').run(origin, vkey)
  database.close()
}

async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const endMs = Date.now() + startTimeoutMs
  while (!(await condition())) {
    if (Date.now() > endMs) throw new Error(`waited in vain until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
