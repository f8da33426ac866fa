/**
 * The suite that every implementation of the cryptography passes: documents' examples, hostile keys and signatures, and
 * agreement with core's own implementation on mutated input.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Bytes } from '../bytes.ts'
import { concat, fromHex, toHex } from '../bytes.ts'
import { joinKey, secretKeyFrom } from './keys.ts'
import { nobleCrypto } from './noble.ts'
import { algorithms } from './provider.ts'
import type { Algorithm, CryptoProvider } from './provider.ts'

type Verify = (publicKey: Bytes, message: Bytes, signature: Bytes) => boolean | Promise<boolean>

interface Documents {
  hashes: { source: string; function: 'sha256' | 'sha512' | 'sm3' | 'shake128'; input: string; output: string }[]
  macs: { source: string; key: string; input: string; output: string }[]
  signatures: {
    source: string
    algorithm: Algorithm
    secret: string
    public: string
    message: string
    signature: string
    randomNonce?: boolean
  }[]
  keys: {
    source: string
    algorithm: Algorithm
    secret: string
    publicSha256: string
  }[]
}

interface Hostile {
  keys: { name: string; publicKey: string; valid: boolean }[]
  signatures: { name: string; publicKey: string; message: string; signature: string; valid: boolean }[]
}

const vectors = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../../vectors/${name}`, import.meta.url), 'utf8'))

/** How often an honest signature is checked in the property test. */
const runs = 60

/** Runs the suite. @param verify - another way to verify, such as one on the thread pool. */
export function providerCases(
  name: string,
  crypto: CryptoProvider,
  verify: Verify = (...input) => crypto.verify(...input),
): void {
  documentCases(name, crypto, verify)
  hostileCases(name, crypto, verify)
  agreementCases(name, crypto, verify)
}

function documentCases(name: string, crypto: CryptoProvider, verify: Verify): void {
  const documents = vectors('crypto-documents.json') as Documents

  test(`${name}: hashes of the documents`, () => {
    for (const { source, function: hash, input, output } of documents.hashes) {
      const data = fromHex(input)
      const found = hash === 'shake128' ? crypto.shake128(data, output.length / 2) : crypto[hash](data)
      assert.equal(toHex(found), output, source)
      assert.equal(Object.getPrototypeOf(found), Uint8Array.prototype, `${source}: not a plain Uint8Array`)
    }
    for (const { source, key, input, output } of documents.macs) {
      assert.equal(toHex(crypto.hmacSha256(fromHex(key), fromHex(input))), output, source)
    }
  })

  test(`${name}: keys and signatures of the documents`, async () => {
    for (const { source, algorithm, secret, public: raw, message, signature, randomNonce } of documents.signatures) {
      const secretKey = joinKey(algorithm, fromHex(secret))
      const publicKey = joinKey(algorithm, fromHex(raw))
      assert.deepEqual(crypto.publicKeyOf(secretKey), publicKey, source)
      assert.ok(crypto.isPublicKey(publicKey), source)
      assert.ok(await verify(publicKey, fromHex(message), fromHex(signature)), source)
      if (randomNonce !== true) assert.equal(toHex(crypto.sign(secretKey, fromHex(message))), signature, source)
    }
    for (const { source, algorithm, secret, publicSha256 } of documents.keys) {
      const publicKey = crypto.publicKeyOf(joinKey(algorithm, fromHex(secret)))
      assert.equal(toHex(crypto.sha256(publicKey.subarray(1))), publicSha256, source)
    }
  })

  test(`${name}: what is no secret key is refused`, () => {
    for (const algorithm of [algorithms.p256, algorithms.secp256k1, algorithms.sm2]) {
      for (const byte of [0, 0xff]) {
        const secretKey = joinKey(algorithm, new Uint8Array(32).fill(byte))
        assert.throws(() => crypto.publicKeyOf(secretKey), { code: 'secret-key-malformed' })
        assert.throws(() => crypto.sign(secretKey, secretKey), { code: 'secret-key-malformed' })
      }
    }
    for (const secretKey of [
      new Uint8Array(0),
      new Uint8Array(33),
      new Uint8Array(32).fill(1),
      new Uint8Array(34).fill(1),
    ]) {
      assert.throws(() => crypto.publicKeyOf(secretKey), { code: 'secret-key-malformed' })
      assert.throws(() => crypto.sign(secretKey, secretKey), { code: 'secret-key-malformed' })
    }
  })
}

function hostileCases(name: string, crypto: CryptoProvider, verify: Verify): void {
  const hostile = vectors('hostile-keys-and-signatures.json') as Hostile

  test(`${name}: hostile keys`, () => {
    for (const { name: what, publicKey, valid } of hostile.keys) {
      assert.equal(crypto.isPublicKey(fromHex(publicKey)), valid, what)
    }
  })

  test(`${name}: hostile signatures`, async () => {
    for (const { name: what, publicKey, message, signature, valid } of hostile.signatures) {
      assert.equal(await verify(fromHex(publicKey), fromHex(message), fromHex(signature)), valid, what)
    }
  })

  test(`${name}: a signature of one algorithm is none of another`, async () => {
    for (const { publicKey, message, signature, valid } of hostile.signatures.filter(({ valid }) => valid)) {
      const key = fromHex(publicKey)
      for (const algorithm of Object.values(algorithms)) {
        const other = concat(new Uint8Array([algorithm]), key.subarray(1))
        const expected = valid && algorithm === key[0]
        assert.equal(await verify(other, fromHex(message), fromHex(signature)), expected)
      }
    }
  })
}

/** A byte string with some bytes replaced. An empty list of changes leaves it as it is. */
const mutate = (bytes: Bytes, changes: readonly (readonly [number, number])[]): Bytes => {
  const copy = bytes.slice()
  for (const [place, byte] of changes) copy[place % copy.length] = byte
  return copy
}

const changes = fc.oneof(fc.constant([]), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 2 }))

function agreementCases(name: string, crypto: CryptoProvider, verify: Verify): void {
  for (const [algorithmName, algorithm] of Object.entries(algorithms)) {
    test(`${name}: ${algorithmName} agrees with the reference on honest and on mutated input`, async () => {
      const seed = fc.uint8Array({ minLength: 32, maxLength: 32 })
      const message = fc.uint8Array({ minLength: 1, maxLength: 300 })
      let accepted = 0
      await fc.assert(
        fc.asyncProperty(
          seed,
          message,
          changes,
          changes,
          changes,
          async (seed, message, ofKey, ofMessage, ofSignature) => {
            const secretKey = secretKeyFrom(algorithm, seed)
            const publicKey = crypto.publicKeyOf(secretKey)
            assert.deepEqual(publicKey, nobleCrypto.publicKeyOf(secretKey))
            const input = [
              mutate(publicKey, ofKey),
              mutate(message, ofMessage),
              mutate(crypto.sign(secretKey, message), ofSignature),
            ] as const
            const expected = nobleCrypto.verify(...input)
            assert.equal(await verify(...input), expected)
            assert.equal(crypto.isPublicKey(input[0]), nobleCrypto.isPublicKey(input[0]))
            if (ofKey.length + ofMessage.length + ofSignature.length === 0) assert.ok(expected)
            if (expected) accepted++
          },
        ),
        { numRuns: runs },
      )
      assert.ok(accepted > 0, 'no honest signature was tried')
    })
  }

  test(`${name}: hashes agree with the reference`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 200 }), (data, key) => {
        for (const hash of ['sha256', 'sha512', 'sm3'] as const)
          assert.deepEqual(crypto[hash](data), nobleCrypto[hash](data))
        assert.deepEqual(crypto.shake128(data, 300), nobleCrypto.shake128(data, 300))
        assert.deepEqual(crypto.hmacSha256(key, data), nobleCrypto.hmacSha256(key, data))
      }),
    )
  })
}
