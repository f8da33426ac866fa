/**
 * The verdict on a package for people, in their language: the state, the sentence, the steps of the container, and the
 * report of every receipt. The command and the pages print the same.
 * @module
 */
import { type ReportState, type ReportStep, reportOf, type Report, type Say, stateOf } from '../report.ts'
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
export function packageReportOf(verdict: PackageVerdict, say: Say): PackageReport {
  const state = packageStateOf(verdict)
  const { summary, steps, receipts } = verdict
  return {
    state,
    headline:
      state === 'pending' ? say('verdict.pending') : say(`verdict.package.${summary}`, { count: receipts.length }),
    steps: steps.map((step) => reportStep(step, say)),
    receipts: receipts.map(({ name, verdict: each }) => ({ name, report: each === null ? null : reportOf(each, say) })),
  }
}

/** The state of a verdict: a package is as far as the receipt that is behind all others. */
export function packageStateOf({ summary, receipts }: PackageVerdict): ReportState {
  if (summary !== 'incomplete') return summary === 'verified' ? 'valid' : 'invalid'
  const states = receipts.map(({ verdict }) => (verdict === null ? 'unchecked' : stateOf(verdict)))
  return states.length === 0 || states.includes('unchecked') ? 'unchecked' : 'pending'
}

/** No step of the container is asked for by a profile: what is missing there never changes the summary. */
const reportStep = ({ name, state, code, values }: PackageStep, say: Say): PackageReportStep => ({
  name,
  state,
  wanted: false,
  title: say(`verify.step.${name}`),
  reason: say(`verify.code.${code}`, code === 'depends' ? { step: say('verify.step.container') } : values),
})
