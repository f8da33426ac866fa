/**
 * The price of work in gas, one unit being one microsecond of the reference core. docs/spec/transaction.md.
 * @module
 */
import { isAlgorithm } from '../crypto/keys.ts'
import type { Algorithm } from '../crypto/provider.ts'
import type { Payload } from './payloads.ts'
import type { TransactionSignature } from './transaction.ts'

/** Table 1, the only one of this format version. */
export const gasTable: {
  readonly transaction: number
  readonly item: number
  readonly kibibyte: number
  readonly document: number
  readonly signature: Readonly<Record<Algorithm, number>>
} = {
  /** Every transaction: decoding, state, its place in the block. */
  transaction: 50,
  /** Every deposit item and every raw body: hashing it twice, and its entry. */
  item: 5,
  /** Every full 1,024 bytes of the signed transaction: hashing and writing them. */
  kibibyte: 3,
  /** A consortium document: six proofs of possession of each member. */
  document: 25_000,
  /** Every signature, by algorithm. */
  signature: { 1: 110, 2: 65, 3: 341, 4: 590, 5: 120 },
}

/** What a transaction costs. Keys of unknown algorithms cost nothing: they are refused without work. */
export function gasOf(bytesLength: number, payload: Payload, signatures: readonly TransactionSignature[]): number {
  let gas = gasTable.transaction + Math.floor(bytesLength / 1024) * gasTable.kibibyte
  if (payload.type === 40) gas += payload.items.length * gasTable.item
  if (payload.type === 41) gas += payload.bodies.length * gasTable.item
  if (payload.type === 60 || (payload.type === 30 && payload.inner.type === 60)) gas += gasTable.document
  for (const { publicKey } of signatures) {
    const algorithm = publicKey[0]
    if (isAlgorithm(algorithm)) gas += gasTable.signature[algorithm]
  }
  return gas
}
