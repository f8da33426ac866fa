/**
 * Byte strings: comparison, joining, and the text encodings that our formats use.
 * @module
 */
import { base32nopad, base64, hex, utf8 } from '@scure/base'

/** A byte string. Never mutated after it was handed to somebody. */
export type Bytes = Uint8Array

/** Joins byte strings. */
export function concat(...parts: readonly Bytes[]): Bytes {
  let length = 0
  for (const part of parts) length += part.length
  const joined = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    joined.set(part, offset)
    offset += part.length
  }
  return joined
}

/** Whether two byte strings are equal. Not constant time: for public values only. */
export function equal(a: Bytes, b: Bytes): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Lexicographic order of byte strings: negative, 0 or positive. */
export function compare(a: Bytes, b: Bytes): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** Lower-case hexadecimal. */
export const toHex: (bytes: Bytes) => string = (bytes) => hex.encode(bytes)

/** Bytes of a hexadecimal text. @throws {Error} when the text is not hexadecimal. */
export const fromHex: (text: string) => Bytes = (text) => hex.decode(text.toLowerCase())

/** Standard base64 with padding (RFC 4648, section 4). */
export const toBase64: (bytes: Bytes) => string = (bytes) => base64.encode(bytes)

/** Bytes of a standard base64 text, strictly: padded, canonical. @throws {Error} otherwise. */
export const fromBase64: (text: string) => Bytes = (text) => base64.decode(text)

/** Lower-case base32 without padding (RFC 4648, section 6): names of accounts, ids of deposits. */
export const toBase32: (bytes: Bytes) => string = (bytes) => base32nopad.encode(bytes).toLowerCase()

/** Bytes of a lower-case base32 text. @throws {Error} when it is not canonical. */
export function fromBase32(text: string): Bytes {
  if (text !== text.toLowerCase()) throw new Error('base32 text must be lower case')
  return base32nopad.decode(text.toUpperCase())
}

/** UTF-8 bytes of a text. */
export const fromText: (text: string) => Bytes = (text) => utf8.decode(text)

/** Text of UTF-8 bytes. @throws {Error} when they are not well-formed UTF-8. */
export const toText: (bytes: Bytes) => string = (bytes) => utf8.encode(bytes)
