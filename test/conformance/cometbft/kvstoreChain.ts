/**
 * A chain of several validators whose powers change, for tests of the light client: CometBFT with its own example
 * application, which takes changes of validators from anybody.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fromText } from '@jurat/core/bytes'
import { type CometRpc, cometRpc } from '@jurat/node/engine/cometbft/rpc'
import { freePort } from '@jurat/node/platform/ports.fixtures'

/** Longest wait for anything: these machines are slow and busy. */
const patienceMs = 120_000

/** Fast enough for a test, slow enough for four processes on one core. */
const settings = {
  CMT_CONSENSUS_TIMEOUT_PROPOSE: '1s',
  CMT_CONSENSUS_TIMEOUT_COMMIT: '200ms',
  CMT_P2P_ALLOW_DUPLICATE_IP: 'true',
  CMT_P2P_ADDR_BOOK_STRICT: 'false',
  CMT_P2P_PEX: 'false',
  CMT_LOG_LEVEL: 'error',
} as const

interface ValidatorNode {
  /** Raw public key in base64. */
  readonly publicKey: string
  readonly rpc: CometRpc
  /** Address of the RPC, for other programs. */
  readonly url: string
  readonly child: ChildProcess
}

/** What `commit` and `validators` answered for a height. */
export interface BlockAnswers {
  readonly commit: unknown
  readonly validators: unknown
}

/** The chain: its folder and processes. */
export class KvstoreChain {
  readonly folder: string
  readonly nodes: readonly ValidatorNode[]
  readonly chainId: string

  private constructor(folder: string, nodes: readonly ValidatorNode[], chainId: string) {
    this.folder = folder
    this.nodes = nodes
    this.chainId = chainId
  }

  /** Starts validators of power 1 each, and waits for the first block. */
  static async start(binary: string, count: number): Promise<KvstoreChain> {
    const folder = mkdtempSync(join(tmpdir(), 'jurat-k-'))
    execFileSync(binary, ['testnet', '--v', String(count), '--o', folder, '--populate-persistent-peers=false'])
    const homes = Array.from({ length: count }, (_, at) => join(folder, `node${at}`))
    const places = await Promise.all(
      homes.map(async (home) => {
        const id = execFileSync(binary, ['show-node-id', '--home', home], { encoding: 'utf8' }).trim()
        return { home, id, port: await freePort() }
      }),
    )
    const nodes = places.map(({ home, id, port }, at): ValidatorNode => {
      const socket = join(folder, `${at}.sock`)
      const peers = places.filter((other) => other.id !== id).map((other) => `${other.id}@127.0.0.1:${other.port}`)
      const own = {
        CMT_P2P_LADDR: `tcp://127.0.0.1:${port}`,
        CMT_P2P_PERSISTENT_PEERS: peers.join(),
        CMT_RPC_LADDR: `unix://${socket}`,
      }
      const log = openSync(join(folder, `${at}.log`), 'a')
      const child = spawn(binary, ['start', '--home', home, '--proxy_app', 'kvstore'], {
        stdio: ['ignore', log, log],
        env: { ...process.env, ...settings, ...own },
      })
      closeSync(log)
      const key = JSON.parse(readFileSync(join(home, 'config', 'priv_validator_key.json'), 'utf8')) as {
        pub_key: { value: string }
      }
      return { publicKey: key.pub_key.value, rpc: cometRpc(socket), url: `unix://${socket}`, child }
    })
    const genesis = readFileSync(join(homes[0] ?? '', 'config', 'genesis.json'), 'utf8')
    const { chain_id: chainId } = JSON.parse(genesis) as { chain_id: string }
    const chain = new KvstoreChain(folder, nodes, chainId)
    await chain.reach(2)
    return chain
  }

  /** The newest height of the first validator. */
  async height(): Promise<number> {
    const { sync_info: sync } = (await this.#first.rpc.call('status')) as { sync_info: { latest_block_height: string } }
    return Number(sync.latest_block_height)
  }

  /** Waits for a height. */
  async reach(height: number): Promise<void> {
    const endMs = Date.now() + patienceMs
    while ((await this.height().catch(() => 0)) < height) {
      if (Date.now() > endMs) {
        throw new Error(`no height ${height}: ${readFileSync(join(this.folder, '0.log'), 'utf8').slice(-2_000)}`)
      }
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  /** Gives powers to keys (base64), and waits until the next header bears the changed validators. */
  async change(powers: readonly (readonly [publicKey: string, power: number])[]): Promise<void> {
    for (const [publicKey, power] of powers) {
      const answer = await this.#first.rpc.broadcast(fromText(`val=ed25519!${publicKey}!${power}`))
      if (answer.kind !== 'checked' || answer.code !== 0) throw new Error(JSON.stringify(answer))
    }
    const before = await this.height()
    // It stands in one of the next two blocks at the latest, and two later it counts.
    await this.reach(before + 4)
  }

  /** What the first validator answers for a height. */
  async answersAt(height: number): Promise<BlockAnswers> {
    const [commit, validators] = await Promise.all([
      this.#first.rpc.call('commit', { height: String(height) }),
      this.#first.rpc.call('validators', { height: String(height), per_page: '100' }),
    ])
    return { commit, validators }
  }

  /** Ends a validator at once. */
  async stop({ child, rpc }: ValidatorNode): Promise<void> {
    rpc.close()
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  /** Ends everything and removes the folder. */
  async remove(): Promise<void> {
    for (const node of this.nodes) await this.stop(node)
    rmSync(this.folder, { recursive: true, force: true })
  }

  get #first(): ValidatorNode {
    const [first] = this.nodes
    if (first === undefined) throw new Error('there are no validators')
    return first
  }
}

/**
 * A chain with every kind of change: powers and their order, one that is away and then removed, a new one that never
 * signs, and in the end only one of the first ones, so that no step leads from the first header to the last.
 */
export async function changedChain(binary: string): Promise<KvstoreChain> {
  const chain = await KvstoreChain.start(binary, 4)
  try {
    const [first, second, third, fourth] = chain.nodes
    if (first === undefined || second === undefined || third === undefined || fourth === undefined) {
      throw new Error('there are four validators')
    }
    await chain.stop(fourth)
    await chain.reach((await chain.height()) + 5)
    await chain.change([
      [second.publicKey, 20],
      [first.publicKey, 40],
      [fourth.publicKey, 0],
    ])
    const absent = Buffer.alloc(32, 7).toString('base64')
    await chain.change([[absent, 3]])
    await chain.change([
      [second.publicKey, 0],
      [third.publicKey, 0],
    ])
  } catch (error) {
    await chain.remove()
    throw error
  }
  return chain
}
