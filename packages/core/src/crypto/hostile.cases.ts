/**
 * Hostile keys and signatures: what somebody could send who knows how implementations differ. They are computed, and
 * pinned in vectors/hostile-keys-and-signatures.json; run the test with JURAT_WRITE_VECTORS=1 to write that file.
 */
import { p256 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { sha256 } from '@noble/hashes/sha2.js'
import type { Bytes } from '../bytes.ts'
import { concat, fromHex, fromText } from '../bytes.ts'
import { bigint, caseMessage, caseSecret, number32 } from './hostileInput.cases.ts'
import type { KeyCase, SignatureCase } from './hostileInput.cases.ts'
import { hostileEd25519Keys, hostileEd25519Signatures } from './hostileEd25519.cases.ts'
import { hostileSm2Signatures } from './hostileSm2.cases.ts'
import { joinKey } from './keys.ts'
import { nobleCrypto } from './noble.ts'
import { algorithms, algorithmSizes } from './provider.ts'
import type { Algorithm } from './provider.ts'

const curves = { [algorithms.p256]: p256, [algorithms.secp256k1]: secp256k1 } as const

/** Every hostile key, and beside them the honest ones. */
export function keyCases(): KeyCase[] {
  const honest = Object.entries(algorithms).map(([name, algorithm]) => ({
    name: `${name}: an honest key`,
    publicKey: nobleCrypto.publicKeyOf(caseSecret(algorithm)),
    valid: true,
  }))
  return [...honest, ...malformedKeys(), ...hostileEd25519Keys(), ...hostileCurveKeys()]
}

function malformedKeys(): KeyCase[] {
  const lengths = Object.entries(algorithms).flatMap(([name, algorithm]) => {
    const key = nobleCrypto.publicKeyOf(caseSecret(algorithm))
    return [
      { name: `${name}: a byte is missing`, publicKey: key.subarray(0, -1), valid: false },
      { name: `${name}: a byte too many`, publicKey: concat(key, new Uint8Array(1)), valid: false },
    ]
  })
  const ed25519 = nobleCrypto.publicKeyOf(caseSecret(algorithms.ed25519)).subarray(1)
  const wrongAlgorithms = [0, 6, 255].map((byte) => ({
    name: `algorithm byte ${byte}`,
    publicKey: concat(new Uint8Array([byte]), ed25519),
    valid: false,
  }))
  return [{ name: 'nothing', publicKey: new Uint8Array(0), valid: false }, ...lengths, ...wrongAlgorithms]
}

function hostileCurveKeys(): KeyCase[] {
  return [algorithms.p256, algorithms.secp256k1, algorithms.sm2].flatMap((algorithm) => {
    const raw = nobleCrypto.publicKeyOf(caseSecret(algorithm)).subarray(1)
    const withHead = (head: number): Bytes => joinKey(algorithm, concat(new Uint8Array([head]), raw.subarray(1)))
    const withX = (x: string): Bytes => joinKey(algorithm, fromHex(`02${x}`))
    const heads = [0, 1, 4, 5, 6, 7].map((head) => ({
      name: `algorithm ${algorithm}: first byte ${head} in front of x`,
      publicKey: withHead(head),
      valid: false,
    }))
    return [
      ...heads,
      {
        name: `algorithm ${algorithm}: the other point of the same x`,
        publicKey: withHead(5 - (raw[0] ?? 0)),
        valid: true,
      },
      { name: `algorithm ${algorithm}: x is 2^256 - 1`, publicKey: withX('ff'.repeat(32)), valid: false },
      { name: `algorithm ${algorithm}: x is p`, publicKey: withX(fieldOrders[algorithm]), valid: false },
      { name: `algorithm ${algorithm}: x of no point`, publicKey: withX(xOfNoPoint(algorithm)), valid: false },
    ]
  })
}

const fieldOrders = {
  [algorithms.p256]: 'ffffffff00000001000000000000000000000000ffffffffffffffffffffffff',
  [algorithms.secp256k1]: 'fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f',
  [algorithms.sm2]: 'fffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff',
} as const

function xOfNoPoint(algorithm: 2 | 3 | 4): string {
  for (let x = 1; ; x++) {
    const text = x.toString(16).padStart(64, '0')
    if (!nobleCrypto.isPublicKey(joinKey(algorithm, fromHex(`02${text}`)))) return text
  }
}

/** Every hostile signature, and beside them the honest ones. */
export function signatureCases(): SignatureCase[] {
  return [
    ...Object.entries(algorithms).flatMap(([name, algorithm]) => plainCases(name, algorithm)),
    ...hostileEd25519Signatures(),
    ...hostileEcdsaSignatures(algorithms.p256),
    ...hostileEcdsaSignatures(algorithms.secp256k1),
    ...hostileSm2Signatures(),
    ...hostileMldsaSignatures(),
  ]
}

function plainCases(name: string, algorithm: Algorithm): SignatureCase[] {
  const secretKey = caseSecret(algorithm)
  const honest = {
    publicKey: nobleCrypto.publicKeyOf(secretKey),
    message: caseMessage,
    signature: nobleCrypto.sign(secretKey, caseMessage),
  }
  const empty = { ...honest, message: new Uint8Array(0), signature: nobleCrypto.sign(secretKey, new Uint8Array(0)) }
  const short = honest.signature.subarray(0, -1)
  const long = concat(honest.signature, new Uint8Array(1))
  const zero = new Uint8Array(algorithmSizes[algorithm].signatureBytes)
  return [
    { ...honest, name: `${name}: an honest signature`, valid: true },
    { ...empty, name: `${name}: an honest signature over nothing`, valid: true },
    { ...honest, name: `${name}: another message`, message: fromText('another'), valid: false },
    { ...honest, name: `${name}: a byte is missing`, signature: short, valid: false },
    { ...honest, name: `${name}: a byte too many`, signature: long, valid: false },
    { ...honest, name: `${name}: nothing`, signature: new Uint8Array(0), valid: false },
    { ...honest, name: `${name}: all zero`, signature: zero, valid: false },
  ]
}

function hostileEcdsaSignatures(algorithm: 2 | 3): SignatureCase[] {
  const { Fn } = curves[algorithm].Point
  const order = Fn.ORDER
  const secretKey = caseSecret(algorithm)
  const publicKey = nobleCrypto.publicKeyOf(secretKey)
  const honest = nobleCrypto.sign(secretKey, caseMessage)
  const [r, s] = [bigint(honest.subarray(0, 32)), bigint(honest.subarray(32))]
  // With r = -e/d the point [e/s]G + [r/s]Q is the neutral element, which has no x.
  const infinite = Fn.neg(Fn.div(Fn.create(bigint(sha256(caseMessage))), bigint(secretKey.subarray(1))))
  const pairs: readonly (readonly [string, bigint, bigint, boolean])[] = [
    ['high s', r, order - s, false],
    ['r = 0', 0n, s, false],
    ['s = 0', r, 0n, false],
    ['r = n', order, s, false],
    ['s = n', r, order, false],
    ['r = n - r', order - r, s, false],
    ['r and s exchanged', s, r, false],
    ['r = 1 and s = 1', 1n, 1n, false],
    ['r = 2^256 - 1', 2n ** 256n - 1n, s, false],
    ['s is half of the order', r, order / 2n, false],
    ['the point at infinity', infinite, 1n, false],
  ]
  return pairs.map(([name, r, s, valid]) => ({
    name: `algorithm ${algorithm}: ${name}`,
    publicKey,
    message: caseMessage,
    signature: concat(number32(r), number32(s)),
    valid,
  }))
}

/** Hints of ML-DSA-44 are 80 positions and 4 counts at the end of a signature (FIPS 204, algorithm 21). */
const hintBytes = 84

function hostileMldsaSignatures(): SignatureCase[] {
  const secretKey = caseSecret(algorithms.mldsa44)
  const publicKey = nobleCrypto.publicKeyOf(secretKey)
  const honest = nobleCrypto.sign(secretKey, caseMessage)
  const hint = honest.length - hintBytes
  const changed = (place: number, change: (byte: number) => number): Bytes =>
    honest.with(place, change(honest[place] ?? 0))
  const exchanged = honest.slice()
  exchanged.set([honest[hint + 1] ?? 0, honest[hint] ?? 0], hint)
  const cases: readonly (readonly [string, Bytes])[] = [
    ['a bit of the challenge', changed(0, (byte) => byte ^ 1)],
    ['a bit of the response', changed(100, (byte) => byte ^ 1)],
    ['the largest response', concat(honest.subarray(0, 32), new Uint8Array(18), honest.subarray(50))],
    ['two hints in descending order', exchanged],
    ['more hints than there is room for', changed(honest.length - 1, () => 81)],
    ['counts of hints that descend', changed(honest.length - 2, () => 255)],
    ['a position behind the last hint', changed(honest.length - 5, () => 1)],
  ]
  return cases.map(([name, signature]) => ({
    name: `algorithm 5: ${name}`,
    publicKey,
    message: caseMessage,
    signature,
    valid: false,
  }))
}
