/**
 * The little of Protocol Buffers that CometBFT's hashes and sign bytes are made of: a writer, in ascending order of the
 * fields, that leaves out zero values as proto3 does. Nothing is ever read.
 * @module
 */
import { assert } from '../assert.ts'
import { type Bytes, concat, fromText } from '../bytes.ts'

const wireTypes = { varint: 0, fixed64: 1, bytes: 2 } as const

const u32 = 2 ** 32

/** Bytes of a whole number from 0 to 2^53 - 1, seven bits each, least first. */
function varint(value: number): Bytes {
  assert(Number.isSafeInteger(value) && value >= 0, 'a varint is a whole number of up to 53 bits')
  const bytes: number[] = []
  let rest = value
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80)
  return Uint8Array.from([...bytes, rest])
}

const tag = (field: number, type: number): Bytes => varint(field * 8 + type)

/** One message. */
export class ProtoWriter {
  readonly #parts: Bytes[] = []

  /** uint32, uint64, int32, int64 and enumerations, none of them negative. */
  integer(field: number, value: number): this {
    if (value !== 0) this.#parts.push(tag(field, wireTypes.varint), varint(value))
    return this
  }

  /** sfixed64, not negative. */
  fixed64(field: number, value: number): this {
    if (value === 0) return this
    const bytes = new Uint8Array(8)
    const view = new DataView(bytes.buffer)
    view.setUint32(0, value % u32, true)
    view.setUint32(4, Math.floor(value / u32), true)
    this.#parts.push(tag(field, wireTypes.fixed64), bytes)
    return this
  }

  bytes(field: number, value: Bytes): this {
    return value.length === 0 ? this : this.message(field, value)
  }

  text(field: number, value: string): this {
    return this.bytes(field, fromText(value))
  }

  /** A message within this one, which is written even when it is empty. */
  message(field: number, value: Bytes): this {
    this.#parts.push(tag(field, wireTypes.bytes), varint(value.length), value)
    return this
  }

  finish(): Bytes {
    return concat(...this.#parts)
  }

  /** With its length in front. */
  finishDelimited(): Bytes {
    const message = this.finish()
    return concat(varint(message.length), message)
  }
}
