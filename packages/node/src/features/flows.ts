/**
 * Flows: an affair in its phases, with parties, numbered deposits, a timeline, access codes and an evidence package.
 * docs/spec/flow.md, docs/operating/flows.md.
 * @module
 */
import { fromHex, toBase32, toHex } from '@jurat/core/bytes'
import { checkedPlan, type FlowParty, type FlowPlan, partyAccountsMax, planValue } from '@jurat/core/flow/plan'
import type { FlowTemplate } from '@jurat/core/flow/template'
import { templateValue } from '@jurat/core/flow/template'
import { ReceiptError } from '@jurat/core/receipt/error'
import { flowsPageMax, type FlowAccess } from '@jurat/api/flows'
import { flowStatement } from '@jurat/verify/flowReport'
import type { Language } from '@jurat/verify/messages/language'
import { appendEvent } from '../database/office/events.ts'
import { readSubjectEvents } from '../database/office/flowAccess.ts'
import { type FlowLine, flowsOfDeposits, insertFlow, listFlowLines, type StoredFlow } from '../database/office/flows.ts'
import { AccessCodes } from './flows/accessCodes.ts'
import { FlowError } from './flows/error.ts'
import { type DepositedPhase, Numbering, type PhaseDeposit } from './flows/numbering.ts'
import type { Asker, FlowServices } from './flows/office.ts'
import {
  depositsOf,
  judgementOf,
  keyPurpose,
  openFlow,
  type OpenedFlow,
  requireOwner,
  requireSeen,
  shownFlow,
} from './flows/openedFlow.ts'
import { packFlow } from './flows/packing.ts'
import { addTemplate, findTemplate, listTemplates } from './flows/templates.ts'

/** Most events of one timeline. */
export const timelineEventsMax = 10_000

/** Random bytes of a flow's id, and length of its key. */
const idBytes = 10
const keyBytes = 32

/** Events about who looked at a flow: for its owner alone. */
const accessKind = 'flow.access-'

/** A flow to be begun. */
export interface FlowToBegin {
  readonly name: string
  readonly template: string
  readonly version?: number
  readonly parties: readonly { readonly role: string; readonly name: string; readonly accounts?: readonly string[] }[]
  /** The flow key, hexadecimal; the node makes one unless it is given. */
  readonly key?: string
}

/** What happened to a flow. */
export interface Timeline {
  readonly entries: readonly { timeMs: number; kind: string; body: Record<string, unknown> }[]
  readonly more: boolean
}

/** The flows of a node. */
export class Flows {
  readonly #services: FlowServices
  readonly #numbering: Numbering
  readonly #codes: AccessCodes

  constructor(services: FlowServices) {
    this.#services = services
    this.#numbering = new Numbering(services)
    this.#codes = new AccessCodes(services)
  }

  /** Every version of every template, as its page has it. */
  async templates(): Promise<object[]> {
    return (await listTemplates(this.#services)).map(templateValue)
  }

  /** @throws FlowError `record-impossible`, `conflict` */
  async addTemplate(given: unknown): Promise<object> {
    return templateValue(await addTemplate(this.#services, given))
  }

  /** Begins a flow. Its plan never changes. @throws FlowError `record-impossible` */
  async begin(asker: Asker, request: FlowToBegin): Promise<{ flow: object; key: string }> {
    const { office, sealer, now, random } = this.#services
    const template = await findTemplate(this.#services, request.template, request.version ?? null)
    const plan = this.#planOf(asker, template, request)
    const key = request.key === undefined ? random(keyBytes) : fromHex(request.key)
    const id = toBase32(random(idBytes))
    const { organisation } = asker
    const stored: StoredFlow = {
      id,
      organisation,
      name: request.name,
      next: 0,
      createdMs: now(),
      plan: JSON.stringify(planValue(plan)),
      sealedKey: Buffer.from(sealer.seal(keyPurpose(id), key)),
    }
    const named = { template: template.id, version: template.version }
    const accounts = [...new Set(plan.parties.flatMap((party) => party.accounts))]
    await office.transact(async (transaction) => {
      await insertFlow(transaction, { ...stored, ...named }, accounts)
      await appendEvent(transaction, now(), { organisation, subject: `flow/${id}`, kind: 'flow.created', body: named })
    })
    return { flow: shownFlow(await this.#open(id), now()), key: toHex(key) }
  }

  #planOf(asker: Asker, template: FlowTemplate, { parties }: FlowToBegin): FlowPlan {
    try {
      return checkedPlan({ template, parties: parties.map((party) => this.#partyOf(asker, party)) })
    } catch (error) {
      if (error instanceof ReceiptError) throw new FlowError('record-impossible', error.message, { cause: error })
      throw error
    }
  }

  /** Accounts by their ids, or hosted ones of the asker's organisation by name; none named: all of those. */
  #partyOf({ organisation }: Asker, { role, name, accounts }: FlowToBegin['parties'][number]): FlowParty {
    const { hostedAccount, hostedAccounts } = this.#services
    const named = accounts?.map((each) => (/^[0-9a-f]{64}$/.test(each) ? each : hostedAccount(organisation, each)))
    const ids = [...new Set(named ?? hostedAccounts(organisation))].toSorted()
    if (ids.length === 0 || ids.length > partyAccountsMax) {
      throw new FlowError('record-impossible', `the party ${name} has ${ids.length} accounts: 1 to ${partyAccountsMax}`)
    }
    return { role, name, accounts: ids }
  }

  /** Flows that the asker may see, the newest first. */
  async list(asker: Asker): Promise<{ flows: FlowLine[]; more: boolean }> {
    const { organisation, admin } = asker
    const seen = admin ? null : { organisation, accounts: this.#services.hostedAccounts(organisation) }
    const lines = await this.#services.office.read((database) => listFlowLines(database, seen, flowsPageMax + 1))
    return { flows: lines.slice(0, flowsPageMax), more: lines.length > flowsPageMax }
  }

  /** @throws FlowError `not-found` */
  async show(asker: Asker, id: string): Promise<object> {
    return shownFlow(await this.#seen(asker, id), this.#services.now())
  }

  /** Deposits a phase with a hosted account of the asker. @throws FlowError, and what deposits throw */
  async deposit(
    asker: Asker,
    job: Omit<PhaseDeposit, 'organisation' | 'account'> & { readonly account: string | undefined },
  ): Promise<DepositedPhase> {
    const { organisation } = asker
    await this.#seen(asker, job.flow)
    const named = job.account === undefined ? asker.account : this.#services.hostedAccount(organisation, job.account)
    if (named === null) throw new FlowError('record-impossible', 'name a hosted account in `account`')
    return this.#numbering.deposit({ ...job, organisation, account: named })
  }

  /** Makes the deposits that were interrupted. */
  settle(warn: (details: object, message: string) => void): Promise<void> {
    return this.#numbering.settleAll(warn)
  }

  /** @throws FlowError `not-found` */
  async timeline(asker: Asker, id: string): Promise<Timeline> {
    const flow = await this.#seen(asker, id)
    const events = await this.#services.office.read((database) =>
      readSubjectEvents(database, `flow/${id}`, timelineEventsMax + 1),
    )
    const owner = asker.admin || flow.organisation === asker.organisation
    const shown = events.slice(0, timelineEventsMax).filter(({ kind }) => owner || !kind.startsWith(accessKind))
    return { entries: shown, more: events.length > timelineEventsMax }
  }

  /** @throws FlowError `not-found`, `not-ready`, `conflict`, `feature-off` */
  async pack(asker: Asker, id: string): Promise<ReadableStream<Uint8Array>> {
    return packFlow(this.#services, await this.#seen(asker, id))
  }

  /** Makes an access code. @throws FlowError `not-found`, `conflict` */
  async grant(
    asker: Asker,
    id: string,
    request: { label: string; seconds?: number },
  ): Promise<{ access: FlowAccess; code: string }> {
    return this.#codes.grant(await this.#owned(asker, id), request)
  }

  /** Access codes without their secrets. @throws FlowError `not-found` */
  async access(asker: Asker, id: string): Promise<FlowAccess[]> {
    return this.#codes.list(await this.#owned(asker, id))
  }

  /** @throws FlowError `not-found` */
  async revoke(asker: Asker, id: string, access: string): Promise<void> {
    await this.#codes.revoke(await this.#owned(asker, id), access)
  }

  /** What an access code opens. @param address - from where it is used. @throws FlowError `forbidden`, `too-busy` */
  async openBy(code: string, address: string): Promise<object> {
    return shownFlow(await this.#open(await this.#codes.use(code, 'view', address)), this.#services.now())
  }

  /** @throws as {@link openBy} and {@link pack} */
  async packBy(code: string, address: string): Promise<ReadableStream<Uint8Array>> {
    return packFlow(this.#services, await this.#open(await this.#codes.use(code, 'package', address)))
  }

  /** What is wrong with the flows of deposits, in words; nothing for deposits that are of none. */
  async findings(deposits: readonly string[], language: Language): Promise<string[]> {
    const { office, now } = this.#services
    const found: string[] = []
    for (const id of await office.read((database) => flowsOfDeposits(database, deposits))) {
      const flow = await this.#open(id)
      const judged = { plan: flow.opened, deposits: depositsOf(flow), judgement: judgementOf(flow, now()) }
      found.push(...flowStatement(judged, language).findings)
    }
    return found
  }

  #open(id: string): Promise<OpenedFlow> {
    return this.#services.office.read((database) => openFlow(this.#services, database, id))
  }

  async #seen(asker: Asker, id: string): Promise<OpenedFlow> {
    const flow = await this.#open(id)
    requireSeen(this.#services, flow, asker)
    return flow
  }

  async #owned(asker: Asker, id: string): Promise<OpenedFlow> {
    const flow = await this.#open(id)
    requireOwner(flow, asker)
    return flow
  }
}
