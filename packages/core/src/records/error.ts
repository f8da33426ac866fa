/**
 * Errors of evidence records.
 * @module
 */
import { JuratError } from '../errors.ts'

/** What a reader or a maker of evidence records refuses. */
export type RecordErrorCode = 'malformed' | 'unsupported' | 'too-big' | 'not-in-tree'

/** An evidence record that is none, or that does not prove what it is asked about. */
export class RecordError extends JuratError<RecordErrorCode> {}
