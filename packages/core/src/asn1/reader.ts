/**
 * A strict reader of ASN.1 in its distinguished encoding (ITU-T X.690, DER), for requests of strangers: lengths are definite
 * and minimal, tags have one byte, nothing is read past the end.
 * @module
 */
import type { Bytes } from '../bytes.ts'
import { DerError } from './error.ts'
import { tags } from './writer.ts'

/** One value. */
export interface DerValue {
  readonly tag: number
  readonly contents: Bytes
  /** With identifier and length. */
  readonly bytes: Bytes
}

/** Reads values one after the other. Every method throws {@link DerError}. */
export class DerReader {
  readonly #bytes: Bytes
  #at = 0

  constructor(bytes: Bytes) {
    this.#bytes = bytes
  }

  /** Identifier byte of the next value, or null at the end. */
  get tag(): number | null {
    return this.#bytes[this.#at] ?? null
  }

  /** The next value, of this tag if one is named. */
  next(expected?: number): DerValue {
    const start = this.#at
    const tag = this.#byte()
    if ((tag & 0x1f) === 0x1f) throw new DerError('tag-unsupported', 'A tag of several bytes is not read here.')
    if (expected !== undefined && tag !== expected) {
      throw new DerError('unexpected', `Expected tag ${expected}, found ${tag}.`)
    }
    const end = this.#length() + this.#at
    if (end > this.#bytes.length) throw new DerError('truncated', 'A value goes on after the end.')
    const contents = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return { tag, contents, bytes: this.#bytes.subarray(start, end) }
  }

  /** The next value if it is of this tag, else null. */
  optional(tag: number): DerValue | null {
    return this.tag === tag ? this.next(tag) : null
  }

  /** A reader of the contents of the next value. */
  inside(expected: number): DerReader {
    return new DerReader(this.next(expected).contents)
  }

  /** The next value as an INTEGER, not negative: its magnitude, big-endian. */
  unsigned(): Bytes {
    const { contents } = this.next(tags.integer)
    const [first, second] = contents
    if (first === undefined) throw new DerError('malformed', 'An INTEGER has no contents.')
    if (first >= 0x80) throw new DerError('malformed', 'An INTEGER is negative.')
    if (first === 0 && second !== undefined && second < 0x80) {
      throw new DerError('not-minimal', 'An INTEGER begins with a zero that it does not need.')
    }
    return first === 0 && second !== undefined ? contents.subarray(1) : contents
  }

  /** The next value as a BOOLEAN: in DER, false is 00 and true is ff. */
  boolean(): boolean {
    const { contents } = this.next(tags.boolean)
    const [value] = contents
    if (contents.length !== 1 || (value !== 0 && value !== 0xff)) {
      throw new DerError('malformed', 'A BOOLEAN is neither 00 nor ff.')
    }
    return value === 0xff
  }

  /** The next value as an OBJECT IDENTIFIER in its dotted form. */
  objectIdentifier(): string {
    return dotted(this.next(tags.objectIdentifier).contents)
  }

  /** Nothing may follow. */
  end(): void {
    if (this.#at !== this.#bytes.length) throw new DerError('trailing-bytes', 'Something follows the value.')
  }

  #byte(): number {
    const byte = this.#bytes[this.#at]
    if (byte === undefined) throw new DerError('truncated', 'The bytes end where a value was expected.')
    this.#at++
    return byte
  }

  #length(): number {
    const first = this.#byte()
    if (first < 0x80) return first
    const count = first & 0x7f
    if (count === 0 || count > 3) throw new DerError('malformed', 'A length is indefinite, or too long.')
    let length = 0
    for (let i = 0; i < count; i++) length = length * 256 + this.#byte()
    if (length < 0x80 || length < 256 ** (count - 1)) throw new DerError('not-minimal', 'A length is not minimal.')
    return length
  }
}

/** Longest identifier in bytes: two arcs of 128 bits and some small ones. */
const identifierBytesMax = 64

function dotted(contents: Bytes): string {
  const arcs: bigint[] = []
  let arc = 0n
  let open = false
  if (contents.length > identifierBytesMax) throw new DerError('malformed', 'An identifier is too long.')
  for (const byte of contents) {
    if (!open && byte === 0x80) throw new DerError('not-minimal', 'An arc of an identifier begins with a zero.')
    arc = arc * 128n + BigInt(byte & 0x7f)
    open = byte >= 0x80
    if (open) continue
    arcs.push(arc)
    arc = 0n
  }
  const [first] = arcs
  if (first === undefined || open) throw new DerError('malformed', 'An identifier has no arcs, or an unfinished one.')
  const root = first < 80n ? first / 40n : 2n
  return [root, first - root * 40n, ...arcs.slice(1)].join('.')
}
