/**
 * The places in a PDF file that a signature is written into after everything else stands: `/ByteRange` says what is signed, and
 * `/Contents` is the gap in it (ISO 32000-2, 12.8.1).
 * @module
 */
import { createHash } from 'node:crypto'
import { type Bytes, fromText, toHex } from '@jurat/core/bytes'
import { SigningError } from './error.ts'

/** What stands for a number of the byte range until it is known. */
export const openNumber = 9_999_999_999

/** A file that is whole but for the signature. */
export interface OpenFile {
  readonly bytes: Bytes
  /** Where the hexadecimal digits of the signature go: first and last plus one. */
  readonly start: number
  readonly end: number
}

/**
 * Finds the places behind what stood there before, and writes the byte range.
 * @param before - length of the file before this revision, which holds other signatures
 */
export function findPlaces(bytes: Bytes, before: number): OpenFile {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const range = buffer.lastIndexOf('/ByteRange')
  const rangeStart = buffer.indexOf('[', range)
  const rangeEnd = buffer.indexOf(']', range) + 1
  const text = buffer.toString('latin1', rangeStart, rangeEnd)
  const contents = /\/Contents\s*</u.exec(buffer.toString('latin1', range, Math.min(buffer.length, rangeEnd + 64)))
  const opening = contents === null ? -1 : range + contents.index + contents[0].length
  const end = buffer.indexOf('>', opening)
  if (range < before || !text.includes(String(openNumber)) || opening < 0 || end < 0) {
    throw new SigningError('pdf-unreadable', 'the place of the signature is not to be found')
  }
  const numbers = [0, opening - 1, end + 1, buffer.length - end - 1].join(' ')
  const written = fromText(`[${numbers}`.padEnd(text.length - 1) + ']')
  if (written.length !== text.length) throw new SigningError('pdf-too-much', 'the file is too long to be signed')
  bytes.set(written, rangeStart)
  return { bytes, start: opening, end }
}

/** SHA-256 of everything but the gap. */
export function digestOf({ bytes, start, end }: OpenFile): Bytes {
  const hash = createHash('sha256')
    .update(bytes.subarray(0, start - 1))
    .update(bytes.subarray(end + 1))
  return new Uint8Array(hash.digest())
}

/** Writes the signature into its place. @throws {SigningError} `signature-too-long` */
export function close({ bytes, start, end }: OpenFile, signature: Bytes): Bytes {
  if (signature.length * 2 > end - start) {
    const sentence = `the signature has ${signature.length} bytes, and its place ${(end - start) / 2}`
    throw new SigningError('signature-too-long', sentence)
  }
  const whole = bytes.slice()
  whole.set(fromText(toHex(signature)), start)
  return whole
}
