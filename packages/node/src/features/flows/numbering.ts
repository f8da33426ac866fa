/**
 * Deposits of a flow: each gets the next number, exactly once and without gaps, also when the node is killed between number and
 * deposit. A number is written down with its item before the item is deposited, under an idempotency key that follows from flow
 * and number; whatever was interrupted is deposited again under that key, which finds the first one.
 * @module
 */
import { createHash } from 'node:crypto'
import type { DepositItem } from '@jurat/api/deposits'
import { metadataFieldsMax } from '@jurat/api/limits'
import { fromHex, fromText, toHex, toText } from '@jurat/core/bytes'
import { flowId } from '@jurat/core/deposit/flow'
import { flowDepositsMax } from '@jurat/core/flow/flowFile'
import { mayDeposit, phaseField, planField } from '@jurat/core/flow/plan'
import { appendEvent } from '../../database/office/events.ts'
import {
  flowsWithPending,
  insertNumber,
  placeNumber,
  readDeposits,
  readFlow,
  returnNumber,
  type StoredFlow,
  type StoredFlowDeposit,
} from '../../database/office/flows.ts'
import type { Office } from '../../database/office/schema.ts'
import { FlowError } from './error.ts'
import type { FlowServices } from './office.ts'
import { itemPurpose, judgementOf, keyOf, notFound, openFlow, secretPurpose } from './openedFlow.ts'

/** Deposits of one flow that wait for their turn; beyond: too busy. */
export const waitingPerFlowMax = 100

/**
 * A refusal of a later attempt says nothing about the first one until no block can take that any more: longest period of a
 * transaction and greatest skew of a clock, in milliseconds (docs/spec/transaction.md).
 */
export const uncertainMs = 660_000

/** A phase to be deposited. */
export interface PhaseDeposit {
  readonly flow: string
  readonly organisation: string
  /** Hosted account of that organisation, hexadecimal. */
  readonly account: string
  readonly phase: string
  readonly item: DepositItem
  readonly idempotencyKey: string | null
  /** What the key is bound to. */
  readonly body: Uint8Array
}

/** A phase that was deposited. */
export interface DepositedPhase {
  readonly sequence: number
  readonly phase: string
  readonly deposit: string
  readonly index: number
  /** 32 bytes, hexadecimal. */
  readonly secret: string
  readonly link: string
}

/** Hands out numbers and makes their deposits. */
export class Numbering {
  readonly #services: FlowServices
  /** By flow: the work that waits, done one after another. */
  readonly #queues = new Map<string, { last: Promise<unknown>; waiting: number }>()

  constructor(services: FlowServices) {
    this.#services = services
  }

  /** Deposits a phase. @throws FlowError, and what the ordinary path throws */
  deposit(job: PhaseDeposit): Promise<DepositedPhase> {
    return this.#inTurn(job.flow, async () => {
      await this.#settle(job.flow)
      const number = await this.#take(job)
      return number.placed === null ? this.#finish(number, true) : this.#answer(number)
    })
  }

  /** Makes the deposits whose numbers were handed out before the node ended. Those that cannot be made now wait. */
  async settleAll(warn: (details: object, message: string) => void): Promise<void> {
    const flows = await this.#services.office.read(flowsWithPending)
    for (const flow of flows) {
      await this.#inTurn(flow, () => this.#settle(flow)).catch((error: unknown) => {
        warn({ flow, error: String(error) }, 'A deposit of a flow waits')
      })
    }
  }

  async #inTurn<T>(flow: string, work: () => Promise<T>): Promise<T> {
    const queue = this.#queues.get(flow) ?? { last: Promise.resolve(), waiting: 0 }
    if (queue.waiting >= waitingPerFlowMax) throw new FlowError('too-busy', 'too many deposits of this flow wait')
    queue.waiting++
    this.#queues.set(flow, queue)
    const turn = queue.last.then(work)
    queue.last = turn.catch(() => undefined)
    try {
      return await turn
    } finally {
      queue.waiting--
      if (queue.waiting === 0) this.#queues.delete(flow)
    }
  }

  async #settle(flow: string): Promise<void> {
    const numbers = await this.#services.office.read((database) => readDeposits(database, flow))
    for (const number of numbers) if (number.placed === null) await this.#settleOne(number)
  }

  async #settleOne(number: StoredFlowDeposit): Promise<void> {
    try {
      await this.#finish(number, this.#services.now() - number.createdMs > uncertainMs)
    } catch (error) {
      if (!this.#services.isRefusal(error)) throw error
      if (this.#services.now() - number.createdMs > uncertainMs) return
      throw new FlowError('not-ready', 'the last deposit of this flow is not decided yet', { cause: error })
    }
  }

  /** The next number, written down with its item; or the one that this request was given before. */
  #take(job: PhaseDeposit): Promise<StoredFlowDeposit> {
    const { office, now, sealer } = this.#services
    const requestKey = job.idempotencyKey === null ? null : hash(`${job.organisation}\n${job.idempotencyKey}`)
    const requestHash = hash(`${job.organisation}\n${job.account}\n`, job.body)
    return office.transact(async (transaction) => {
      const flow = await readFlow(transaction, job.flow, true)
      if (flow === null) throw notFound()
      const numbers = await readDeposits(transaction, job.flow)
      const same = requestKey && numbers.find((number) => number.requestKey?.equals(requestKey))
      if (same) {
        if (same.requestHash.equals(requestHash)) return same
        throw new FlowError('idempotency-conflict', 'this Idempotency-Key was used with another body')
      }
      const item = await this.#itemOf(transaction, flow, job)
      const sequence = flow.next
      const number: StoredFlowDeposit = {
        flow: flow.id,
        sequence,
        phase: job.phase,
        account: job.account,
        organisation: job.organisation,
        requestKey,
        requestHash,
        createdMs: now(),
        placed: null,
        sealedItem: Buffer.from(sealer.seal(itemPurpose(flow.id, sequence), fromText(JSON.stringify(item)))),
      }
      await insertNumber(transaction, number)
      await appendEvent(transaction, now(), eventOf(flow, 'flow.numbered', number))
      return number
    })
  }

  /** The item with its place in the flow. @throws FlowError when the plan does not allow it */
  async #itemOf(database: Office, stored: StoredFlow, job: PhaseDeposit): Promise<DepositItem> {
    const flow = await openFlow(this.#services, database, stored.id)
    const { opened, hash: plan, next } = flow
    const phase = opened.template.phases.find(({ id }) => id === job.phase)
    if (phase === undefined) throw new FlowError('record-impossible', `the template has no phase ${job.phase}`)
    if (!mayDeposit(opened, phase, job.account)) {
      throw new FlowError('forbidden', `this account may not deposit the phase ${job.phase}`)
    }
    if (judgementOf(flow, this.#services.now()).state === 'refused') {
      throw new FlowError('conflict', 'the flow ended by a refusal')
    }
    if (next >= flowDepositsMax) throw new FlowError('conflict', `a flow has at most ${flowDepositsMax} deposits`)
    const given = job.item.metadata ?? {}
    const taken = [phaseField, planField].find((name) => name in given)
    if (taken !== undefined) throw new FlowError('record-impossible', `the metadata field ${taken} is the node's`)
    if (Object.keys(given).length + 2 > metadataFieldsMax) {
      throw new FlowError('record-impossible', `with the two of the flow at most ${metadataFieldsMax} metadata fields`)
    }
    const id = flowId(this.#services.crypto, keyOf(this.#services, flow), next)
    return { ...job.item, metadata: { ...given, [phaseField]: job.phase, [planField]: plan }, flow: toHex(id) }
  }

  /**
   * Makes the deposit of a number, or finds the one that was made.
   * @param final - whether a refusal is the last word, so that the number is taken back
   */
  async #finish(number: StoredFlowDeposit, final: boolean): Promise<DepositedPhase> {
    const { office, sealer, deposit, isRefusal, timeOf, now } = this.#services
    const { flow, sequence, account } = number
    const body = sealer.open(itemPurpose(flow, sequence), number.sealedItem)
    const items = [JSON.parse(toText(body)) as DepositItem]
    const idempotencyKey = `${flow}/${sequence}/${toHex(number.requestHash)}`
    const organisation = flowsOrganisation
    try {
      const answer = await deposit({ organisation, account, items, idempotencyKey, body, witnessed: false })
      const made = answer.deposits[0]
      if (made?.secret === undefined) throw new TypeError('a deposit with metadata has a secret')
      const sealedSecret = Buffer.from(sealer.seal(secretPurpose(flow, sequence), fromHex(made.secret)))
      const placed = { deposit: made.id, index: made.index, timeMs: await timeOf(made.id), sealedSecret }
      await office.transact(async (transaction) => {
        const owner = await readFlow(transaction, flow, true)
        if (owner === null || !(await placeNumber(transaction, number, placed))) return
        await appendEvent(transaction, now(), eventOf(owner, 'flow.deposited', number, { deposit: made.id }))
      })
      return this.#answer({ ...number, placed })
    } catch (error) {
      if (final && isRefusal(error)) await this.#takeBack(number)
      throw error
    }
  }

  async #takeBack(number: StoredFlowDeposit): Promise<void> {
    const { office, now } = this.#services
    await office.transact(async (transaction) => {
      const flow = await readFlow(transaction, number.flow, true)
      if (flow === null) return
      await returnNumber(transaction, number)
      await appendEvent(transaction, now(), eventOf(flow, 'flow.number-returned', number))
    })
  }

  #answer({ flow, sequence, phase, placed }: StoredFlowDeposit): DepositedPhase {
    if (placed === null) throw new TypeError('the number has its deposit')
    const { deposit, index, sealedSecret } = placed
    const secret = toHex(this.#services.sealer.open(secretPurpose(flow, sequence), sealedSecret))
    return { sequence, phase, deposit, index, secret, link: `/v1/receipts/${deposit}` }
  }
}

/** Idempotency keys of flows stand apart from those of clients: no organisation has this id. */
const flowsOrganisation = 'flow:'

const eventOf = (
  { id, organisation }: StoredFlow,
  kind: string,
  { sequence, phase, account }: StoredFlowDeposit,
  more: object = {},
): { organisation: string; subject: string; kind: string; body: Record<string, unknown> } => ({
  organisation,
  subject: `flow/${id}`,
  kind,
  body: { sequence, phase, account, ...more },
})

function hash(text: string, bytes: Uint8Array = new Uint8Array(0)): Buffer {
  return createHash('sha256').update(text).update(bytes).digest()
}
