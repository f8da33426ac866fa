/**
 * What is wrong with a secret key.
 * @module
 */
import { JuratError } from '../errors.ts'

/** Bytes that are no secret key: wrong algorithm, wrong length, or no scalar of the curve. */
export class KeyError extends JuratError<'secret-key-malformed'> {}
