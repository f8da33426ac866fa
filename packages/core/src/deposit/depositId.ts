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
