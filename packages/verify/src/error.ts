/**
 * How a step ends otherwise than by passing: it throws one of these, and the verdict carries code and values.
 * @module
 */
import { CborError } from '@jurat/core/cbor/error'
import { LightError } from '@jurat/core/light/error'
import { ProofError } from '@jurat/core/merkle/error'
import { NoteError } from '@jurat/core/note/error'
import type { StepCode, Values } from './verdict.ts'

/** A step that fails. */
export class StepFailure extends Error {
  readonly code: StepCode
  readonly values: Values

  constructor(code: StepCode, values: Values = {}, cause?: unknown) {
    super(code, { cause })
    this.name = 'StepFailure'
    this.code = code
    this.values = values
  }
}

/** A step that has nothing to look at. */
export class StepAbsence extends Error {
  readonly code: StepCode
  readonly values: Values

  constructor(code: StepCode, values: Values = {}) {
    super(code)
    this.name = 'StepAbsence'
    this.code = code
    this.values = values
  }
}

/** Runs what reads the bytes of others: its errors fail the step with `code` and their sentence as `reason`. */
export function reading<T>(code: StepCode, run: () => T): T {
  try {
    return run()
  } catch (error) {
    const expected = [CborError, ProofError, NoteError, LightError].some((type) => error instanceof type)
    if (!expected || !(error instanceof Error)) throw error
    throw new StepFailure(code, { reason: error.message }, error)
  }
}
