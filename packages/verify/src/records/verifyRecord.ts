/**
 * Offline verification of an evidence record (RFC 4998, 3.3, 4.3 and 5.3): that it is about these data, that every token in it is right,
 * and that each was renewed before it or its algorithm had aged. docs/spec/evidence-record.md.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import type { TimeAuthority } from '@jurat/core/receipt/trust'
import type { RecordAlgorithm } from '@jurat/core/records/digests'
import { RecordError } from '@jurat/core/records/error'
import { type EvidenceRecord, readRecord } from '@jurat/core/records/record'
import type { WeakFrom } from '@jurat/core/records/weakness'
import { type ExpectedStamp, expectedStamps } from '@jurat/core/records/renewal'
import { imprintAlgorithmOf, imprintAlgorithms } from '@jurat/core/timestamp/identifiers'
import { StepAbsence, StepFailure } from '../error.ts'
import { outcomeOf, type StepOutcome, type StepResult } from '../steps.ts'
import { cryptoEngine, type JudgedToken, judgeToken, readAuthorities } from '../timestamps/judge.ts'
import { readToken } from '../timestamps/signedToken.ts'
import type { Verdict } from '../verdict.ts'

/** What is to be verified. */
export interface VerifyRecordInput {
  /** The record, DER. */
  readonly record: Bytes
  /** Digests of the documents that it is to be about, by an algorithm of the record. */
  readonly documents: (algorithm: RecordAlgorithm) => Promise<readonly Bytes[]>
  readonly authorities: readonly TimeAuthority[]
  readonly weakFrom: WeakFrom
  /** The reader's time, milliseconds since 1970 UTC. */
  readonly nowMs: number
}

/** One step. */
export interface RecordStep extends StepResult {
  readonly name: 'record-form' | 'record-data' | 'record-stamps' | 'record-renewals' | 'record-now'
}

/** What a verification says. */
export interface RecordVerdict {
  /** `verified`: every step passed. */
  readonly summary: Verdict['summary']
  readonly steps: readonly RecordStep[]
  /** By when the data existed, as the first token says, at the latest; null unless verified. */
  readonly sinceMs: number | null
  /** Whether an authority that is independent of the operator made the first token. */
  readonly independent: boolean
  /** When the newest token ends; null unless its certificates are known. */
  readonly goodUntilMs: number | null
}

/** A token with what it must be over. */
interface JudgedStamp extends JudgedToken {
  readonly algorithm: RecordAlgorithm
}

/** Verifies. Never throws for what stands in the record. @throws whatever `documents` throws */
export async function verifyRecord(input: VerifyRecordInput): Promise<RecordVerdict> {
  const known: { record: EvidenceRecord | null; expected: ExpectedStamp[] | null; stamps: JudgedStamp[] | null } = {
    record: null,
    expected: null,
    stamps: null,
  }
  const form = await outcomeOf(() => {
    const record = (known.record = opened(input.record))
    return { code: 'record-readable', values: { stamps: record.chains.flat().length, chains: record.chains.length } }
  })
  const digests = known.record === null ? null : await digestsFor(known.record, input)
  const data = await outcomeOf(() => {
    if (known.record === null || digests === null) throw new StepAbsence('depends', { step: 'record-form' })
    known.expected = followed(known.record, digests)
    return { code: 'record-covers', values: {} }
  })
  const stamps = await outcomeOf(async () => {
    if (known.expected === null) throw new StepAbsence('depends', { step: 'record-data' })
    const judged = await judgeAll(known.expected, input)
    known.stamps = judged
    return { code: 'record-stamped', values: { time: isoTime(judged[0]?.latestMs ?? 0) } }
  })
  const renewals = await outcomeOf(() => checkRenewals(known.stamps, input))
  const now = await outcomeOf(() => checkNow(known.stamps, input))
  const steps: RecordStep[] = [
    { name: 'record-form', ...form },
    { name: 'record-data', ...data },
    { name: 'record-stamps', ...stamps },
    { name: 'record-renewals', ...renewals },
    { name: 'record-now', ...now },
  ]
  const summary = summaryOf(steps)
  const first = known.stamps?.[0]
  return {
    summary,
    steps,
    sinceMs: summary === 'verified' ? (first?.latestMs ?? null) : null,
    independent: summary === 'verified' && first?.independent === true,
    goodUntilMs: known.stamps?.at(-1)?.goodUntilMs ?? null,
  }
}

function summaryOf(steps: readonly RecordStep[]): Verdict['summary'] {
  if (steps.some(({ state }) => state === 'failed')) return 'failed'
  return steps.every(({ state }) => state === 'passed') ? 'verified' : 'incomplete'
}

function opened(bytes: Bytes): EvidenceRecord {
  try {
    return readRecord(bytes)
  } catch (error) {
    if (error instanceof RecordError) throw new StepFailure('record-malformed', { reason: error.message }, error)
    throw error
  }
}

/** The digests of the documents by every algorithm that begins a chain. */
async function digestsFor(
  { chains }: EvidenceRecord,
  { documents }: VerifyRecordInput,
): Promise<ReadonlyMap<RecordAlgorithm, readonly Bytes[]> | null> {
  const digests = new Map<RecordAlgorithm, readonly Bytes[]>()
  for (const [first] of chains) {
    const algorithm = first === undefined ? null : (first.algorithm ?? algorithmOf(first.token))
    if (algorithm !== null && !digests.has(algorithm)) digests.set(algorithm, await documents(algorithm))
  }
  return digests
}

/** The algorithm of a token's imprint; null when it cannot be read. */
function algorithmOf(token: Bytes): RecordAlgorithm | null {
  try {
    return imprintAlgorithmOf(readToken(token).info.algorithm)
  } catch {
    return null
  }
}

function followed(record: EvidenceRecord, digests: ReadonlyMap<RecordAlgorithm, readonly Bytes[]>): ExpectedStamp[] {
  try {
    return expectedStamps(record, {
      documents: (algorithm) => digests.get(algorithm) ?? [],
      algorithmOf(token) {
        const algorithm = algorithmOf(token)
        if (algorithm === null) throw new RecordError('unsupported', 'A token cannot be read.')
        return algorithm
      },
    })
  } catch (error) {
    if (error instanceof RecordError) throw new StepFailure('record-other', { reason: error.message }, error)
    throw error
  }
}

async function judgeAll(expected: readonly ExpectedStamp[], input: VerifyRecordInput): Promise<JudgedStamp[]> {
  const engine = cryptoEngine()
  if (engine === null) throw new StepAbsence('webcrypto-missing')
  const authorities = readAuthorities(input.authorities)
  const judged: JudgedStamp[] = []
  for (const [at, { algorithm, digest, token }] of expected.entries()) {
    const imprint = { algorithm: imprintAlgorithms[algorithm].identifier, digest }
    const stamp = await judgeToken(engine, token, imprint, authorities)
    if (stamp === null) throw new StepAbsence('record-stamp-unknown', { number: at + 1 })
    judged.push({ ...stamp, algorithm })
  }
  return judged
}

/** Each token was made while the one before it was good, and its algorithm not weak. */
function checkRenewals(stamps: readonly JudgedStamp[] | null, { weakFrom }: VerifyRecordInput): StepOutcome {
  if (stamps === null) throw new StepAbsence('depends', { step: 'record-stamps' })
  for (const [at, next] of stamps.entries()) {
    const previous = stamps[at - 1]
    const number = at + 1
    if (previous === undefined) continue
    if (next.latestMs < previous.timeMs) throw new StepFailure('record-order', { number })
    if (next.latestMs > previous.goodUntilMs) throw new StepFailure('record-renewed-late', { number })
    const weakMs = weakFrom[previous.algorithm]
    if (weakMs !== undefined && next.latestMs >= weakMs) {
      throw new StepFailure('record-algorithm-late', { number, algorithm: previous.algorithm })
    }
  }
  return { code: 'record-renewed', values: { renewals: stamps.length - 1 } }
}

/** The newest token and its algorithm are good now. */
function checkNow(stamps: readonly JudgedStamp[] | null, { nowMs, weakFrom }: VerifyRecordInput): StepOutcome {
  const newest = stamps?.at(-1)
  if (newest === undefined) throw new StepAbsence('depends', { step: 'record-stamps' })
  const time = isoTime(newest.goodUntilMs)
  if (nowMs > newest.goodUntilMs) throw new StepAbsence('record-ended', { time })
  const weakMs = weakFrom[newest.algorithm]
  if (weakMs !== undefined && nowMs >= weakMs) {
    throw new StepAbsence('record-weak', { algorithm: newest.algorithm, time: isoTime(weakMs) })
  }
  return { code: 'record-good', values: { time } }
}

const isoTime = (timeMs: number): string => new Date(timeMs).toISOString()
