/**
 * What the SDK throws: one class with a stable code.
 * @module
 */
import { JuratError } from '@jurat/core/errors'
import type { Problem } from '@jurat/api/problems'

/** Codes that the SDK itself makes. A node's problem document brings its own code instead. */
export type SdkErrorCode =
  | 'node-unreachable'
  | 'answer-malformed'
  | 'operation-unknown'
  | 'parameter-missing'
  | 'passphrase-wrong'
  | 'key-file-malformed'
  | 'key-unknown'
  | 'key-map-invalid'
  | 'transaction-file-malformed'
  | 'signature-missing'
  | 'receipt-mismatch'
  | 'receipt-malformed'
  | 'trust-malformed'
  | 'batcher-closed'
  | 'index-beyond'
  | 'authority-unreachable'
  | 'authority-refused'
  | 'gave-up'

/** A failure of the SDK or an answer of the node that is a problem document. */
export class SdkError extends JuratError {
  /** HTTP status; 0 when there was no answer. */
  readonly status: number
  /** The node's problem document, whose code is `code`; null when the SDK itself failed. */
  readonly problem: Problem | null

  constructor(
    code: SdkErrorCode | (string & {}),
    message: string,
    options: { cause?: unknown; status?: number; problem?: Problem | null } = {},
  ) {
    super(code, message, options)
    this.status = options.status ?? 0
    this.problem = options.problem ?? null
  }
}
