/**
 * Our CBOR against its vectors, against cborg, which nobody here wrote, and against hostile bytes.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import * as cborg from 'cborg'
import fc from 'fast-check'
import type { Bytes } from '../bytes.ts'
import { fromHex, toHex } from '../bytes.ts'
import { CborError } from './error.ts'
import { decode, depthMax, encode } from './value.ts'
import type { CborValue } from './value.ts'

type JsonValue = number | string | boolean | null | { bytes: string } | JsonValue[]

const vectors = JSON.parse(readFileSync(new URL('../../../../vectors/cbor.json', import.meta.url), 'utf8')) as {
  accepted: { hex: string; value: JsonValue }[]
  refused: { hex: string; code: string; why: string }[]
}

const bytesMax = 1 << 20
const read = (bytes: Bytes): CborValue => decode(bytes, { bytesMax })

function fromJson(value: JsonValue): CborValue {
  if (Array.isArray(value)) return value.map((item) => fromJson(item))
  return value !== null && typeof value === 'object' ? fromHex(value.bytes) : value
}

test('vectors that are accepted: both ways, and cborg agrees', () => {
  for (const { hex, value } of vectors.accepted) {
    assert.deepEqual(read(fromHex(hex)), fromJson(value), hex)
    assert.equal(toHex(encode(fromJson(value))), hex)
    // cborg drops a byte order mark at the head of a text, which is a character like others to us.
    if (value !== '\ufeff') assert.deepEqual(cborg.decode(fromHex(hex)), fromJson(value), hex)
  }
})

test('vectors that are refused, each for its reason', () => {
  for (const { hex, code, why } of vectors.refused) {
    assert.throws(
      () => read(fromHex(hex)),
      (error) => error instanceof CborError && error.code === code,
      `${hex}: ${why} is not refused as ${code}`,
    )
  }
})

const leaf: fc.Arbitrary<CborValue> = fc.oneof(
  fc.nat(300),
  fc.maxSafeNat(),
  fc.string({ unit: 'grapheme' }).filter((text) => !text.startsWith('\ufeff')),
  fc.boolean(),
  fc.constant(null),
  fc.uint8Array({ maxLength: 300 }),
)

const { value } = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof({ maxDepth: depthMax - 1, depthSize: 'medium' }, leaf, fc.array(tie('value'), { maxLength: 30 })),
}))

test('any value: what we write, cborg writes too, and both read it', () => {
  fc.assert(
    fc.property(value, (value) => {
      const bytes = encode(value)
      assert.equal(toHex(cborg.encode(value)), toHex(bytes))
      assert.deepEqual(read(bytes), value)
      assert.deepEqual(cborg.decode(bytes, { strict: true }), value)
    }),
    { numRuns: 500 },
  )
})

/** Bytes, either at random or of a value with a few of them changed, cut out or put in. */
const hostile: fc.Arbitrary<Bytes> = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc
    .tuple(value, fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.nat(2)), { minLength: 1, maxLength: 4 }))
    .map(([value, changes]) => {
      const bytes = [...encode(value)]
      for (const [place, byte, kind] of changes) bytes.splice(place % bytes.length, kind, byte)
      return Uint8Array.from(bytes)
    }),
)

test('hostile bytes: either a CborError, or the one encoding of a value that cborg reads as well', () => {
  let accepted = 0
  fc.assert(
    fc.property(hostile, (bytes) => {
      let value: CborValue
      try {
        value = read(bytes)
      } catch (error) {
        assert.ok(error instanceof CborError, String(error))
        return
      }
      accepted++
      assert.deepEqual(encode(value), bytes)
      assert.deepEqual(cborg.decode(bytes, { strict: true }), value)
    }),
    { numRuns: 5000 },
  )
  assert.ok(accepted > 100, `only ${accepted} were accepted: the property says little`)
})

test('bytes that declare much cost little', () => {
  const bomb = new Uint8Array(bytesMax).fill(0x81)
  const claims = new Uint8Array(bytesMax).fill(0x9a)
  const wide = new Uint8Array(bytesMax).fill(0xff)
  for (const bytes of [bomb, claims, wide]) assert.throws(() => read(bytes), CborError)
  assert.throws(() => read(new Uint8Array(bytesMax + 1)), { code: 'too-big' })
})

test('what we would not read, we do not write', () => {
  let deep: CborValue = 0
  for (let depth = 0; depth <= depthMax; depth++) deep = [deep]
  for (const value of [deep, -1, 1.5, 2 ** 53, Number.NaN])
    assert.throws(() => encode(value), { name: 'AssertionFailure' })
  assert.throws(() => encode('\ud800'), TypeError)
})
