/**
 * Writing ASN.1 in its distinguished encoding (ITU-T X.690, DER): the few types that time-stamp tokens and answers about
 * certificates are made of. One token costs microseconds this way, where a general library costs a millisecond.
 * @module
 */
import { assert } from '../assert.ts'
import { type Bytes, compare, concat, fromText } from '../bytes.ts'
import { dateOf } from './calendar.ts'

/** Identifier bytes of the types that we write and read. */
export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const

/** Identifier byte of a context-specific type, `[number]`. */
export const context = (number: number, constructed: boolean = true): number => (constructed ? 0xa0 : 0x80) + number

/** One value: identifier byte, minimal length, contents. */
export function der(tag: number, ...contents: readonly Bytes[]): Bytes {
  let length = 0
  for (const part of contents) length += part.length
  return concat(Uint8Array.of(tag), lengthBytes(length), ...contents)
}

/** SEQUENCE. */
export const sequence = (...parts: readonly Bytes[]): Bytes => der(tags.sequence, ...parts)

/** SET OF: the values in ascending order of their bytes (X.690, 11.6). */
export const setOf = (...parts: readonly Bytes[]): Bytes => der(tags.set, ...parts.toSorted(compare))

/** OCTET STRING. */
export const octetString = (bytes: Bytes): Bytes => der(tags.octetString, bytes)

/** INTEGER of a magnitude, big-endian, not negative. */
export function unsigned(magnitude: Bytes): Bytes {
  let start = 0
  while (start < magnitude.length - 1 && magnitude[start] === 0) start++
  const significant = magnitude.subarray(start)
  return (significant[0] ?? 0x80) < 0x80
    ? der(tags.integer, significant)
    : der(tags.integer, Uint8Array.of(0), significant)
}

/** INTEGER of a number from 0 to 2^31 - 1. */
export function integer(value: number): Bytes {
  assert(Number.isInteger(value) && value >= 0 && value < 2 ** 31, 'an INTEGER is from 0 to 2^31 - 1')
  return unsigned(Uint8Array.of(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255))
}

/** OBJECT IDENTIFIER of its dotted form. Arcs may have 128 bits: those below 2.25 are UUIDs. */
export function objectIdentifier(dotted: string): Bytes {
  const [first = 0n, second = 0n, ...rest] = dotted.split('.').map(BigInt)
  return der(tags.objectIdentifier, Uint8Array.from([first * 40n + second, ...rest].flatMap(base128)))
}

/** BIT STRING of whole bytes. */
export const bitString = (bytes: Bytes): Bytes => der(tags.bitString, Uint8Array.of(0), bytes)

/** UTF8String of text bytes. */
export const utf8String = (text: Bytes): Bytes => der(tags.utf8String, text)

const dayMs = 86_400_000

/** GeneralizedTime of milliseconds since 1970 UTC: in Z, the fraction without trailing zeros (RFC 3161, 2.4.2). */
export function generalizedTime(timeMs: number): Bytes {
  const days = Math.floor(timeMs / dayMs)
  const { year, month, day } = dateOf(days)
  const ms = timeMs - days * dayMs
  const clock = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60, Math.floor(ms / 1000) % 60]
  const fraction = digits(ms % 1000, 3).replace(/0+$/u, '')
  const text = `${digits(year, 4)}${[month, day, ...clock].map((part) => digits(part, 2)).join('')}`
  return der(tags.generalizedTime, fromText(`${text}${fraction === '' ? '' : `.${fraction}`}Z`))
}

const digits = (value: number, length: number): string => String(value).padStart(length, '0')

function lengthBytes(length: number): Bytes {
  if (length < 0x80) return Uint8Array.of(length)
  if (length < 0x100) return Uint8Array.of(0x81, length)
  if (length < 0x1_0000) return Uint8Array.of(0x82, length >>> 8, length & 255)
  assert(length < 0x100_0000, 'a value is shorter than 16 MiB')
  return Uint8Array.of(0x83, length >>> 16, (length >>> 8) & 255, length & 255)
}

function base128(arc: bigint): number[] {
  const groups = [Number(arc % 128n)]
  for (let rest = arc / 128n; rest > 0n; rest /= 128n) groups.unshift(Number(rest % 128n) + 128)
  return groups
}
