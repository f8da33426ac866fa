/**
 * Errors of reading ASN.1.
 * @module
 */
import { JuratError } from '../errors.ts'

/** What a reader of DER refuses. */
export type DerErrorCode =
  'truncated' | 'not-minimal' | 'tag-unsupported' | 'unexpected' | 'trailing-bytes' | 'malformed'

/** Bytes that are not the DER that was expected. */
export class DerError extends JuratError<DerErrorCode> {}
