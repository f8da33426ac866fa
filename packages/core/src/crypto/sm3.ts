/**
 * The hash function SM3 (GB/T 32905-2016; in English ISO/IEC 10118-3:2018, dedicated hash function 17). Section numbers
 * are those of GB/T 32905.
 * @module
 */
import type { Bytes } from '../bytes.ts'

const blockBytes = 64
const digestBytes = 32

/** Section 4.1, the initial value. */
const initial = [
  0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e,
] as const

/** Section 4.2, the constants T_j, already rotated by j as section 5.3.3 uses them. */
const constants = Int32Array.from({ length: 64 }, (_, j) => rotate(j < 16 ? 0x79cc4519 : 0x7a879d8a, j % 32))

/** SM3 of `data`, 32 bytes. */
export function sm3(data: Bytes): Bytes {
  return new Sm3().update(data).digest()
}

/** SM3 in pieces, for data of any length. */
export class Sm3 {
  readonly #state = Int32Array.from(initial)
  readonly #words = new Int32Array(68)
  /** What did not fill a block yet. */
  readonly #rest = new Uint8Array(blockBytes)
  #length = 0

  /** Takes in the next piece. */
  update(data: Bytes): this {
    const held = this.#length % blockBytes
    this.#length += data.length
    if (held + data.length < blockBytes) {
      this.#rest.set(data, held)
      return this
    }
    const first = held === 0 ? 0 : blockBytes - held
    if (held > 0) {
      this.#rest.set(data.subarray(0, first), held)
      compress(this.#state, this.#words, this.#rest)
    }
    const end = data.length - ((data.length - first) % blockBytes)
    compress(this.#state, this.#words, data.subarray(first, end))
    this.#rest.set(data.subarray(end))
    return this
  }

  /** The digest of everything, 32 bytes. To be called once. */
  digest(): Bytes {
    compress(this.#state, this.#words, lastBlocks(this.#rest.subarray(0, this.#length % blockBytes), this.#length))
    const digest = new Uint8Array(digestBytes)
    const view = new DataView(digest.buffer)
    this.#state.forEach((word, i) => view.setInt32(4 * i, word))
    return digest
  }
}

/** Section 5.2, padding: a one bit, zeros, and the length in bits. */
function lastBlocks(rest: Bytes, length: number): Bytes {
  const padded = new Uint8Array(rest.length + 9 > blockBytes ? 2 * blockBytes : blockBytes)
  padded.set(rest)
  padded[rest.length] = 0x80
  const view = new DataView(padded.buffer)
  view.setUint32(padded.length - 8, Math.floor(length / 0x2000_0000))
  view.setUint32(padded.length - 4, (length << 3) >>> 0)
  return padded
}

/** Section 5.3: the blocks one after the other. */
function compress(state: Int32Array, words: Int32Array, blocks: Bytes): void {
  const view = new DataView(blocks.buffer, blocks.byteOffset, blocks.length)
  for (let offset = 0; offset < blocks.length; offset += blockBytes) {
    expand(words, view, offset)
    rounds(state, words)
  }
}

/** Section 5.3.2, the message expansion. The words W'_j are W_j ^ W_j+4. */
function expand(words: Int32Array, view: DataView, offset: number): void {
  for (let j = 0; j < 16; j++) words[j] = view.getInt32(offset + 4 * j)
  for (let j = 16; j < 68; j++) {
    const mixed = at(words, j - 16) ^ at(words, j - 9) ^ rotate(at(words, j - 3), 15)
    words[j] = mixed ^ rotate(mixed, 15) ^ rotate(mixed, 23) ^ rotate(at(words, j - 13), 7) ^ at(words, j - 6)
  }
}

/** Section 5.3.3, the compression function. */
function rounds(state: Int32Array, words: Int32Array): void {
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
  for (let j = 0; j < 64; j++) {
    const ss1 = rotate((rotate(a, 12) + e + at(constants, j)) | 0, 7)
    const ff = j < 16 ? a ^ b ^ c : (a & b) | (a & c) | (b & c)
    const gg = j < 16 ? e ^ f ^ g : (e & f) | (~e & g)
    const tt1 = (ff + d + (ss1 ^ rotate(a, 12)) + (at(words, j) ^ at(words, j + 4))) | 0
    const tt2 = (gg + h + ss1 + at(words, j)) | 0
    d = c
    c = rotate(b, 9)
    b = a
    a = tt1
    h = g
    g = rotate(f, 19)
    f = e
    e = tt2 ^ rotate(tt2, 9) ^ rotate(tt2, 17)
  }
  const mixed = [a, b, c, d, e, f, g, h]
  for (let i = 0; i < 8; i++) state[i] = at(state, i) ^ (mixed[i] ?? 0)
}

const at = (words: Int32Array, j: number): number => words[j] ?? 0

function rotate(value: number, count: number): number {
  return (value << count) | (value >>> (32 - count))
}
