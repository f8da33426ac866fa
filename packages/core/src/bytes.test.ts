import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import * as bytes from './bytes.ts'

const any = fc.uint8Array({ maxLength: 60 })

test('every text encoding leads back', () => {
  fc.assert(
    fc.property(any, (value) => {
      assert.deepEqual(bytes.fromHex(bytes.toHex(value)), value)
      assert.deepEqual(bytes.fromBase64(bytes.toBase64(value)), value)
      assert.deepEqual(bytes.fromBase32(bytes.toBase32(value)), value)
    }),
  )
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => assert.equal(bytes.toText(bytes.fromText(text)), text)),
  )
})

test('texts that are not canonical are refused', () => {
  for (const hex of ['0', 'zz', '0x00', ' 00']) assert.throws(() => bytes.fromHex(hex), hex)
  for (const base64 of ['QQ', 'QR==', 'QQ= =', 'Q-==', 'QQ==\n']) assert.throws(() => bytes.fromBase64(base64), base64)
  for (const base32 of ['MY', 'mz', 'my======', 'm1', 'm']) assert.throws(() => bytes.fromBase32(base32), base32)
  for (const text of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xc3]]) {
    assert.throws(() => bytes.toText(Uint8Array.from(text)))
  }
  assert.throws(() => bytes.fromText('\udc00'))
})

test('order and equality are those of the bytes', () => {
  fc.assert(
    fc.property(any, any, (a, b) => {
      const expected = Buffer.compare(a, b)
      assert.equal(Math.sign(bytes.compare(a, b)), expected)
      assert.equal(bytes.equal(a, b), expected === 0)
      assert.ok(bytes.equal(a, a.slice()))
      assert.deepEqual(bytes.concat(a, b, a), Uint8Array.from([...a, ...b, ...a]))
    }),
  )
})
