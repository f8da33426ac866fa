/**
 * Ed25519 (RFC 8032) with one verdict for every implementation: keys canonical and of prime order, S < L, R not the
 * neutral element, and a signature is accepted only if encode([S]B - [k]A) equals R byte for byte. RFC 8032 leaves this
 * open (5.1.7 allows the cofactored equation), so libraries differ on crafted signatures. Rules:
 * docs/spec/keys-and-signatures.md.
 * @module
 */
import { ed25519 } from '@noble/curves/ed25519.js'
import { sha512 } from '@noble/hashes/sha2.js'
import type { Bytes } from '../bytes.ts'
import { equal } from '../bytes.ts'

const { Point } = ed25519
const order = Point.Fn.ORDER

type EdwardsPoint = InstanceType<typeof Point>

/** Length of R and of S, in bytes. */
const halfBytes = 32

/** Whether a raw key of 32 bytes is canonical, not the neutral element, and free of torsion. Never throws. */
export function isEd25519Key(rawKey: Bytes): boolean {
  return parseKey(rawKey) !== null
}

const neutral = Point.ZERO.toBytes()

/**
 * Whether R of a signature is the neutral element. Web Cryptography and Node 24 refuse every R of small order, OpenSSL
 * and Go do not. With a key of prime order the neutral element is the only one that could pass, and only the holder of
 * the key can make such a signature, so nothing is lost by refusing it everywhere.
 */
export function isNeutralR(signature: Bytes): boolean {
  return signature[0] === 1 && equal(signature.subarray(0, halfBytes), neutral)
}

/** Whether the signature of 64 bytes is valid. Checks the key too. Never throws. */
export function verifyEd25519(rawKey: Bytes, message: Bytes, signature: Bytes): boolean {
  const r = signature.subarray(0, halfBytes)
  const s = littleEndian(signature.subarray(halfBytes))
  if (s >= order || isNeutralR(signature)) return false
  const key = parseKey(rawKey)
  if (key === null) return false
  const k = littleEndian(sha512.create().update(r).update(rawKey).update(message).digest()) % order
  const expected = Point.BASE.multiplyUnsafe(s).subtract(key.multiplyUnsafe(k))
  return equal(expected.toBytes(), r)
}

function parseKey(rawKey: Bytes): EdwardsPoint | null {
  try {
    const point = Point.fromBytes(rawKey, false)
    return !point.is0() && point.isTorsionFree() ? point : null
  } catch {
    return null
  }
}

function littleEndian(bytes: Bytes): bigint {
  let value = 0n
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] ?? 0)
  return value
}
