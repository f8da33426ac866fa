/**
 * Stepping over CBOR that was checked when it was admitted, without objects: the store walks over a hundred and
 * fifty thousand items a second. Anything unexpected gives null.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'

/** Deepest nesting that is followed; items of our formats are two deep. */
const depthMax = 8

/** Offset behind the item that begins at `offset`, or null. */
export function skipItem(bytes: Bytes, offset: number, depth = 0): number | null {
  const first = bytes[offset]
  if (first === undefined || depth > depthMax) return null
  const major = first >> 5
  if (major === 7) return offset + 1
  const head = headBytes(first & 0x1f)
  if (head === 0 || offset + head > bytes.length) return null
  if (major === 0) return offset + head
  const length = argument(bytes, offset, head)
  if (major === 2 || major === 3) {
    const end = offset + head + length
    return end <= bytes.length ? end : null
  }
  if (major !== 4) return null
  let at: number | null = offset + head
  for (let i = 0; i < length && at !== null; i++) at = skipItem(bytes, at, depth + 1)
  return at
}

/** The content of the byte string that begins at `offset`, as a view, or null. */
export function bodyAt(bytes: Bytes, offset: number): Bytes | null {
  const first = bytes[offset]
  if (first === undefined || first >> 5 !== 2) return null
  const head = headBytes(first & 0x1f)
  const end = skipItem(bytes, offset)
  return head === 0 || end === null ? null : bytes.subarray(offset + head, end)
}

/** Length of a head by its short count, 0 for the forms that we do not use. */
function headBytes(short: number): number {
  if (short < 24) return 1
  return short < 28 ? 1 + 2 ** (short - 24) : 0
}

function argument(bytes: Bytes, offset: number, head: number): number {
  if (head === 1) return (bytes[offset] ?? 0) & 0x1f
  let value = 0
  for (let i = 1; i < head; i++) value = value * 256 + (bytes[offset + i] ?? 0)
  return value
}
