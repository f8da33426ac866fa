/**
 * The reader's methods on what they want and on everything else, and the writer beside them.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromHex, toHex } from '../bytes.ts'
import { CborError } from './error.ts'
import type { CborErrorCode } from './error.ts'
import { CborReader } from './reader.ts'
import { CborWriter } from './writer.ts'

const reader = (hex: string): CborReader => new CborReader(fromHex(hex), { bytesMax: 100 })

function check(hex: string, read: (reader: CborReader) => unknown, expected: unknown): void {
  const own = reader(hex)
  assert.deepEqual(read(own), expected, hex)
  own.end()
}

function refuse(hex: string, read: (reader: CborReader) => unknown, code: CborErrorCode): void {
  assert.throws(
    () => read(reader(hex)),
    (error) => error instanceof CborError && error.code === code,
    `${hex} is not refused as ${code}`,
  )
}

test('each method reads what it is for', () => {
  check('1864', (own) => own.uint(), 100)
  check('1864', (own) => own.uint(100), 100)
  check('43010203', (own) => toHex(own.bytes()), '010203')
  check('43010203', (own) => toHex(own.bytes(3)), '010203')
  check('43010203', (own) => toHex(own.bytesUpTo(3)), '010203')
  check('63616263', (own) => own.text(3), 'abc')
  check('f5', (own) => own.boolean(), true)
  check('f4', (own) => own.boolean(), false)
  check('f6', (own) => own.nullOr(() => own.uint()), null)
  check('05', (own) => own.nullOr(() => own.uint()), 5)
  check('820102', (own) => [own.array(2), own.uint(), own.uint()], [2, 1, 2])
  check('820102', (own) => [own.arrayUpTo(2), own.uint(), own.uint()], [2, 1, 2])
  check('d9d9f700', (own) => [own.tag(55_799), own.uint()], [undefined, 0])
})

test('each method refuses what it is not for', () => {
  const methods: readonly ((own: CborReader) => unknown)[] = [
    (own) => own.uint(),
    (own) => own.bytes(),
    (own) => own.text(10),
    (own) => own.array(),
    (own) => own.tag(1),
    (own) => own.boolean(),
  ]
  const items = ['01', '4101', '6161', '8101', 'c101', 'f5']
  for (const [own, method] of methods.entries()) {
    for (const [other, hex] of items.entries()) if (own !== other) refuse(hex, method, 'wrong-type')
    refuse('', method, 'truncated')
  }
})

test('limits are limits', () => {
  refuse('1864', (own) => own.uint(99), 'out-of-range')
  refuse('43010203', (own) => own.bytes(2), 'wrong-length')
  refuse('43010203', (own) => own.bytes(4), 'wrong-length')
  refuse('43010203', (own) => own.bytesUpTo(2), 'wrong-length')
  refuse('63616263', (own) => own.text(2), 'wrong-length')
  refuse('820102', (own) => own.array(1), 'wrong-length')
  refuse('820102', (own) => own.arrayUpTo(1), 'wrong-length')
  refuse('c200', (own) => own.tag(1), 'wrong-type')
  refuse('0000', (own) => [own.uint(), own.end()], 'trailing-bytes')
  assert.throws(() => new CborReader(new Uint8Array(101), { bytesMax: 100 }), { code: 'too-big' })
})

test('raw slices are the bytes between two places, without a copy', () => {
  const bytes = fromHex('8243010203820102')
  const own = new CborReader(bytes, { bytesMax: 100 })
  own.array(2)
  own.bytes()
  const start = own.offset
  own.array(2)
  own.uint()
  own.uint()
  assert.equal(toHex(own.slice(start)), '820102')
  assert.equal(own.slice(start).buffer, bytes.buffer)
})

test('the writer writes what the reader reads, and grows', () => {
  const writer = new CborWriter(1)
  writer
    .array(8)
    .uint(2 ** 40)
    .bytes(new Uint8Array(1000))
    .text('水')
    .null()
    .boolean(true)
  writer.nullable(null, () => assert.fail('nothing to write')).nullable(7, (value) => writer.uint(value))
  writer.tag(55_799).raw(fromHex('80'))
  const own = new CborReader(writer.finish(), { bytesMax: 2000 })
  assert.equal(own.array(8), 8)
  assert.equal(own.uint(), 2 ** 40)
  assert.equal(own.bytes().length, 1000)
  assert.equal(own.text(3), '水')
  assert.ok(own.isNull())
  assert.equal(own.boolean(), true)
  assert.ok(own.isNull())
  assert.equal(own.uint(), 7)
  own.tag(55_799)
  assert.equal(own.array(0), 0)
  own.end()
  assert.equal(toHex(writer.clear().uint(1).finish()), '01')
})
