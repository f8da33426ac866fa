/**
 * Identifier of a deposit: lower-case base32 of its transaction's hash (32 bytes) and its item index (u32, big-endian);
 * the same at every member of the network. 58 characters.
 * @module
 */
import { type Bytes, fromBase32, toBase32 } from '../bytes.ts'

/** Where a deposit stands: the transaction that holds it, and the place among its items. */
export interface DepositPlace {
  readonly txHash: Bytes
  readonly itemIndex: number
}

const depositIdBytes = 36

/** The identifier of item `itemIndex` of the transaction `txHash` (32 bytes). */
export function depositId(txHash: Bytes, itemIndex: number): string {
  const bytes = new Uint8Array(depositIdBytes)
  bytes.set(txHash)
  new DataView(bytes.buffer).setUint32(32, itemIndex)
  return toBase32(bytes)
}

const base32Digits = 'abcdefghijklmnopqrstuvwxyz234567'
/** Digits that depend on the transaction alone: 255 of its 256 bits. */
const fixedDigits = 51

/**
 * The identifiers of all items of one transaction: gives the same as `depositId`, and encodes the hash only once.
 * The last seven digits hold the hash's last bit, the 32 bits of the index and two zero bits.
 */
export function depositIdsOf(txHash: Bytes): (itemIndex: number) => string {
  const fixed = depositId(txHash, 0).slice(0, fixedDigits)
  const lastBit = (txHash[31] ?? 0) & 1
  return (itemIndex) => {
    let id = fixed + base32Digits[(lastBit << 4) | (itemIndex >>> 28)]
    for (let shift = 23; shift >= 3; shift -= 5) id += base32Digits[(itemIndex >>> shift) & 31]
    return id + base32Digits[(itemIndex << 2) & 31]
  }
}

/** The place that an identifier names, or null when it is none. */
export function parseDepositId(id: string): DepositPlace | null {
  if (!/^[a-z2-7]{58}$/.test(id)) return null
  let bytes: Bytes
  try {
    bytes = fromBase32(id)
  } catch {
    return null
  }
  if (bytes.length !== depositIdBytes) return null
  const itemIndex = new DataView(bytes.buffer, bytes.byteOffset).getUint32(32)
  return { txHash: bytes.slice(0, 32), itemIndex }
}
