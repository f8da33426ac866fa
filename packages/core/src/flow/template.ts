/**
 * Templates of flows: the phases that an affair has, their order, which are required, and who may deposit them.
 * docs/spec/flow.md.
 * @module
 */
import { ReceiptError } from '../receipt/error.ts'
import { JsonFields, readText } from '../receipt/fields.ts'
import { type JsonValue, parseJson } from '../receipt/json.ts'

/** The value of `format`. */
export const templateFormat = 'jurat-flow-template/v1'

/** Longest template, in characters. */
export const templateCharactersMax = 131_072

/** Most phases, and most roles, of a template. */
export const phasesMax = 64
export const rolesMax = 16

/** Most accounts that a template itself names for a phase. */
export const phaseAccountsMax = 16

/** Longest name for people, in characters. */
export const nameCharactersMax = 200

/** Highest version of a template, and highest place in the order. */
export const versionMax = 1_000_000
const orderMax = 10_000

/** Longest deadline, in seconds: a hundred years. */
export const deadlineSecondsMax = 3_155_760_000

/** A name in each language of the verifier. */
export interface LocalNames {
  readonly en: string
  readonly 'zh-CN': string
  readonly 'zh-TW': string
}

/**
 * What a phase is for: `record` anything that happened, `intent` somebody says that he will sign, `signature` somebody
 * signs, `refusal` somebody refuses, which ends the flow.
 */
export type PhaseAct = 'record' | 'intent' | 'signature' | 'refusal'
const acts: readonly string[] = ['record', 'intent', 'signature', 'refusal'] satisfies readonly PhaseAct[]

/** One phase. */
export interface FlowPhase {
  /** Once in a template; it is what a deposit commits to. */
  readonly id: string
  readonly names: LocalNames
  readonly act: PhaseAct
  /** A phase comes after those of smaller order; phases of one order come in any; null: at any time. */
  readonly order: number | null
  /** Whether the flow is incomplete without it. */
  readonly required: boolean
  /** Whether it may be deposited more than once. */
  readonly repeats: boolean
  /** Roles whose parties may deposit it, and accounts (hexadecimal) that may in every flow. Both empty: every party. */
  readonly roles: readonly string[]
  readonly accounts: readonly string[]
  /** It is late when it comes more than so many seconds after the first deposit of phase `after`. */
  readonly deadline: { readonly after: string; readonly seconds: number } | null
}

/** A role that parties have. */
export interface FlowRole {
  readonly id: string
  readonly names: LocalNames
}

/** A template. A version is never changed: a change is a new version. */
export interface FlowTemplate {
  readonly id: string
  readonly version: number
  readonly names: LocalNames
  readonly roles: readonly FlowRole[]
  readonly phases: readonly FlowPhase[]
}

const fieldNames = {
  template: ['format', 'id', 'version', 'names', 'roles', 'phases'],
  names: ['en', 'zh-CN', 'zh-TW'],
  role: ['id', 'names'],
  phase: ['id', 'names', 'act', 'order', 'required', 'repeats', 'roles', 'accounts', 'deadline'],
  deadline: ['after', 'seconds'],
} as const

/** Reads a template strictly. @throws {ReceiptError} */
export function parseTemplate(text: string): FlowTemplate {
  return readTemplate(parseJson(text, { charactersMax: templateCharactersMax }), '')
}

/** The same inside of another file. @throws {ReceiptError} */
export function readTemplate(value: JsonValue, where: string): FlowTemplate {
  const fields = new JsonFields(value, fieldNames.template, where)
  if (!fields.has('format') || fields.text('format', templateFormat.length) !== templateFormat) {
    throw new ReceiptError('format-unknown', `The template does not say that its format is ${templateFormat}.`)
  }
  const template = {
    id: readId(fields.text('id', idCharactersMax), `${where}.id`),
    version: fields.integer('version', versionMax),
    names: readNames(fields),
    roles: fields.list('roles', rolesMax, readRole),
    phases: fields.list('phases', phasesMax, readPhase),
  }
  checkTemplate(template)
  return template
}

/** Its text: compact JSON, fields in the order of the page. Equal templates give equal texts. */
export function formatTemplate(template: FlowTemplate): string {
  return JSON.stringify(templateValue(template))
}

/** What {@link formatTemplate} writes, to stand in another file. */
export function templateValue({ id, version, names, roles, phases }: FlowTemplate): object {
  return {
    format: templateFormat,
    id,
    version,
    names: namesValue(names),
    roles: roles.map((role) => ({ id: role.id, names: namesValue(role.names) })),
    phases: phases.map((phase) => ({
      id: phase.id,
      names: namesValue(phase.names),
      act: phase.act,
      order: phase.order,
      required: phase.required,
      repeats: phase.repeats,
      roles: phase.roles,
      accounts: phase.accounts,
      deadline: phase.deadline && { after: phase.deadline.after, seconds: phase.deadline.seconds },
    })),
  }
}

const namesValue = (names: LocalNames): LocalNames => ({
  en: names.en,
  'zh-CN': names['zh-CN'],
  'zh-TW': names['zh-TW'],
})

const idCharactersMax = 64

/** Reads an identifier: lower-case letters, digits and hyphens, a letter first. @throws {ReceiptError} */
function readId(id: string, where: string): string {
  if (/^[a-z][a-z0-9-]{0,63}$/.test(id)) return id
  throw new ReceiptError('field-malformed', `${where} is no identifier of lower-case letters, digits and hyphens.`)
}

const readIdItem = (value: JsonValue, where: string): string => readId(readText(value, idCharactersMax, where), where)

/** Reads an account's id. @throws {ReceiptError} */
export function readAccountId(value: JsonValue, where: string): string {
  const id = readText(value, 64, where)
  if (/^[0-9a-f]{64}$/.test(id)) return id
  throw new ReceiptError('field-malformed', `${where} is not 64 lower-case hexadecimal digits.`)
}

function readNames(fields: JsonFields): LocalNames {
  return fields.object('names', fieldNames.names, (names) => ({
    en: names.text('en', nameCharactersMax),
    'zh-CN': names.text('zh-CN', nameCharactersMax),
    'zh-TW': names.text('zh-TW', nameCharactersMax),
  }))
}

function readRole(value: JsonValue, where: string): FlowRole {
  const fields = new JsonFields(value, fieldNames.role, where)
  return { id: readId(fields.text('id', idCharactersMax), `${where}.id`), names: readNames(fields) }
}

function readPhase(value: JsonValue, where: string): FlowPhase {
  const fields = new JsonFields(value, fieldNames.phase, where)
  const act = fields.text('act', 'signature'.length)
  if (!isAct(act)) throw new ReceiptError('field-malformed', `${where}.act is none of ${acts.join(', ')}.`)
  return {
    id: readId(fields.text('id', idCharactersMax), `${where}.id`),
    names: readNames(fields),
    act,
    order: fields.has('order') ? fields.integer('order', orderMax) : null,
    required: fields.boolean('required'),
    repeats: fields.boolean('repeats'),
    roles: fields.list('roles', rolesMax, readIdItem),
    accounts: fields.list('accounts', phaseAccountsMax, readAccountId),
    deadline: fields.optional('deadline', fieldNames.deadline, (deadline) => ({
      after: readId(deadline.text('after', idCharactersMax), `${where}.deadline.after`),
      seconds: deadline.integer('seconds', deadlineSecondsMax),
    })),
  }
}

const isAct = (text: string): text is PhaseAct => acts.includes(text)

/** What the parts of a template must be to one another. */
function checkTemplate({ version, roles, phases }: FlowTemplate): void {
  const wrong = (why: string): ReceiptError => new ReceiptError('field-malformed', `The template is wrong: ${why}.`)
  if (version < 1) throw wrong('versions begin with 1')
  if (phases.length === 0) throw wrong('it has no phase')
  const roleIds = new Set(roles.map(({ id }) => id))
  const phaseIds = new Set(phases.map(({ id }) => id))
  if (roleIds.size < roles.length || phaseIds.size < phases.length) throw wrong('an identifier stands twice')
  for (const { id, act, required, roles: may, deadline } of phases) {
    const unknown = may.find((role) => !roleIds.has(role))
    if (unknown !== undefined) throw wrong(`phase ${id} names the role ${unknown}, which there is not`)
    if (deadline !== null && (!phaseIds.has(deadline.after) || deadline.after === id)) {
      throw wrong(`the deadline of phase ${id} counts from no other phase`)
    }
    if (act === 'refusal' && required) throw wrong(`phase ${id} is a refusal, and nobody can be required to refuse`)
  }
}
