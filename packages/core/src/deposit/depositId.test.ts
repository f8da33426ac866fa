/**
 * Identifiers of deposits: there and back, and what is none.
 * @module
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { depositId, depositIdsOf, parseDepositId } from './depositId.ts'

test('an identifier names its place', () => {
  for (const itemIndex of [0, 1, 4999, 0xffffffff]) {
    const txHash = new Uint8Array(32).fill(0xa5)
    assert.deepEqual(parseDepositId(depositId(txHash, itemIndex)), { txHash, itemIndex })
  }
})

test('the identifiers of one transaction are the same as one by one', () => {
  for (const fill of [0, 0xa5, 0xff, 0x01]) {
    const txHash = new Uint8Array(32).fill(fill)
    const idOf = depositIdsOf(txHash)
    for (const itemIndex of [0, 1, 2, 7, 8, 9, 255, 4999, 0x12345678, 0x80000001, 0xffffffff]) {
      assert.equal(idOf(itemIndex), depositId(txHash, itemIndex))
    }
  }
})

test('anything else names none', () => {
  const good = depositId(new Uint8Array(32), 0)
  for (const text of [
    '',
    'a',
    good.toUpperCase(),
    `${good}a`,
    good.slice(1),
    `${good.slice(0, -1)}b`,
    `${good.slice(0, -1)}1`,
  ]) {
    assert.equal(parseDepositId(text), null, text)
  }
})
