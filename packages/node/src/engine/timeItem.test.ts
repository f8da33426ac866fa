import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromHex, toHex } from '@jurat/core/bytes'
import { decodeTimeItem, encodeTimeItem, timeItemBytesMax } from './timeItem.ts'

test('time items have one form', () => {
  const cases: [timeMs: number, hex: string][] = [
    [0, '820000'],
    [1_800_000_000_000, '82001b000001a3185c5000'],
    [Number.MAX_SAFE_INTEGER, '82001b001fffffffffffff'],
  ]
  for (const [timeMs, hex] of cases) {
    assert.equal(toHex(encodeTimeItem(timeMs)), hex)
    assert.equal(decodeTimeItem(fromHex(hex)), timeMs)
    assert.ok(encodeTimeItem(timeMs).length <= timeItemBytesMax)
  }
})

test('everything else is none', () => {
  for (const hex of [
    '',
    '82',
    '8200',
    '820100',
    '8200f6',
    '82001800',
    '82000000',
    '830000',
    '82001b0020000000000000',
  ]) {
    assert.equal(decodeTimeItem(fromHex(hex)), null, hex)
  }
})
