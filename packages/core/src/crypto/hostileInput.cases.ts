/**
 * What the hostile cases have in common: their shape, one message, one secret for each algorithm.
 */
import type { Bytes } from '../bytes.ts'
import { fromHex, fromText } from '../bytes.ts'
import { secretKeyFrom } from './keys.ts'
import type { Algorithm } from './provider.ts'

/** A public key and whether it may be registered. */
export interface KeyCase {
  readonly name: string
  readonly publicKey: Bytes
  readonly valid: boolean
}

/** A signature and its verdict. */
export interface SignatureCase extends KeyCase {
  readonly message: Bytes
  readonly signature: Bytes
}

/** The message of all cases that do not say otherwise. */
export const caseMessage: Bytes = fromText('jurat/transaction/v1\na hostile case')

/** A secret key for cases of an algorithm. */
export const caseSecret = (algorithm: Algorithm): Bytes => secretKeyFrom(algorithm, new Uint8Array(32).fill(7))

/** Big-endian bytes of a number. */
export function number32(value: bigint): Bytes {
  return fromHex(value.toString(16).padStart(64, '0'))
}

/** The number of big-endian bytes. */
export function bigint(bytes: Bytes): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n)
}
