/**
 * The order of the result codes: each row has two faults at once, and gets the code that stands first.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Bytes, concat } from '../bytes.ts'
import { checkTransaction } from './admit.ts'
import { codes, type CodeName, refusals, type ResultCode } from './codes.ts'
import { openProposalsMax } from './operations/proposals.ts'
import { crypto, type Draft, itemOf, keyOf, keys, proposal, TestLedger } from './network.cases.ts'

const other = keys({ other: 100 })
const zeros = new Uint8Array(32)
const garbage = Uint8Array.of(0x61, 0x61)
const make = (name: string): Draft['payload'] => ({
  type: 10,
  name,
  authMap: other,
  recoverKey: keyOf('other'),
  encryptionKey: null,
  custody: 0,
})
const ok = (ledger: TestLedger, draft: Draft): void => assert.equal(ledger.send(draft), codes.success)
const freeze = (ledger: TestLedger): void => ok(ledger, { from: 'alice', to: 'alice', payload: { type: 17 } })
const recover = (ledger: TestLedger): void =>
  ok(ledger, { from: 'alice', by: ['alice/recovery'], payload: { type: 14 } })
const deposit: Draft = { from: 'alice', payload: { type: 40, items: [itemOf('a')] } }
const keysOf: Draft = { from: 'alice', payload: { type: 11, authMap: other } }

/** The bytes of a transaction whose header names an operation that does not exist. */
const unknown = (ledger: TestLedger, changes: Partial<Draft> = {}): Bytes =>
  ledger.sign({ from: 'alice', type: 99, payload: { type: 14 }, ...changes })

interface Row {
  readonly first: CodeName
  readonly second: CodeName
  readonly send: (ledger: TestLedger) => Draft | Bytes
}

const table: readonly Row[] = [
  { first: 'tooBig', second: 'malformed', send: () => new Uint8Array(1_048_577).fill(0xff) },
  {
    first: 'malformed',
    second: 'wrongNetwork',
    send: (l) => concat(l.sign({ ...deposit, networkId: zeros }), Uint8Array.of(0)),
  },
  { first: 'wrongNetwork', second: 'typeUnknown', send: (l) => unknown(l, { networkId: zeros }) },
  { first: 'wrongNetwork', second: 'malformed', send: () => ({ ...keysOf, payloadBytes: garbage }) },
  { first: 'wrongNetwork', second: 'gasTooBig', send: () => ({ ...keysOf, networkId: zeros, gasLimit: 1 }) },
  { first: 'wrongNetwork', second: 'typeUnknown', send: (l) => unknown(l, { payloadHash: zeros }) },
  {
    first: 'wrongNetwork',
    second: 'timestampInvalid',
    send: () => ({ ...deposit, payloadHash: zeros, timestampMs: 0 }),
  },
  { first: 'typeUnknown', second: 'malformed', send: (l) => unknown(l, { value: 1, to: 'alice' }) },
  { first: 'typeUnknown', second: 'gasTooBig', send: (l) => unknown(l, { gasLimit: 1 }) },
  { first: 'malformed', second: 'gasTooBig', send: () => ({ ...keysOf, value: 1, gasLimit: 1 }) },
  { first: 'malformed', second: 'timestampInvalid', send: () => ({ ...keysOf, to: 'bob', timestampMs: 0 }) },
  { first: 'gasTooBig', second: 'timestampInvalid', send: () => ({ ...keysOf, gasLimit: 1, timestampMs: 0 }) },
  {
    first: 'gasTooBig',
    second: 'sourceMissing',
    send: () => ({ ...keysOf, gasLimit: 1, from: 'nobody', by: ['alice'] }),
  },
  {
    first: 'timestampInvalid',
    second: 'replay',
    send: (l) => {
      const bytes = l.sign(deposit)
      assert.equal(l.send(bytes), codes.success)
      l.wait(60_001)
      return bytes
    },
  },
  {
    first: 'timestampInvalid',
    second: 'sourceMissing',
    send: () => ({ ...keysOf, timestampMs: 0, from: 'nobody', by: ['alice'] }),
  },
  { first: 'timestampInvalid', second: 'signatureInvalid', send: () => ({ ...keysOf, timestampMs: 0, by: [] }) },
  {
    first: 'replay',
    second: 'signatureInvalid',
    send: (l) => {
      const draft = { ...deposit, nonce: new Uint8Array(12) }
      ok(l, draft)
      return { ...draft, by: [] }
    },
  },
  {
    first: 'replay',
    second: 'sourceFrozen',
    send: (l) => {
      const bytes = l.sign(deposit)
      assert.equal(l.send(bytes), codes.success)
      freeze(l)
      return bytes
    },
  },
  { first: 'sourceMissing', second: 'signatureInvalid', send: () => ({ ...keysOf, from: 'nobody', by: ['alice'] }) },
  { first: 'signatureInvalid', second: 'sourceFrozen', send: (l) => (freeze(l), { ...keysOf, by: ['other'] }) },
  {
    first: 'signatureInvalid',
    second: 'destinationNull',
    send: () => ({ from: 'alice', by: ['bob'], payload: { type: 17 } }),
  },
  {
    first: 'sourceFrozen',
    second: 'sourceRecovering',
    send: (l) => {
      recover(l)
      ok(l, { from: 'admin', by: ['m1/ballot'], to: 'alice', payload: { type: 17 } })
      return deposit
    },
  },
  {
    first: 'sourceFrozen',
    second: 'destinationNull',
    send: (l) => (freeze(l), { from: 'alice', payload: { type: 17 } }),
  },
  {
    first: 'sourceRecovering',
    second: 'destinationNull',
    send: (l) => (recover(l), { from: 'alice', payload: { type: 17 } }),
  },
  {
    first: 'sourceRecovering',
    second: 'notAllowed',
    send: (l) => (recover(l), { from: 'alice', payload: make('new') }),
  },
  { first: 'destinationNull', second: 'notAllowed', send: () => ({ from: 'alice', payload: { type: 18 } }) },
  {
    first: 'destinationNull',
    second: 'cannotCreate',
    send: (l) => {
      const waiting = proposal({ type: 13, encryptionKey: null })
      for (let i = 0; i < openProposalsMax; i++) ok(l, { from: 'pair', by: ['pair/1'], payload: waiting })
      return { from: 'pair', by: ['pair/1'], payload: proposal({ type: 18 }) }
    },
  },
  {
    first: 'contradictsState',
    second: 'notAllowed',
    send: () => ({ from: 'bob', to: 'alice', payload: { type: 18 } }),
  },
  {
    first: 'contradictsState',
    second: 'notAllowed',
    send: (l) => (freeze(l), { from: 'bob', to: 'alice', payload: { type: 17 } }),
  },
  {
    first: 'contradictsState',
    second: 'notAllowed',
    send: (l) => ({ from: 'bob', payload: { type: 60, document: l.consortium().documentBytes, replaces: zeros } }),
  },
  {
    first: 'contradictsState',
    second: 'balanceInsufficient',
    send: () => ({ from: 'bob', to: 'bob', value: 1, payload: { type: 20 } }),
  },
  { first: 'objectMissing', second: 'notAllowed', send: () => ({ from: 'bob', to: 'nobody', payload: { type: 17 } }) },
  {
    first: 'objectMissing',
    second: 'balanceInsufficient',
    send: () => ({ from: 'bob', to: 'nobody', value: 1, payload: { type: 20 } }),
  },
  { first: 'cannotCreate', second: 'notAllowed', send: () => ({ from: 'alice', payload: make('bob') }) },
  {
    first: 'cannotCreate',
    second: 'balanceInsufficient',
    send: () => ({ from: 'registrar', value: 101, payload: make('bob') }),
  },
  { first: 'notAllowed', second: 'balanceInsufficient', send: () => ({ from: 'bob', value: 1, payload: make('new') }) },
  {
    first: 'notAllowed',
    second: 'balanceInsufficient',
    send: () => ({ from: 'bob', to: 'admin', value: 1, payload: { type: 20 } }),
  },
]

/** The order of docs/spec/result-codes.md. 102 stands twice: for the envelope, and for the payload. */
const order: readonly ResultCode[] = [
  114, 102, 100, 111, 102, 115, 105, 113, 116, 103, 118, 119, 107, 106, 120, 108, 110, 112, 104, 0,
]

for (const [at, { first, second, send }] of table.entries()) {
  test(`row ${at}: ${codes[first]} stands before ${codes[second]}`, () => {
    const ledger = new TestLedger()
    const draft = send(ledger)
    assert.equal(ledger.send(draft), codes[first])
    assert.ok(order.indexOf(codes[first]) < order.lastIndexOf(codes[second]))
  })
}

test('every code has its place, and those that refuse stand before those that fail', () => {
  assert.deepEqual(new Set(order), new Set(Object.values(codes)))
  const lastRefusal = order.findLastIndex((code) => refusals.has(code))
  assert.ok(order.slice(0, lastRefusal + 1).every((code) => refusals.has(code)))
})

test('a seen hash is refused before the account is looked for', () => {
  const ledger = new TestLedger()
  const parsed = ledger.parse(ledger.sign({ ...keysOf, from: 'nobody', by: ['alice'] }))
  const { view, timeMs } = ledger
  const input = { crypto, view, timeMs, seen: { has: () => true }, verified: () => false }
  assert.equal(checkTransaction(input, parsed), codes.replay)
})
