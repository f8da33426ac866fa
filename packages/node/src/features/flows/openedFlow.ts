/**
 * A flow as it is stored, opened: its plan, its key, its numbers, and who may see it.
 * @module
 */
import { type Bytes, toHex } from '@jurat/core/bytes'
import { type FlowDeposit, type FlowJudgement, judgeFlow } from '@jurat/core/flow/judge'
import { type FlowPlan, planHash, readPlan } from '@jurat/core/flow/plan'
import { flowFileCharactersMax } from '@jurat/core/flow/flowFile'
import { templateValue } from '@jurat/core/flow/template'
import { parseJson } from '@jurat/core/receipt/json'
import { readDeposits, readFlow, type StoredFlow, type StoredFlowDeposit } from '../../database/office/flows.ts'
import type { Office } from '../../database/office/schema.ts'
import { FlowError } from './error.ts'
import type { Asker, FlowServices } from './office.ts'

/** A flow with everything that belongs to it. */
export interface OpenedFlow extends StoredFlow {
  readonly opened: FlowPlan
  /** Hash of the plan, hexadecimal. */
  readonly hash: string
  readonly numbers: readonly StoredFlowDeposit[]
}

/** Opens the parts of a stored flow that are not secret. */
export const planOf = ({ plan }: StoredFlow): FlowPlan =>
  readPlan(parseJson(plan, { charactersMax: flowFileCharactersMax }), 'plan')

/** A flow with its numbers. @throws FlowError `not-found` */
export async function openFlow(
  { crypto }: Pick<FlowServices, 'crypto'>,
  database: Office,
  id: string,
): Promise<OpenedFlow> {
  const flow = await readFlow(database, id)
  if (flow === null) throw notFound()
  const opened = planOf(flow)
  return { ...flow, opened, hash: toHex(planHash(crypto, opened)), numbers: await readDeposits(database, id) }
}

/** Who may not look does not learn what exists. */
export const notFound = (): FlowError => new FlowError('not-found', 'there is no such flow')

/** What the key of a flow, an item and its secret are sealed for. */
export const keyPurpose = (flow: string): string => `flow/${flow}`
export const itemPurpose = (flow: string, sequence: number): string => `flow/${flow}/item/${sequence}`
export const secretPurpose = (flow: string, sequence: number): string => `flow/${flow}/secret/${sequence}`

/** The flow key, 32 bytes. */
export const keyOf = ({ sealer }: Pick<FlowServices, 'sealer'>, { id, sealedKey }: StoredFlow): Bytes =>
  sealer.open(keyPurpose(id), sealedKey)

/** @throws FlowError `not-found` unless the asker owns the flow, or holds an account of one of its parties */
export function requireSeen(services: Pick<FlowServices, 'hostedAccounts'>, flow: OpenedFlow, asker: Asker): void {
  if (asker.admin || flow.organisation === asker.organisation) return
  const own = new Set(services.hostedAccounts(asker.organisation))
  if (!flow.opened.parties.some(({ accounts }) => accounts.some((account) => own.has(account)))) throw notFound()
}

/** @throws FlowError `not-found` unless the asker owns the flow, or is an administrator */
export function requireOwner(flow: StoredFlow, asker: Asker): void {
  if (!asker.admin && flow.organisation !== asker.organisation) throw notFound()
}

/** Deposits that stand, as the judgement takes them. */
export const depositsOf = ({ numbers, hash }: OpenedFlow): FlowDeposit[] =>
  numbers.flatMap(({ sequence, phase, account, placed }) =>
    placed === null ? [] : [{ sequence, phase, account, plan: hash, index: placed.index, timeMs: placed.timeMs }],
  )

/** What the node itself says of a flow now. A number that is on its way is no gap. */
export const judgementOf = (flow: OpenedFlow, nowMs: number): FlowJudgement =>
  judgeFlow(flow.opened, depositsOf(flow), { planHash: flow.hash, nowMs })

/** The flow as the interface shows it: nothing of it is secret to those who may see it. */
export function shownFlow(flow: OpenedFlow, nowMs: number): object {
  const { id, name, createdMs, opened, numbers } = flow
  const deposits = numbers.map(({ sequence, phase, account, placed }) => {
    const state = placed === null ? 'pending' : 'deposited'
    const { deposit = null, index = null, timeMs = null } = placed ?? {}
    return { sequence, phase, account, state, deposit, index, timeMs }
  })
  const template = templateValue(opened.template)
  return { id, name, createdMs, template, parties: opened.parties, ...judgementOf(flow, nowMs), deposits }
}
