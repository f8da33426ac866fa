/**
 * Access codes: what a court or a mediator shows in place of an API key. They expire, they are revoked at once, and every use
 * of one is an event of its flow.
 * @module
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { accessCodesMax, accessSecondsDefault, type FlowAccess } from '@jurat/api/flows'
import { toBase32 } from '@jurat/core/bytes'
import { appendEvent } from '../../database/office/events.ts'
import { insertAccess, readAccess, revokeAccess, type StoredFlowAccess } from '../../database/office/flowAccess.ts'
import { readFlow, type StoredFlow } from '../../database/office/flows.ts'
import { FlowError } from './error.ts'
import type { FlowServices } from './office.ts'

/** Random bytes of an access code's id and of its secret. */
const idBytes = 10
const secretBytes = 20

/** Uses from one address in a minute, right ones and wrong ones together. */
export const accessUsesPerMinuteMax = 30

/** Addresses whose uses are counted; the oldest is forgotten first. */
export const countedAddressesMax = 10_000

const minuteMs = 60_000

/** What a code is used for. */
export type AccessUse = 'view' | 'package'

/** Makes, revokes and checks codes. */
export class AccessCodes {
  readonly #services: FlowServices
  readonly #uses = new Map<string, { sinceMs: number; count: number }>()

  constructor(services: FlowServices) {
    this.#services = services
  }

  /** Makes a code for a flow. The code in the result is the only copy. @throws FlowError `conflict` */
  async grant(
    flow: StoredFlow,
    request: { label: string; seconds?: number },
  ): Promise<{ access: FlowAccess; code: string }> {
    const { office, now, random } = this.#services
    const secret = toBase32(random(secretBytes))
    const createdMs = now()
    const access: StoredFlowAccess = {
      id: toBase32(random(idBytes)),
      flow: flow.id,
      label: request.label,
      secretHash: sha256(secret),
      createdMs,
      expiresMs: createdMs + (request.seconds ?? accessSecondsDefault) * 1e3,
      revokedMs: null,
    }
    await office.transact(async (transaction) => {
      // The lock on the flow keeps two requests from passing the bound together.
      await readFlow(transaction, flow.id, true)
      if ((await readAccess(transaction, { flow: flow.id })).length >= accessCodesMax) {
        throw new FlowError('conflict', `a flow has at most ${accessCodesMax} access codes`)
      }
      await insertAccess(transaction, access)
      const { id, label, expiresMs } = access
      await appendEvent(transaction, createdMs, eventOf(flow, 'flow.access-granted', { access: id, label, expiresMs }))
    })
    return { access: shownAccess(access), code: `jfa_${access.id}_${secret}` }
  }

  /** Codes of a flow, without their secrets. */
  async list(flow: StoredFlow): Promise<FlowAccess[]> {
    return (await this.#services.office.read((database) => readAccess(database, { flow: flow.id }))).map(shownAccess)
  }

  /** Revokes a code; nothing happens when it was revoked before. @throws FlowError `not-found` */
  async revoke(flow: StoredFlow, id: string): Promise<void> {
    const { office, now } = this.#services
    await office.transact(async (transaction) => {
      const [access] = await readAccess(transaction, { id })
      if (access?.flow !== flow.id) throw new FlowError('not-found', 'there is no such access code')
      if (!(await revokeAccess(transaction, access, now()))) return
      await appendEvent(transaction, now(), eventOf(flow, 'flow.access-revoked', { access: id }))
    })
  }

  /**
   * The flow that a code opens. Whatever is wrong with a code is answered alike; that a right one is used too late is an event.
   * @param address - from where it is used; kept in the event
   * @throws FlowError `forbidden`, `too-busy`
   */
  async use(code: string, use: AccessUse, address: string): Promise<string> {
    const { office, now } = this.#services
    this.#count(address)
    const [, id = '', secret = ''] = /^jfa_([a-z2-7]{16})_([a-z2-7]{32})$/.exec(code.trim()) ?? []
    const [access] = await office.read((database) => readAccess(database, { id }))
    // An unknown id costs the same comparison as a known one, so that the time tells nothing.
    const right = timingSafeEqual(sha256(secret), access?.secretHash ?? Buffer.alloc(32))
    if (!right || access === undefined) throw closed()
    const reason = access.revokedMs !== null ? 'revoked' : now() >= access.expiresMs ? 'expired' : null
    const body = { access: access.id, use, address, ...(reason !== null && { reason }) }
    await office.transact(async (transaction) => {
      const flow = await readFlow(transaction, access.flow)
      if (flow === null) throw closed()
      const kind = reason === null ? 'flow.access-used' : 'flow.access-refused'
      await appendEvent(transaction, now(), eventOf(flow, kind, body))
    })
    if (reason !== null) throw closed()
    return access.flow
  }

  #count(address: string): void {
    const nowMs = this.#services.now()
    const known = this.#uses.get(address)
    // A clock that was set back begins anew.
    const fresh = known === undefined || nowMs < known.sinceMs || nowMs - known.sinceMs >= minuteMs
    const uses = fresh ? { sinceMs: nowMs, count: 0 } : known
    if (uses.count >= accessUsesPerMinuteMax) {
      throw new FlowError('too-busy', `at most ${accessUsesPerMinuteMax} uses of access codes in a minute`)
    }
    uses.count++
    this.#uses.delete(address)
    this.#uses.set(address, uses)
    if (this.#uses.size <= countedAddressesMax) return
    const [oldest] = this.#uses.keys()
    if (oldest !== undefined) this.#uses.delete(oldest)
  }
}

const closed = (): FlowError => new FlowError('forbidden', 'this access code opens nothing')

const shownAccess = ({ id, label, createdMs, expiresMs, revokedMs }: StoredFlowAccess): FlowAccess => ({
  id,
  label,
  createdMs,
  expiresMs,
  revokedMs,
})

const eventOf = (
  { id, organisation }: StoredFlow,
  kind: string,
  body: Record<string, unknown>,
): { organisation: string; subject: string; kind: string; body: Record<string, unknown> } => ({
  organisation,
  subject: `flow/${id}`,
  kind,
  body,
})

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()
