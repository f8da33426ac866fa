/**
 * Values with a checksum: `CRC-32C over key and value, big-endian ‖ value`. docs/spec/state-store.md.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import { crc32c } from './crc32c.ts'
import { DamagedValueError } from './errors.ts'

const checksumBytes = 4

/** What is stored for a value. */
export function sealed(key: Bytes, value: Bytes): Bytes {
  const stored = new Uint8Array(checksumBytes + value.length)
  new DataView(stored.buffer).setUint32(0, crc32c(value, crc32c(key)))
  stored.set(value, checksumBytes)
  return stored
}

/** The value of what is stored. @param place - of the database, for the message. @throws {DamagedValueError} */
export function openChecked(key: Bytes, stored: Bytes, place: string): Bytes {
  // LevelDB gives Buffers; what leaves the store is always a plain byte array.
  const value = new Uint8Array(stored.buffer, stored.byteOffset, stored.length).subarray(checksumBytes)
  const intact =
    stored.length >= checksumBytes &&
    new DataView(stored.buffer, stored.byteOffset).getUint32(0) === crc32c(value, crc32c(key))
  if (!intact)
    throw new DamagedValueError(`a value of the database ${place} has a wrong checksum`, Uint8Array.from(key))
  return value
}
