/**
 * The forms in which openssl wants keys and signatures: uncompressed points, DER, PEM. Our own formats have none of it.
 */
import { Buffer } from 'node:buffer'
import { ECDH } from 'node:crypto'
import { concat } from '@jurat/core/bytes'
import type { Bytes } from '@jurat/core/bytes'
import { algorithms } from '@jurat/core/crypto/provider'
import type { Algorithm } from '@jurat/core/crypto/provider'

const curveNames: Partial<Record<Algorithm, string>> = {
  [algorithms.p256]: 'prime256v1',
  [algorithms.secp256k1]: 'secp256k1',
  [algorithms.sm2]: 'SM2',
}

/** Orders of the curves with a low-s rule (SEC 2, sections 2.4.1 and 2.4.2). */
const orders: Partial<Record<Algorithm, bigint>> = {
  [algorithms.p256]: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  [algorithms.secp256k1]: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
}

/** 04 ‖ x ‖ y of a compressed key. */
export function uncompressedKey(algorithm: Algorithm, rawKey: Bytes): Bytes {
  const curve = curveNames[algorithm] ?? ''
  return ECDH.convertKey(rawKey, curve, undefined, undefined, 'uncompressed') as Buffer
}

/** The compressed key of 04 ‖ x ‖ y. */
export function compressedKey(point: Bytes): Bytes {
  return concat(new Uint8Array([2 + ((point[64] ?? 0) & 1)]), point.subarray(1, 33))
}

/** The structure of a public key as PEM text. */
export function pem(spki: Bytes): string {
  return `-----BEGIN PUBLIC KEY-----\n${Buffer.from(spki).toString('base64')}\n-----END PUBLIC KEY-----\n`
}

/** SEQUENCE of INTEGER r and s, of r‖s. */
export function derSignature(signature: Bytes): Bytes {
  const body = concat(derInteger(signature.subarray(0, 32)), derInteger(signature.subarray(32)))
  return concat(new Uint8Array([0x30, body.length]), body)
}

/** r‖s of a SEQUENCE of two INTEGERs, each shorter than 128 bytes. */
export function plainSignature(der: Bytes): Bytes {
  const rLength = der[3] ?? 0
  return concat(fixed(der.subarray(4, 4 + rLength)), fixed(der.subarray(6 + rLength)))
}

/** The signature with s in the lower half; SM2 has no such form. */
export function lowS(algorithm: Algorithm, signature: Bytes): Bytes {
  const order = orders[algorithm]
  const s = BigInt(`0x${Buffer.from(signature.subarray(32)).toString('hex')}`)
  if (order === undefined || s <= order / 2n) return signature
  const low = Buffer.from((order - s).toString(16).padStart(64, '0'), 'hex')
  return concat(signature.subarray(0, 32), low)
}

function derInteger(bytes: Bytes): Bytes {
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start++
  const digits = bytes.subarray(start)
  const padded = (digits[0] ?? 0) >= 0x80 ? concat(new Uint8Array(1), digits) : digits
  return concat(new Uint8Array([2, padded.length]), padded)
}

function fixed(integer: Bytes): Bytes {
  const digits = integer.subarray(-32)
  return concat(new Uint8Array(32 - digits.length), digits)
}
