/**
 * The flow of a package: which receipts belong to it, whether it is complete, and everything that is wrong with it, each as a
 * step of its own. docs/spec/flow.md.
 * @module
 */
import { toHex } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { flowId } from '@jurat/core/deposit/flow'
import { type FlowFile, flowDepositsMax, flowFileCharactersMax, parseFlowFile } from '@jurat/core/flow/flowFile'
import { type FlowDeposit, type FlowJudgement, judgeFlow } from '@jurat/core/flow/judge'
import { type FlowPlan, phaseField, planField, planHash } from '@jurat/core/flow/plan'
import { decodeEntry, type DepositEntry } from '@jurat/core/ledger/entry'
import { ReceiptError } from '@jurat/core/receipt/error'
import { parseReceipt } from '@jurat/core/receipt/receipt'
import type { StepName } from '@jurat/core/receipt/steps'
import { StepFailure } from '../error.ts'
import { findingResult } from '../flowReport.ts'
import { outcomeOf, type StepResult } from '../steps.ts'
import type { Verdict } from '../verdict.ts'
import type { Archive } from './archive.ts'
import { flowPath } from './places.ts'

/** The flow of a package, as far as its receipts prove it. */
export interface PackageFlow {
  readonly plan: FlowPlan
  readonly deposits: readonly FlowDeposit[]
  readonly judgement: FlowJudgement
}

/** A receipt of the package, as it was judged. */
interface Judged {
  readonly name: string
  /** Text of the receipt. */
  readonly receipt: string
  readonly verdict: Verdict
}

/** Longest file of a flow, in bytes: a character has at most four. */
const flowFileBytesMax = 4 * flowFileCharactersMax

/** What must have passed before a receipt says anything about a flow. */
const standsOn: readonly StepName[] = ['entry', 'inclusion', 'log-signature', 'quorum']

/**
 * Judges the flow of a package that has the file of one.
 * @param receipts - those of the package that could be read.
 */
export async function checkPackageFlow(
  archive: Archive,
  crypto: CryptoProvider,
  receipts: AsyncIterable<Judged>,
): Promise<{ flow: PackageFlow | null; steps: StepResult[] }> {
  const opened: { file: FlowFile | null } = { file: null }
  const unread = await outcomeOf(async () => {
    opened.file = readFlowFile(await archive.text(flowPath, flowFileBytesMax))
    return { code: 'flow-complete', values: { deposits: opened.file.deposits.length } }
  })
  if (opened.file === null) return { flow: null, steps: [unread] }
  const { plan, key, deposits: listed } = opened.file
  const numbers = new Map<string, number>()
  for (let number = 0; number < flowDepositsMax; number++) numbers.set(toHex(flowId(crypto, key, number)), number)
  const deposits: FlowDeposit[] = []
  const steps: StepResult[] = []
  const unproven = new Set<number>()
  for await (const { name, receipt, verdict } of receipts) {
    const deposit = depositOf(receipt, verdict, numbers)
    if (deposit === null) {
      steps.push({ state: 'failed', code: 'flow-stranger', values: { name } })
      continue
    }
    deposits.push(deposit)
    if (isProven(verdict)) continue
    unproven.add(deposit.sequence)
    steps.push({ state: 'absent', code: 'flow-unproven', values: { name } })
  }
  const judged = judgeFlow(plan, deposits, {
    planHash: toHex(planHash(crypto, plan)),
    count: listed.length,
    claimed: new Map(listed.map(({ phase }, number) => [number, phase])),
  })
  const said = judged.findings.filter(
    ({ fault, sequence }) => fault !== 'withheld' || sequence === null || !unproven.has(sequence),
  )
  const judgement = { ...judged, findings: said }
  steps.push(...said.map(findingResult), stateResult(plan, deposits, judgement))
  return { flow: { plan, deposits, judgement }, steps }
}

function readFlowFile(text: string): FlowFile {
  try {
    return parseFlowFile(text)
  } catch (error) {
    if (error instanceof ReceiptError) throw new StepFailure('flow-unreadable', { reason: error.message }, error)
    throw error
  }
}

/**
 * A receipt as a deposit of the flow; null when it is none. What it does not prove counts as withheld, so that its number is
 * not taken for a gap.
 */
function depositOf(text: string, verdict: Verdict, numbers: ReadonlyMap<string, number>): FlowDeposit | null {
  const read = entryOf(text)
  if (read === null || read.entry.item.flow === null) return null
  const { entry, index } = read
  const sequence = numbers.get(toHex(entry.item.flow ?? new Uint8Array(0)))
  if (sequence === undefined) return null
  const shown = (field: string): string | null =>
    isProven(verdict) ? (verdict.metadata.find(({ name }) => name === field)?.value ?? null) : null
  const account = toHex(entry.account)
  return { sequence, index, timeMs: entry.timeMs, account, phase: shown(phaseField), plan: shown(planField) }
}

function isProven({ steps }: Verdict): boolean {
  if (steps.some(({ state }) => state === 'failed')) return false
  return standsOn.every((name) => steps.some((step) => step.name === name && step.state === 'passed'))
}

function entryOf(text: string): { entry: DepositEntry; index: number } | null {
  try {
    const { entry: bytes, index } = parseReceipt(text)
    const entry = decodeEntry(bytes)
    return entry.kind === 1 ? { entry, index } : null
  } catch {
    // The verdict of the receipt has said so.
    return null
  }
}

/** How far the flow has come. One that is not finished is no fault, and not complete either. */
function stateResult({ template }: FlowPlan, deposits: readonly FlowDeposit[], judgement: FlowJudgement): StepResult {
  const { state, awaited } = judgement
  const values = { template: template.id, deposits: deposits.length, phase: awaited.join(', ') }
  return { state: state === 'open' ? 'absent' : 'passed', code: `flow-${state}`, values }
}
