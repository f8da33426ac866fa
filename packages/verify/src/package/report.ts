/**
 * The verdict on a package for people, in their language: the state, the sentence, the steps of the container, and the
 * report of every receipt. The command and the pages print the same.
 * @module
 */
import { namedValues } from '../flowReport.ts'
import type { Language } from '../messages/language.ts'
import { type ReportState, type ReportStep, reportOf, type Report, type Say, stateOf } from '../report.ts'
import type { Values } from '../verdict.ts'
import type { PackageStep, PackageVerdict } from './verifyPackage.ts'

/** One step of the container. */
export type PackageReportStep = Omit<ReportStep, 'name'> & Pick<PackageStep, 'name'>

/** What is said of the receipt of a name. */
export interface ReceiptReport {
  readonly name: string
  /** Null: there is no receipt that could be checked. */
  readonly report: Report | null
}

/** The report. */
export interface PackageReport {
  readonly state: ReportState
  readonly headline: string
  readonly steps: readonly PackageReportStep[]
  readonly receipts: readonly ReceiptReport[]
}

/** The report of a verdict. */
export function packageReportOf(verdict: PackageVerdict, say: Say, language: Language): PackageReport {
  const state = packageStateOf(verdict)
  const { summary, steps, receipts, flow } = verdict
  const named = (values: Values): Values => (flow === null ? values : namedValues(flow.plan, language, values))
  return {
    state,
    headline:
      state === 'pending' ? say('verdict.pending') : say(`verdict.package.${summary}`, { count: receipts.length }),
    steps: steps.map((step) => (step.name === 'flow' ? flowStep(step, say, named) : reportStep(step, say))),
    receipts: receipts.map(({ name, verdict: each }) => ({ name, report: each === null ? null : reportOf(each, say) })),
  }
}

/** The state of a verdict: a package is as far as the receipt that is behind all others. */
export function packageStateOf({ summary, steps, receipts }: PackageVerdict): ReportState {
  if (summary !== 'incomplete') return summary === 'verified' ? 'valid' : 'invalid'
  if (steps.some(({ name, state }) => name === 'flow' && state === 'absent')) return 'unchecked'
  const states = receipts.map(({ verdict }) => (verdict === null ? 'unchecked' : stateOf(verdict)))
  return states.length === 0 || states.includes('unchecked') ? 'unchecked' : 'pending'
}

/** What is said of the flow, with the names of its phases and parties. A flow that is not complete leaves the package so. */
const flowStep = (
  { name, state, code, values }: PackageStep,
  say: Say,
  named: (values: Values) => Values,
): PackageReportStep => ({
  name,
  state,
  wanted: state === 'absent',
  title: say('verify.step.whole-flow'),
  reason: say(`verify.code.${code}`, named(values)),
})

/** No step of the container is asked for by a profile: what is missing there never changes the summary. */
const reportStep = ({ name, state, code, values }: PackageStep, say: Say): PackageReportStep => ({
  name,
  state,
  wanted: false,
  title: say(`verify.step.${name}`),
  reason: say(`verify.code.${code}`, code === 'depends' ? { step: say('verify.step.container') } : values),
})
