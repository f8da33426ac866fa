/**
 * CRC-32C (Castagnoli; RFC 3720, appendix B.4), reflected, by eight tables ("slicing by 8").
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'

/** The reflected polynomial 0x1EDC6F41. */
const polynomial = 0x82f63b78

const tables = makeTables()

/** Checksum of `data`, going on from the checksum of what comes before it. An unsigned 32-bit number. */
export function crc32c(data: Bytes, before = 0): number {
  let crc = ~before
  let i = 0
  for (const end = data.length - 7; i < end; i += 8) crc = step8(crc, data, i)
  for (; i < data.length; i++) crc = at(0, (crc ^ (data[i] ?? 0)) & 0xff) ^ (crc >>> 8)
  return ~crc >>> 0
}

function step8(before: number, data: Bytes, i: number): number {
  const crc =
    before ^ ((data[i] ?? 0) | ((data[i + 1] ?? 0) << 8) | ((data[i + 2] ?? 0) << 16) | ((data[i + 3] ?? 0) << 24))
  return (
    at(7, crc & 0xff) ^
    at(6, (crc >>> 8) & 0xff) ^
    at(5, (crc >>> 16) & 0xff) ^
    at(4, crc >>> 24) ^
    at(3, data[i + 4] ?? 0) ^
    at(2, data[i + 5] ?? 0) ^
    at(1, data[i + 6] ?? 0) ^
    at(0, data[i + 7] ?? 0)
  )
}

function at(table: number, byte: number): number {
  return tables[table * 256 + byte] ?? 0
}

/** Table k holds the effect of a byte that is followed by k zero bytes. */
function makeTables(): Int32Array {
  const made = new Int32Array(8 * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1
    made[byte] = crc
  }
  for (let i = 256; i < made.length; i++) {
    const before = made[i - 256] ?? 0
    made[i] = (made[before & 0xff] ?? 0) ^ (before >>> 8)
  }
  return made
}
