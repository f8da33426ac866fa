/**
 * Why nothing was signed.
 * @module
 */
import { JuratError } from '@jurat/core/errors'

/** Stable codes. */
export type SigningErrorCode =
  /** The file is no PDF that can be read. */
  | 'pdf-unreadable'
  /** It is encrypted, certified against further signatures, or cannot be extended without breaking a signature in it. */
  | 'pdf-refused'
  /** It is larger than is signed here, or took too long. */
  | 'pdf-too-much'
  /** The level needs a source that is not there, or cannot be had for such a file. */
  | 'level-unavailable'
  /** The signature does not fit into its place. */
  | 'signature-too-long'
  /** The identity is not fit to sign. */
  | 'identity-unfit'

/** Nothing was signed. */
export class SigningError extends JuratError<SigningErrorCode> {}
