/**
 * Deposits under an API key: items of an organisation, gathered and signed with its hosted account. A request is
 * recorded completely or not at all: all its items stand in one transaction.
 * @module
 */
import { createHash, createHmac, randomBytes } from 'node:crypto'
import type { DepositAnswer, DepositedItem, DepositRequest } from '@jurat/api/deposits'
import { type Bytes, equal, fromHex, toHex } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { depositIdsOf } from '@jurat/core/deposit/depositId'
import { decodeItem } from '@jurat/core/deposit/item'
import { JuratError } from '@jurat/core/errors'
import { type IdentityLevel, levelsAscending } from '@jurat/core/identity/levels'
import type { Committed, Refused, SubmissionSide } from '../engine/engine.ts'
import type { Timers } from '../platform/clock.ts'
import type { IdempotentAnswer } from '../store/store.ts'
import { Gathering, windowMaxMs, windowPerAccountMs, type GatheringLimits } from '../engine/gathering.ts'
import { prepareItem, type PreparedItem } from './deposits/items.ts'

/** Items that wait for their transaction or its commit, over all accounts; beyond: too busy. */
export const waitingItemsMax = 200_000

/** Longest wait for a witnessed answer, milliseconds. */
export const witnessedWaitMs = 30_000

/** How often accounts without deposits are forgotten, milliseconds. */
const forgetAfterMs = 1_000

/** A deposit that was not made. */
export class DepositError extends JuratError<'too-busy' | 'idempotency-conflict' | 'forbidden' | 'record-impossible'> {}

/** A deposit that the ledger refused or failed. */
export class LedgerError extends JuratError<'ledger'> {
  readonly resultCode: number
  readonly txHash: Bytes | null

  constructor(resultCode: number, txHash: Bytes | null) {
    super('ledger', `result code ${resultCode}`)
    this.resultCode = resultCode
    this.txHash = txHash
  }
}

/** One request. */
export interface DepositJob {
  readonly organisation: string
  /** The hosted account's id, hexadecimal. */
  readonly account: string
  readonly items: DepositRequest['items']
  readonly idempotencyKey: string | null
  /** What the idempotency key is bound to. Only read with a key. */
  readonly body: Uint8Array
  readonly witnessed: boolean
}

/** What deposits stand on. */
export interface DepositOptions {
  readonly crypto: CryptoProvider
  readonly timers: Timers
  readonly limits: GatheringLimits
  /** Signs items with a hosted account and brings them into a block. */
  readonly submit: (accountHex: string, items: readonly Bytes[], side: SubmissionSide) => Promise<Committed | Refused>
  readonly idempotent: (keyHash: Bytes) => Promise<IdempotentAnswer | null>
  /** Waits until a published checkpoint covers `size` entries; false when none came in time. */
  readonly covered: (size: number, timeoutMs: number) => Promise<boolean>
  /** Whether this network has outside witnesses. */
  readonly hasWitnesses: () => boolean
  /** The identity level of an account of an organisation that holds now; null: none that is known. */
  readonly levelOf: (organisation: string, account: string) => IdentityLevel | null
  /** The commitment of the item of an entry. */
  readonly commitmentAt: (index: number) => Promise<Bytes | null>
  /** 32 bytes from which the secrets of requests with an idempotency key follow. */
  readonly secretSeed: Bytes
}

interface InFlight {
  readonly requestHash: Bytes
  readonly answer: Promise<Placed>
}

/** Where a request's items stand. */
interface Placed {
  readonly txHash: Bytes
  readonly firstItem: number
  readonly firstIndex: number
  /** It was placed by an earlier request: what held then, and not what holds now, was committed to. */
  readonly repeated?: true
}

/** Makes deposits. */
export class Deposits {
  readonly #options: DepositOptions
  readonly #gatherings = new Map<string, Gathering>()
  readonly #inFlight = new Map<string, InFlight>()
  #waitingItems = 0
  #cancelForget: (() => void) | null = null

  constructor(options: DepositOptions) {
    this.#options = options
  }

  /** Items that wait. */
  get waitingItems(): number {
    return this.#waitingItems
  }

  /**
   * Deposits the items of a request and answers when they are committed, or witnessed if asked for.
   * @throws DepositError, ItemError, LedgerError, EngineError
   */
  async deposit(job: DepositJob): Promise<DepositAnswer> {
    const key = job.idempotencyKey === null ? null : this.#keyOf(job.organisation, job.idempotencyKey, job)
    const level = this.#options.levelOf(job.organisation, job.account)
    const prepared = this.#prepare(job, key, level)
    const placed =
      key === null ? await this.#place(job.account, prepared, null) : await this.#placeOnce(job, prepared, key)
    const levels = placed.repeated === true ? await this.#levelsThen(job, key, placed) : prepared.map(levelIn)
    return this.#answer(job, prepared, placed, levels)
  }

  /** Ends the timers; what is on its way ends with the engine. */
  stop(): void {
    this.#cancelForget?.()
  }

  #keyOf(organisation: string, key: string, job: DepositJob): { keyHash: Bytes; requestHash: Bytes } {
    const keyHash = createHash('sha256').update(`jurat/idempotency/v1\n${organisation}\n${key}`).digest()
    const requestHash = createHash('sha256').update(`${job.account}\n`).update(job.body).digest()
    return { keyHash, requestHash }
  }

  /** The levels that a repeated request's items were committed with: the one that gives the commitment of the entry. */
  #levelsThen(
    job: DepositJob,
    key: { keyHash: Bytes; requestHash: Bytes } | null,
    { firstIndex }: Placed,
  ): Promise<(IdentityLevel | null)[]> {
    const tried = [null, ...levelsAscending].map((level) => ({ level, items: this.#prepare(job, key, level) }))
    return Promise.all(
      job.items.map(async ({ metadata }, at) => {
        if (metadata === undefined) return null
        const stored = await this.#options.commitmentAt(firstIndex + at)
        const same = tried.find(({ items }) => {
          const bytes = items[at]?.bytes
          const made = bytes === undefined ? null : decodeItem(bytes).commitment
          return made !== null && stored !== null && equal(made, stored)
        })
        return same?.level ?? null
      }),
    )
  }

  #prepare(
    job: DepositJob,
    key: { keyHash: Bytes; requestHash: Bytes } | null,
    level: IdentityLevel | null,
  ): PreparedItem[] {
    const { crypto, secretSeed } = this.#options
    const account = fromHex(job.account)
    return job.items.map((item, position) =>
      prepareItem(crypto, account, { item, position, level }, () => {
        if (key === null) return randomBytes(32)
        // A repetition must get the same secret, and the node must not keep it.
        const hmac = createHmac('sha256', secretSeed).update(key.keyHash).update(key.requestHash)
        return hmac.update(String(position)).digest()
      }),
    )
  }

  async #placeOnce(
    job: DepositJob,
    prepared: readonly PreparedItem[],
    key: { keyHash: Bytes; requestHash: Bytes },
  ): Promise<Placed> {
    const name = toHex(key.keyHash)
    const running = this.#inFlight.get(name)
    if (running !== undefined) {
      if (!equal(running.requestHash, key.requestHash)) throw conflict()
      return { ...(await running.answer), repeated: true }
    }
    const answer = this.#placeUnlessDone(job.account, prepared, key)
    this.#inFlight.set(name, { requestHash: key.requestHash, answer })
    try {
      return await answer
    } finally {
      this.#inFlight.delete(name)
    }
  }

  async #placeUnlessDone(
    account: string,
    prepared: readonly PreparedItem[],
    key: { keyHash: Bytes; requestHash: Bytes },
  ): Promise<Placed> {
    const done = await this.#options.idempotent(key.keyHash)
    // A transaction that failed recorded nothing: the same key may try again.
    if (done === null || done.code !== 0) return this.#place(account, prepared, key)
    if (!equal(done.requestHash, key.requestHash)) throw conflict()
    return { ...done, repeated: true }
  }

  #place(
    account: string,
    prepared: readonly PreparedItem[],
    idempotency: { keyHash: Bytes; requestHash: Bytes } | null,
  ): Promise<Placed> {
    if (this.#waitingItems + prepared.length > waitingItemsMax) {
      throw new DepositError('too-busy', 'too many items wait for their block')
    }
    this.#waitingItems += prepared.length
    return new Promise<Placed>((resolve, reject) => {
      this.#gathering(account).add({
        items: prepared.map(({ bytes }) => bytes),
        idempotency,
        done: (outcome, firstItem) => {
          this.#waitingItems -= prepared.length
          if (outcome.state === 'refused' || outcome.code !== 0) {
            reject(new LedgerError(outcome.code, outcome.txHash))
          } else {
            resolve({ txHash: outcome.txHash, firstItem, firstIndex: outcome.firstIndex + firstItem })
          }
        },
        failed: (error) => {
          this.#waitingItems -= prepared.length
          reject(error)
        },
      })
    })
  }

  async #answer(
    job: DepositJob,
    prepared: readonly PreparedItem[],
    placed: Placed,
    levels: readonly (IdentityLevel | null)[],
  ): Promise<DepositAnswer> {
    const idOf = depositIdsOf(placed.txHash)
    const size = placed.firstIndex + prepared.length
    const covered = job.witnessed && (await this.#options.covered(size, witnessedWaitMs))
    const hasWitnesses = job.witnessed && this.#options.hasWitnesses()
    const state = covered && hasWitnesses ? 'witnessed' : 'committed'
    const deposits = prepared.map(({ secret }, i): DepositedItem => {
      const id = idOf(placed.firstItem + i)
      return {
        id,
        index: placed.firstIndex + i,
        state,
        link: `/v1/receipts/${id}`,
        ...(secret !== null && { secret: toHex(secret) }),
        ...(levels[i] != null && { identityLevel: levels[i] }),
      }
    })
    if (!job.witnessed) return { deposits }
    return { deposits, witnesses: hasWitnesses ? (covered ? 'complete' : 'pending') : 'none' }
  }

  #gathering(account: string): Gathering {
    let gathering = this.#gatherings.get(account)
    if (gathering === undefined) {
      const { submit, timers, limits } = this.#options
      const windowMs = (): number => Math.min(windowMaxMs, (this.#gatherings.size - 1) * windowPerAccountMs)
      gathering = new Gathering((items, side) => submit(account, items, side), timers, limits, windowMs)
      this.#gatherings.set(account, gathering)
      this.#cancelForget ??= timers.after(forgetAfterMs, () => this.#forgetIdle())
    }
    return gathering
  }

  /** Accounts that deposit nothing any more do not widen the window of the others. */
  #forgetIdle(): void {
    for (const [account, gathering] of this.#gatherings) if (gathering.idle) this.#gatherings.delete(account)
    this.#cancelForget =
      this.#gatherings.size === 0 ? null : this.#options.timers.after(forgetAfterMs, () => this.#forgetIdle())
  }
}

const levelIn = ({ identityLevel }: PreparedItem): IdentityLevel | null => identityLevel

const conflict = (): DepositError =>
  new DepositError('idempotency-conflict', 'this Idempotency-Key was used with another body')
