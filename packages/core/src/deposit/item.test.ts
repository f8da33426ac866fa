/**
 * Items: one encoding each, checked in place.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concat, fromHex } from '../bytes.ts'
import { CborError } from '../cbor/error.ts'
import { encode } from '../cbor/value.ts'
import { nobleCrypto as crypto } from '../crypto/noble.ts'
import { blindedDigest, blindingSalt, decodeItem, encodeItem, itemAlgorithms, itemBytesMax, itemEnd } from './item.ts'
import { flowId } from './flow.ts'

const hash = new Uint8Array(32).fill(7)
const counted = (hex: string): Uint8Array => concat(fromHex(hex), hash)

test('items of every algorithm, with and without commitment and flow, are their bytes', () => {
  for (const [algorithm, { digestBytes }] of itemAlgorithms) {
    for (const commitment of [null, hash]) {
      for (const flow of [null, hash]) {
        const item = { algorithm, digest: new Uint8Array(digestBytes).fill(1).fill(0, 0, 2), commitment, flow }
        const bytes = encodeItem(item)
        assert.deepEqual(bytes, encode([algorithm, item.digest, commitment, flow]))
        assert.deepEqual(decodeItem(bytes), item)
        assert.ok(bytes.length <= itemBytesMax)
        assert.equal(itemEnd(concat(hash, bytes, hash), 32), 32 + bytes.length)
      }
    }
  }
})

test('anything else is no item', () => {
  const rows: readonly (readonly [string, Uint8Array])[] = [
    ['nothing', new Uint8Array()],
    ['an unknown algorithm', encode([4, hash, null, null])],
    ['algorithm 0', encode([0, hash, null, null])],
    ['algorithm 24', encode([24, hash, null, null])],
    ['a short digest', encode([1, hash.subarray(1), null, null])],
    ['a digest of another algorithm', encode([3, hash, null, null])],
    ['a blinded SHA-512 of 64 bytes', encode([19, concat(hash, hash), null, null])],
    ['a short commitment', encode([1, hash, hash.subarray(1), null])],
    ['a flow that is a number', encode([1, hash, null, 0])],
    ['three fields', encode([1, hash, null])],
    ['five fields', encode([1, hash, null, null, null])],
    ['a tree of nothing', encode([9, counted('0000000000000000'), null, null])],
    ['a tree of 2^53 leaves', encode([9, counted('0020000000000000'), null, null])],
    ['a length in two bytes', concat(fromHex('840159'), fromHex('0020'), hash, fromHex('f6f6'))],
    ['a byte after the end', concat(encode([1, hash, null, null]), fromHex('00'))],
  ]
  for (const [name, bytes] of rows) assert.throws(() => decodeItem(bytes), CborError, name)
  const whole = encode([9, counted('001fffffffffffff'), hash, hash])
  for (let length = 0; length < whole.length; length++) assert.equal(itemEnd(whole.subarray(0, length), 0), -1)
  assert.equal(itemEnd(whole, 0), whole.length)
})

test('a blinded digest depends on account, salt and digest', () => {
  const parts = { account: hash, digest: new Uint8Array(32), secret: new Uint8Array(32).fill(1) }
  const seen = new Set(
    [parts, { ...parts, account: parts.digest }, { ...parts, digest: hash }, { ...parts, secret: hash }].map((each) =>
      String(blindedDigest(crypto, each)),
    ),
  )
  assert.equal(seen.size, 4)
  assert.equal(blindingSalt(crypto, hash).length, 32)
})

test('flow ids are those of their key and number, and link nothing else', () => {
  assert.deepEqual(flowId(crypto, hash, 3), flowId(crypto, hash, 3))
  const ids = [0, 1, 256, 0xffffffff].map((sequence) => String(flowId(crypto, hash, sequence)))
  assert.equal(new Set(ids).size, 4)
})
