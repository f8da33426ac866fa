/**
 * A verdict for people, in their language: the state, the sentence, every step, what is known, and what is not shown. The
 * command and the pages print the same report. docs/spec/verification.md, "Report".
 * @module
 */
import { isStepName, type StepName } from '@jurat/core/receipt/steps'
import type { VerdictMessages } from './messages/verdict/en.ts'
import type { VerifyMessages } from './messages/verify/en.ts'
import type { Signatory, StepState, Values, Verdict } from './verdict.ts'

/**
 * What a person is told first. `pending`: only the independent time or the finality that the profile wants is missing,
 * which a later receipt may bring. `unchecked`: something else was missing that only the reader can bring.
 */
export type ReportState = 'valid' | 'invalid' | 'pending' | 'unchecked'

/** One step. */
export interface ReportStep {
  readonly name: StepName
  readonly state: StepState
  /** Absent, although the profile requires it. */
  readonly wanted: boolean
  readonly title: string
  readonly reason: string
}

/** Something that is known, with the list that belongs to it. */
export interface Fact {
  readonly text: string
  readonly list: readonly { readonly name: string; readonly value: string }[]
}

/** The report. */
export interface Report {
  readonly state: ReportState
  readonly headline: string
  readonly steps: readonly ReportStep[]
  readonly facts: readonly Fact[]
  /** What was not shown; nothing where nothing was shown either. */
  readonly caveats: readonly string[]
}

/** Says a message of the catalogue in the reader's language. */
export type Say = (key: keyof VerdictMessages | keyof VerifyMessages, values?: Values) => string

/** The report of a verdict. */
export function reportOf(verdict: Verdict, say: Say): Report {
  const verified = verdict.summary === 'verified'
  const digestOnly = verdict.steps.some(({ code }) => code === 'digest-stated')
  return {
    state: stateOf(verdict),
    headline: headline(verdict, say),
    steps: verdict.steps.map(({ name, state, required, code, values }) => ({
      name,
      state,
      wanted: state === 'absent' && required,
      title: say(`verify.step.${name}`),
      reason: say(`verify.code.${code}`, code === 'depends' ? { step: say(`verify.step.${stepOf(values)}`) } : values),
    })),
    facts: factsOf(verdict, say),
    // The sentence says what was shown and what was not: nothing was shown unless the verdict is that it holds.
    caveats: verified ? [say('verdict.notProven'), ...(digestOnly ? [say('verdict.digestOnly')] : [])] : [],
  }
}

/** The step on which an absent one stands, to be named in the reader's language. */
const stepOf = ({ step = '' }: Values): StepName => {
  const name = String(step)
  return isStepName(name) ? name : 'shape'
}

/** The state of a verdict. */
export function stateOf({ summary, steps }: Verdict): ReportState {
  if (summary !== 'incomplete') return summary === 'verified' ? 'valid' : 'invalid'
  const missing = steps.filter(({ state, required }) => state === 'absent' && required)
  return missing.every(({ name }) => name === 'time' || name === 'finality') ? 'pending' : 'unchecked'
}

const isoTime = (timeMs: number): string => new Date(timeMs).toISOString()

function headline(verdict: Verdict, say: Say): string {
  const { summary, unchangedSince } = verdict
  if (stateOf(verdict) === 'pending') return say('verdict.pending')
  if (summary !== 'verified') return say(`verdict.${summary}`)
  if (unchangedSince === null) return say('verdict.verifiedWithoutTime')
  const { timeMs, source } = unchangedSince
  return say('verdict.unchanged', { time: isoTime(timeMs), source: say(`verify.source.${source}`) })
}

function factsOf(verdict: Verdict, say: Say): Fact[] {
  const { recordedAtMs, network, trustFingerprint, signedByOperator } = verdict
  const facts: Fact[] = []
  const add = (text: string, list: Fact['list'] = []): unknown => facts.push({ text, list })
  if (recordedAtMs !== null) add(say('verdict.recordedAt', { time: isoTime(recordedAtMs) }))
  if (signedByOperator !== null) add(say(signedByOperator ? 'verdict.signedByOperator' : 'verdict.signedByDepositor'))
  facts.push(...signatoryFacts(verdict, say))
  if (network !== null) add(say('verdict.network', { network }))
  if (trustFingerprint === null) add(say('verdict.noTrust'))
  else add(say('verdict.trust', { fingerprint: trustFingerprint }))
  return facts
}

function signatoryFacts({ signatories, threshold, network, outsideWitnesses }: Verdict, say: Say): Fact[] {
  if (network === null || threshold === null) return []
  if (threshold === 0) return [{ text: say('verdict.noWitness'), list: [] }]
  const signed = (all: readonly Signatory[]): number => all.filter(({ timeMs }) => timeMs !== null).length
  const list = (all: readonly Signatory[]): Fact['list'] =>
    all.map(({ name, timeMs }) => ({ name, value: timeMs === null ? say('verdict.didNotSign') : isoTime(timeMs) }))
  const counts = { signed: signed(signatories), all: signatories.length, threshold }
  const facts = [{ text: say('verdict.members', counts), list: list(signatories) }]
  if (outsideWitnesses.length === 0) return facts
  const outside = { signed: signed(outsideWitnesses), all: outsideWitnesses.length }
  return [...facts, { text: say('verdict.outside', outside), list: list(outsideWitnesses) }]
}
