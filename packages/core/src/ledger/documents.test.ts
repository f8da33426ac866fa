/**
 * The tables of the specification pages are those of the code.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { itemAlgorithms } from '../deposit/item.ts'
import { codes, refusals, type ResultCode } from './codes.ts'
import { roles } from './consortium.ts'
import { entryKinds } from './entry.ts'
import { gasTable } from './gas.ts'
import { types, withDestination } from './operationTypes.ts'
import { parameterTable } from './parameters.ts'

/** Rows of all tables of a page, as trimmed cells, without the lines of heads. */
function rowsOf(page: string): string[][] {
  const text = readFileSync(new URL(`../../../../docs/spec/${page}`, import.meta.url), 'utf8')
  const lines = text.split('\n').filter((line) => line.startsWith('|') && !/^\|[ :|-]+\|$/.test(line))
  return lines.map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  )
}

const number = (text: string | undefined): number => Number((text ?? '').replaceAll(',', ''))

test('result-codes.md has every code, in the order of precedence, and no other', () => {
  const rows = rowsOf('result-codes.md').filter(([code]) => /^\d+$/.test(code ?? ''))
  const names = new Map<number, string>(Object.entries(codes).map(([name, code]) => [code, name]))
  for (const [code, name, kind] of rows) {
    assert.equal(names.get(number(code)), name)
    const refused = refusals.has(number(code) as ResultCode)
    assert.equal(kind, refused ? 'refused' : number(code) === 0 ? '' : 'failed', code)
  }
  const order = rows.map(([code]) => number(code))
  assert.deepEqual(
    order,
    [114, 102, 100, 111, 102, 115, 105, 113, 116, 103, 118, 119, 107, 106, 120, 108, 110, 112, 104, 0],
  )
  assert.deepEqual(new Set(order), new Set(Object.values(codes)))
})

test('operations.md has every operation, and who has a destination', () => {
  const rows = rowsOf('operations.md').filter(([type]) => /^\d+$/.test(type ?? ''))
  assert.deepEqual(Object.fromEntries(rows.map(([type, name]) => [name, number(type)])), { ...types })
  for (const [type, , , to] of rows) assert.equal(to === 'account', withDestination.has(number(type)), type)
})

test('network.md has every parameter with its bounds, and every role of a key', () => {
  const rows = rowsOf('network.md').filter(([name]) => name?.startsWith('`'))
  assert.deepEqual(
    rows.map(([name, min, max, value]) => [name, number(min), number(max), number(value)]),
    parameterTable.map(({ name, min, max, default: value }) => [`\`${name}\``, min, max, value]),
  )
  const named = rowsOf('network.md').filter(([name]) => roles.some((role) => role === name))
  assert.deepEqual(
    named.map(([name, at]) => [name, number(at)]),
    roles.map((role, at) => [role, at]),
  )
})

test('transaction.md has the table of gas', () => {
  const prices = rowsOf('transaction.md')
    .slice(1)
    .flatMap(([, price]) => (price ?? '').split(', ').map(number))
  const { transaction, item, kibibyte, document, signature } = gasTable
  assert.deepEqual(prices, [transaction, item, kibibyte, document, ...Object.values(signature)])
})

test('deposit-item.md has every digest algorithm; entry.md every kind', () => {
  const rows = rowsOf('deposit-item.md').slice(1)
  assert.deepEqual(
    rows.map(([algorithm, , bytes]) => [number(algorithm), number(bytes)]),
    [...itemAlgorithms].map(([algorithm, { digestBytes }]) => [algorithm, digestBytes]),
  )
  const text = readFileSync(new URL('../../../../docs/spec/entry.md', import.meta.url), 'utf8')
  for (const [name, kind] of Object.entries(entryKinds))
    assert.match(text, new RegExp(`^ +${name} +\\[1, ${kind}, `, 'm'))
})
