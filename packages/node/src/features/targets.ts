/**
 * Targets: the fingerprints of deposits are brought to further networks, and what came back is verified offline under the
 * trust file of each network that was pinned here. Sending is a job: it goes on until it succeeds, also after restarts.
 * docs/operating/targets.md.
 * @module
 */
import { createHash } from 'node:crypto'
import { fromHex } from '@jurat/core/bytes'
import { depositIdsOf } from '@jurat/core/deposit/depositId'
import type { Fingerprint, Standing } from '@jurat/verify/fingerprint'
import { type Again, HopelessJob, type Job, type JobQueue } from '../database/office/jobQueue.ts'
import type { OfficeDatabase } from '../database/office/officeDatabase.ts'
import type { OfficeTransaction } from '../database/office/schema.ts'
import {
  followDeposits,
  insertTarget,
  noteReason,
  readTarget,
  readTargetsOf,
  setTarget,
  type TargetTable,
  type TargetView,
  viewOf,
} from '../database/office/targetTables.ts'
import { TargetError, type TargetNetwork } from './targets/targetNetwork.ts'

/** How often deposits of organisations that send all of theirs are looked for, in milliseconds. */
const followEveryMs = 1_000

/** Most deposits taken up at once. */
const followedAtOnceMax = 500

/** How often a receipt that is not final yet is asked for again, in milliseconds. */
const receiptEveryMs = 1_000

/** Attempts of one sending after the first; at five minutes each this is more than a week. */
const retriesMax = 2_500

/** Sendings at once, to all networks together. */
const sendingsMax = 4

const sendKind = 'target.send'
const followKind = 'target.follow'

/** What a receipt of another network came to. */
export interface TargetVerdict extends Standing {
  /** Place and time in that network's log; of use when verified. */
  readonly index: number
  readonly timeMs: number
}

/** A network with what was pinned of it. */
export interface PinnedTarget extends TargetNetwork {
  /** Judges a receipt of it over a fingerprint, under the pinned trust file. */
  verify(receipt: string, fingerprint: Fingerprint): Promise<TargetVerdict>
}

/** What targets stand on. */
export interface TargetsOptions {
  readonly office: Pick<OfficeDatabase, 'read' | 'transact'>
  readonly jobs: JobQueue
  readonly now: () => number
  /** This network's id, hexadecimal: part of the keys by which other networks know a repetition. */
  readonly networkId: string
  readonly targets: readonly PinnedTarget[]
  /** Accounts whose every deposit is sent, hexadecimal, with their organisations. */
  readonly followed: () => readonly { readonly account: string; readonly organisation: string }[]
  /** Done in the transaction in which a deposit has succeeded on a network, or failed for good. */
  readonly settled: (transaction: OfficeTransaction, deposit: string) => Promise<void>
}

/** A deposit that is to be sent. */
export interface TargetWish extends Fingerprint {
  readonly deposit: string
  readonly organisation: string
}

/** Brings deposits to further networks. */
export class Targets {
  readonly #options: TargetsOptions
  readonly #targets: ReadonlyMap<string, PinnedTarget>

  constructor(options: TargetsOptions) {
    this.#options = options
    this.#targets = new Map(options.targets.map((target) => [target.name, target]))
    const limits = { retriesMax, atOnce: sendingsMax, attemptSeconds: 120 }
    options.jobs.handle(sendKind, (job) => this.#send(job), limits)
    if (options.targets.length > 0) options.jobs.every(followKind, followEveryMs, (job) => this.#follow(job))
  }

  /** Names of the networks. */
  get names(): readonly string[] {
    return [...this.#targets.keys()]
  }

  /** Wants a deposit on networks, or on all of them. What was wanted before is not wanted twice. */
  async want(transaction: OfficeTransaction, wish: TargetWish, names = this.names): Promise<void> {
    const { deposit, organisation, algorithm } = wish
    const digest = Buffer.from(wish.digest)
    for (const target of names) {
      const row = { deposit, target, organisation, algorithm, digest }
      if (!(await insertTarget(transaction, row, this.#options.now()))) continue
      await this.#options.jobs.enqueue(transaction, sendKind, `${target}/${deposit}`, { deposit, target })
    }
  }

  /** Where deposits stand on the networks, with the receipts from there. */
  rows(deposits: readonly string[]): Promise<TargetTable[]> {
    return this.#options.office.read((database) => readTargetsOf(database, deposits))
  }

  /** Where a deposit stands on the networks. @param organisation - only if it is this one's; null: whose ever */
  async list(deposit: string, organisation: string | null): Promise<TargetView[]> {
    const rows = await this.rows([deposit])
    return rows.filter((row) => organisation === null || row.organisation === organisation).map(viewOf)
  }

  /** Wants a deposit on the networks, and says where it stands. */
  async send(wish: TargetWish): Promise<TargetView[]> {
    await this.#options.office.transact((transaction) => this.want(transaction, wish))
    return this.list(wish.deposit, null)
  }

  async #send({ body, done }: Job): Promise<Again | void> {
    const { office } = this.#options
    const row = await office.read((database) => readTarget(database, String(body['deposit']), String(body['target'])))
    if (row === undefined || row.state === 'succeeded') return undefined
    const target = this.#targets.get(row.target)
    try {
      if (target === undefined) throw new TargetError('unreachable', 'the profile does not name this network any more')
      return await this.#advance(target, row, done)
    } catch (error) {
      if (!(error instanceof TargetError)) throw error
      if (error.code !== 'refused') {
        await office.read((database) => noteReason(database, row, error.message))
        throw error
      }
      await this.#settle(row, 'failed', { reason: error.message })
      throw new HopelessJob('hopeless', `${row.target}: ${error.message}`, { cause: error })
    }
  }

  /** Each step is noted before the next, and asks there for what may have been done before. */
  async #advance(target: PinnedTarget, row: TargetTable, done: Job['done']): Promise<Again | void> {
    const { office, networkId, now } = this.#options
    const fingerprint = { algorithm: row.algorithm, digest: new Uint8Array(row.digest) }
    let { remote } = row
    if (remote === null) {
      const key = createHash('sha256').update(`jurat/target/v1\n${networkId}\n${row.deposit}`).digest('hex')
      remote = await target.send(fingerprint, key)
      const change = { remote }
      await office.transact((transaction) => setTarget(transaction, row, 'sent', change, now()))
    }
    const receipt = await target.receipt(remote)
    if (receipt === null) return { againAfterMs: receiptEveryMs }
    const { summary, reason, index, timeMs } = await target.verify(receipt, fingerprint)
    // A receipt may wait for its quorum; one that is wrong is told, and asked for again: what there is wrong may be mended.
    if (summary === 'incomplete') {
      await office.read((database) => noteReason(database, row, reason))
      return { againAfterMs: receiptEveryMs }
    }
    if (summary === 'failed') throw new TargetError('unreachable', `its receipt is not valid: ${reason}`)
    const change = {
      remote,
      receipt,
      remote_index: String(index),
      remote_time_ms: String(timeMs),
      done_ms: String(now()),
    }
    await this.#settle(row, 'succeeded', change, done)
    return undefined
  }

  #settle(
    row: TargetTable,
    state: 'succeeded' | 'failed',
    change: Parameters<typeof setTarget>[3],
    done?: Job['done'],
  ): Promise<void> {
    const { office, settled, now } = this.#options
    return office.transact(async (transaction) => {
      await settled(transaction, row.deposit)
      await done?.(transaction)
      await setTarget(transaction, row, state, change, now())
    })
  }

  async #follow({ done }: Job): Promise<void> {
    const { office, followed } = this.#options
    const organisations = new Map(followed().map(({ account, organisation }) => [account, organisation]))
    if (organisations.size === 0) return
    const accounts = [...organisations.keys()].map((account) => Buffer.from(fromHex(account)))
    await office.transact(async (transaction) => {
      for (const found of await followDeposits(transaction, accounts, followedAtOnceMax)) {
        const { account, algorithm, digest, txHash, itemIndex } = found
        const deposit = depositIdsOf(txHash)(itemIndex)
        const organisation = organisations.get(account) ?? ''
        await this.want(transaction, { deposit, organisation, algorithm, digest })
      }
      await done(transaction)
    })
  }
}
