/**
 * Bodies of the raw front: bytes of others that become entries as they are. docs/spec/entry.md.
 * @module
 */
import type { Bytes } from '../bytes.ts'
import { CborError } from '../cbor/error.ts'
import type { CborReader } from '../cbor/reader.ts'

/** Longest entry, in bytes. */
export const entryBytesMax = 4_096

/**
 * Whether bytes may be a raw entry: 1 to 4,096 of them, the first from 20 to 5a or 5c to 7a (hexadecimal). First bytes
 * are disjoint from those of every other kind, so that no body reads as an entry of ours, as JSON or as COSE.
 */
export function isRawBody(body: Bytes): boolean {
  const first = body[0] ?? 0
  return body.length <= entryBytesMax && ((first >= 0x20 && first <= 0x5a) || (first >= 0x5c && first <= 0x7a))
}

/** Reads 1 to `bodiesMax` bodies. @throws {CborError} */
export function readBodies(reader: CborReader, bodiesMax: number): Bytes[] {
  const length = reader.arrayUpTo(bodiesMax)
  if (length === 0) throw new CborError('wrong-length', 'A raw transaction has at least one body.')
  return Array.from({ length }, () => {
    const body = reader.bytesUpTo(entryBytesMax)
    if (!isRawBody(body)) throw new CborError('out-of-range', 'The first byte of a body is reserved for others.')
    return body
  })
}
