/**
 * A strict reader of deterministic CBOR (RFC 8949, section 4.2.1), as far as our formats use it: docs/spec/cbor.md.
 * It walks over untrusted bytes without building a tree: the caller says what must come next, anything else is a
 * {@link CborError}. Byte strings are views into the input, never copies.
 * @module
 */
import type { Bytes } from '../bytes.ts'
import { toText } from '../bytes.ts'
import { CborError } from './error.ts'
import type { CborErrorCode } from './error.ts'

/** Major types of RFC 8949, section 3.1, that we use. */
export const majorTypes = { uint: 0, bytes: 2, text: 3, array: 4, tag: 6, simple: 7 } as const

const simpleFalse = 0xf4
const simpleTrue = 0xf5
const simpleNull = 0xf6

/** Reads one structure from the start of `bytes` to its end. */
export class CborReader {
  readonly #bytes: Bytes
  #offset = 0

  /** @param limits - bytesMax: refuse longer inputs before anything is decoded. @throws {CborError} `too-big`. */
  constructor(bytes: Bytes, limits: { bytesMax: number }) {
    if (bytes.length > limits.bytesMax) throw new CborError('too-big', `More than ${limits.bytesMax} bytes.`)
    this.#bytes = bytes
  }

  /** Where the next item begins. */
  get offset(): number {
    return this.#offset
  }

  /** The first byte of the next item, without reading it. @throws {CborError} `truncated` at the end. */
  peek(): number {
    return this.#bytes[this.#offset] ?? this.#fail('truncated', 'The bytes end where an item should begin.')
  }

  /** Enters an array and gives its number of items. @param expected - the only number that is accepted. */
  array(expected?: number): number {
    const length = this.#head(majorTypes.array)
    if (expected !== undefined && length !== expected) {
      this.#fail('wrong-length', `An array of ${expected} items was expected.`)
    }
    // Every item is at least one byte, so a longer array cannot be complete; nothing is allocated for it.
    if (length > this.#bytes.length - this.#offset) this.#fail('truncated', 'An array is longer than its bytes.')
    return length
  }

  /** Enters an array of at most `lengthMax` items and gives their number. */
  arrayUpTo(lengthMax: number): number {
    const length = this.array()
    if (length > lengthMax) this.#fail('wrong-length', `An array of at most ${lengthMax} items was expected.`)
    return length
  }

  /** An integer from 0 to `max`, at most 2^53 - 1. */
  uint(max: number = Number.MAX_SAFE_INTEGER): number {
    const value = this.#head(majorTypes.uint)
    if (value > max) this.#fail('out-of-range', `A number of at most ${max} was expected.`)
    return value
  }

  /** A byte string, as a view. @param length - the only length that is accepted. */
  bytes(length?: number): Bytes {
    const found = this.#head(majorTypes.bytes)
    if (length !== undefined && found !== length) {
      this.#fail('wrong-length', `A byte string of ${length} bytes was expected.`)
    }
    return this.#take(found)
  }

  /** A byte string of at most `lengthMax` bytes, as a view. */
  bytesUpTo(lengthMax: number): Bytes {
    const found = this.#head(majorTypes.bytes)
    if (found > lengthMax) this.#fail('wrong-length', `A byte string of at most ${lengthMax} bytes was expected.`)
    return this.#take(found)
  }

  /** A text of at most `bytesMax` UTF-8 bytes. */
  text(bytesMax: number): string {
    const length = this.#head(majorTypes.text)
    if (length > bytesMax) this.#fail('wrong-length', `A text of at most ${bytesMax} bytes was expected.`)
    const raw = this.#take(length)
    try {
      return toText(raw)
    } catch (cause) {
      throw new CborError('not-utf8', 'A text is not well-formed UTF-8.', { cause })
    }
  }

  /** true or false. */
  boolean(): boolean {
    const byte = this.peek()
    if (byte !== simpleFalse && byte !== simpleTrue) this.#wrongType(byte)
    this.#offset++
    return byte === simpleTrue
  }

  /** Whether the next item is null; reads it if it is. */
  isNull(): boolean {
    if (this.#bytes[this.#offset] !== simpleNull) return false
    this.#offset++
    return true
  }

  /** null, or what `read` reads. */
  nullOr<T>(read: () => T): T | null {
    return this.isNull() ? null : read()
  }

  /** Reads the head of exactly this tag. */
  tag(expected: number): void {
    if (this.#head(majorTypes.tag) !== expected) this.#fail('wrong-type', `Tag ${expected} was expected.`)
  }

  /** The raw bytes read since `start`, as a view. */
  slice(start: number): Bytes {
    return this.#bytes.subarray(start, this.#offset)
  }

  /** @throws {CborError} `trailing-bytes` unless everything was read. */
  end(): void {
    if (this.#offset !== this.#bytes.length) this.#fail('trailing-bytes', 'Bytes follow the end of the structure.')
  }

  #take(length: number): Bytes {
    const start = this.#offset
    if (length > this.#bytes.length - start) this.#fail('truncated', 'A string is longer than its bytes.')
    this.#offset = start + length
    return this.#bytes.subarray(start, this.#offset)
  }

  /** Reads the head of an item (RFC 8949, section 3): checks its major type, gives its argument. */
  #head(majorType: number): number {
    const byte = this.peek()
    if (byte >> 5 !== majorType) this.#wrongType(byte)
    this.#offset++
    const short = byte & 0x1f
    if (short < 24) return short
    if (short === 24) return this.#minimal(this.#big(1), 24)
    if (short === 25) return this.#minimal(this.#big(2), 0x100)
    if (short === 26) return this.#minimal(this.#big(4), 0x1_0000)
    if (short === 27) return this.#minimal(this.#big(8), 0x1_0000_0000)
    return this.#fail('unsupported', 'An indefinite length or a reserved form is not allowed.')
  }

  #big(length: number): number {
    if (this.#bytes.length - this.#offset < length) this.#fail('truncated', 'The bytes end inside a number.')
    let value = 0
    for (const end = this.#offset + length; this.#offset < end; this.#offset++) {
      value = value * 256 + (this.#bytes[this.#offset] ?? 0)
    }
    if (value > Number.MAX_SAFE_INTEGER) this.#fail('out-of-range', 'A number is larger than 2^53 - 1.')
    return value
  }

  #minimal(value: number, least: number): number {
    if (value < least) this.#fail('not-minimal', 'A number is not in its shortest form.')
    return value
  }

  #wrongType(byte: number): never {
    const major = byte >> 5
    const ours = major !== 1 && major !== 5 && (major !== 7 || (byte >= simpleFalse && byte <= simpleNull))
    if (ours) this.#fail('wrong-type', 'Another type of item was expected.')
    return this.#fail('unsupported', 'Negative numbers, maps, floats and other simple values are not allowed.')
  }

  #fail(code: CborErrorCode, message: string): never {
    throw new CborError(code, `${message} (at byte ${this.#offset})`)
  }
}
