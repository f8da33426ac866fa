/**
 * What a time-stamp token says, `TSTInfo` (RFC 3161, 2.4.2), of whichever authority. docs/spec/timestamps.md.
 * @module
 */
import type { Bytes } from '../bytes.ts'
import { dateOf, dayNumber } from '../asn1/calendar.ts'
import { DerError } from '../asn1/error.ts'
import { DerReader } from '../asn1/reader.ts'
import { context, tags } from '../asn1/writer.ts'

/** What a token says. */
export interface TstInfo {
  /** Policy, dotted. */
  readonly policy: string
  /** Hash algorithm of the imprint, dotted. */
  readonly algorithm: string
  readonly digest: Bytes
  /** Magnitude of the serial number, big-endian. */
  readonly serial: Bytes
  /** Milliseconds since 1970 UTC, a finer time cut off. */
  readonly timeMs: number
  /**
   * The latest time that it may mean: the end of the unit in which it is written, and the accuracy. An authority that states
   * none claims the unit alone.
   */
  readonly latestMs: number
  /** The INTEGER with its head, or null. */
  readonly nonce: Bytes | null
}

/** Reads it strictly. @throws {DerError} */
export function readTstInfo(bytes: Bytes): TstInfo {
  const outer = new DerReader(bytes)
  const fields = outer.inside(tags.sequence)
  outer.end()
  const version = fields.unsigned()
  if (version.length !== 1 || version[0] !== 1)
    throw new DerError('unexpected', 'TSTInfo is of another version than 1.')
  const policy = fields.objectIdentifier()
  const imprint = fields.inside(tags.sequence)
  const algorithm = imprint.inside(tags.sequence).objectIdentifier()
  const digest = imprint.next(tags.octetString).contents
  imprint.end()
  const serial = fields.unsigned()
  const { timeMs, unitMs } = readTime(fields.next(tags.generalizedTime).contents)
  const accuracy = fields.optional(tags.sequence)
  const accuracyMs = accuracy === null ? 0 : readAccuracy(accuracy.contents)
  if (fields.tag === tags.boolean) fields.boolean()
  const nonce = fields.optional(tags.integer)?.bytes ?? null
  fields.optional(context(0))
  fields.optional(context(1))
  fields.end()
  return { policy, algorithm, digest, serial, timeMs, latestMs: timeMs + Math.max(0, unitMs - 1) + accuracyMs, nonce }
}

const timeForm = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(?:\.(\d{0,8}[1-9]))?Z$/u

/** Longest time in characters: 15, and a fraction. */
const timeCharactersMax = 25

const dayMs = 86_400_000

/** In Z, with seconds, a fraction without trailing zeros. */
function readTime(contents: Bytes): { timeMs: number; unitMs: number } {
  const text = String.fromCharCode(...contents.subarray(0, timeCharactersMax))
  const [whole, ...parts] = timeForm.exec(text) ?? []
  if (whole === undefined || contents.length > timeCharactersMax) {
    throw new DerError('malformed', 'A time is not in the form of RFC 3161.')
  }
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(0, 6).map(Number)
  const days = dayNumber({ year, month, day })
  const real = dateOf(days)
  const exists = real.year === year && real.month === month && real.day === day
  if (!exists || hour > 23 || minute > 59 || second > 59) throw new DerError('malformed', 'There is no such time.')
  const fraction = parts[6] ?? ''
  const ms = Number(fraction.slice(0, 3).padEnd(3, '0'))
  const timeMs = days * dayMs + ((hour * 60 + minute) * 60 + second) * 1000 + ms
  return { timeMs, unitMs: Math.ceil(1000 / 10 ** Math.min(3, fraction.length)) }
}

/** `Accuracy` in whole milliseconds, rounded up. */
function readAccuracy(contents: Bytes): number {
  const fields = new DerReader(contents)
  const seconds = fields.tag === tags.integer ? small(fields.unsigned()) : 0
  const millis = part(fields, 0)
  const micros = part(fields, 1)
  fields.end()
  return seconds * 1000 + millis + Math.ceil(micros / 1000)
}

/** Milliseconds or microseconds: `[number] INTEGER (1..999)`. */
function part(fields: DerReader, number: number): number {
  const contents = fields.optional(context(number, false))?.contents
  if (contents === undefined) return 0
  const value = small(contents)
  if ((contents[0] ?? 0x80) >= 0x80 || value < 1 || value > 999) {
    throw new DerError('malformed', 'An accuracy is outside its bounds.')
  }
  return value
}

function small(magnitude: Bytes): number {
  if (magnitude.length > 4) throw new DerError('malformed', 'An accuracy is too big.')
  return magnitude.reduce((value, byte) => value * 256 + byte, 0)
}
