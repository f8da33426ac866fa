/**
 * Every operation and every guard: each row is a transaction on a fresh network and the code that it gets.
 * @module
 */
import assert from 'node:assert/strict'
import { fromText } from '../bytes.ts'
import { codes, type CodeName } from './codes.ts'
import { openProposalsMax } from './operations/proposals.ts'
import { operationHash } from './payloads.ts'
import { crypto, type Draft, itemOf, keyOf, keys, proposal, TestLedger } from './network.cases.ts'

const day = 86_400_000
export const other = keys({ other: 100 })
export const freeze = (to: string | null): Partial<Draft> & Pick<Draft, 'payload'> => ({ payload: { type: 17 }, to })

/** One transaction and its code. */
export interface Row {
  readonly name: string
  /** What happened before, all of it successful. */
  readonly given?: (ledger: TestLedger) => void
  readonly send: Draft | ((ledger: TestLedger) => Draft)
  readonly code: CodeName
}

const ok = (ledger: TestLedger, draft: Draft): void => assert.equal(ledger.send(draft), codes.success)
export const recovering = (ledger: TestLedger): void =>
  ok(ledger, { from: 'alice', by: ['alice/recovery'], payload: { type: 14 } })
export const frozen = (ledger: TestLedger): void => ok(ledger, { from: 'alice', to: 'alice', payload: { type: 17 } })
const byAdmin = { from: 'admin', by: ['m1/ballot'] } as const
const make = (name: string): Draft['payload'] & { type: 10 } => ({
  type: 10,
  name,
  authMap: other,
  recoverKey: keyOf('other'),
  encryptionKey: keyOf('p256:box'),
  custody: 0,
})
const proposed = proposal({ type: 20 }, { to: null, value: 1 })
const pairProposal = (ledger: TestLedger): Uint8Array => {
  const bytes = ledger.sign({ from: 'pair', by: ['pair/1'], payload: proposal({ type: 13, encryptionKey: null }) })
  assert.equal(ledger.send(bytes), codes.success)
  return ledger.parse(bytes).txHash
}
const hashOf = (draft: Draft['payload']): Uint8Array =>
  operationHash(crypto, draft.type === 30 ? draft.operation : new Uint8Array())
export const setEncryption = proposal({ type: 13, encryptionKey: null })
const zeros = new Uint8Array(32)

export const table: readonly Row[] = [
  // 10
  { name: '10', send: { from: 'registrar', value: 100, payload: make('new') }, code: 'success' },
  { name: '10 a name that exists', send: { from: 'registrar', payload: make('alice') }, code: 'cannotCreate' },
  {
    name: '10 over quota',
    given: (l) => ['a-1', 'a-2', 'a-3'].forEach((name) => ok(l, { from: 'registrar', payload: make(name) })),
    send: { from: 'registrar', payload: make('a-4') },
    code: 'cannotCreate',
  },
  { name: '10 by no registrar', send: { from: 'alice', payload: make('new') }, code: 'notAllowed' },
  { name: '10 by admin', send: { ...byAdmin, payload: make('new') }, code: 'notAllowed' },
  {
    name: '10 beyond the balance',
    send: { from: 'registrar', value: 101, payload: make('new') },
    code: 'balanceInsufficient',
  },
  // 11 to 13
  { name: '11', send: { from: 'alice', payload: { type: 11, authMap: other } }, code: 'success' },
  { name: '11 by admin', send: { ...byAdmin, payload: { type: 11, authMap: other } }, code: 'notAllowed' },
  { name: '12', send: { from: 'alice', payload: { type: 12, recoverKey: keyOf('other') } }, code: 'success' },
  { name: '12 by admin', send: { ...byAdmin, payload: { type: 12, recoverKey: keyOf('other') } }, code: 'notAllowed' },
  { name: '13', send: { from: 'alice', payload: { type: 13, encryptionKey: keyOf('sm2:box') } }, code: 'success' },
  { name: '13 by admin', send: { ...byAdmin, payload: { type: 13, encryptionKey: null } }, code: 'notAllowed' },
  // 14
  { name: '14', send: { from: 'alice', by: ['alice/recovery'], payload: { type: 14 } }, code: 'success' },
  { name: '14 by an authority key', send: { from: 'alice', payload: { type: 14 } }, code: 'signatureInvalid' },
  {
    name: '14 with two signatures',
    send: { from: 'alice', by: ['alice/recovery', 'alice'], payload: { type: 14 } },
    code: 'signatureInvalid',
  },
  {
    name: '14 while recovering',
    given: recovering,
    send: { from: 'alice', by: ['alice/recovery'], payload: { type: 14 } },
    code: 'sourceRecovering',
  },
  { name: '14 by admin', send: { ...byAdmin, payload: { type: 14 } }, code: 'notAllowed' },
  // 15
  {
    name: '15 at the first possible moment',
    given: (l) => void (recovering(l), l.wait(day)),
    send: { from: 'alice', by: ['alice/recovery'], payload: { type: 15, authMap: other } },
    code: 'success',
  },
  {
    name: '15 a millisecond too early',
    given: (l) => void (recovering(l), l.wait(day - 1)),
    send: { from: 'alice', by: ['alice/recovery'], payload: { type: 15, authMap: other } },
    code: 'tooEarly',
  },
  {
    name: '15 without a pre-reset',
    send: { from: 'alice', by: ['alice/recovery'], payload: { type: 15, authMap: other } },
    code: 'contradictsState',
  },
  {
    name: '15 of a frozen account',
    given: (l) => (recovering(l), ok(l, { ...byAdmin, to: 'alice', payload: { type: 17 } }), void l.wait(day)),
    send: { from: 'alice', by: ['alice/recovery'], payload: { type: 15, authMap: other } },
    code: 'sourceFrozen',
  },
  { name: '15 by admin', send: { ...byAdmin, payload: { type: 15, authMap: other } }, code: 'notAllowed' },
  // 16
  { name: '16', given: recovering, send: { from: 'alice', payload: { type: 16 } }, code: 'success' },
  { name: '16 without a recovery', send: { from: 'alice', payload: { type: 16 } }, code: 'contradictsState' },
  {
    name: '16 by the recovery key',
    given: recovering,
    send: { from: 'alice', by: ['alice/recovery'], payload: { type: 16 } },
    code: 'signatureInvalid',
  },
  { name: '16 by admin', send: { ...byAdmin, payload: { type: 16 } }, code: 'notAllowed' },
  // 17
  { name: '17 by the account', send: { from: 'alice', ...freeze('alice') }, code: 'success' },
  { name: '17 by admin', send: { ...byAdmin, ...freeze('alice') }, code: 'success' },
  { name: '17 of nothing', send: { ...byAdmin, ...freeze(null) }, code: 'destinationNull' },
  { name: '17 of a frozen account', given: frozen, send: { ...byAdmin, ...freeze('alice') }, code: 'contradictsState' },
  { name: '17 of a missing account', send: { ...byAdmin, ...freeze('nobody') }, code: 'objectMissing' },
  { name: '17 of another', send: { from: 'bob', ...freeze('alice') }, code: 'notAllowed' },
  { name: '17 of admin', send: { ...byAdmin, ...freeze('admin') }, code: 'notAllowed' },
  // 18
  { name: '18', given: frozen, send: { ...byAdmin, to: 'alice', payload: { type: 18 } }, code: 'success' },
  { name: '18 of nothing', send: { ...byAdmin, payload: { type: 18 } }, code: 'destinationNull' },
  {
    name: '18 of a normal account',
    send: { ...byAdmin, to: 'alice', payload: { type: 18 } },
    code: 'contradictsState',
  },
  { name: '18 of a missing account', send: { ...byAdmin, to: 'nobody', payload: { type: 18 } }, code: 'objectMissing' },
  {
    name: '18 by another',
    given: frozen,
    send: { from: 'bob', to: 'alice', payload: { type: 18 } },
    code: 'notAllowed',
  },
  { name: '18 of admin', send: { ...byAdmin, to: 'admin', payload: { type: 18 } }, code: 'notAllowed' },
  // 19
  {
    name: '19',
    send: { ...byAdmin, to: 'alice', payload: { type: 19, authMap: other, recoverKey: keyOf('other') } },
    code: 'success',
  },
  {
    name: '19 of nothing',
    send: { ...byAdmin, payload: { type: 19, authMap: other, recoverKey: keyOf('other') } },
    code: 'destinationNull',
  },
  {
    name: '19 of a missing account',
    send: { ...byAdmin, to: 'nobody', payload: { type: 19, authMap: other, recoverKey: keyOf('other') } },
    code: 'objectMissing',
  },
  {
    name: '19 by the account',
    send: { from: 'alice', to: 'alice', payload: { type: 19, authMap: other, recoverKey: keyOf('other') } },
    code: 'notAllowed',
  },
  {
    name: '19 of admin',
    send: { ...byAdmin, to: 'admin', payload: { type: 19, authMap: other, recoverKey: keyOf('other') } },
    code: 'notAllowed',
  },
  // 20
  {
    name: '20 of everything',
    send: { from: 'alice', to: 'bob', value: 1_000, payload: { type: 20 } },
    code: 'success',
  },
  {
    name: '20 to a frozen account',
    given: frozen,
    send: { from: 'pair', by: ['pair/1', 'pair/2'], to: 'alice', value: 1, payload: { type: 20 } },
    code: 'success',
  },
  { name: '20 to nothing', send: { from: 'alice', value: 1, payload: { type: 20 } }, code: 'destinationNull' },
  {
    name: '20 to itself',
    send: { from: 'alice', to: 'alice', value: 1, payload: { type: 20 } },
    code: 'contradictsState',
  },
  {
    name: '20 to a missing account',
    send: { from: 'alice', to: 'nobody', value: 1, payload: { type: 20 } },
    code: 'objectMissing',
  },
  { name: '20 to admin', send: { from: 'alice', to: 'admin', value: 1, payload: { type: 20 } }, code: 'notAllowed' },
  { name: '20 by admin', send: { ...byAdmin, to: 'alice', value: 1, payload: { type: 20 } }, code: 'notAllowed' },
  {
    name: '20 beyond the balance',
    send: { from: 'alice', to: 'bob', value: 1_001, payload: { type: 20 } },
    code: 'balanceInsufficient',
  },
  // 21
  { name: '21 of another', send: { from: 'bob', to: 'alice', payload: { type: 21 } }, code: 'success' },
  { name: '21 by admin', send: { ...byAdmin, to: 'alice', payload: { type: 21 } }, code: 'success' },
  { name: '21 of nothing', send: { from: 'bob', payload: { type: 21 } }, code: 'destinationNull' },
  {
    name: '21 of a missing account',
    send: { from: 'bob', to: 'nobody', payload: { type: 21 } },
    code: 'objectMissing',
  },
  { name: '21 of admin', send: { from: 'bob', to: 'admin', payload: { type: 21 } }, code: 'notAllowed' },
  // 22
  { name: '22', send: { ...byAdmin, to: 'bob', payload: { type: 22, quota: 5 } }, code: 'success' },
  { name: '22 of nothing', send: { ...byAdmin, payload: { type: 22, quota: 5 } }, code: 'destinationNull' },
  {
    name: '22 of a missing account',
    send: { ...byAdmin, to: 'nobody', payload: { type: 22, quota: 5 } },
    code: 'objectMissing',
  },
  { name: '22 by the account', send: { from: 'bob', to: 'bob', payload: { type: 22, quota: 5 } }, code: 'notAllowed' },
  { name: '22 of admin', send: { ...byAdmin, to: 'admin', payload: { type: 22, quota: 5 } }, code: 'notAllowed' },
  {
    name: '22 with 0 ends it',
    given: (l) => ok(l, { ...byAdmin, to: 'registrar', payload: { type: 22, quota: 0 } }),
    send: { from: 'registrar', payload: make('new') },
    code: 'notAllowed',
  },
  // 30
  { name: '30', send: { from: 'pair', by: ['pair/1'], payload: setEncryption }, code: 'success' },
  { name: '30 by a stranger', send: { from: 'pair', by: ['other'], payload: setEncryption }, code: 'signatureInvalid' },
  {
    name: '30 by both keys',
    send: { from: 'pair', by: ['pair/1', 'pair/2'], payload: setEncryption },
    code: 'signatureInvalid',
  },
  {
    name: '30 of a transfer to nothing',
    send: { from: 'pair', by: ['pair/1'], payload: proposed },
    code: 'destinationNull',
  },
  {
    name: '30 of what only admin does',
    send: { from: 'pair', by: ['pair/1'], payload: proposal({ type: 22, quota: 1 }, { to: zeros }) },
    code: 'notAllowed',
  },
  {
    name: '30 of one more than a key may have open',
    given: (l) => {
      for (let i = 0; i < openProposalsMax; i++) pairProposal(l)
    },
    send: { from: 'pair', by: ['pair/1'], payload: setEncryption },
    code: 'cannotCreate',
  },
  {
    name: '30 by the other key, when one has all its proposals open',
    given: (l) => {
      for (let i = 0; i < openProposalsMax; i++) pairProposal(l)
    },
    send: { from: 'pair', by: ['pair/2'], payload: setEncryption },
    code: 'success',
  },
  {
    name: '30 whose operation fails at once',
    send: { from: 'alice', payload: proposal({ type: 20 }, { to: zeros, value: 5 }) },
    code: 'objectMissing',
  },
  // 31
  {
    name: '31',
    send: (l) => ({
      from: 'pair',
      by: ['pair/2'],
      payload: { type: 31, proposal: pairProposal(l), operationHash: hashOf(setEncryption) },
    }),
    code: 'success',
  },
  {
    name: '31 of a missing proposal',
    send: { from: 'pair', by: ['pair/2'], payload: { type: 31, proposal: zeros, operationHash: zeros } },
    code: 'objectMissing',
  },
  {
    name: "31 of another account's proposal",
    send: (l) => ({
      from: 'alice',
      payload: { type: 31, proposal: pairProposal(l), operationHash: hashOf(setEncryption) },
    }),
    code: 'objectMissing',
  },
  {
    name: '31 of an expired proposal',
    send: (l) => {
      const id = pairProposal(l)
      l.wait(30 * day)
      return { from: 'pair', by: ['pair/2'], payload: { type: 31, proposal: id, operationHash: hashOf(setEncryption) } }
    },
    code: 'objectMissing',
  },
  {
    name: '31 of another operation',
    send: (l) => ({
      from: 'pair',
      by: ['pair/2'],
      payload: { type: 31, proposal: pairProposal(l), operationHash: zeros },
    }),
    code: 'contradictsState',
  },
  {
    name: '31 by the proposer',
    send: (l) => ({
      from: 'pair',
      by: ['pair/1'],
      payload: { type: 31, proposal: pairProposal(l), operationHash: hashOf(setEncryption) },
    }),
    code: 'contradictsState',
  },
  {
    name: '31 by a stranger',
    send: (l) => ({
      from: 'pair',
      by: ['other'],
      payload: { type: 31, proposal: pairProposal(l), operationHash: hashOf(setEncryption) },
    }),
    code: 'signatureInvalid',
  },
  // 32
  {
    name: '32',
    send: (l) => ({ from: 'pair', by: ['pair/1'], payload: { type: 32, proposal: pairProposal(l) } }),
    code: 'success',
  },
  {
    name: '32 of a missing proposal',
    send: { from: 'pair', by: ['pair/1'], payload: { type: 32, proposal: zeros } },
    code: 'objectMissing',
  },
  {
    name: '32 by another key',
    send: (l) => ({ from: 'pair', by: ['pair/2'], payload: { type: 32, proposal: pairProposal(l) } }),
    code: 'notAllowed',
  },
  // 40, 41
  { name: '40', send: { from: 'alice', payload: { type: 40, items: [itemOf('a')] } }, code: 'success' },
  { name: '40 by admin', send: { ...byAdmin, payload: { type: 40, items: [itemOf('a')] } }, code: 'notAllowed' },
  { name: '41', send: { from: 'alice', payload: { type: 41, kind: 0, bodies: [fromText('x')] } }, code: 'success' },
  {
    name: '41 by admin',
    send: { ...byAdmin, payload: { type: 41, kind: 0, bodies: [fromText('x')] } },
    code: 'notAllowed',
  },
]
