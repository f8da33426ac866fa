/**
 * The items of a deposit transaction: found and validated in place, not decoded. docs/spec/deposit-item.md.
 * @module
 */
import type { Bytes } from '../bytes.ts'
import { CborError } from '../cbor/error.ts'
import { CborReader } from '../cbor/reader.ts'
import { itemEnd } from '../deposit/item.ts'

/**
 * The bytes of each item of a payload, at least one, as views: an object for the parts of each would be most of a fast
 * node's garbage. @throws {CborError} when one is malformed or there are too many.
 */
export function decodeItems(bytes: Bytes, itemsMax: number): Bytes[] {
  const reader = new CborReader(bytes, { bytesMax: bytes.length })
  const count = reader.arrayUpTo(itemsMax)
  if (count === 0) throw new CborError('wrong-length', 'A deposit has at least one item.')
  const items: Bytes[] = []
  let start = reader.offset
  for (let at = 0; at < count; at++) {
    const end = itemEnd(bytes, start)
    if (end < 0) throw new CborError('out-of-range', `Item ${at} is malformed.`)
    items.push(bytes.subarray(start, end))
    start = end
  }
  if (start !== bytes.length) throw new CborError('trailing-bytes', 'Bytes follow the last item.')
  return items
}
