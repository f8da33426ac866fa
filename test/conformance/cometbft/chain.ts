/**
 * A chain of one validator for tests: the real CometBFT over the ledger, each a process of its own that can be killed.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { nodeCrypto } from '@jurat/node/crypto/nodeCrypto'
import { writeHome } from '@jurat/node/engine/cometbft/supervision/home'
import { testNetwork, testSecret } from '@jurat/node/engine/network.fixtures'
import { createNodeFiles } from '@jurat/node/platform/nodeFiles'
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

  /** Makes the folders of a chain whose idle heartbeat comes after `heartbeatMs`. */
  static async make(binary: string, heartbeatMs = 3_600_000): Promise<TestChain> {
    const chain = new TestChain(binary)
    chain.writeGenesis()
    const signerState = join(chain.folder, 'signer-state')
    const { home, abciSocket, rpcSocket } = chain
    await writeHome(createNodeFiles(), {
      crypto: nodeCrypto,
      paths: { home, signerState, abciSocket, rpcSocket },
      genesis: readFileSync(chain.genesisPath),
      keys: { validator: testSecret('validator'), transport: testSecret('transport') },
      settings: {
        moniker: 'operator',
        peerListen: `127.0.0.1:${await freePort()}`,
        peers: [],
        heartbeatMs,
        metricsListen: null,
      },
      fresh: true,
    })
    return chain
  }

  /** Writes the genesis of a network that no other equals. */
  writeGenesis(): void {
    writeFileSync(this.genesisPath, testNetwork({ timeMs: Date.now() }).genesis)
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

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}
