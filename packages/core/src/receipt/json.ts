/**
 * A strict reader of JSON (RFC 8259) for files that strangers hand over: no field twice, only whole numbers from 0 to
 * 2^53 - 1, bounded depth. `JSON.parse` takes the last of two equal fields, so two programs could read two receipts out
 * of one file.
 * @module
 */
import { ReceiptError } from './error.ts'

/** Deepest nesting of arrays and objects. */
export const jsonDepthMax = 12

/** A JSON value. Objects are maps, so that no name in them means anything to the language. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | ReadonlyMap<string, JsonValue>

/** Reads a whole text. @throws {ReceiptError} `json-malformed`, `too-big`. */
export function parseJson(text: string, limits: { readonly charactersMax: number }): JsonValue {
  if (text.length > limits.charactersMax) {
    throw new ReceiptError('too-big', `The file has more than ${limits.charactersMax} characters.`)
  }
  const reader = new JsonReader(text)
  const value = reader.value(0)
  reader.end()
  return value
}

const quote = 0x22
const backslash = 0x5c

/** Reads from the start of a text to its end. */
class JsonReader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  value(depth: number): JsonValue {
    this.#space()
    const first = this.#text[this.#at]
    if (first === '"') return this.#string()
    if (first === '{' || first === '[') {
      if (depth >= jsonDepthMax) throw new ReceiptError('too-big', `The file is nested deeper than ${jsonDepthMax}.`)
      this.#at++
      return first === '{' ? this.#object(depth + 1) : this.#array(depth + 1)
    }
    if (this.#take('null')) return null
    if (this.#take('true')) return true
    if (this.#take('false')) return false
    return this.#number()
  }

  end(): void {
    this.#space()
    if (this.#at !== this.#text.length) this.#fail('something follows the value')
  }

  #object(depth: number): ReadonlyMap<string, JsonValue> {
    const fields = new Map<string, JsonValue>()
    if (this.#next('}')) return fields
    do {
      this.#space()
      if (this.#text[this.#at] !== '"') this.#fail('a name of a field was expected')
      const name = this.#string()
      if (fields.has(name)) this.#fail('a field stands twice')
      if (!this.#next(':')) this.#fail('a colon was expected')
      fields.set(name, this.value(depth))
    } while (this.#next(','))
    if (!this.#next('}')) this.#fail('a comma or the end of an object was expected')
    return fields
  }

  #array(depth: number): readonly JsonValue[] {
    const items: JsonValue[] = []
    if (this.#next(']')) return items
    do items.push(this.value(depth))
    while (this.#next(','))
    if (!this.#next(']')) this.#fail('a comma or the end of an array was expected')
    return items
  }

  #string(): string {
    const start = this.#at
    let plain = true
    let at = start + 1
    for (let code = this.#text.charCodeAt(at); code !== quote; code = this.#text.charCodeAt(at)) {
      // At the end of the text the code is NaN, which is not at least 0x20 either.
      if (!(code >= 0x20)) this.#fail('a text does not end, or holds a control character')
      if (code === backslash) plain = false
      at += code === backslash ? 2 : 1
    }
    this.#at = at + 1
    const value = plain ? this.#text.slice(start + 1, at) : this.#escaped(this.#text.slice(start, at + 1))
    if (/\p{Surrogate}/u.test(value)) this.#fail('a text holds half a character')
    return value
  }

  #escaped(literal: string): string {
    try {
      return JSON.parse(literal) as string
    } catch {
      return this.#fail('a text holds an unknown escape')
    }
  }

  #number(): number {
    const [digits = ''] = /^(?:0|[1-9][0-9]{0,15})(?![0-9.eE])/.exec(this.#text.slice(this.#at, this.#at + 17)) ?? []
    const value = Number(digits)
    if (digits === '' || !Number.isSafeInteger(value)) this.#fail('a whole number from 0 to 2^53 - 1 was expected')
    this.#at += digits.length
    return value
  }

  /** Reads a sign if it comes next. */
  #next(sign: string): boolean {
    this.#space()
    return this.#take(sign)
  }

  #take(word: string): boolean {
    if (!this.#text.startsWith(word, this.#at)) return false
    this.#at += word.length
    return true
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return
      this.#at++
    }
  }

  #fail(why: string): never {
    throw new ReceiptError('json-malformed', `This is no JSON that we read: ${why} (at character ${this.#at}).`)
  }
}
