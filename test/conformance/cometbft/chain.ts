/**
 * A chain of one validator for tests: the real CometBFT over the ledger, each a process of its own that can be killed.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Bytes } from '@jurat/core/bytes'
import { decodeDocument, encodeDocument, roles, type Role } from '@jurat/core/ledger/consortium'
import { decodeGenesis, encodeGenesis } from '@jurat/core/ledger/genesis'
import { proveMember } from '@jurat/core/ledger/possession'
import { nodeCrypto } from '@jurat/node/crypto/nodeCrypto'
import { writeHome } from '@jurat/node/engine/cometbft/supervision/home'
import { nodeIdOf } from '@jurat/node/engine/cometbft/supervision/keyFiles'
import { testNetwork, testSecret } from '@jurat/node/engine/network.fixtures'
import { createNodeFiles } from '@jurat/node/platform/nodeFiles'
import { freePort } from '@jurat/node/platform/ports.fixtures'
import type { Order, Report } from './application.ts'

/** Longest wait for anything: these machines are slow and busy. */
const patienceMs = 120_000

/** A program that reports. */
export class Program {
  readonly child: ChildProcess
  readonly #reports: Report[] = []
  #wake: () => void = () => undefined
  #ended = false

  constructor(child: ChildProcess) {
    this.child = child
    if (child.stdout !== null) {
      createInterface({ input: child.stdout }).on('line', (line) => {
        this.#reports.push(JSON.parse(line) as Report)
        this.#wake()
      })
    }
    child.once('exit', () => {
      this.#ended = true
      this.#wake()
    })
  }

  get ended(): boolean {
    return this.#ended
  }

  tell(order: Order): void {
    this.child.stdin?.write(`${JSON.stringify(order)}\n`)
  }

  /** Takes the first report that has this key. @throws when the program ends or the patience does */
  async take<Key extends string>(key: Key): Promise<Extract<Report, Readonly<Record<Key, unknown>>>> {
    const endMs = Date.now() + patienceMs
    for (;;) {
      const at = this.#reports.findIndex((report) => key in report)
      if (at >= 0) {
        const [report] = this.#reports.splice(at, 1)
        return report as Extract<Report, Readonly<Record<Key, unknown>>>
      }
      const rest = endMs - Date.now()
      if (this.#ended || rest <= 0) throw new Error(`no report "${key}"; there are ${JSON.stringify(this.#reports)}`)
      await Promise.race([
        new Promise<void>((resolve) => (this.#wake = resolve)),
        new Promise((resolve) => setTimeout(resolve, Math.min(rest, 1_000))),
      ])
    }
  }

  /** Kills it at once and waits for its end. */
  async kill(): Promise<void> {
    if (this.#ended) return
    this.child.kill('SIGKILL')
    await this.end()
  }

  /** Waits for its end. */
  async end(): Promise<void> {
    const endMs = Date.now() + patienceMs
    while (!this.#ended) {
      if (Date.now() > endMs) throw new Error('a process does not end')
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

/** Which member of which network a chain is. */
export interface Place {
  readonly genesis: Uint8Array
  readonly member?: string
  readonly peerListen?: string
  readonly peers?: readonly string[]
}

/** The chain: its folders and processes. */
export class TestChain {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'jurat-c-'))
  readonly home: string = join(this.folder, 'cometbft')
  readonly abciSocket: string = join(this.folder, 'abci.sock')
  readonly rpcSocket: string = join(this.folder, 'rpc.sock')
  /** File of the network's genesis. */
  readonly genesisPath: string = join(this.folder, 'genesis.cbor')
  readonly #binary: string
  readonly #log: string = join(this.folder, 'cometbft.log')
  #application: Program | null = null
  #comet: Program | null = null

  private constructor(binary: string) {
    this.#binary = binary
  }

  /** Makes the folders of a member of a chain; its idle heartbeat never comes. */
  static async make(binary: string, place: Place = { genesis: soloGenesis() }): Promise<TestChain> {
    const chain = new TestChain(binary)
    writeFileSync(chain.genesisPath, place.genesis)
    const signerState = join(chain.folder, 'signer-state')
    const { home, abciSocket, rpcSocket } = chain
    const { member = 'operator', peerListen = `127.0.0.1:${await freePort()}`, peers = [] } = place
    const { validator, transport } = secretsOf(member)
    await writeHome(createNodeFiles(), {
      crypto: nodeCrypto,
      paths: { home, signerState, abciSocket, rpcSocket },
      genesis: place.genesis,
      keys: { validator, transport },
      settings: {
        moniker: member,
        peerListen,
        peers,
        transactionBytesMax: 1_048_576,
        heartbeatMs: 3_600_000,
        metricsListen: null,
        stateSync: null,
      },
      fresh: true,
    })
    return chain
  }

  get application(): Program {
    if (this.#application === null) throw new Error('the application does not run')
    return this.#application
  }

  get comet(): Program {
    if (this.#comet === null) throw new Error('CometBFT does not run')
    return this.#comet
  }

  /** Starts the application on a data folder of the chain. */
  async startApplication(data = 'data', noBlockMaxMs = 60_000): Promise<Program> {
    const program = join(import.meta.dirname, 'application.ts')
    const args = [join(this.folder, data), this.abciSocket, this.rpcSocket, this.genesisPath, noBlockMaxMs].map(String)
    const child = spawn(process.execPath, [program, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#application = new Program(child)
    await this.#application.take('ready')
    return this.#application
  }

  /** Starts CometBFT; it may still be replaying when this returns. */
  startComet(): Program {
    // A killed CometBFT leaves its socket behind, and does not start while it is there.
    rmSync(this.rpcSocket, { force: true })
    const log = openSync(this.#log, 'a')
    this.#comet = new Program(spawn(this.#binary, ['start', '--home', this.home], { stdio: ['ignore', log, log] }))
    return this.#comet
  }

  /** Waits until CometBFT answers, and gives its answer. */
  async ask(method: string, params: object = {}): Promise<Record<string, unknown>> {
    const endMs = Date.now() + patienceMs
    for (;;) {
      const answer = await ask(this.rpcSocket, method, params).catch(() => null)
      if (answer !== null) return answer
      if (this.comet.ended || Date.now() > endMs) throw new Error(`CometBFT does not answer: ${this.log()}`)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  /** The end of CometBFT's log. */
  log(): string {
    return existsSync(this.#log) ? readFileSync(this.#log, 'utf8').slice(-4_000) : ''
  }

  /** Ends everything and removes the folder. */
  async remove(): Promise<void> {
    await this.#comet?.kill()
    await this.#application?.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** The genesis of a network of one member that no other equals. */
export function soloGenesis(): Uint8Array {
  return testNetwork({ timeMs: Date.now() }).genesis
}

/** The genesis of a network of these members, none of which is the operator of a solo network. */
export function consortiumGenesis(names: readonly string[]): Uint8Array {
  const solo = decodeGenesis(soloGenesis())
  const members = names.map((name) =>
    proveMember(nodeCrypto, solo.name, { name, addresses: [`https://${name}.example`] }, secretsOf(name)),
  )
  const quorum = Math.floor((2 * names.length) / 3) + 1
  return encodeGenesis({ ...solo, document: encodeDocument({ ...decodeDocument(solo.document), members, quorum }) })
}

/** Places of members in a network whose other members they reach. */
export async function placesOf(genesis: Uint8Array, names: readonly string[]): Promise<Required<Place>[]> {
  const listening = await Promise.all(names.map(async (member) => ({ member, port: await freePort() })))
  return listening.map(({ member, port }) => ({
    genesis,
    member,
    peerListen: `127.0.0.1:${port}`,
    peers: listening
      .filter((other) => other.member !== member)
      .map((other) => {
        const id = nodeIdOf(nodeCrypto, nodeCrypto.publicKeyOf(secretsOf(other.member).transport))
        return `${id}@127.0.0.1:${other.port}`
      }),
  }))
}

/** Keys of a member. Those of the operator are the ones that `testNetwork` uses. */
function secretsOf(member: string): Record<Role, Bytes> {
  const secrets = roles.map((role): [Role, Bytes] => [
    role,
    testSecret(member === 'operator' ? role : `${role} of ${member}`, role === 'executorMldsa44' ? 5 : 1),
  ])
  return Object.fromEntries(secrets) as Record<Role, Bytes>
}

/** Whether a binary is the version that we run. */
export function versionOf(binary: string): string {
  return execFileSync(binary, ['version'], { encoding: 'utf8' }).trim()
}

function ask(socketPath: string, method: string, params: object): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, method: 'POST', path: '/', headers: { 'content-type': 'application/json' } })
    asked.on('error', reject)
    asked.on('response', (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (text: string) => (body += text))
      response.on('error', reject)
      response.on('end', () => {
        const { result } = JSON.parse(body) as { result?: Record<string, unknown> }
        if (result === undefined) reject(new Error(body))
        else resolve(result)
      })
    })
    asked.end(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))
  })
}
