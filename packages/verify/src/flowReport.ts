/**
 * A flow for people, in their language: its state, each deposit with its phase and party, and what is wrong with it. The
 * command, certificates and pages print the same statement. docs/spec/flow.md.
 * @module
 */
import { type FlowDeposit, type FlowFinding, type FlowJudgement, noticeFaults } from '@jurat/core/flow/judge'
import type { FlowPlan } from '@jurat/core/flow/plan'
import type { Language } from './messages/language.ts'
import { fill } from './messages/fill.ts'
import { type VerifyMessages, verifyEn } from './messages/verify/en.ts'
import { verifyZhCn } from './messages/verify/zh-CN.ts'
import { verifyZhTw } from './messages/verify/zh-TW.ts'
import type { StepResult } from './steps.ts'
import type { Values } from './verdict.ts'

/** A flow with its judgement. */
export interface JudgedFlow {
  readonly plan: FlowPlan
  readonly deposits: readonly FlowDeposit[]
  readonly judgement: FlowJudgement
}

/** What is said of a flow. */
export interface FlowStatement {
  /** Name of the template, with its version. */
  readonly title: string
  /** How far it has come. It says nothing about whether the contents are true. */
  readonly state: string
  /** Every deposit, by its number. */
  readonly stations: readonly FlowStation[]
  /** What was found, each naming its phase; nothing when nothing is wrong. */
  readonly findings: readonly string[]
}

/** One deposit of a flow. */
export interface FlowStation {
  readonly sequence: number
  readonly phase: string
  /** Name of the party, or the account of somebody who is none. */
  readonly party: string
  /** The network's own time of the deposit, milliseconds since 1970 UTC. */
  readonly timeMs: number
}

const catalogues: Readonly<Record<Language, VerifyMessages>> = {
  en: verifyEn,
  'zh-CN': verifyZhCn,
  'zh-TW': verifyZhTw,
}

/** The statement about a flow. */
export function flowStatement({ plan, deposits, judgement }: JudgedFlow, language: Language): FlowStatement {
  const say = ({ code, values }: Pick<StepResult, 'code' | 'values'>): string =>
    fill(catalogues[language][`verify.code.${code}`], namedValues(plan, language, values))
  const { template } = plan
  const phase = judgement.awaited.join(', ')
  return {
    title: `${template.names[language]} (${template.id} ${template.version})`,
    state: say({ code: `flow-${judgement.state}`, values: { deposits: deposits.length, phase } }),
    stations: deposits
      .toSorted((a, b) => a.sequence - b.sequence)
      .map(({ sequence, phase: id, account, timeMs }) => ({
        sequence,
        phase: phaseName(plan, language, id ?? ''),
        party: plan.parties.find(({ accounts }) => accounts.includes(account))?.name ?? account,
        timeMs,
      })),
    findings: judgement.findings.map((finding) => say(findingResult(finding))),
  }
}

/** A finding as the outcome of a step. Faults fail, what is withheld is absent, notices leave the flow good. */
export function findingResult({ fault, sequence, phase, other }: FlowFinding): StepResult {
  const values = { number: sequence ?? '–', phase: phase ?? '–', other: other ?? '–' }
  const state = noticeFaults.has(fault) ? 'passed' : fault === 'withheld' ? 'absent' : 'failed'
  return { state, code: `flow-${fault}`, values }
}

/** Values of a step about a flow with the names of its phases and parties in the reader's language. */
export function namedValues(plan: FlowPlan, language: Language, values: Values): Values {
  const named = Object.entries(values).map(([name, value]): [string, string | number] => {
    if (name !== 'phase' && name !== 'other') return [name, value]
    const phases = String(value)
      .split(', ')
      .map((id) => phaseName(plan, language, id))
    return [name, phases.join(language === 'en' ? ', ' : '、')]
  })
  return Object.fromEntries(named)
}

const phaseName = ({ template, parties }: FlowPlan, language: Language, id: string): string =>
  template.phases.find((phase) => phase.id === id)?.names[language] ??
  parties.find(({ accounts }) => accounts.includes(id))?.name ??
  id
