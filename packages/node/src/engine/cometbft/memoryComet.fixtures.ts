/**
 * A CometBFT of one process for tests: a mempool behind the RPC, and blocks through the real ABCI socket when the test says so.
 * It can be full, behind, away, or lose its mempool.
 * @module
 */
import { equal, type Bytes } from '@jurat/core/bytes'
import { CheckTxType } from '../abci/generated/tendermint/abci/types.ts'
import { TestClient } from '../abci/client.fixtures.ts'
import type { Broadcast, CometRpc } from './rpc.ts'

const nothing = { misbehavior: [], nextValidatorsHash: new Uint8Array(0), proposerAddress: new Uint8Array(0) }

/** The engine's other side. */
export class MemoryComet implements CometRpc {
  readonly #client: TestClient
  #mempool: Bytes[] = []
  #height = 0
  /** Time of its headers. */
  timeMs: number
  /** Answered instead of taking a transaction. */
  broken: Broadcast | null = null
  /** What `consensus_state` answers; null for no answer. */
  consensus: unknown = null
  /** Transactions that were broadcast. */
  broadcasts = 0

  private constructor(client: TestClient, timeMs: number) {
    this.#client = client
    this.timeMs = timeMs
  }

  /** Connects, as a CometBFT that starts. */
  static async start(socketPath: string, timeMs: number): Promise<MemoryComet> {
    const comet = new MemoryComet(await TestClient.open(socketPath), timeMs)
    await comet.handshake()
    return comet
  }

  get waiting(): number {
    return this.#mempool.length
  }

  /** Asks where the application stands, with an empty mempool. */
  async handshake(): Promise<void> {
    this.#mempool = []
    const value = { version: '0.39.4', blockVersion: 11n, p2pVersion: 8n, abciVersion: '2.0.0' }
    const { lastBlockHeight } = await this.#client.ask({ $case: 'info', value })
    this.#height = Number(lastBlockHeight)
  }

  async broadcast(tx: Bytes): Promise<Broadcast> {
    this.broadcasts++
    if (this.broken !== null) return this.broken
    if (this.#mempool.some((other) => equal(other, tx))) return { kind: 'known' }
    const { code } = await this.#client.ask({ $case: 'checkTx', value: { tx, type: CheckTxType.NEW } })
    if (code === 0) this.#mempool.push(tx)
    return { kind: 'checked', code }
  }

  async call(): Promise<unknown> {
    if (this.consensus === null) throw new Error('no answer')
    return this.consensus
  }

  close(): void {
    this.#client.close()
  }

  /** Makes a block of what waits, and checks the rest again. Gives its height. */
  async block(): Promise<number> {
    const height = BigInt(this.#height + 1)
    const common = { ...nothing, height, time: { seconds: BigInt(Math.floor(this.timeMs / 1_000)), nanos: 0 } }
    const { txs } = await this.#client.ask({
      $case: 'prepareProposal',
      value: { ...common, maxTxBytes: 8_000_000n, txs: this.#mempool, localLastCommit: undefined },
    })
    const block = { ...common, txs, hash: new Uint8Array(32).fill(Number(height)) }
    const proposed = { ...block, proposedLastCommit: undefined }
    await this.#client.ask({ $case: 'processProposal', value: proposed })
    await this.#client.ask({ $case: 'finalizeBlock', value: { ...block, decidedLastCommit: undefined } })
    await this.#client.ask({ $case: 'commit', value: {} })
    this.#height++
    const rest: Bytes[] = []
    for (const tx of this.#mempool) {
      if (txs.some((taken) => equal(taken, tx))) continue
      const { code } = await this.#client.ask({ $case: 'checkTx', value: { tx, type: CheckTxType.RECHECK } })
      if (code === 0) rest.push(tx)
    }
    this.#mempool = rest
    return this.#height
  }

  /** Forgets what waits, as a CometBFT does whose mempool is dropped. */
  lose(): void {
    this.#mempool = []
  }
}
