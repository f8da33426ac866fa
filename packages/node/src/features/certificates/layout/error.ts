/**
 * Why no document could be laid out.
 * @module
 */
import { JuratError } from '@jurat/core/errors'

/** Stable codes. */
export type LayoutErrorCode =
  /** A text holds a character that no font has, or that is not shown as it is written. Nothing was issued. */
  | 'character-missing'
  /** More of something than fits: the sentence says what. */
  | 'content-too-much'
  /** A logo is neither SVG nor PNG, or cannot be read. */
  | 'layout-failed'
  /** The layout took too long, or too many wait. */
  | 'layout-busy'
  /** A font of the installation is missing. */
  | 'font-missing'

/** No document. */
export class LayoutError extends JuratError<LayoutErrorCode> {}
