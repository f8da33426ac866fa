/**
 * Why a PDF file cannot be read.
 * @module
 */
import { JuratError } from '@jurat/core/errors'

/** Stable codes. */
export type PdfErrorCode =
  /** It is no PDF, or broken where it must be whole. */
  | 'pdf-broken'
  /** It is encrypted: nobody could say what stands in it. */
  | 'pdf-encrypted'
  /** A limit is crossed: depth, number or size of what stands in it. */
  | 'pdf-too-much'

/** A file that cannot be read. */
export class PdfError extends JuratError<PdfErrorCode> {}

export const broken = (message: string, cause?: unknown): PdfError => new PdfError('pdf-broken', message, { cause })
export const tooMuch = (message: string): PdfError => new PdfError('pdf-too-much', message)
