/**
 * DER as we write and read it: what is written is read back, anything else is refused.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Bytes, fromHex, fromText, toHex, toText } from '../bytes.ts'
import { dateOf, dayNumber } from './calendar.ts'
import { DerError, type DerErrorCode } from './error.ts'
import { DerReader } from './reader.ts'
import { context, der, generalizedTime, integer, objectIdentifier, octetString, sequence } from './writer.ts'
import { setOf, tags, unsigned } from './writer.ts'

const dayMs = 86_400_000

test('dates are those of the calendar', () => {
  for (let days = dayNumber({ year: 1600, month: 1, day: 1 }); days < 40_000; days += 13) {
    const date = new Date(days * dayMs)
    const expected = { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() }
    assert.deepEqual(dateOf(days), expected)
    assert.equal(dayNumber(expected), days)
  }
})

test('times are written in Z, the fraction without trailing zeros', () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, '19700101000000Z'],
    [Date.UTC(2000, 1, 29, 23, 59, 59, 999), '20000229235959.999Z'],
    [Date.UTC(2026, 10, 23, 1, 2, 3, 120), '20261123010203.12Z'],
    [Date.UTC(9999, 11, 31), '99991231000000Z'],
  ]
  for (const [timeMs, text] of cases) assert.equal(toText(generalizedTime(timeMs).subarray(2)), text)
})

test('numbers, identifiers and lengths are minimal', () => {
  const cases: readonly (readonly [Bytes, string])[] = [
    [integer(0), '020100'],
    [integer(127), '02017f'],
    [integer(128), '02020080'],
    [integer(65_536), '0203010000'],
    [unsigned(fromHex('0000ff')), '020200ff'],
    [unsigned(new Uint8Array(0)), '020100'],
    [objectIdentifier('1.2.840.113549'), '06062a864886f70d'],
    [objectIdentifier('2.25.340282366920938463463374607431768211455'), '06146983ffffffffffffffffffffffffffffffffff7f'],
    [setOf(integer(2), integer(1)), '3106020101020102'],
    [octetString(new Uint8Array(128)).subarray(0, 3), '048180'],
    [octetString(new Uint8Array(256)).subarray(0, 4), '04820100'],
  ]
  for (const [bytes, hex] of cases) assert.equal(toHex(bytes), hex)
})

test('what is written is read back', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }), fc.uint8Array({ maxLength: 300 }), (arc, bytes) => {
      const name = `2.25.${arc}`
      const reader = new DerReader(sequence(objectIdentifier(name), octetString(bytes), unsigned(bytes)))
      const fields = reader.inside(tags.sequence)
      assert.equal(fields.objectIdentifier(), name)
      assert.deepEqual(fields.next(tags.octetString).contents, bytes)
      const magnitude = BigInt(`0x0${toHex(fields.unsigned())}`)
      assert.equal(magnitude, BigInt(`0x0${toHex(bytes)}`))
      fields.end()
      reader.end()
    }),
    { numRuns: 300, seed: 5 },
  )
})

const refusals: readonly (readonly [string, string, DerErrorCode, (reader: DerReader) => unknown])[] = [
  ['nothing', '', 'truncated', (reader) => reader.next()],
  ['a length without contents', '0402ff', 'truncated', (reader) => reader.next()],
  ['a long tag', '1f8101', 'tag-unsupported', (reader) => reader.next()],
  ['an indefinite length', '30800000', 'malformed', (reader) => reader.next()],
  ['a length of four bytes', '048400000001ff', 'malformed', (reader) => reader.next()],
  ['a length that is too long', '048101ff', 'not-minimal', (reader) => reader.next()],
  ['a length with a zero', '048200ff', 'not-minimal', (reader) => reader.next()],
  ['another tag', '0500', 'unexpected', (reader) => reader.next(tags.integer)],
  ['an INTEGER without contents', '0200', 'malformed', (reader) => reader.unsigned()],
  ['a negative INTEGER', '0201ff', 'malformed', (reader) => reader.unsigned()],
  ['an INTEGER with a zero', '02020001', 'not-minimal', (reader) => reader.unsigned()],
  ['a BOOLEAN of BER', '010101', 'malformed', (reader) => reader.boolean()],
  ['an identifier without arcs', '0600', 'malformed', (reader) => reader.objectIdentifier()],
  ['an unfinished identifier', '060188', 'malformed', (reader) => reader.objectIdentifier()],
  ['an arc with a zero', '06022a80', 'not-minimal', (reader) => reader.objectIdentifier()],
  ['an identifier that is too long', `0641${'01'.repeat(65)}`, 'malformed', (reader) => reader.objectIdentifier()],
  ['a byte more', '050000', 'trailing-bytes', (reader) => (reader.next(), reader.end())],
]

test('what is no DER is refused', () => {
  for (const [what, hex, code, read] of refusals) {
    assert.throws(
      () => read(new DerReader(fromHex(hex))),
      (error: unknown) => error instanceof DerError && error.code === code,
      what,
    )
  }
})

test('context tags and texts', () => {
  const fields = new DerReader(der(context(1), fromText('x')))
  assert.equal(fields.optional(context(0)), null)
  assert.equal(fields.tag, 0xa1)
  assert.equal(toText(fields.next(context(1)).contents), 'x')
  assert.equal(context(2, false), 0x82)
})
