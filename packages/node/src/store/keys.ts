/**
 * Keys of the databases: a short prefix in ASCII, then fixed-length parts. Numbers are 6 bytes, big-endian, so that their order
 * is the order of the keys. docs/spec/state-store.md.
 * @module
 */
import { fromText, type Bytes } from '@jurat/core/bytes'

/** Length of a number in a key. */
export const uintKeyBytes = 6

/** Largest number of a key, 2^48 − 1. */
export const uintKeyMax: number = 2 ** 48 - 1

/** The key of a prefix and parts. @throws {RangeError} for a number that is none of 0 to 2^48 − 1 */
export function keyOf(prefix: string, ...parts: readonly (Bytes | number)[]): Bytes {
  let length = prefix.length
  for (const part of parts) length += typeof part === 'number' ? uintKeyBytes : part.length
  const key = new Uint8Array(length)
  key.set(fromText(prefix))
  let offset = prefix.length
  for (const part of parts) {
    if (typeof part === 'number') {
      writeUint48(key, offset, part)
      offset += uintKeyBytes
    } else {
      key.set(part, offset)
      offset += part.length
    }
  }
  return key
}

/** The number at an offset of a key. */
export function numberOf(key: Bytes, offset: number): number {
  let value = 0
  for (let i = 0; i < uintKeyBytes; i++) value = value * 256 + (key[offset + i] ?? 0)
  return value
}

function writeUint48(key: Bytes, offset: number, value: number): void {
  if (!Number.isInteger(value) || value < 0 || value > uintKeyMax)
    throw new RangeError(`${value} is no number of a key`)
  let rest = value
  for (let i = uintKeyBytes - 1; i >= 0; i--) {
    key[offset + i] = rest % 256
    rest = Math.floor(rest / 256)
  }
}
