/**
 * Runs the table of operations and guards (operations.cases.ts).
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Bytes } from '../bytes.ts'
import { CborWriter } from '../cbor/writer.ts'
import { codes } from './codes.ts'
import { types } from './operationTypes.ts'
import { freeze, frozen, other, recovering, type Row, setEncryption, table } from './operations.cases.ts'
import { type Draft, itemOf, TestLedger } from './network.cases.ts'

/** Who may act at all, whatever the operation. */
const standing: readonly Row[] = [
  // Signatures
  {
    name: 'both keys of a pair',
    send: { from: 'pair', by: ['pair/1', 'pair/2'], payload: { type: 13, encryptionKey: null } },
    code: 'success',
  },
  {
    name: 'one key of a pair',
    send: { from: 'pair', by: ['pair/1'], payload: { type: 13, encryptionKey: null } },
    code: 'signatureInvalid',
  },
  {
    name: 'one key of a pair twice',
    send: { from: 'pair', by: ['pair/1', 'pair/1'], payload: { type: 13, encryptionKey: null } },
    code: 'signatureInvalid',
  },
  {
    name: 'a key too many',
    send: { from: 'alice', by: ['alice', 'other'], payload: { type: 16 } },
    code: 'signatureInvalid',
  },
  { name: 'no signature', send: { from: 'alice', by: [], payload: { type: 16 } }, code: 'signatureInvalid' },
  { name: 'no such account', send: { from: 'nobody', payload: { type: 16 } }, code: 'sourceMissing' },
  // Standing
  {
    name: 'a deposit of a frozen account',
    given: frozen,
    send: { from: 'alice', payload: { type: 40, items: [itemOf('a')] } },
    code: 'sourceFrozen',
  },
  {
    name: 'a freeze of a frozen account by itself',
    given: frozen,
    send: { from: 'alice', ...freeze('alice') },
    code: 'sourceFrozen',
  },
  {
    name: 'a deposit of a recovering account',
    given: recovering,
    send: { from: 'alice', payload: { type: 40, items: [itemOf('a')] } },
    code: 'sourceRecovering',
  },
  {
    name: 'new keys while recovering',
    given: recovering,
    send: { from: 'alice', payload: { type: 11, authMap: other } },
    code: 'sourceRecovering',
  },
  {
    name: 'a proposal while recovering',
    given: recovering,
    send: { from: 'alice', payload: setEncryption },
    code: 'sourceRecovering',
  },
]

for (const { name, given, send, code } of [...table, ...standing]) {
  test(`${name}: ${codes[code]}`, () => {
    const ledger = new TestLedger()
    given?.(ledger)
    const draft = typeof send === 'function' ? send(ledger) : send
    const bytes = ledger.sign(draft)
    const state = new Map(ledger.state)
    const { size } = ledger.tip
    assert.equal(ledger.send(bytes), codes[code])
    if (code === 'success') return
    assert.deepEqual(ledger.state, state, 'a transaction that does not succeed changes nothing')
    const left = ledger.tip.size - size
    assert.ok(left === 0 || left === 1, 'and leaves no entry but that of its block')
  })
}

test('signatures in another order, or one twice where one is enough: 103', () => {
  const ledger = new TestLedger()
  const draft: Draft = { from: 'pair', by: ['pair/1', 'pair/2'], payload: { type: 13, encryptionKey: null } }
  const { headerBytes, payloadBytes, signatures } = ledger.parse(ledger.sign(draft))
  const [first, second] = signatures
  assert.ok(first !== undefined && second !== undefined)
  const write = (...each: (typeof signatures)[number][]): Bytes => {
    const writer = new CborWriter().array(3).raw(headerBytes).bytes(payloadBytes).array(each.length)
    for (const { publicKey, signature } of each) writer.array(2).bytes(publicKey).bytes(signature)
    return writer.finish()
  }
  assert.equal(ledger.send(write(second, first)), codes.signatureInvalid)
  assert.equal(ledger.send(write(first, second, second)), codes.signatureInvalid)
  assert.equal(ledger.send(write(first, second)), codes.success)
  assert.equal(ledger.send({ from: 'alice', by: ['alice', 'alice'], payload: { type: 21 } }), codes.signatureInvalid)
})

test('every operation has a row that succeeds', () => {
  const seen = new Set(table.filter(({ code }) => code === 'success').map(({ name }) => Number(name.slice(0, 2))))
  for (const type of Object.values(types)) if (type !== 60) assert.ok(seen.has(type), `operation ${type}`)
})
