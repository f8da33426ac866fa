/**
 * Problem documents (RFC 9457): what every error of the interface looks like, and every code there is.
 * @module
 */
import { Type } from 'typebox'

/** Every problem code with its HTTP status. Codes are stable: clients decide by them. Ledger codes have their own. */
export const problemStatuses = {
  'request-malformed': 400,
  'body-malformed': 400,
  'header-malformed': 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  'not-here': 404,
  'method-not-allowed': 405,
  'request-timeout': 408,
  conflict: 409,
  'idempotency-conflict': 409,
  'too-many-accounts': 403,
  'length-required': 411,
  'body-too-big': 413,
  'too-many-items': 413,
  'media-type-unknown': 415,
  'record-impossible': 422,
  'digest-mismatch': 422,
  'certificate-request-refused': 422,
  'identity-refused': 422,
  'headers-too-big': 431,
  'too-busy': 429,
  'internal-error': 500,
  muted: 503,
  'log-ended': 410,
  stopping: 503,
  'not-ready': 503,
  'feature-off': 404,
  'ledger-wrong-network': 422,
  'ledger-malformed': 422,
  'ledger-signature-invalid': 403,
  'ledger-balance-insufficient': 409,
  'ledger-timestamp-invalid': 422,
  'ledger-contradicts-state': 409,
  'ledger-destination-null': 422,
  'ledger-cannot-create': 409,
  'ledger-not-allowed': 403,
  'ledger-type-unknown': 422,
  'ledger-too-early': 409,
  'ledger-replay': 409,
  'ledger-too-big': 413,
  'ledger-gas-too-big': 413,
  'ledger-source-missing': 404,
  'ledger-source-frozen': 409,
  'ledger-source-recovering': 409,
  'ledger-object-missing': 404,
} as const

/** A stable problem code. */
export type ProblemCode = keyof typeof problemStatuses

/**
 * The problem code of each result code of the ledger (docs/spec/result-codes.md). With `problemStatuses` this is the one
 * table from result codes to HTTP statuses.
 */
export const problemOfResultCode: Readonly<Record<number, ProblemCode>> = {
  100: 'ledger-wrong-network',
  102: 'ledger-malformed',
  103: 'ledger-signature-invalid',
  104: 'ledger-balance-insufficient',
  105: 'ledger-timestamp-invalid',
  106: 'ledger-contradicts-state',
  107: 'ledger-destination-null',
  108: 'ledger-cannot-create',
  110: 'ledger-not-allowed',
  111: 'ledger-type-unknown',
  112: 'ledger-too-early',
  113: 'ledger-replay',
  114: 'ledger-too-big',
  115: 'ledger-gas-too-big',
  116: 'ledger-source-missing',
  118: 'ledger-source-frozen',
  119: 'ledger-source-recovering',
  120: 'ledger-object-missing',
}

/** Media type of a problem document. */
export const problemMediaType = 'application/problem+json'

/** A problem document. `title` is what happened, `detail` the particulars, `action` what to do. */
export const Problem = Type.Object(
  {
    type: Type.String({ description: 'urn:jurat:problem:<code>' }),
    title: Type.String(),
    status: Type.Integer({ minimum: 400, maximum: 599 }),
    detail: Type.Optional(Type.String()),
    code: Type.String({ description: 'stable; decide by this' }),
    action: Type.String({ description: 'what to do' }),
    traceId: Type.String({ description: 'finds this request in the log of the node' }),
    errors: Type.Optional(
      Type.Array(Type.Object({ path: Type.String({ description: 'JSON pointer' }), message: Type.String() })),
    ),
    resultCode: Type.Optional(Type.Integer({ description: "the ledger's result code" })),
    txHash: Type.Optional(Type.String()),
  },
  { $id: 'Problem', description: 'RFC 9457 problem document' },
)
/** A problem document. */
export type Problem = Type.Static<typeof Problem>
