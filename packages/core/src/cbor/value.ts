/**
 * Whole values of our CBOR subset as JavaScript values, for documents and tests. Hot paths use the reader and writer.
 * Rules: docs/spec/cbor.md.
 * @module
 */
import { assert } from '../assert.ts'
import type { Bytes } from '../bytes.ts'
import { CborError } from './error.ts'
import { CborReader, majorTypes } from './reader.ts'
import { CborWriter } from './writer.ts'

/** A value of our subset. Tag 55799 stands only at the head of entries, which have their own codec. */
export type CborValue = number | string | boolean | null | Bytes | readonly CborValue[]

/** Arrays within arrays, the outermost counted. */
export const depthMax = 16

/** Bytes of a value. Two equal values have the same bytes. */
export function encode(value: CborValue): Bytes {
  const writer = new CborWriter()
  write(writer, value, 0)
  return writer.finish()
}

/** The value of bytes. Byte strings are views into them. @throws {CborError} when they are not our CBOR. */
export function decode(bytes: Bytes, limits: { bytesMax: number }): CborValue {
  const reader = new CborReader(bytes, limits)
  const value = read(reader, 0)
  reader.end()
  return value
}

function write(writer: CborWriter, value: CborValue, depth: number): void {
  if (value === null) writer.null()
  else if (typeof value === 'number') writer.uint(value)
  else if (typeof value === 'string') writer.text(value)
  else if (typeof value === 'boolean') writer.boolean(value)
  else if (value instanceof Uint8Array) writer.bytes(value)
  else {
    assert(depth < depthMax, `CBOR arrays nest at most ${depthMax} deep`)
    writer.array(value.length)
    for (const item of value) write(writer, item, depth + 1)
  }
}

function read(reader: CborReader, depth: number): CborValue {
  switch (reader.peek() >> 5) {
    case majorTypes.uint:
      return reader.uint()
    case majorTypes.bytes:
      return reader.bytes()
    case majorTypes.text:
      return reader.text(Number.MAX_SAFE_INTEGER)
    case majorTypes.array:
      return readArray(reader, depth)
    default:
      return reader.nullOr(() => reader.boolean())
  }
}

function readArray(reader: CborReader, depth: number): CborValue[] {
  if (depth >= depthMax) throw new CborError('too-deep', `Arrays nest more than ${depthMax} deep.`)
  const items: CborValue[] = []
  for (let rest = reader.array(); rest > 0; rest--) items.push(read(reader, depth + 1))
  return items
}
