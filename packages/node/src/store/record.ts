/**
 * The framing of append-only files: `u32 length ‖ u32 CRC-32C over length and payload ‖ payload`, big-endian. The
 * length is part of the checksum, so a run of zeros is no record. docs/spec/segments.md.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import { crc32c } from './crc32c.ts'

/** Bytes before each payload. */
export const recordHeadBytes = 8

/** Longest payload, in bytes: more is not a record but damage. Far above any block. */
export const recordBytesMax: number = 256 * 1024 * 1024

/** Frames payloads into one buffer, so that a group of blocks is one write. */
export function frameRecords(payloads: readonly Bytes[]): Bytes {
  const framed = new Uint8Array(payloads.reduce((sum, payload) => sum + recordHeadBytes + payload.length, 0))
  const view = new DataView(framed.buffer)
  let offset = 0
  for (const payload of payloads) {
    view.setUint32(offset, payload.length)
    view.setUint32(offset + 4, crc32c(payload, crc32c(framed.subarray(offset, offset + 4))))
    framed.set(payload, offset + recordHeadBytes)
    offset += recordHeadBytes + payload.length
  }
  return framed
}

/**
 * The payload of the record at `offset` of `bytes`; `more` when the bytes end inside it (then `needed` is the length of
 * the whole record), `damaged` when it is none.
 */
export function readRecord(bytes: Bytes, offset: number): Bytes | 'damaged' | { readonly needed: number } {
  if (bytes.length - offset < recordHeadBytes) return { needed: recordHeadBytes }
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const length = view.getUint32(offset)
  if (length === 0 || length > recordBytesMax) return 'damaged'
  const start = offset + recordHeadBytes
  if (bytes.length - start < length) return { needed: recordHeadBytes + length }
  const payload = bytes.subarray(start, start + length)
  return view.getUint32(offset + 4) === crc32c(payload, crc32c(bytes.subarray(offset, offset + 4)))
    ? payload
    : 'damaged'
}
