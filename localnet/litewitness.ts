/**
 * The witness of torchwood (filippo.io/torchwood/cmd/litewitness), which nobody here wrote, beside a local network or in a
 * test: its key in an ssh-agent, its logs in SQLite, where they are put because `witnessctl` needs nothing more than these
 * two tables. scripts/install-tools.sh builds it.
 * @module
 */
import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { concat } from '@jurat/core/bytes'
import { makeVkey, parseVkey, signatureTypes, type Vkey } from '@jurat/core/note/vkey'
import { nodeCrypto } from '../packages/node/src/crypto/nodeCrypto.ts'
import { LocalProcess, type Startable } from './localProcess.ts'
import { findProgram } from './programs.ts'

/** What it is called as a process. */
export const litewitness = 'litewitness'

/** Everything that running it needs. */
export const litewitnessPrograms = [litewitness, 'ssh-agent', 'ssh-add', 'ssh-keygen'] as const

/** Longest wait of a change for its database, milliseconds. */
const databaseTimeoutMs = 5_000

/** Where it lives. */
export interface LitewitnessPlace {
  /** Name of its key. */
  readonly witness: string
  /** Its key, its logs and the socket of its agent: with a short path. Made when it is not there. */
  readonly folder: string
  /** Where it listens on loopback. */
  readonly port: number
}

/** A litewitness with the agent that holds its key. */
export class Litewitness implements Startable {
  readonly name: string = litewitness
  readonly url: string
  /** Its key for cosignatures, kept in its folder. */
  readonly vkey: Vkey
  readonly #database: string
  readonly #agent: LocalProcess
  readonly #witness: LocalProcess
  readonly #addKey: () => void

  /** Makes its key when there is none; starts nothing. @throws {Error} when ssh-keygen cannot be run */
  constructor({ witness, folder, port }: LitewitnessPlace, view: (line: string) => void = () => {}) {
    const [socket, keyFile] = [join(folder, 'agent'), join(folder, 'key')]
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    if (!existsSync(keyFile)) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', keyFile])
    const blob = Buffer.from(readFileSync(`${keyFile}.pub`, 'utf8').split(' ')[1] ?? '', 'base64')
    const publicKey = concat(Uint8Array.of(1), new Uint8Array(blob.subarray(-32)))
    this.vkey = makeVkey(nodeCrypto, witness, signatureTypes.cosignatureEd25519, publicKey)
    this.url = `http://127.0.0.1:${port}`
    this.#database = join(folder, 'db')
    this.#addKey = () =>
      execFileSync('ssh-add', ['-q', keyFile], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: 'ignore' })
    this.#agent = new LocalProcess({
      name: 'ssh-agent',
      spawn: () => {
        // What an agent that was killed leaves behind.
        rmSync(socket, { force: true })
        return spawn(programOf('ssh-agent'), ['-D', '-a', socket], { stdio: 'ignore' })
      },
      isReady: () => existsSync(socket),
      view,
    })
    const fingerprint = `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
    const words = [`-ssh-agent=${socket}`, `-name=${witness}`, `-key=${fingerprint}`, `-db=${this.#database}`]
    this.#witness = new LocalProcess({
      name: this.name,
      spawn: () =>
        spawn(programOf(litewitness), [...words, `-listen=127.0.0.1:${port}`], { stdio: ['ignore', 'pipe', 'pipe'] }),
      isReady: async () => (await fetch(this.url).catch(() => null)) !== null,
      view,
    })
  }

  /** Process id, or null when it does not run. */
  get pid(): number | null {
    return this.#witness.pid
  }

  start(): void {
    this.#agent.start()
  }

  /** The agent first: litewitness asks it for its key at its start. */
  async ready(): Promise<void> {
    await this.#agent.ready()
    if (this.pid === null) this.#addKey()
    this.#witness.start()
    await this.#witness.ready()
  }

  /** Lets it witness a log, when it does not yet. It has to have run once. */
  addLog(vkey: string): void {
    const { name: origin } = parseVkey(nodeCrypto, vkey)
    const database = new DatabaseSync(this.#database, { timeout: databaseTimeoutMs })
    const emptyRoot = createHash('sha256').digest('base64')
    database
      .prepare(
        'INSERT INTO log (origin, tree_size, tree_hash) SELECT ?, 0, ? WHERE NOT EXISTS (SELECT 1 FROM log WHERE origin = ?)',
      )
      .run(origin, emptyRoot, origin)
    database
      .prepare(
        'INSERT INTO key (origin, key) SELECT ?, ? WHERE NOT EXISTS (SELECT 1 FROM key WHERE origin = ? AND key = ?)',
      )
      .run(origin, vkey, origin, vkey)
    database.close()
  }

  async end(signal?: NodeJS.Signals): Promise<void> {
    await this.#witness.end(signal)
    await this.#agent.end(signal)
  }

  kill(): Promise<void> {
    return this.end('SIGKILL')
  }
}

function programOf(name: string): string {
  const found = findProgram(name)
  if (found === null) throw new Error(`${name} is not installed: scripts/install-tools.sh installs it`)
  return found
}
