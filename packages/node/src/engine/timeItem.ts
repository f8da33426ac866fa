/**
 * The first item of every block: CBOR `[0, timeMs]`, the proposer's clock. It is no transaction: `check` refuses it, it
 * is not counted and not in `transactionsRoot` (docs/spec/engine.md).
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import { CborError } from '@jurat/core/cbor/error'
import { CborReader } from '@jurat/core/cbor/reader'
import { CborWriter } from '@jurat/core/cbor/writer'

/** Longest time item: an array head, the zero, and a nine-byte integer. */
export const timeItemBytesMax = 11

/** The bytes of a time item. */
export function encodeTimeItem(timeMs: number): Bytes {
  return new CborWriter(timeItemBytesMax).array(2).uint(0).uint(timeMs).finish()
}

/** The time of a time item, or null when the bytes are none. */
export function decodeTimeItem(item: Bytes): number | null {
  try {
    const reader = new CborReader(item, { bytesMax: timeItemBytesMax })
    reader.array(2)
    reader.uint(0)
    const timeMs = reader.uint()
    reader.end()
    return timeMs
  } catch (error) {
    if (error instanceof CborError) return null
    throw error
  }
}
