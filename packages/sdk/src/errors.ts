/**
 * What the SDK throws: one class with a stable code.
 * @module
 */

/** Codes that the SDK itself makes. A node's problem document brings its own code instead. */
export type SdkErrorCode =
  | 'node-unreachable'
  | 'answer-malformed'
  | 'operation-unknown'
  | 'parameter-missing'
  | 'passphrase-wrong'
  | 'key-file-malformed'
  | 'key-unknown'
  | 'transaction-file-malformed'
  | 'signature-missing'
  | 'receipt-mismatch'
  | 'batcher-closed'
  | 'gave-up'

/** An RFC 9457 problem document, as far as the SDK reads it. */
export interface Problem {
  readonly code: string
  readonly title: string
  readonly detail?: string
  readonly todo?: string
  readonly traceId?: string
  readonly status: number
  /** The ledger's result code, when the ledger gave one. */
  readonly resultCode?: number
}

/** A failure of the SDK or an answer of the node that is a problem document. */
export class SdkError extends Error {
  /** One of {@link SdkErrorCode}, or the code of the node's problem document. */
  readonly code: string
  /** HTTP status; 0 when there was no answer. */
  readonly status: number
  /** The node's problem document; null when the SDK itself failed. */
  readonly problem: Problem | null

  constructor(
    code: string,
    message: string,
    options: { cause?: unknown; status?: number; problem?: Problem | null } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'SdkError'
    this.code = code
    this.status = options.status ?? 0
    this.problem = options.problem ?? null
  }
}
