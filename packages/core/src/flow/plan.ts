/**
 * The plan of a flow: a version of a template, and the parties with their roles and accounts. Every deposit of the flow
 * commits to its hash, so that nobody changes the rules afterwards. docs/spec/flow.md.
 * @module
 */
import { type Bytes, fromText } from '../bytes.ts'
import { domainHash } from '../crypto/domain.ts'
import type { CryptoProvider } from '../crypto/provider.ts'
import { ReceiptError } from '../receipt/error.ts'
import { JsonFields } from '../receipt/fields.ts'
import type { JsonValue } from '../receipt/json.ts'
import {
  type FlowPhase,
  type FlowTemplate,
  nameCharactersMax,
  readAccountId,
  readTemplate,
  templateValue,
} from './template.ts'

/** Most parties of a flow, and most accounts of one. */
export const partiesMax = 64
export const partyAccountsMax = 64

/** Names of the metadata fields by which a deposit says what it is in its flow. */
export const phaseField = 'phase'
export const planField = 'flow.plan'

/** Somebody who takes part. */
export interface FlowParty {
  /** One of the template's roles. */
  readonly role: string
  /** Name for people. */
  readonly name: string
  /** Ids of the accounts that deposit for it, hexadecimal. */
  readonly accounts: readonly string[]
}

/** A plan. */
export interface FlowPlan {
  readonly template: FlowTemplate
  readonly parties: readonly FlowParty[]
}

const fieldNames = { plan: ['template', 'parties'], party: ['role', 'name', 'accounts'] } as const

/** Reads a plan strictly. @throws {ReceiptError} */
export function readPlan(value: JsonValue, where: string): FlowPlan {
  const fields = new JsonFields(value, fieldNames.plan, where)
  return checkedPlan({
    template: fields.value('template', readTemplate),
    parties: fields.list('parties', partiesMax, readParty),
  })
}

/** A plan whose parties have roles of the template. @throws {ReceiptError} otherwise */
export function checkedPlan(plan: FlowPlan): FlowPlan {
  const roles = new Set(plan.template.roles.map(({ id }) => id))
  const party = plan.parties.find(({ role }) => !roles.has(role))
  if (party === undefined) return plan
  throw new ReceiptError('field-malformed', `The template has no role ${party.role}.`)
}

function readParty(value: JsonValue, where: string): FlowParty {
  const fields = new JsonFields(value, fieldNames.party, where)
  return {
    role: fields.text('role', 64),
    name: fields.text('name', nameCharactersMax),
    accounts: fields.list('accounts', partyAccountsMax, readAccountId),
  }
}

/** What a plan is in a file. */
export function planValue({ template, parties }: FlowPlan): object {
  return {
    template: templateValue(template),
    parties: parties.map(({ role, name, accounts }) => ({ role, name, accounts })),
  }
}

/** What every deposit of the flow commits to: hash(`flow-plan`, compact JSON of the plan), 32 bytes. */
export function planHash(crypto: Pick<CryptoProvider, 'sha256'>, plan: FlowPlan): Bytes {
  return domainHash(crypto, 'flow-plan', fromText(JSON.stringify(planValue(plan))))
}

/** Whether an account (hexadecimal) may deposit a phase. */
export function mayDeposit(plan: FlowPlan, phase: FlowPhase, account: string): boolean {
  if (phase.accounts.includes(account)) return true
  const everyParty = phase.roles.length === 0 && phase.accounts.length === 0
  return plan.parties.some(
    ({ role, accounts }) => (everyParty || phase.roles.includes(role)) && accounts.includes(account),
  )
}
