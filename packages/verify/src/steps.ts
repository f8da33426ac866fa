/**
 * The list of steps in the making: what each came to, and the summary that follows. docs/spec/verification.md.
 * @module
 */
import { type StepName, steps as stepNames } from '@jurat/core/receipt/steps'
import { StepAbsence, StepFailure } from './error.ts'
import { fill } from './messages/fill.ts'
import { verifyEn } from './messages/verify/en.ts'
import { OriginalError } from './original.ts'
import type { Step, StepCode, StepState, Values, Verdict } from './verdict.ts'

/** What a passed step says. */
export interface StepOutcome {
  readonly code: StepCode
  readonly values: Values
}

/** What a step came to. */
export interface StepResult extends StepOutcome {
  readonly state: StepState
}

/** Runs one step; what it throws is its result. Whatever bytes of others can cause beyond that is a failure too. */
export async function outcomeOf(step: () => StepOutcome | Promise<StepOutcome>): Promise<StepResult> {
  try {
    return { state: 'passed', ...(await step()) }
  } catch (error) {
    return resultOf(error)
  }
}

/** Results of the steps so far. */
export class StepList {
  readonly #results = new Map<StepName, StepResult>()

  /** Runs one step. */
  async run(name: StepName, step: () => StepOutcome | Promise<StepOutcome>): Promise<void> {
    this.#results.set(name, await outcomeOf(step))
  }

  /** Runs a step that later ones need something from: null when it did not pass. */
  async obtain<T>(name: StepName, outcome: StepOutcome, step: () => T): Promise<T | null> {
    let obtained: T | null = null
    await this.run(name, () => {
      obtained = step()
      return outcome
    })
    return obtained
  }

  /** Every step in its order. Those that were not run are absent. */
  finish(required: readonly StepName[]): { steps: Step[]; summary: Verdict['summary'] } {
    const steps = stepNames.map((name): Step => {
      const result = this.#results.get(name) ?? { state: 'absent', code: 'depends', values: { step: 'shape' } }
      const { state, code, values } = result
      // One section of one language: a page that verifies need not carry the whole catalogue.
      const detail = fill(verifyEn[`verify.code.${code}`], values)
      return { name, state, required: required.includes(name), code, values, detail }
    })
    const failed = steps.some(({ state }) => state === 'failed')
    const missing = steps.some((step) => step.required && step.state === 'absent')
    return { steps, summary: failed ? 'failed' : missing ? 'incomplete' : 'verified' }
  }
}

function resultOf(error: unknown): StepResult {
  // An original that cannot be read says nothing about the receipt.
  if (error instanceof OriginalError) throw error
  if (error instanceof StepAbsence) return { state: 'absent', code: error.code, values: error.values }
  if (error instanceof StepFailure) return { state: 'failed', code: error.code, values: error.values }
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return { state: 'failed', code: 'unexpected', values: { reason } }
}
