/**
 * Errors at the edge: every failure becomes a problem document (RFC 9457) with a stable code, in the reader's language.
 * @module
 */
import {
  problemMediaType,
  problemOfResultCode,
  problemStatuses,
  type Problem,
  type ProblemCode,
} from '@jurat/api/problems'
import { AssertionFailure } from '@jurat/core/assert'
import { toHex, type Bytes } from '@jurat/core/bytes'
import { JuratError } from '@jurat/core/errors'
import type { Language } from '@jurat/verify/messages/language'
import { EngineError } from '../engine/engine.ts'
import { StoreError } from '../store/errors.ts'
import { problemText } from './language.ts'

/** Particulars of a problem that the client may see. */
export interface ProblemParticulars {
  readonly detail?: string
  readonly errors?: { path: string; message: string }[]
  readonly resultCode?: number
  readonly txHash?: Bytes | null
  readonly headers?: Readonly<Record<string, string>>
}

/** A failure that the client is told about. */
export class ProblemError extends JuratError<ProblemCode> {
  readonly particulars: ProblemParticulars

  constructor(code: ProblemCode, particulars: ProblemParticulars = {}, options: { cause?: unknown } = {}) {
    super(code, particulars.detail ?? code, options)
    this.particulars = particulars
  }

  get status(): number {
    return problemStatuses[this.code]
  }
}

/** Seconds after which a client that was turned away should try again. */
export const retryAfterSeconds = 1

/** The problem of a result code of the ledger other than success. */
export function ledgerProblem(resultCode: number, txHash: Bytes | null): ProblemError {
  const code = problemOfResultCode[resultCode]
  if (code === undefined) throw new Error(`result code ${resultCode} has no problem`)
  return new ProblemError(code, { resultCode, txHash })
}

const engineProblems = {
  overloaded: 'too-busy',
  clockJumped: 'not-ready',
  muted: 'muted',
  readOnly: 'log-ended',
  stopped: 'stopping',
  stalled: 'not-ready',
} as const satisfies Record<EngineError['code'], ProblemCode>

/** What the features throw, by their codes. */
const featureProblems: Readonly<Record<string, ProblemCode>> = {
  'not-found': 'not-found',
  forbidden: 'forbidden',
  conflict: 'conflict',
  'too-many-accounts': 'too-many-accounts',
  'too-busy': 'too-busy',
  'digest-mismatch': 'digest-mismatch',
  'record-impossible': 'record-impossible',
  'idempotency-conflict': 'idempotency-conflict',
  'feature-off': 'feature-off',
  'too-big': 'body-too-big',
  'not-ready': 'not-ready',
  'request-unacceptable': 'certificate-request-refused',
}

/** A feature's refusal: its code is one of `featureProblems`. */
export function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error
  if (error instanceof EngineError) {
    // Who is missing is what a person must know.
    const particulars = error.code === 'stalled' ? { detail: error.message } : {}
    return new ProblemError(engineProblems[error.code], particulars, { cause: error })
  }
  if (error instanceof StoreError && error.code === 'not-here') {
    return new ProblemError('not-here', { detail: error.message }, { cause: error })
  }
  if (isLedgerRefusal(error)) return ledgerProblem(error.resultCode, error.txHash)
  if (error instanceof JuratError && !(error instanceof AssertionFailure)) {
    const code = featureProblems[error.code]
    if (code !== undefined) return new ProblemError(code, { detail: error.message }, { cause: error })
  }
  return new ProblemError('internal-error', {}, { cause: error })
}

function isLedgerRefusal(error: unknown): error is { resultCode: number; txHash: Bytes | null } {
  return error instanceof JuratError && error.code === 'ledger' && 'resultCode' in error && 'txHash' in error
}

/** An answer that carries a problem. */
export interface ProblemAnswer {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: string
}

/** Writes a problem out. */
export function problemAnswer(problem: ProblemError, language: Language, traceId: string): ProblemAnswer {
  const { detail, errors, resultCode, txHash, headers } = problem.particulars
  const { title, action } = problemText(problem.code, language)
  const document: Problem = {
    type: `urn:jurat:problem:${problem.code}`,
    title,
    status: problem.status,
    ...(detail !== undefined && { detail }),
    code: problem.code,
    action,
    traceId,
    ...(errors !== undefined && { errors }),
    ...(resultCode !== undefined && { resultCode }),
    ...(txHash !== undefined && txHash !== null && { txHash: toHex(txHash) }),
  }
  const mayRetry = problem.status === 429 || problem.status === 503
  return {
    status: problem.status,
    headers: {
      'content-type': problemMediaType,
      'content-language': language,
      'cache-control': 'no-store',
      ...(mayRetry && { 'retry-after': String(retryAfterSeconds) }),
      ...(problem.status === 401 && { 'www-authenticate': 'Bearer' }),
      ...headers,
    },
    body: JSON.stringify(document),
  }
}
