/**
 * The parameters of a network: their bounds and their bytes. docs/spec/network.md.
 * @module
 */
import { assert } from '../assert.ts'
import { CborError } from '../cbor/error.ts'
import type { CborReader } from '../cbor/reader.ts'
import type { CborWriter } from '../cbor/writer.ts'

/** What a network may choose. Times are milliseconds. */
export interface Parameters {
  /** From a pre-reset to the earliest reset, and until a new recovery key counts. */
  readonly resetDelayMs: number
  /** Longest time that a transaction may wait for its block. */
  readonly periodMaxMs: number
  /** How far a transaction's time may lie after its block's. */
  readonly futureSkewMaxMs: number
  /** How far a proposed block's time may lie after a member's clock. */
  readonly clockToleranceMs: number
  /** Life of a proposal. */
  readonly proposalLifeMs: number
  /** Longest signed transaction, in bytes. */
  readonly transactionBytesMax: number
  /** Most items of a deposit, most bodies of a raw transaction. */
  readonly itemsMax: number
  /** Most keys of an account. */
  readonly keysMax: number
  /** Most gas of a block. */
  readonly gasBlockMax: number
  /** Number of the table of prices (gas.ts). This format version has one. */
  readonly gasTable: number
  /** Whether raw entries (operation 41) are accepted: 0 or 1. */
  readonly rawAllowed: number
}

/** Each parameter: bounds and default, in the order of the encoding. */
export const parameterTable: readonly {
  readonly name: keyof Parameters
  readonly min: number
  readonly max: number
  readonly default: number
}[] = [
  { name: 'resetDelayMs', min: 1_000, max: 31_536_000_000, default: 86_400_000 },
  // Together with the skew at most 630,000: the window of seen hashes must cover every hash that can still be accepted.
  { name: 'periodMaxMs', min: 1_000, max: 600_000, default: 600_000 },
  { name: 'futureSkewMaxMs', min: 0, max: 30_000, default: 5_000 },
  { name: 'clockToleranceMs', min: 100, max: 30_000, default: 2_000 },
  { name: 'proposalLifeMs', min: 1_000, max: 31_536_000_000, default: 2_592_000_000 },
  // The least must leave room for a consortium document of 31 members and its signatures.
  { name: 'transactionBytesMax', min: 262_144, max: 4_194_304, default: 1_048_576 },
  { name: 'itemsMax', min: 1, max: 10_000, default: 5_000 },
  { name: 'keysMax', min: 1, max: 32, default: 32 },
  { name: 'gasBlockMax', min: 100_000, max: 1_000_000_000, default: 1_000_000 },
  { name: 'gasTable', min: 1, max: 1, default: 1 },
  { name: 'rawAllowed', min: 0, max: 1, default: 0 },
]

/** The parameters of a network that chooses nothing. */
export const defaultParameters: Parameters = parametersFrom((row) => row.default)

/** How long a seen transaction is remembered, in milliseconds of block time, whatever the parameters. */
export const replayWindowMs = 660_000

/** Whether every parameter is a whole number within its bounds. */
export function areParameters(parameters: Parameters): boolean {
  return parameterTable.every(({ name, min, max }) => {
    const value = parameters[name]
    return Number.isSafeInteger(value) && value >= min && value <= max
  })
}

/** Whether two networks' parameters are the same. */
export function sameParameters(a: Parameters, b: Parameters): boolean {
  return a === b || parameterTable.every(({ name }) => a[name] === b[name])
}

/** Writes the parameters as an array in the order of the table. */
export function writeParameters(writer: CborWriter, parameters: Parameters): void {
  assert(areParameters(parameters), 'parameters are within their bounds')
  writer.array(parameterTable.length)
  for (const { name } of parameterTable) writer.uint(parameters[name])
}

/** Reads parameters. @throws {CborError} also when one is out of its bounds. */
export function readParameters(reader: CborReader): Parameters {
  reader.array(parameterTable.length)
  return parametersFrom(({ name, min, max }) => {
    const value = reader.uint(max)
    if (value < min) throw new CborError('out-of-range', `The parameter ${name} is at least ${min}.`)
    return value
  })
}

function parametersFrom(valueOf: (row: (typeof parameterTable)[number]) => number): Parameters {
  return Object.fromEntries(parameterTable.map((row) => [row.name, valueOf(row)])) as unknown as Parameters
}
