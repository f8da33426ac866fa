/**
 * Commitments: each field is shown or withheld alone, and none can be changed, moved or copied.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AssertionFailure } from '../assert.ts'
import { fromText } from '../bytes.ts'
import { nobleCrypto as crypto } from '../crypto/noble.ts'
import {
  commit,
  type DisclosedField,
  fieldNameBytesMax,
  fieldsMax,
  fieldValueBytesMax,
  verifyDisclosure,
} from './commitment.ts'

const account = new Uint8Array(32).fill(1)
const digest = new Uint8Array(32).fill(2)
const secret = new Uint8Array(32).fill(3)
const field = (name: string, value = 'x'): { name: string; value: Uint8Array } => ({ name, value: fromText(value) })
const made = commit(crypto, {
  account,
  digest,
  secret,
  fields: [field('who', 'us'), field('b'), field('a'), field('文件')],
})
const [own, ...fields] = made.fields
const [first, second] = fields
assert.ok(own !== undefined && first !== undefined && second !== undefined)
const deposit = { account, digest, commitment: made.commitment }

test('fields stand in the order of their names, after the leaf of the deposit itself', () => {
  assert.deepEqual(
    made.fields.map(({ name }) => name),
    ['', 'a', 'b', 'who', '文件'],
  )
  assert.equal(made.count, 5)
})

test('any choice of fields opens the commitment, together with leaf 0', () => {
  for (let choice = 0; choice < 16; choice++) {
    const shown = fields.filter((_, at) => (choice >> at) % 2 === 1)
    assert.ok(verifyDisclosure(crypto, deposit, { count: 5, fields: [own, ...shown] }))
  }
})

test('no change of anything is accepted', () => {
  const other = new Uint8Array(32)
  const rows: readonly (readonly [string, typeof deposit, number, readonly DisclosedField[]])[] = [
    ['nothing shown', deposit, 5, []],
    ['without leaf 0', deposit, 5, [first]],
    ['another account', { ...deposit, account: other }, 5, [own]],
    ['another digest', { ...deposit, digest: other }, 5, [own]],
    ['another commitment', { ...deposit, commitment: other }, 5, [own]],
    ['another count', deposit, 6, [own]],
    ['a count of 2^32 more', deposit, 5 + 2 ** 32, [own]],
    ['another value', deposit, 5, [own, { ...first, value: other }]],
    ['another name', deposit, 5, [own, { ...first, name: 'c' }]],
    ['another salt', deposit, 5, [own, { ...first, salt: other }]],
    ['another place', deposit, 5, [own, { ...first, position: 2 }]],
    ['a place outside', deposit, 5, [own, { ...first, position: 5 }]],
    ['a shorter path', deposit, 5, [own, { ...first, path: first.path.slice(1) }]],
    ['a field twice', deposit, 5, [own, first, first]],
    ['fields in another order', deposit, 5, [own, second, first]],
    ['leaf 0 twice', deposit, 5, [own, own]],
  ]
  for (const [name, claim, count, shown] of rows) {
    assert.ok(!verifyDisclosure(crypto, claim, { count, fields: shown }), name)
  }
})

test('limits', () => {
  const commitTo =
    (...list: { name: string; value: Uint8Array }[]) =>
    () =>
      commit(crypto, { account, digest, secret, fields: list })
  const many = Array.from({ length: fieldsMax }, (_, at) => field(`f${at}`))
  commitTo(...many)()
  commitTo(field('n'.repeat(fieldNameBytesMax), 'v'.repeat(fieldValueBytesMax)))()
  const rows = [
    commitTo(...many, field('one more')),
    commitTo(field('n'.repeat(fieldNameBytesMax + 1))),
    commitTo(field('n', 'v'.repeat(fieldValueBytesMax + 1))),
    commitTo(field('')),
    commitTo(field('a'), field('a')),
    // The name of the blinding salt has a newline; no field may have its salt.
    commitTo(field('jurat/blind/v1\n')),
  ]
  for (const row of rows) assert.throws(row, AssertionFailure)
})
