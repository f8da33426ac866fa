/**
 * SM2 signatures with SM3 (GB/T 32918.2-2016; in English ISO/IEC 14888-3:2018, section 6.10) and the user id
 * `1234567812345678`. The curve arithmetic is noble's; the scheme stands here, because the libraries that have it draw
 * their own randomness and do not check the ranges of r and s. Rules: docs/spec/keys-and-signatures.md.
 * @module
 */
import { weierstrass } from '@noble/curves/abstract/weierstrass.js'
import type { WeierstrassPoint } from '@noble/curves/abstract/weierstrass.js'
import { createHmacDrbg } from '@noble/curves/utils.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import type { Bytes } from '../bytes.ts'
import { concat, fromHex, fromText } from '../bytes.ts'
import { KeyError } from './keyError.ts'

/** The recommended curve of GB/T 32918.5-2017. */
const Point = weierstrass({
  p: 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn,
  n: 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n,
  h: 1n,
  a: 0xfffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffcn,
  b: 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n,
  Gx: 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  Gy: 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
})
const { Fn } = Point

const scalarBytes = 32

/** SM3: 32 bytes. */
export type Sm3 = (data: Bytes) => Bytes

/** A parsed public key: its point, and Z, the hash that binds user id, curve and key (GB/T 32918.2, section 5.5). */
export interface Sm2Key {
  readonly point: WeierstrassPoint<bigint>
  readonly z: Bytes
}

/** ENTL, the user id, a, b and the base point: what Z hashes before the key. */
const zPrefix = concat(
  new Uint8Array([0, 128]),
  fromText('1234567812345678'),
  fromHex('fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc'),
  fromHex('28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93'),
  Point.BASE.toBytes(false).subarray(1),
)

/** Parses a compressed key of 33 bytes; null when it is no point of the curve. Never throws. */
export function parseSm2Key(sm3: Sm3, rawKey: Bytes): Sm2Key | null {
  try {
    return keyOf(sm3, Point.fromBytes(rawKey))
  } catch {
    return null
  }
}

function keyOf(sm3: Sm3, point: WeierstrassPoint<bigint>): Sm2Key {
  return { point, z: sm3(concat(zPrefix, point.toBytes(false).subarray(1))) }
}

/** Makes many verifications with this key faster, at a cost in time and memory. */
export function precomputeSm2Key(key: Sm2Key, windowBits: number): void {
  key.point.precompute(windowBits, false)
}

/** Whether the signature r‖s of 64 bytes is valid (GB/T 32918.2, section 7.1). Never throws. */
export function verifySm2(sm3: Sm3, key: Sm2Key, message: Bytes, signature: Bytes): boolean {
  const r = number(signature.subarray(0, scalarBytes))
  const s = number(signature.subarray(scalarBytes))
  if (r === 0n || r >= Fn.ORDER || s === 0n || s >= Fn.ORDER) return false
  const t = Fn.create(r + s)
  if (t === 0n) return false
  // Public values only, so the faster multiplication in variable time is right.
  const point = Point.BASE.multiplyUnsafe(s).add(key.point.multiplyUnsafe(t))
  if (point.is0()) return false
  return Fn.create(digest(sm3, key, message) + point.x) === r
}

/** Signs with a nonce derived from secret and message as in RFC 6979: the same message gives the same signature. */
export function signSm2(sm3: Sm3, secret: Bytes, message: Bytes): Bytes {
  const d = secretScalar(secret)
  const e = digest(sm3, keyOf(sm3, Point.BASE.multiply(d)), message)
  const inverse = Fn.inv(Fn.create(1n + d))
  const nonces = createHmacDrbg<Bytes>(scalarBytes, scalarBytes, (key: Bytes, data: Bytes) => hmac(sha256, key, data))
  return nonces(concat(secret, Fn.toBytes(Fn.create(e))), (candidate) => {
    const k = number(candidate)
    if (k === 0n || k >= Fn.ORDER) return undefined
    const r = Fn.create(e + Point.BASE.multiply(k).x)
    if (r === 0n || r + k === Fn.ORDER) return undefined
    const s = Fn.mul(inverse, Fn.create(k - r * d))
    return s === 0n ? undefined : concat(Fn.toBytes(r), Fn.toBytes(s))
  })
}

/** The compressed key of a secret scalar. @throws {KeyError} when it is not from 1 to n - 2. */
export function sm2PublicKey(secret: Bytes): Bytes {
  return Point.BASE.multiply(secretScalar(secret)).toBytes(true)
}

/** The scalar of a secret. n - 1 is excluded because 1 + d must have an inverse (GB/T 32918.1, section 6.1). */
function secretScalar(secret: Bytes): bigint {
  const d = number(secret)
  if (d === 0n || d >= Fn.ORDER - 1n)
    throw new KeyError('secret-key-malformed', 'An SM2 secret is a number from 1 to n - 2.')
  return d
}

function digest(sm3: Sm3, key: Sm2Key, message: Bytes): bigint {
  return number(sm3(concat(key.z, message)))
}

function number(bytes: Bytes): bigint {
  let value = 0n
  for (const byte of bytes) value = (value << 8n) | BigInt(byte)
  return value
}
