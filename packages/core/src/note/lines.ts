/**
 * The small parts of which all texts of C2SP are made: lines, decimal numbers, base64.
 * @module
 */
import { fromBase64, toText } from '../bytes.ts'
import type { Bytes } from '../bytes.ts'
import { hashBytes } from '../merkle/hash.ts'

const newline = 0x0a
const decimalPattern = /^(?:0|[1-9][0-9]{0,15})$/

/** A decimal number without leading zeros up to 2^53 − 1, or null. */
export function parseDecimal(text: string): number | null {
  const value = decimalPattern.test(text) ? Number(text) : Number.NaN
  return Number.isSafeInteger(value) ? value : null
}

/** Bytes of canonical base64 (RFC 4648, section 4: padded, unused bits zero), or null. */
export function parseBase64(text: string): Bytes | null {
  try {
    return fromBase64(text)
  } catch {
    return null
  }
}

/** A SHA-256 hash in canonical base64, or null. */
export function parseHash(text: string): Bytes | null {
  const hash = text.length === base64Characters(hashBytes) ? parseBase64(text) : null
  return hash?.length === hashBytes ? hash : null
}

/** Number of characters of the base64 of so many bytes. */
export function base64Characters(bytes: number): number {
  return Math.ceil(bytes / 3) * 4
}

/** Whether a text has no lone surrogate, so that it has UTF-8 bytes. */
export function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text)
}

/** Text of UTF-8 bytes without control characters other than the newline, or null. */
export function parsePlainText(bytes: Bytes): string | null {
  for (const byte of bytes) if (byte < 0x20 && byte !== newline) return null
  try {
    return toText(bytes)
  } catch {
    return null
  }
}

/** The lines of a text of which every line, the last one too, ends in a newline; null when the last one does not. */
export function splitLines(text: string): string[] | null {
  if (text === '') return []
  return text.endsWith('\n') ? text.slice(0, -1).split('\n') : null
}

/** Where the first empty line lies: offset of the newline that ends the line before it, or -1. */
export function firstEmptyLine(bytes: Bytes): number {
  for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, at + 1)) {
    if (bytes[at + 1] === newline) return at
  }
  return -1
}

/** Where the last empty line lies: offset of the newline that ends the line before it, or -1. */
export function lastEmptyLine(bytes: Bytes): number {
  for (let at = bytes.length - 2; at >= 0; at--) {
    if (bytes[at] === newline && bytes[at + 1] === newline) return at
  }
  return -1
}
