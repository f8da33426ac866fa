/**
 * The file of a flow, `flow.json` in an evidence package: the plan, the key that shows which deposits belong together, and
 * the numbers that were handed out. Who has it can link the deposits of the flow. docs/spec/flow.md.
 * @module
 */
import { type Bytes, toBase64 } from '../bytes.ts'
import { checkFormat } from '../receipt/receipt.ts'
import { JsonFields } from '../receipt/fields.ts'
import { type JsonValue, parseJson } from '../receipt/json.ts'
import { type FlowPlan, planValue, readPlan } from './plan.ts'

/** The value of `format`. */
export const flowFormat = 'jurat-flow/v1'

/** Longest file, in characters. */
export const flowFileCharactersMax = 1_048_576

/** Most deposits of one flow. */
export const flowDepositsMax = 1_000

/** Longest name of an original, in characters. */
const originalNameCharactersMax = 1_024

/** A number that was handed out. */
export interface NumberedDeposit {
  /** The phase that the depositor named. What counts is what the deposit commits to. */
  readonly phase: string
  /** Name of its receipt in the package; null when it is not in there. */
  readonly name: string | null
}

/** The file. */
export interface FlowFile {
  readonly plan: FlowPlan
  /** 32 bytes. */
  readonly key: Bytes
  /** By their numbers, from 0. */
  readonly deposits: readonly NumberedDeposit[]
}

const fieldNames = { file: ['format', 'plan', 'key', 'deposits'], deposit: ['phase', 'name'] } as const

/** Reads one strictly. @throws {ReceiptError} */
export function parseFlowFile(text: string): FlowFile {
  const fields = new JsonFields(parseJson(text, { charactersMax: flowFileCharactersMax }), fieldNames.file, '')
  checkFormat(fields, flowFormat)
  return {
    plan: fields.value('plan', readPlan),
    key: fields.hash('key'),
    deposits: fields.list('deposits', flowDepositsMax, readDeposit),
  }
}

function readDeposit(value: JsonValue, where: string): NumberedDeposit {
  const fields = new JsonFields(value, fieldNames.deposit, where)
  const name = fields.has('name') ? fields.text('name', originalNameCharactersMax) : null
  return { phase: fields.text('phase', 64), name }
}

/** Its text: JSON with an indent of two, and a last newline. */
export function formatFlowFile({ plan, key, deposits }: FlowFile): string {
  const numbered = deposits.map(({ phase, name }) => ({ phase, name }))
  const file = { format: flowFormat, plan: planValue(plan), key: toBase64(key), deposits: numbered }
  return `${JSON.stringify(file, null, 2)}\n`
}
