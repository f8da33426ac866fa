/**
 * Flows for tests: a contract between two parties, and every way in which it can be wrong.
 * @module
 */
import { fromText, toHex } from '../bytes.ts'
import { nobleCrypto as crypto } from '../crypto/noble.ts'
import { flowId } from '../deposit/flow.ts'
import type { FlowDeposit, FlowJudgement, FlowKnowledge } from './judge.ts'
import { judgeFlow } from './judge.ts'
import { type FlowPlan, planHash } from './plan.ts'
import { formatTemplate } from './template.ts'
import { contractTemplate } from './templates/contract.ts'
import { shippedTemplates } from './templates/shipped.ts'

const accountOf = (name: string): string => toHex(crypto.sha256(fromText(name)))

/** The accounts of the parties, and one that takes no part. */
export const initiator = accountOf('initiator')
export const counterparty = accountOf('counterparty')
export const stranger = accountOf('stranger')

export const flowKey = crypto.sha256(fromText('key of the affair'))

/** A contract between two parties. */
export const contractPlan: FlowPlan = {
  template: contractTemplate,
  parties: [
    { role: 'initiator', name: '甲公司', accounts: [initiator] },
    { role: 'counterparty', name: 'Second Ltd', accounts: [counterparty] },
  ],
}
export const contractHash = toHex(planHash(crypto, contractPlan))

/** The phases of a contract that goes well, with who deposits them. */
export const wholeContract: readonly (readonly [phase: string, account: string])[] = [
  ['draft', initiator],
  ['intent-initiator', initiator],
  ['intent-counterparty', counterparty],
  ['sign-initiator', initiator],
  ['sign-counterparty', counterparty],
]

/** Deposits of these phases in this order. */
export const deposited = (phases: typeof wholeContract): FlowDeposit[] =>
  phases.map(([phase, account], sequence) => ({
    sequence,
    index: 100 + 7 * sequence,
    timeMs: 1_800_000_000_000 + sequence * 60_000,
    account,
    phase,
    plan: contractHash,
  }))

/** A flow, and what must be said of it. */
export interface FlowCase {
  readonly name: string
  readonly deposits: readonly FlowDeposit[]
  readonly knowledge?: Omit<FlowKnowledge, 'planHash'>
  /** `state`, then each finding as `fault number phase other`. */
  readonly judgement: readonly string[]
}

const whole = deposited(wholeContract)
const changed = (at: number, changes: Partial<FlowDeposit>): FlowDeposit[] =>
  whole.map((deposit, place) => (place === at ? { ...deposit, ...changes } : deposit))
const then = (phase: string, account: string): FlowDeposit[] => deposited([...wholeContract, [phase, account]])
const [draft, ...rest] = wholeContract as [(typeof wholeContract)[number], ...typeof wholeContract]

/** Every fault, and flows without one. */
export const flowCases: readonly FlowCase[] = [
  { name: 'everything in order', deposits: whole, judgement: ['complete'] },
  { name: 'in another order of the list', deposits: whole.toReversed(), judgement: ['complete'] },
  { name: 'nothing yet', deposits: [], judgement: ['open'] },
  { name: 'not finished', deposits: whole.slice(0, 3), judgement: ['open'] },
  {
    name: 'optional phases after it, repeated',
    deposits: deposited([
      ...wholeContract,
      ['perform', initiator],
      ['perform', counterparty],
      ['finish', initiator],
      ['breach', counterparty],
    ]),
    judgement: ['complete'],
  },
  {
    name: 'a number is missing',
    deposits: whole.filter(({ sequence }) => sequence !== 2),
    judgement: ['open', 'gap 2 null null', 'skipped null intent-counterparty sign-initiator'],
  },
  {
    name: 'the last numbers are missing',
    deposits: whole.slice(0, 3),
    knowledge: { count: 5, claimed: new Map([[3, 'sign-initiator']]) },
    judgement: ['open', 'gap 3 sign-initiator null', 'gap 4 null null'],
  },
  {
    name: 'a number twice',
    deposits: [...whole, { ...whole[1], index: 900 } as FlowDeposit],
    judgement: ['complete', 'number-twice 1 intent-initiator null', 'phase-twice 1 intent-initiator null'],
  },
  {
    name: 'against the order of the log',
    deposits: changed(1, { index: 500 }),
    judgement: ['complete', 'unordered 2 intent-counterparty intent-initiator'],
  },
  {
    name: 'two phases swapped',
    deposits: deposited(
      [...rest.slice(0, 2), ['sign-counterparty', counterparty], ['sign-initiator', initiator]].toSpliced(
        0,
        0,
        draft,
      ) as never,
    ),
    judgement: ['complete', 'swapped 4 sign-initiator sign-counterparty'],
  },
  {
    name: 'a phase skipped',
    deposits: deposited(wholeContract.filter(([phase]) => phase !== 'sign-initiator')),
    judgement: ['open', 'skipped null sign-initiator sign-counterparty'],
  },
  {
    name: 'a phase that comes once comes again',
    deposits: then('draft', initiator),
    judgement: ['complete', 'phase-twice 5 draft null', 'swapped 5 draft sign-counterparty'],
  },
  {
    name: 'no phase of the template',
    deposits: then('gift', initiator),
    judgement: ['complete', 'stranger-phase 5 gift null'],
  },
  {
    name: 'somebody else',
    deposits: changed(4, { account: stranger }),
    judgement: ['open', `stranger-account 4 sign-counterparty ${stranger}`],
  },
  {
    name: 'the wrong party',
    deposits: changed(4, { account: initiator }),
    judgement: ['open', `stranger-account 4 sign-counterparty ${initiator}`],
  },
  {
    name: 'a stranger at a phase of every party',
    deposits: then('breach', stranger),
    judgement: ['complete', `stranger-account 5 breach ${stranger}`],
  },
  {
    name: 'under another plan',
    deposits: changed(0, { plan: stranger }),
    judgement: ['open', 'stranger-plan 0 draft null', 'skipped null draft intent-initiator'],
  },
  {
    name: 'a phase that is not shown',
    deposits: changed(4, { phase: null }),
    judgement: ['open', 'withheld 4 null null'],
  },
  {
    name: 'a phase that is not shown, among others',
    deposits: changed(1, { plan: null }),
    judgement: ['open', 'withheld 1 intent-initiator null'],
  },
  {
    name: 'a refusal ends it',
    deposits: deposited([...wholeContract.slice(0, 3), ['refusal', counterparty]]),
    judgement: ['refused'],
  },
  {
    name: 'something after a refusal',
    deposits: deposited([...wholeContract.slice(0, 3), ['refusal', counterparty], ['sign-initiator', initiator]]),
    judgement: ['refused', 'after-refusal 4 sign-initiator refusal'],
  },
]

/** A judgement as the cases write it. */
export const written = ({ state, findings }: FlowJudgement): string[] => [
  state,
  ...findings.map(({ fault, sequence, phase, other }) => `${fault} ${sequence} ${phase} ${other}`),
]

/** What vectors/flow.json pins. */
export function flowVectors(): object {
  return {
    source: 'docs/spec/flow.md; made by packages/core/src/flow/flow.cases.ts.',
    templates: Object.fromEntries(
      shippedTemplates.map((template) => [
        `${template.id}/${template.version}`,
        toHex(crypto.sha256(fromText(formatTemplate(template)))),
      ]),
    ),
    plan: { parties: contractPlan.parties, hash: contractHash },
    key: toHex(flowKey),
    ids: [0, 1, 2, 3].map((sequence) => toHex(flowId(crypto, flowKey, sequence))),
    judgements: flowCases.map(({ name, deposits, knowledge = {} }) => ({
      name,
      count: knowledge.count ?? null,
      deposits,
      judgement: written(judgeFlow(contractPlan, deposits, { planHash: contractHash, ...knowledge })),
    })),
  }
}
