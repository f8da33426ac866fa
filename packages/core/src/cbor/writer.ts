/**
 * Writes deterministic CBOR (RFC 8949, section 4.2.1), as far as our formats use it: docs/spec/cbor.md.
 * @module
 */
import { assert } from '../assert.ts'
import type { Bytes } from '../bytes.ts'
import { fromText } from '../bytes.ts'
import { majorTypes } from './reader.ts'

const startBytes = 256

/** Longest head of an item: one byte and an argument of eight. */
const headBytesMax = 9

/** Appends items one after the other. Arrays and tags are followed by their contents. */
export class CborWriter {
  #buffer: Bytes
  #length = 0

  /** @param sizeBytes - a guess of the size of the whole, to save growing. */
  constructor(sizeBytes: number = startBytes) {
    this.#buffer = new Uint8Array(Math.max(sizeBytes, headBytesMax))
  }

  /** How many bytes were written. */
  get length(): number {
    return this.#length
  }

  /** The head of an array of `length` items. */
  array(length: number): this {
    return this.#head(majorTypes.array, length)
  }

  /** An integer from 0 to 2^53 - 1. */
  uint(value: number): this {
    return this.#head(majorTypes.uint, value)
  }

  /** A byte string. */
  bytes(value: Bytes): this {
    return this.#head(majorTypes.bytes, value.length).raw(value)
  }

  /** A text, in UTF-8. @throws {Error} when it holds a lone surrogate. */
  text(value: string): this {
    const raw = fromText(value)
    return this.#head(majorTypes.text, raw.length).raw(raw)
  }

  /** null. */
  null(): this {
    return this.#byte(0xf6)
  }

  /** true or false. */
  boolean(value: boolean): this {
    return this.#byte(value ? 0xf5 : 0xf4)
  }

  /** The head of a tag; the tagged item follows. */
  tag(number: number): this {
    return this.#head(majorTypes.tag, number)
  }

  /** Bytes that are CBOR already. */
  raw(encoded: Bytes): this {
    this.#reserve(encoded.length)
    this.#buffer.set(encoded, this.#length)
    this.#length += encoded.length
    return this
  }

  /** null, or what `write` writes for the value. */
  nullable<T>(value: T | null, write: (value: T) => unknown): this {
    if (value === null) return this.null()
    write(value)
    return this
  }

  /** A copy of what was written. The writer may go on or be cleared. */
  finish(): Bytes {
    return this.#buffer.slice(0, this.#length)
  }

  /** Forgets what was written and keeps the memory. */
  clear(): this {
    this.#length = 0
    return this
  }

  #byte(value: number): this {
    this.#reserve(1)
    this.#buffer[this.#length++] = value
    return this
  }

  #head(majorType: number, argument: number): this {
    assert(Number.isSafeInteger(argument) && argument >= 0, 'a CBOR number is an integer from 0 to 2^53 - 1')
    this.#reserve(headBytesMax)
    const type = majorType << 5
    if (argument < 24) this.#buffer[this.#length++] = type | argument
    else if (argument < 0x100) this.#argument(type | 24, argument, 1)
    else if (argument < 0x1_0000) this.#argument(type | 25, argument, 2)
    else if (argument < 0x1_0000_0000) this.#argument(type | 26, argument, 4)
    else this.#argument(type | 27, argument, 8)
    return this
  }

  #argument(first: number, argument: number, length: number): void {
    this.#buffer[this.#length] = first
    let rest = argument
    for (let place = length; place > 0; place--) {
      this.#buffer[this.#length + place] = rest % 256
      rest = Math.floor(rest / 256)
    }
    this.#length += length + 1
  }

  #reserve(count: number): void {
    const needed = this.#length + count
    if (needed <= this.#buffer.length) return
    const grown = new Uint8Array(Math.max(needed, this.#buffer.length * 2))
    grown.set(this.#buffer.subarray(0, this.#length))
    this.#buffer = grown
  }
}
