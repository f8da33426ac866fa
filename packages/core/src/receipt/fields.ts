/**
 * The fields of a JSON object, read narrowly: each by its name, with its type and its limit; unknown ones are refused.
 * @module
 */
import { type Bytes, fromBase64, fromHex } from '../bytes.ts'
import { ReceiptError } from './error.ts'
import type { JsonValue } from './json.ts'

/** Length of a hash, in bytes. */
const hashBytes = 32

/** One object of a file. Every method throws a {@link ReceiptError} that names the place. */
export class JsonFields {
  readonly #fields: ReadonlyMap<string, JsonValue>
  readonly #where: string

  /** @param names - every field that there may be. @param where - the place of the object, for messages. */
  constructor(value: JsonValue, names: readonly string[], where: string) {
    if (!(value instanceof Map)) throw malformed(where, 'an object')
    for (const name of value.keys()) {
      if (!names.includes(name)) {
        throw new ReceiptError('field-unknown', `There is no field ${place(where, name.slice(0, 64))}.`)
      }
    }
    this.#fields = value
    this.#where = where
  }

  /** Whether a field is there, and is not null. */
  has(name: string): boolean {
    return (this.#fields.get(name) ?? null) !== null
  }

  /** A whole number from 0 to `max`. */
  integer(name: string, max: number = Number.MAX_SAFE_INTEGER): number {
    const value = this.#get(name)
    if (typeof value !== 'number' || value > max) throw malformed(this.#place(name), `a whole number up to ${max}`)
    return value
  }

  /** A text of at most so many characters. */
  text(name: string, charactersMax: number): string {
    const value = this.#get(name)
    if (typeof value !== 'string') throw malformed(this.#place(name), 'a text')
    if (value.length > charactersMax) throw tooBig(this.#place(name), `${charactersMax} characters`)
    return value
  }

  /** true or false. */
  boolean(name: string): boolean {
    const value = this.#get(name)
    if (typeof value !== 'boolean') throw malformed(this.#place(name), 'true or false')
    return value
  }

  /** Bytes in base64, at most so many. */
  bytes(name: string, bytesMax: number): Bytes {
    return readBase64(this.#get(name), bytesMax, this.#place(name))
  }

  /** A SHA-256 hash in base64. */
  hash(name: string): Bytes {
    return exactly(this.bytes(name, hashBytes), this.#place(name))
  }

  /** A SHA-256 hash in lower-case hexadecimal. */
  hexHash(name: string): Bytes {
    const value = this.#get(name)
    if (typeof value !== 'string' || !/^[0-9a-f]{64}$/.test(value)) {
      throw malformed(this.#place(name), '64 lower-case hexadecimal digits')
    }
    return fromHex(value)
  }

  /** Hashes in base64, at most so many. */
  hashes(name: string, lengthMax: number): Bytes[] {
    return this.list(name, lengthMax, (value, where) => exactly(readBase64(value, hashBytes, where), where))
  }

  /** A list of at most so many items. */
  list<T>(name: string, lengthMax: number, read: (value: JsonValue, where: string) => T): T[] {
    const value = this.#get(name)
    if (!isList(value)) throw malformed(this.#place(name), 'a list')
    if (value.length > lengthMax) throw tooBig(this.#place(name), `${lengthMax} items`)
    return value.map((item, at) => read(item, `${this.#place(name)}[${at}]`))
  }

  /** A list that is empty when it is null or missing. */
  optionalList<T>(name: string, lengthMax: number, read: (value: JsonValue, where: string) => T): T[] {
    return this.has(name) ? this.list(name, lengthMax, read) : []
  }

  /** An object, or null when it is null or missing. */
  optional<T>(name: string, names: readonly string[], read: (fields: JsonFields) => T): T | null {
    const value = this.#fields.get(name) ?? null
    return value === null ? null : read(new JsonFields(value, names, this.#place(name)))
  }

  /** A value that must be there, read by its own rules. */
  value<T>(name: string, read: (value: JsonValue, where: string) => T): T {
    return read(this.#get(name), this.#place(name))
  }

  /** An object that must be there. */
  object<T>(name: string, names: readonly string[], read: (fields: JsonFields) => T): T {
    return read(new JsonFields(this.#get(name), names, this.#place(name)))
  }

  #get(name: string): JsonValue {
    const value = this.#fields.get(name)
    if (value === undefined) throw new ReceiptError('field-missing', `The field ${this.#place(name)} is missing.`)
    return value
  }

  #place(name: string): string {
    return place(this.#where, name)
  }
}

/** Text of a list's item. */
export function readText(value: JsonValue, charactersMax: number, where: string): string {
  if (typeof value !== 'string') throw malformed(where, 'a text')
  if (value.length > charactersMax) throw tooBig(where, `${charactersMax} characters`)
  return value
}

/** Bytes in base64 of a list's item, at most so many. */
export function readBase64(value: JsonValue, bytesMax: number, where: string): Bytes {
  if (typeof value !== 'string') throw malformed(where, 'base64')
  if (value.length > Math.ceil(bytesMax / 3) * 4) throw tooBig(where, `${bytesMax} bytes`)
  let bytes: Bytes
  try {
    bytes = fromBase64(value)
  } catch (cause) {
    throw new ReceiptError('field-malformed', `${where} is not canonical base64.`, { cause })
  }
  if (bytes.length > bytesMax) throw tooBig(where, `${bytesMax} bytes`)
  return bytes
}

const isList = (value: JsonValue): value is readonly JsonValue[] => Array.isArray(value)

const place = (where: string, name: string): string => (where === '' ? name : `${where}.${name}`)

function exactly(bytes: Bytes, where: string): Bytes {
  if (bytes.length !== hashBytes) throw malformed(where, `base64 of ${hashBytes} bytes`)
  return bytes
}

function malformed(where: string, what: string): ReceiptError {
  return new ReceiptError('field-malformed', `${where === '' ? 'The file' : where} is not ${what}.`)
}

function tooBig(where: string, what: string): ReceiptError {
  return new ReceiptError('too-big', `${where} has more than ${what}.`)
}
