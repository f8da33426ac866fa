/**
 * Reads the syntax of PDF files of strangers (ISO 32000-2, 7.2 and 7.3): one pass, bounded depth, nothing beyond the end.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import { broken, tooMuch } from './error.ts'
import { isDictionary, type PdfDictionary, type PdfValue } from './values.ts'

/** How deep arrays and dictionaries may stand in one another. */
export const nestingMax = 64

const whites = new Set([0, 9, 10, 12, 13, 32])
const delimiters = new Set(Array.from('()<>[]{}/%', (character) => character.charCodeAt(0)))

/** Longest string, in bytes. */
export const textBytesMax = 1_048_576
/** Most values that are read of one file, however often it leads to them. */
export const valuesMax = 2_000_000

/** What may still be read of a file. */
export interface Budget {
  values: number
}

/** A place in a file, from which values are read one after the other. */
export class Syntax {
  readonly bytes: Bytes
  at: number
  readonly #budget: Budget

  constructor(bytes: Bytes, at: number, budget: Budget) {
    this.bytes = bytes
    this.at = at
    this.#budget = budget
  }

  /** Passes white space and comments. */
  skip(): void {
    for (;;) {
      const byte = this.bytes[this.at]
      if (byte === undefined) return
      if (byte === 0x25) while (this.at < this.bytes.length && !isLineEnd(this.bytes[this.at])) this.at++
      else if (whites.has(byte)) this.at++
      else return
    }
  }

  /** Passes a keyword, if it stands here. */
  keyword(word: string): boolean {
    this.skip()
    for (let index = 0; index < word.length; index++) {
      if (this.bytes[this.at + index] !== word.charCodeAt(index)) return false
    }
    const next = this.bytes[this.at + word.length]
    if (next !== undefined && !whites.has(next) && !delimiters.has(next)) return false
    this.at += word.length
    return true
  }

  /** A whole number from 0, or null; then the place is as it was. */
  natural(): number | null {
    this.skip()
    const start = this.at
    let value = 0
    while (isDigit(this.bytes[this.at])) {
      value = value * 10 + (this.bytes[this.at] ?? 0) - 0x30
      this.at++
    }
    const next = this.bytes[this.at]
    const ends = next === undefined || whites.has(next) || delimiters.has(next)
    if (this.at > start && ends && Number.isSafeInteger(value)) return value
    this.at = start
    return null
  }

  /** The next value. Streams are not read here. @throws {PdfError} */
  value(depth = 0): PdfValue {
    this.#budget.values -= 1
    if (this.#budget.values < 0) throw tooMuch(`more than ${valuesMax} values are read`)
    if (depth > nestingMax) throw tooMuch(`values stand in one another deeper than ${nestingMax}`)
    this.skip()
    const byte = this.bytes[this.at]
    if (byte === 0x2f) return { name: this.#name() }
    if (byte === 0x28) return this.#literal()
    if (byte === 0x5b) return this.#list(depth)
    if (byte !== 0x3c) return this.#word()
    return this.bytes[this.at + 1] === 0x3c ? this.#dictionary(depth) : this.#hexadecimal()
  }

  /** A dictionary. @throws {PdfError} when something else stands here */
  dictionary(): PdfDictionary {
    const value = this.value()
    if (!isDictionary(value)) throw broken('a dictionary is missing')
    return value
  }

  #name(): string {
    let name = ''
    for (this.at++; this.at < this.bytes.length; this.at++) {
      const byte = this.bytes[this.at] ?? 0
      if (whites.has(byte) || delimiters.has(byte)) break
      const hex = byte === 0x23 ? this.#byteAt(this.at + 1) : null
      name += String.fromCharCode(hex ?? byte)
      if (hex !== null) this.at += 2
      if (name.length > 4_096) throw tooMuch('a name has more than 4096 characters')
    }
    return name
  }

  /** The byte of two hexadecimal digits. */
  #byteAt(at: number): number | null {
    const [high, low] = [hexOf(this.bytes[at]), hexOf(this.bytes[at + 1])]
    return high === null || low === null ? null : high * 16 + low
  }

  #literal(): PdfValue {
    const start = this.at
    const bytes: number[] = []
    let open = 1
    for (this.at++; ; this.at++) {
      const byte = this.bytes[this.at]
      if (byte === undefined) throw broken('a string does not end')
      if (byte === 0x5c) {
        this.#escaped(bytes)
        continue
      }
      if (byte === 0x28) open++
      if (byte === 0x29) open--
      if (open === 0) break
      bytes.push(byte)
      if (bytes.length > textBytesMax) throw tooMuch(`a string has more than ${textBytesMax} bytes`)
    }
    this.at++
    return { bytes: Uint8Array.from(bytes), start, end: this.at }
  }

  #escaped(bytes: number[]): void {
    const next = this.bytes[this.at + 1] ?? 0
    const letter = 'nrtbf'.indexOf(String.fromCharCode(next))
    if (next >= 0x30 && next <= 0x37) {
      let value = 0
      let digits = 0
      for (; digits < 3 && (this.bytes[this.at + 1] ?? 0) >= 0x30 && (this.bytes[this.at + 1] ?? 0) <= 0x37; digits++) {
        value = value * 8 + (this.bytes[++this.at] ?? 0) - 0x30
      }
      bytes.push(value & 255)
      return
    }
    this.at++
    if (letter >= 0) bytes.push([10, 13, 9, 8, 12][letter] ?? 0)
    else if (next === 13 && this.bytes[this.at + 1] === 10) this.at++
    else if (next !== 10 && next !== 13) bytes.push(next)
  }

  #hexadecimal(): PdfValue {
    const start = this.at
    const digits: number[] = []
    for (this.at++; ; this.at++) {
      const byte = this.bytes[this.at]
      if (byte === undefined) throw broken('a string does not end')
      if (byte === 0x3e) break
      if (whites.has(byte)) continue
      const digit = hexOf(byte)
      if (digit === null) throw broken('a hexadecimal string holds something else')
      digits.push(digit)
      if (digits.length > 2 * textBytesMax) throw tooMuch(`a string has more than ${textBytesMax} bytes`)
    }
    this.at++
    const bytes = new Uint8Array(Math.ceil(digits.length / 2))
    for (let index = 0; index < bytes.length; index++) {
      bytes[index] = (digits[2 * index] ?? 0) * 16 + (digits[2 * index + 1] ?? 0)
    }
    return { bytes, start, end: this.at }
  }

  #list(depth: number): PdfValue[] {
    const list: PdfValue[] = []
    for (this.at++; ;) {
      this.skip()
      if (this.bytes[this.at] === 0x5d) break
      list.push(this.value(depth + 1))
    }
    this.at++
    return list
  }

  #dictionary(depth: number): PdfDictionary {
    const dictionary = new Map<string, PdfValue>()
    for (this.at += 2; ;) {
      this.skip()
      if (this.bytes[this.at] === 0x3e && this.bytes[this.at + 1] === 0x3e) break
      if (this.bytes[this.at] !== 0x2f) throw broken('a dictionary holds something that has no name')
      const name = this.#name()
      // Readers disagree on which of two values counts.
      if (dictionary.has(name)) throw broken(`a dictionary holds ${name} twice`)
      dictionary.set(name, this.value(depth + 1))
    }
    this.at += 2
    return dictionary
  }

  /** A number, a reference, or one of three words. */
  #word(): PdfValue {
    const first = this.natural()
    if (first !== null) return this.#reference(first) ?? first
    const start = this.at
    while (this.at < this.bytes.length && this.at - start < 64) {
      const byte = this.bytes[this.at] ?? 0
      if (whites.has(byte) || delimiters.has(byte)) break
      this.at++
    }
    const word = String.fromCharCode(...this.bytes.subarray(start, this.at))
    if (word === 'true' || word === 'false') return word === 'true'
    if (word === 'null') return null
    if (/^[+-]?(\d+\.?\d*|\.\d+)$/u.test(word)) return Number(word)
    throw broken(this.at >= this.bytes.length ? 'the file ends within a value' : `a value cannot be read: ${word}`)
  }

  #reference(object: number): PdfValue | null {
    const start = this.at
    const generation = this.natural()
    if (generation !== null && this.keyword('R')) return { object, generation }
    this.at = start
    return null
  }
}

const isLineEnd = (byte: number | undefined): boolean => byte === 10 || byte === 13

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39

function hexOf(byte: number | undefined): number | null {
  const digit = byte === undefined ? NaN : Number.parseInt(String.fromCharCode(byte), 16)
  return Number.isNaN(digit) ? null : digit
}
