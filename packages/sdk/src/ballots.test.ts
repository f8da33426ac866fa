import assert from 'node:assert/strict'
import { test } from 'node:test'
import { equal } from '@jurat/core/bytes'
import { nobleCrypto as crypto } from '@jurat/core/crypto/noble'
import { codes } from '@jurat/core/ledger/codes'
import type { ResultCode } from '@jurat/core/ledger/codes'
import { documentHash, encodeDocument } from '@jurat/core/ledger/consortium'
import {
  admin,
  documentOf,
  hasProposal,
  idOf,
  keyOf,
  memberKey,
  secretOf,
  TestLedger,
} from '@jurat/core/ledger/network.cases'
import { operationHash, operations } from './operations.ts'
import type { Operation } from './operations.ts'
import { addSignature, createTransaction, encodeTransaction, transactionHash } from './transactions.ts'
import type { OpenTransaction } from './transactions.ts'

/** A transaction of an account, signed by the keys of these names. */
function make(ledger: TestLedger, from: Uint8Array, operation: Operation, by: readonly string[]): OpenTransaction {
  const { networkId, timeMs } = ledger
  const open = createTransaction(crypto, { networkId, from, operation, timestampMs: timeMs, periodMs: 60_000 })
  return by.reduce(
    (transaction, name) => addSignature(crypto, transaction, { publicKey: keyOf(name), secretKey: secretOf(name) }),
    open,
  )
}

const ballot = (at: number): string => memberKey(`m${String(at)}`, 'ballot')

test('a ballot of four members: the third vote runs it, and no vote counts twice', () => {
  const ledger = new TestLedger({ members: 4 })
  const send = (operation: Operation, ...by: readonly string[]): ResultCode =>
    ledger.send(encodeTransaction(make(ledger, admin, operation, by)))
  const freeze = operations.freeze({ target: idOf('alice') })
  const proposal = make(ledger, admin, operations.propose(freeze), [ballot(1)])
  assert.equal(ledger.send(encodeTransaction(proposal)), codes.success)
  const approve = operations.approve({
    id: transactionHash(crypto, proposal),
    operationHash: operationHash(crypto, freeze),
  })
  const cases: readonly [string, ResultCode, boolean][] = [
    [ballot(1), codes.contradictsState, false],
    ['alice', codes.signatureInvalid, false],
    [ballot(2), codes.success, false],
    [ballot(2), codes.contradictsState, false],
    [ballot(3), codes.success, true],
    [ballot(4), codes.objectMissing, true],
  ]
  for (const [by, code, frozen] of cases) {
    assert.deepEqual([by, send(approve, by), ledger.account('alice').frozen], [by, code, frozen])
  }
})

test('an approval of another operation than the proposed one is no vote', () => {
  const ledger = new TestLedger({ members: 4 })
  const proposal = make(ledger, admin, operations.propose(operations.freeze({ target: idOf('alice') })), [ballot(1)])
  const id = transactionHash(crypto, proposal)
  assert.equal(ledger.send(encodeTransaction(proposal)), codes.success)
  const other = operationHash(crypto, operations.freeze({ target: idOf('bob') }))
  const vote = make(ledger, admin, operations.approve({ id, operationHash: other }), [ballot(2)])
  assert.notEqual(ledger.send(encodeTransaction(vote)), codes.success)
  const withdraw = (by: string): ResultCode =>
    ledger.send(encodeTransaction(make(ledger, admin, operations.withdraw({ id }), [by])))
  assert.equal(withdraw(ballot(2)), codes.notAllowed)
  assert.ok(hasProposal(ledger, id))
  assert.equal(withdraw(ballot(1)), codes.success)
  assert.ok(!hasProposal(ledger, id))
})

test('three of four members together change the consortium at once', () => {
  const ledger = new TestLedger({ members: 4 })
  const { documentBytes, document } = ledger.consortium()
  const parameters = { ...document.parameters, itemsMax: 100 }
  const next = encodeDocument({ ...documentOf(4), parameters })
  const change = operations.changeConsortium({ document: next, replaces: documentHash(crypto, documentBytes) })
  const send = (...by: readonly string[]): ResultCode => ledger.send(encodeTransaction(make(ledger, admin, change, by)))
  assert.equal(send(ballot(1), ballot(2)), codes.signatureInvalid)
  assert.equal(send(ballot(1), ballot(2), ballot(4)), codes.success)
  assert.ok(equal(ledger.consortium().documentBytes, next))
})
