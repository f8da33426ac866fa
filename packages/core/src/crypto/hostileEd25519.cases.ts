/**
 * Ed25519 keys and signatures on which implementations disagree (Chalkias, Garillot, Nikolaenko, "Taming the many
 * EdDSAs", 2020): torsion, encodings that are not canonical, and S beyond the order.
 */
import { ed25519, ED25519_TORSION_SUBGROUP } from '@noble/curves/ed25519.js'
import { sha512 } from '@noble/hashes/sha2.js'
import type { Bytes } from '../bytes.ts'
import { concat, fromHex } from '../bytes.ts'
import { bigint, caseMessage, caseSecret, number32 } from './hostileInput.cases.ts'
import type { KeyCase, SignatureCase } from './hostileInput.cases.ts'
import { joinKey } from './keys.ts'
import { algorithms } from './provider.ts'

const { Point } = ed25519
const { Fn } = Point
const order = Fn.ORDER

const secret = (): Bytes => caseSecret(algorithms.ed25519).subarray(1)
const key = (raw: Bytes): Bytes => joinKey(algorithms.ed25519, raw)
const little = (value: bigint): Bytes => number32(value).toReversed()

/** Points of small order: 1, 2, 4, 4, 8, 8, 8, 8 (in noble's order of them). */
const smallOrder = ED25519_TORSION_SUBGROUP.map((hex) => Point.fromHex(hex))

/** y = p + 1, which is the neutral element in an encoding that is not canonical. */
const neutralNotCanonical = fromHex(`ee${'ff'.repeat(30)}7f`)

export function hostileEd25519Keys(): KeyCase[] {
  const honest = Point.fromBytes(ed25519.getPublicKey(secret()))
  const small = smallOrder.map((point, i) => ({ name: `small order, number ${i}`, raw: point.toBytes() }))
  const mixed = smallOrder
    .filter((point) => !point.is0())
    .map((point, i) => ({ name: `mixed order, number ${i}`, raw: honest.add(point).toBytes() }))
  const encodings = [
    { name: 'y = p', raw: fromHex(`ed${'ff'.repeat(30)}7f`) },
    { name: 'y = p + 1', raw: neutralNotCanonical },
    { name: 'y = p + 3, a point of large order', raw: fromHex(`f0${'ff'.repeat(30)}7f`) },
    { name: 'y = 2^255 - 1 and the sign of x', raw: fromHex('ff'.repeat(32)) },
    { name: 'x = 0 with the sign of x', raw: fromHex(`01${'00'.repeat(30)}80`) },
    { name: 'y = -1 with the sign of x', raw: fromHex(`ec${'ff'.repeat(31)}`) },
    { name: 'y = 2, no point', raw: fromHex(`02${'00'.repeat(31)}`) },
  ]
  return [...small, ...mixed, ...encodings].map(({ name, raw }) => ({
    name: `ed25519: ${name}`,
    publicKey: key(raw),
    valid: false,
  }))
}

/** A signature with a nonce and with torsion that somebody chose, who knows the secret scalar. */
function crafted(options: { raw: Bytes; nonce: bigint; r?: Bytes; scalar?: bigint }): Bytes {
  const { raw, nonce, scalar = ed25519.utils.getExtendedPublicKey(secret()).scalar } = options
  const r = options.r ?? Point.BASE.multiplyUnsafe(nonce).toBytes()
  const k = Fn.create(bigint(sha512(concat(r, raw, caseMessage)).toReversed()))
  return concat(r, little(Fn.create(nonce + k * scalar)))
}

export function hostileEd25519Signatures(): SignatureCase[] {
  const raw = ed25519.getPublicKey(secret())
  const honest = ed25519.sign(caseMessage, secret())
  const withS = (s: bigint): Bytes => concat(honest.subarray(0, 32), little(s))
  const s = bigint(honest.slice(32).toReversed())
  const neutral = Point.ZERO.toBytes()
  const torsion = smallOrder.filter((point) => !point.is0())
  const cases: { name: string; raw?: Bytes; signature: Bytes; valid: boolean }[] = [
    { name: 'S + L', signature: withS(s + order), valid: false },
    { name: 'S + 8L', signature: withS(s + 8n * order), valid: false },
    { name: 'S = L', signature: withS(order), valid: false },
    { name: 'S = 2^256 - 1', signature: withS(2n ** 256n - 1n), valid: false },
    { name: 'L - S', signature: withS(order - s), valid: false },
    { name: 'R is the neutral element', signature: crafted({ raw, nonce: 0n, r: neutral }), valid: false },
    {
      name: 'R is the neutral element, not canonical',
      signature: crafted({ raw, nonce: 0n, r: neutralNotCanonical }),
      valid: false,
    },
    {
      name: 'R is the neutral element with the sign of x',
      signature: crafted({ raw, nonce: 0n, r: fromHex(`01${'00'.repeat(30)}80`) }),
      valid: false,
    },
    ...torsion.map((point, i) => ({
      name: `R with torsion, number ${i}: the cofactored equation holds`,
      signature: crafted({ raw, nonce: 5n, r: Point.BASE.multiplyUnsafe(5n).add(point).toBytes() }),
      valid: false,
    })),
    ...smallOrder.map((point, i) => smallKeyCase(point.toBytes(), `a key of small order, number ${i}`)),
    smallKeyCase(neutralNotCanonical, 'a key that is not canonical'),
    ...torsion.map((point, i) => mixedKeyCase(Point.fromBytes(raw).add(point).toBytes(), i)),
  ]
  return cases.map(({ name, raw: other, signature, valid }) => ({
    name: `ed25519: ${name}`,
    publicKey: key(other ?? raw),
    message: caseMessage,
    signature,
    valid,
  }))
}

/** With a key of small order, some nonce makes [k]A vanish: R = [S]B then passes the plain equation for any message. */
function smallKeyCase(raw: Bytes, name: string): { name: string; raw: Bytes; signature: Bytes; valid: boolean } {
  return { name, raw, signature: crafted({ raw, nonce: vanishing(raw), scalar: 0n }), valid: false }
}

/** With a key of mixed order, some nonce makes the torsion vanish: the plain equation holds as well. */
function mixedKeyCase(raw: Bytes, i: number): { name: string; raw: Bytes; signature: Bytes; valid: boolean } {
  const signature = crafted({ raw, nonce: vanishing(raw) })
  return { name: `a key of mixed order, number ${i}`, raw, signature, valid: false }
}

/** The first nonce whose k is a multiple of 8. */
function vanishing(raw: Bytes): bigint {
  for (let nonce = 1n; ; nonce++) {
    const r = Point.BASE.multiplyUnsafe(nonce).toBytes()
    const k = Fn.create(bigint(sha512(concat(r, raw, caseMessage)).toReversed()))
    if (k % 8n === 0n) return nonce
  }
}
