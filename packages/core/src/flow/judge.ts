/**
 * Judges a flow: whether it is complete, and what is wrong with it: gaps, breaks of the order, strangers. Pure: who calls
 * it has proven the deposits. docs/spec/flow.md, "Judgement".
 * @module
 */
import { type FlowPlan, mayDeposit } from './plan.ts'
import type { FlowPhase } from './template.ts'

/** One deposit of a flow, as it was proven. */
export interface FlowDeposit {
  /** Its number in the flow, from 0; the flow key proves it. */
  readonly sequence: number
  /** Its place in the log. */
  readonly index: number
  /** When the log took it, milliseconds since 1970 UTC. */
  readonly timeMs: number
  /** Id of the account that deposited it, hexadecimal. */
  readonly account: string
  /** The phase and the hash of the plan (hexadecimal) to which it commits; null where it is not shown. */
  readonly phase: string | null
  readonly plan: string | null
}

/** Everything that can be wrong with a flow. */
export type FlowFault =
  /** There is no deposit of this number. */
  | 'gap'
  /** Two deposits have one number. */
  | 'number-twice'
  /** It stands in the log before the number that precedes it (`other`: that number's phase). */
  | 'unordered'
  /** It came after phase `other`, before which it belongs. */
  | 'swapped'
  /** A required phase is missing, although phase `other` came, before which it belongs. */
  | 'skipped'
  /** It is no phase of the template. */
  | 'stranger-phase'
  /** Its account (`other`) may not deposit this phase. */
  | 'stranger-account'
  /** It commits to another plan. */
  | 'stranger-plan'
  /** A phase that comes once came again. */
  | 'phase-twice'
  /** It came after phase `other`, by which somebody refused. */
  | 'after-refusal'
  /** Its phase or its plan is not shown, so that nothing can be said about it. */
  | 'withheld'
  /** It came later after phase `other` than the template allows. */
  | 'late'
  /** It has not come, and its deadline after phase `other` is over. */
  | 'overdue'

/** One thing that was found. */
export interface FlowFinding {
  readonly fault: FlowFault
  /** The number of the deposit; null for a phase without one. */
  readonly sequence: number | null
  /** The phase; null where it is not known. */
  readonly phase: string | null
  /** A second phase or an account, as the fault says; null without one. */
  readonly other: string | null
}

/** What a judgement says. */
export interface FlowJudgement {
  /** `complete`: every required phase is there; `refused`: somebody refused; `open`: required phases are still to come. */
  readonly state: 'complete' | 'open' | 'refused'
  readonly findings: readonly FlowFinding[]
  /** Phases that are required and not there, in the order of the template; nothing once somebody refused. */
  readonly awaited: readonly string[]
}

/** What is known beside the deposits. */
export interface FlowKnowledge {
  /** Hash of the plan, hexadecimal. */
  readonly planHash: string
  /** How many numbers were handed out, as far as it is known: those beyond the deposits are gaps too. */
  readonly count?: number
  /** The phase of a number without a deposit, where somebody says so. */
  readonly claimed?: ReadonlyMap<number, string>
  /** The present time for deadlines, milliseconds since 1970 UTC; without it nothing is overdue. */
  readonly nowMs?: number
}

/** Judges. Deposits may come in any order. */
export function judgeFlow(plan: FlowPlan, deposits: readonly FlowDeposit[], knowledge: FlowKnowledge): FlowJudgement {
  const sorted = deposits.toSorted((a, b) => a.sequence - b.sequence || a.index - b.index)
  const phases = new Map(plan.template.phases.map((phase) => [phase.id, phase]))
  const findings: FlowFinding[] = [...gaps(sorted, knowledge), ...numbers(sorted)]
  const counted: Counted[] = []
  for (const deposit of sorted) {
    const fault = strangeness(plan, phases, deposit, knowledge.planHash)
    if (fault !== null) findings.push(fault)
    const phase = phases.get(deposit.phase ?? '')
    // What is strange does not stand for the phase that it claims to be.
    if (fault === null && phase !== undefined) counted.push({ deposit, phase })
  }
  const withheld = findings.some(({ fault }) => fault === 'withheld')
  findings.push(...orderBreaks(counted), ...skipped(plan, counted, withheld), ...deadlines(plan, counted, knowledge))
  const refused = counted.some(({ phase }) => phase.act === 'refusal')
  const awaited = refused ? [] : missing(plan, counted).map(({ id }) => id)
  return { state: refused ? 'refused' : awaited.length === 0 ? 'complete' : 'open', findings, awaited }
}

/** A deposit that counts for its phase. */
interface Counted {
  readonly deposit: FlowDeposit
  readonly phase: FlowPhase
}

const finding = (
  fault: FlowFault,
  { sequence, phase }: { sequence: number | null; phase: string | null },
  other: string | null = null,
): FlowFinding => ({ fault, sequence, phase, other })

function gaps(sorted: readonly FlowDeposit[], { count = 0, claimed }: FlowKnowledge): FlowFinding[] {
  const there = new Set(sorted.map(({ sequence }) => sequence))
  const end = Math.max(count, (sorted.at(-1)?.sequence ?? -1) + 1)
  const found: FlowFinding[] = []
  for (let sequence = 0; sequence < end; sequence++) {
    if (!there.has(sequence)) found.push(finding('gap', { sequence, phase: claimed?.get(sequence) ?? null }))
  }
  return found
}

/** Numbers stand once, and ascend as the places in the log do. */
function numbers(sorted: readonly FlowDeposit[]): FlowFinding[] {
  const found: FlowFinding[] = []
  let last: FlowDeposit | null = null
  for (const deposit of sorted) {
    if (last?.sequence === deposit.sequence) {
      found.push(finding('number-twice', deposit))
      continue
    }
    if (last !== null && last.index > deposit.index) found.push(finding('unordered', deposit, last.phase))
    last = deposit
  }
  return found
}

function strangeness(
  plan: FlowPlan,
  phases: ReadonlyMap<string, FlowPhase>,
  deposit: FlowDeposit,
  expectedPlan: string,
): FlowFinding | null {
  if (deposit.phase === null || deposit.plan === null) return finding('withheld', deposit)
  if (deposit.plan !== expectedPlan) return finding('stranger-plan', deposit)
  const phase = phases.get(deposit.phase)
  if (phase === undefined) return finding('stranger-phase', deposit)
  if (!mayDeposit(plan, phase, deposit.account)) return finding('stranger-account', deposit, deposit.account)
  return null
}

/** In the order of their numbers: nothing before what it belongs behind, nothing twice, nothing after a refusal. */
function orderBreaks(counted: readonly Counted[]): FlowFinding[] {
  const found: FlowFinding[] = []
  const seen = new Set<string>()
  let furthest: FlowPhase | null = null
  let refusal: FlowPhase | null = null
  for (const { deposit, phase } of counted) {
    if (refusal !== null) found.push(finding('after-refusal', deposit, refusal.id))
    if (seen.has(phase.id) && !phase.repeats) found.push(finding('phase-twice', deposit))
    if (furthest !== null && phase.order !== null && (furthest.order ?? 0) > phase.order) {
      found.push(finding('swapped', deposit, furthest.id))
    }
    seen.add(phase.id)
    if (phase.order !== null && (furthest === null || phase.order > (furthest.order ?? 0))) furthest = phase
    if (phase.act === 'refusal') refusal = phase
  }
  return found
}

function missing({ template }: FlowPlan, counted: readonly Counted[]): FlowPhase[] {
  const there = new Set(counted.map(({ phase }) => phase.id))
  return template.phases.filter(({ id, required }) => required && !there.has(id))
}

/** Required phases that are missing although a later one came. One that is withheld may be any of them. */
function skipped(plan: FlowPlan, counted: readonly Counted[], withheld: boolean): FlowFinding[] {
  if (withheld) return []
  return missing(plan, counted).flatMap(({ id, order }) => {
    if (order === null) return []
    const later = counted.find(({ phase }) => phase.order !== null && phase.order > order)
    return later === undefined ? [] : [finding('skipped', { sequence: null, phase: id }, later.phase.id)]
  })
}

function deadlines({ template }: FlowPlan, counted: readonly Counted[], { nowMs }: FlowKnowledge): FlowFinding[] {
  const firstOf = (id: string): FlowDeposit | undefined => counted.find(({ phase }) => phase.id === id)?.deposit
  return template.phases.flatMap(({ id, deadline }) => {
    const from = deadline === null ? undefined : firstOf(deadline.after)
    if (deadline === null || from === undefined) return []
    const endMs = from.timeMs + deadline.seconds * 1000
    const first = firstOf(id)
    if (first !== undefined) return first.timeMs > endMs ? [finding('late', first, deadline.after)] : []
    const over = nowMs !== undefined && nowMs > endMs
    return over ? [finding('overdue', { sequence: null, phase: id }, deadline.after)] : []
  })
}

/** Faults after which a flow is as good as before: they say when, not whether. */
export const noticeFaults: ReadonlySet<FlowFault> = new Set<FlowFault>(['late', 'overdue'])
