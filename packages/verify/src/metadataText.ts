/**
 * A value of metadata as a person reads it.
 * @module
 */
import { type Bytes, toHex, toText } from '@jurat/core/bytes'

/** The value as text; as hexadecimal when it is none. */
export function metadataText(value: Bytes): string {
  try {
    return toText(value)
  } catch {
    return toHex(value)
  }
}
