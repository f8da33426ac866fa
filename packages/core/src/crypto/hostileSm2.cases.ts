/**
 * SM2 signatures out of range, with the wrong user id, and with a point that has no x.
 */
import type { Bytes } from '../bytes.ts'
import { concat, fromHex, fromText } from '../bytes.ts'
import { bigint, caseMessage, caseSecret, number32 } from './hostileInput.cases.ts'
import type { SignatureCase } from './hostileInput.cases.ts'
import { nobleCrypto } from './noble.ts'
import { algorithms } from './provider.ts'
import { parseSm2Key } from './sm2.ts'
import { sm3 } from './sm3.ts'

/** The order of the curve (GB/T 32918.5-2017). */
const order = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n

const mod = (value: bigint): bigint => ((value % order) + order) % order

/** Inverse modulo the order, by Fermat. */
function inverse(value: bigint): bigint {
  let result = 1n
  let base = mod(value)
  for (let exponent = order - 2n; exponent > 0n; exponent >>= 1n) {
    if ((exponent & 1n) === 1n) result = mod(result * base)
    base = mod(base * base)
  }
  return result
}

export function hostileSm2Signatures(): SignatureCase[] {
  const secretKey = caseSecret(algorithms.sm2)
  const publicKey = nobleCrypto.publicKeyOf(secretKey)
  const honest = nobleCrypto.sign(secretKey, caseMessage)
  const [r, s] = [bigint(honest.subarray(0, 32)), bigint(honest.subarray(32))]
  const d = bigint(secretKey.subarray(1))
  const key = parseSm2Key(sm3, publicKey.subarray(1))
  const e = mod(bigint(sm3(concat(key?.z ?? new Uint8Array(0), caseMessage))))
  // [s]G + [r + s]P is the neutral element; whoever takes 0 for its x accepts r = e.
  const infinite = mod(-e * d * inverse(1n + d))
  const pairs: readonly (readonly [string, Bytes])[] = [
    ['r = 0', concat(number32(0n), number32(s))],
    ['s = 0', concat(number32(r), number32(0n))],
    ['r = n', concat(number32(order), number32(s))],
    ['s = n', concat(number32(r), number32(order))],
    ['s = n - s', concat(number32(r), number32(order - s))],
    ['r + s = n', concat(number32(r), number32(order - r))],
    ['r and s exchanged', concat(honest.subarray(32), honest.subarray(0, 32))],
    ['r = 2^256 - 1', concat(number32(2n ** 256n - 1n), number32(s))],
    ['the point at infinity', concat(number32(e), number32(infinite))],
    ['the empty user id', signature(d, emptyIdDigest(publicKey))],
    ['the hash without Z', signature(d, mod(bigint(sm3(caseMessage))))],
  ]
  return pairs.map(([name, signature]) => ({
    name: `sm2: ${name}`,
    publicKey,
    message: caseMessage,
    signature,
    valid: false,
  }))
}

/** SM2 over any digest with the nonce 1, whose point is the base point. */
function signature(d: bigint, e: bigint): Bytes {
  const baseX = 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n
  const r = mod(e + baseX)
  return concat(number32(r), number32(mod(inverse(1n + d) * (1n - r * d))))
}

/** The digest that OpenSSL computes when nobody tells it a user id. */
function emptyIdDigest(publicKey: Bytes): bigint {
  const point = parseSm2Key(sm3, publicKey.subarray(1))?.point.toBytes(false).subarray(1) ?? fromText('')
  const curve = fromHex(
    'fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc' +
      '28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93' +
      '32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7' +
      'bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0',
  )
  const z = sm3(concat(new Uint8Array(2), curve, point))
  return mod(bigint(sm3(concat(z, caseMessage))))
}
