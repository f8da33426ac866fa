/**
 * Client and judge of a consortium: it keeps its own list of what was acknowledged, watches every checkpoint that any member
 * shows, and asks at the end for all of it at every member, and of every folder.
 * @module
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { verifyReceipt } from '@jurat/verify/verify'
import { nodeCrypto } from '../../packages/node/src/crypto/nodeCrypto.ts'
import { type CometRpc, cometRpc } from '../../packages/node/src/engine/cometbft/rpc.ts'
import { cometbftPaths } from '../../packages/node/src/engine/cometbft/supervision/home.ts'
import type { LocalMember, LocalNetwork } from '../localNetwork.ts'
import { nodeProgram } from '../runningNode.ts'
import { CheckpointWatch } from './checkpoints.ts'

/** Longest wait for anything that the network does, milliseconds. */
const patienceMs = 150_000

/** Longest wait for a request of a network that may stand still, milliseconds. */
const requestMs = 40_000

/** Between two looks at all checkpoints, milliseconds. */
const lookEveryMs = 100

/** Members whose cosignature a receipt must carry, of four. */
const quorum = 3

const run = promisify(execFile)

/** A deposit that was acknowledged. */
export interface Acknowledged {
  readonly id: string
  readonly index: number
  readonly original: Buffer
}

/** What the judge has seen. */
export interface Judgement {
  readonly acknowledged: number
  /** Why requests were not acknowledged, with how often. */
  readonly refusals: Readonly<Record<string, number>>
  readonly checkpoints: number
  readonly blocks: number
}

/** Watches one network from its start to its end. */
export class ConsortiumJudge {
  readonly acknowledged: Acknowledged[] = []
  /** Why requests were not acknowledged, with how often. */
  readonly refusals = new Map<string, number>()
  readonly #network: LocalNetwork
  /** One root for a size, whoever shows it. */
  readonly #roots = new Map<string, string>()
  /** One for each member: what it shows never shrinks. */
  readonly #watches = new Map<string, CheckpointWatch>()
  #watching = true
  readonly #watched: Promise<void>
  #fault: string | null = null
  #loading = false
  #load: Promise<unknown> = Promise.resolve()

  constructor(network: LocalNetwork) {
    this.#network = network
    this.#watched = this.#watch()
  }

  /** @throws {AssertionError} when there is none of this name */
  member(name: string): LocalMember {
    const found = this.#network.members.find((one) => one.name === name)
    assert.ok(found !== undefined, name)
    return found
  }

  /** Waits for a condition. @throws {AssertionError} when it does not come, with the last lines of all members */
  async until(what: string, condition: () => Promise<boolean>): Promise<void> {
    const end = performance.now() + patienceMs
    while (!(await condition().catch(() => false))) {
      assert.ok(performance.now() < end, `${what}\n${this.#network.output().slice(-4_000)}`)
      await sleep(100)
    }
  }

  /** Deposits one digest; an answer 200 is written down. */
  async deposit(name: string, wait = 'committed'): Promise<Response> {
    const { url, apiKey } = this.member(name)
    const original = randomBytes(40)
    const digest = Buffer.from(nodeCrypto.sha256(original)).toString('hex')
    const response = await fetch(`${url}/v1/deposits?wait=${wait}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ items: [{ algorithm: 'sha-256', digest }] }),
      signal: AbortSignal.timeout(requestMs),
    })
    if (response.status !== 200) {
      const { detail = '' } = (await response.clone().json()) as { detail?: string }
      this.#refused(`${response.status} ${detail.replaceAll(/\d+ seconds/g, 'some seconds')}`)
      return response
    }
    const { deposits } = (await response.clone().json()) as { deposits: { id: string; index: number }[] }
    const [made] = deposits
    assert.ok(made !== undefined)
    this.acknowledged.push({ id: made.id, index: made.index, original })
    return response
  }

  /** Waits until a deposit there is acknowledged. */
  deposited(name: string): Promise<void> {
    return this.until(`a deposit at ${name}`, async () => (await this.deposit(name)).status === 200)
  }

  /** Deposits at every member, one after the other, until the load is stopped. */
  startLoad(): void {
    this.#loading = true
    const loop = async ({ name }: LocalMember): Promise<void> => {
      while (this.#loading) {
        await this.deposit(name).catch((error: unknown) => this.#refused(`no answer: ${String(error)}`))
        await sleep(200)
      }
    }
    this.#load = Promise.all(this.#network.members.map(loop))
  }

  async stopLoad(): Promise<void> {
    this.#loading = false
    await this.#load
  }

  /** What GET /v1/network says; null when it does not answer. */
  async stateOf(name: string): Promise<{ treeSize: number; height: number } | null> {
    const answer = await fetch(`${this.member(name).url}/v1/network`).catch(() => null)
    return answer?.ok === true ? ((await answer.json()) as { treeSize: number; height: number }) : null
  }

  /** Waits until all members have executed the same and show the same checkpoint. */
  async even(): Promise<void> {
    await this.until('all members show one checkpoint', async () => {
      const notes = await Promise.all(
        this.#network.members.map(async ({ url }) => (await fetch(`${url}/log/checkpoint`)).text()),
      )
      const sizes = await Promise.all(
        this.#network.members.map(async ({ name }) => (await this.stateOf(name))?.treeSize),
      )
      const [, size] = notes[0]?.split('\n') ?? []
      return new Set(notes.map(treeOf)).size === 1 && sizes.every((one) => one === Number(size))
    })
  }

  /** The receipt of a deposit at a member, judged offline. @returns when it was recorded */
  async verified(name: string, { id, index, original }: Acknowledged): Promise<number> {
    let receipt = ''
    // The commit is there with the next block; asked earlier, a receipt is without it.
    await this.until(`a receipt of ${id} with its commit at ${name}`, async () => {
      const answer = await fetch(`${this.member(name).url}/v1/receipts/${id}`)
      receipt = await answer.text()
      return answer.status === 200 && (JSON.parse(receipt) as { finality?: object | null }).finality != null
    })
    const { index: found, proof } = JSON.parse(receipt) as { index: number; proof: string }
    assert.equal(found, index, name)
    this.#see(name, proof.slice(proof.indexOf('\n\n') + 2))
    const trust = readFileSync(this.#network.trust, 'utf8')
    const verdict = await verifyReceipt({ crypto: nodeCrypto, original, receipt, trust })
    assert.equal(verdict.summary, 'verified', `${name}: ${JSON.stringify(verdict.steps)}`)
    assert.equal(verdict.steps.find((step) => step.name === 'finality')?.state, 'passed', name)
    const names = new Set(verdict.signatories.filter(({ timeMs }) => timeMs !== null).map((one) => one.name))
    const members = new Set(this.#network.members.map((one) => one.name))
    assert.ok(
      names.size >= quorum && [...names].every((one) => members.has(one)),
      `${name}: signed by ${[...names].join(', ')}`,
    )
    assert.ok(verdict.recordedAtMs !== null)
    return verdict.recordedAtMs
  }

  /** Judges a network in which all members run: receipts at every member, and evidence in the chain. */
  async judge(): Promise<Judgement> {
    await this.even()
    for (const { name } of this.#network.members) {
      for (const deposit of this.acknowledged) await this.verified(name, deposit)
    }
    const blocks = await this.#noEvidence()
    this.#watching = false
    await this.#watched
    assert.equal(this.#fault, null)
    assert.ok(this.#roots.size > 0, 'checkpoints were seen')
    return {
      acknowledged: this.acknowledged.length,
      refusals: Object.fromEntries(this.refusals),
      checkpoints: this.#roots.size,
      blocks,
    }
  }

  /** Stops every member, and checks its folder. */
  async stopAndCheck(): Promise<void> {
    this.#watching = false
    for (const { name, data } of this.#network.members) {
      await this.#network.tell('stop', name)
      await this.assertClean(name, data)
    }
  }

  /** @throws {AssertionError} with the findings when the folder of a stopped member is not clean */
  async assertClean(name: string, data: string): Promise<void> {
    const env = { ...process.env, JURAT_MASTER_KEY_FILE: join(this.#network.folder, `${name}.master.key`) }
    const ended = await run(process.execPath, [nodeProgram, 'fsck', '--data', data], {
      env,
      timeout: patienceMs,
    }).catch((error: unknown) => error as { code: unknown; stdout: string; stderr: string })
    assert.ok(!('code' in ended), `fsck of ${name} is not clean:\n${ended.stdout}\n${ended.stderr}`)
  }

  async #watch(): Promise<void> {
    const watched = this.#network.members.map(({ name, url }) => ({ name, url }))
    while (this.#watching && this.#fault === null) {
      for (const { name, url } of watched) {
        const answer = await fetch(`${url}/log/checkpoint`).catch(() => null)
        const note = answer?.status === 200 ? await answer.text().catch(() => '') : ''
        try {
          this.#see(name, note)
          const watch = this.#watches.get(name) ?? new CheckpointWatch()
          this.#watches.set(name, watch)
          watch.see(note)
        } catch (error) {
          this.#fault = String(error)
        }
      }
      await sleep(lookEveryMs)
    }
  }

  #refused(why: string): void {
    this.refusals.set(why, (this.refusals.get(why) ?? 0) + 1)
  }

  #see(name: string, note: string): void {
    const [, size = '', root = ''] = note.split('\n')
    if (root === '') return
    assert.equal(this.#roots.get(size) ?? root, root, `${name} shows another root for size ${size}`)
    this.#roots.set(size, root)
  }

  /** Blocks of CometBFT at the first member: with the empty ones, that are none of the ledger. */
  chainHeight(): Promise<number> {
    return this.#asking(async (rpc) => {
      const { sync_info: sync } = (await rpc.call('status')) as { sync_info: { latest_block_height: string } }
      return Number(sync.latest_block_height)
    })
  }

  /** CometBFT puts two votes of one validator for one round into a block as evidence: there must be none. */
  async #noEvidence(): Promise<number> {
    const height = await this.chainHeight()
    await this.#asking(async (rpc) => {
      for (let at = 1; at <= height; at++) {
        const { block } = (await rpc.call('block', { height: String(at) })) as {
          block: { evidence: { evidence: readonly unknown[] | null } }
        }
        assert.deepEqual(block.evidence.evidence ?? [], [], `evidence of a double vote in block ${at}`)
      }
    })
    return height
  }

  async #asking<T>(ask: (rpc: CometRpc) => Promise<T>): Promise<T> {
    const [first] = this.#network.members
    assert.ok(first !== undefined)
    const rpc = cometRpc(cometbftPaths(first.data).rpcSocket)
    try {
      return await ask(rpc)
    } finally {
      rpc.close()
    }
  }
}

const treeOf = (note: string): string => note.split('\n').slice(0, 3).join(' ')
