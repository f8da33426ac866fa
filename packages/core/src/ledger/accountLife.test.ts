/**
 * The life of an account as stories: keys lost, keys stolen, and who gets the account in the end.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { statusOf } from './account.ts'
import { codes } from './codes.ts'
import { operationHash } from './payloads.ts'
import { crypto, type Draft, hasProposal, idOf, itemOf, keyOf, keys, proposal, TestLedger } from './network.cases.ts'

const day = 86_400_000
const deposit = (from: string, ...by: string[]): Draft => ({ from, by, payload: { type: 40, items: [itemOf('a')] } })
const byAdmin = { from: 'admin', by: ['m1/ballot', 'm2/ballot', 'm3/ballot'] } as const

/** Sends one after the other and compares the codes. */
function story(ledger: TestLedger, steps: readonly (readonly [Draft | number, number])[]): void {
  for (const [at, [step, code]] of steps.entries()) {
    if (typeof step === 'number') ledger.wait(step)
    else assert.equal(ledger.send(step), code, `step ${at}`)
  }
}

const wait = (milliseconds: number): readonly [number, number] => [milliseconds, 0]

test('two keys of weight 50 are needed together', () => {
  story(new TestLedger(), [
    [deposit('pair', 'pair/1'), codes.signatureInvalid],
    [deposit('pair', 'pair/2'), codes.signatureInvalid],
    [deposit('pair', 'pair/1', 'pair/2'), codes.success],
  ])
})

test('a lost key: pre-reset, too early, waiting, reset, the old key is refused', () => {
  const ledger = new TestLedger()
  const reset: Draft = { from: 'alice', by: ['alice/recovery'], payload: { type: 15, authMap: keys({ new: 100 }) } }
  story(ledger, [
    [deposit('alice', 'alice'), codes.success],
    [{ from: 'alice', by: ['alice/recovery'], payload: { type: 14 } }, codes.success],
    [deposit('alice', 'alice'), codes.sourceRecovering],
    [reset, codes.tooEarly],
    wait(day),
    [reset, codes.success],
    [deposit('alice', 'alice'), codes.signatureInvalid],
    [deposit('alice', 'new'), codes.success],
  ])
  const alice = ledger.account('alice')
  assert.equal(statusOf(alice), 0)
  assert.equal(alice.recoverTime, ledger.timeMs)
  assert.deepEqual(alice.id, idOf('alice'), 'the account stays')
})

test('a stolen recovery key: the owner disputes, the account stands still, the institutions decide', () => {
  const ledger = new TestLedger({ members: 4 })
  story(ledger, [
    [{ from: 'alice', by: ['alice/recovery'], payload: { type: 14 } }, codes.success],
    [{ from: 'alice', payload: { type: 16 } }, codes.success],
    [deposit('alice', 'alice'), codes.sourceFrozen],
    wait(day),
    [
      { from: 'alice', by: ['alice/recovery'], payload: { type: 15, authMap: keys({ thief: 100 }) } },
      codes.sourceFrozen,
    ],
    [
      { ...byAdmin, to: 'alice', payload: { type: 19, authMap: keys({ alice: 100 }), recoverKey: keyOf('fresh') } },
      codes.success,
    ],
    [deposit('alice', 'alice'), codes.success],
    [{ from: 'alice', by: ['alice/recovery'], payload: { type: 14 } }, codes.signatureInvalid],
  ])
})

test('stolen authority keys: a new recovery key is voided by the old one, the thief disputes, adjudication', () => {
  const ledger = new TestLedger({ members: 4 })
  story(ledger, [
    [{ from: 'alice', payload: { type: 12, recoverKey: keyOf('thief') } }, codes.success],
    [{ from: 'alice', by: ['thief'], payload: { type: 14 } }, codes.signatureInvalid],
    wait(day - 1),
    [{ from: 'alice', by: ['alice/recovery'], payload: { type: 14 } }, codes.success],
  ])
  assert.equal(ledger.account('alice').pendingRecoverKey, null)
  story(ledger, [
    wait(10),
    [{ from: 'alice', payload: { type: 16 } }, codes.success],
    [
      { ...byAdmin, to: 'alice', payload: { type: 19, authMap: keys({ owner: 100 }), recoverKey: keyOf('fresh') } },
      codes.success,
    ],
    [deposit('alice', 'alice'), codes.signatureInvalid],
    [deposit('alice', 'owner'), codes.success],
  ])
  assert.equal(statusOf(ledger.account('alice')), 0)
})

test('a recovery key in waiting counts when it is due, and the next change writes it', () => {
  const ledger = new TestLedger()
  story(ledger, [
    [{ from: 'alice', payload: { type: 12, recoverKey: keyOf('second') } }, codes.success],
    wait(day - 1),
    [{ from: 'alice', by: ['second'], payload: { type: 14 } }, codes.signatureInvalid],
    wait(1),
    [{ from: 'alice', by: ['alice/recovery'], payload: { type: 14 } }, codes.signatureInvalid],
  ])
  assert.deepEqual(ledger.account('alice').recoverKey, keyOf('alice/recovery'), 'nothing has written it yet')
  story(ledger, [[{ from: 'alice', payload: { type: 13, encryptionKey: null } }, codes.success]])
  const { recoverKey, pendingRecoverKey } = ledger.account('alice')
  assert.deepEqual([recoverKey, pendingRecoverKey], [keyOf('second'), null])
  story(ledger, [[{ from: 'alice', payload: { type: 12, recoverKey: keyOf('third') } }, codes.success], wait(day)])
  story(ledger, [[{ from: 'alice', payload: { type: 12, recoverKey: keyOf('fourth') } }, codes.success]])
  assert.deepEqual(ledger.account('alice').recoverKey, keyOf('third'), 'a due key is kept when the next one is set')
  story(ledger, [[{ from: 'alice', by: ['third'], payload: { type: 14 } }, codes.success]])
  assert.equal(ledger.account('alice').pendingRecoverKey, null)
})

test('freeze by the owner and by admin; thaw by admin, which leaves a recovery as it is', () => {
  const ledger = new TestLedger({ members: 4 })
  story(ledger, [
    [{ from: 'alice', to: 'alice', payload: { type: 17 } }, codes.success],
    [{ ...byAdmin, to: 'alice', payload: { type: 18 } }, codes.success],
    [{ from: 'alice', by: ['alice/recovery'], payload: { type: 14 } }, codes.success],
    [{ ...byAdmin, to: 'alice', payload: { type: 17 } }, codes.success],
  ])
  assert.equal(statusOf(ledger.account('alice')), 1)
  story(ledger, [[{ ...byAdmin, to: 'alice', payload: { type: 18 } }, codes.success]])
  const alice = ledger.account('alice')
  assert.equal(statusOf(alice), 2)
  assert.ok(alice.resetAllowedAt > 0)
})

test('a ballot of the members: two thirds are not enough, more are, and each counts once', () => {
  const ledger = new TestLedger({ members: 6 })
  const operation = proposal({ type: 17 }, { to: idOf('alice') })
  assert.ok(operation.type === 30)
  const opened = ledger.sign({ from: 'admin', by: ['m1/ballot'], payload: operation })
  assert.equal(ledger.send(opened), codes.success)
  const id = ledger.parse(opened).txHash
  const hash = operationHash(crypto, operation.operation)
  const vote = (member: number): Draft => ({
    from: 'admin',
    by: [`m${member}/ballot`],
    payload: { type: 31, proposal: id, operationHash: hash },
  })
  story(ledger, [
    [vote(1), codes.contradictsState],
    [vote(2), codes.success],
    [vote(2), codes.contradictsState],
    [vote(3), codes.success],
    [vote(4), codes.success],
  ])
  assert.equal(statusOf(ledger.account('alice')), 0, '4 of 6 are exactly two thirds')
  story(ledger, [[vote(5), codes.success]])
  assert.equal(statusOf(ledger.account('alice')), 1)
  story(ledger, [[vote(6), codes.objectMissing]])
})

test('admin signs with strictly more than two thirds of the members, by number', () => {
  const ledger = new TestLedger({ members: 6 })
  const freeze = (...by: string[]): Draft => ({ from: 'admin', by, to: 'alice', payload: { type: 17 } })
  const ballots = [1, 2, 3, 4, 5, 6].map((at) => `m${at}/ballot`)
  story(ledger, [
    [freeze(...ballots.slice(0, 4)), codes.signatureInvalid],
    [freeze(...ballots.slice(0, 4), 'm5/transport'), codes.signatureInvalid],
    [freeze(...ballots.slice(0, 4), 'm1/ballot'), codes.signatureInvalid],
    [freeze(...ballots, 'alice'), codes.signatureInvalid],
    [freeze(...ballots.slice(0, 5)), codes.success],
  ])
})

test('a ballot whose operation fails fails with its code, keeps no vote, and stays', () => {
  const ledger = new TestLedger()
  const operation = proposal({ type: 20 }, { to: idOf('bob'), value: 11 })
  assert.ok(operation.type === 30)
  const opened = ledger.sign({ from: 'pair', by: ['pair/1'], payload: operation })
  assert.equal(ledger.send(opened), codes.success)
  const id = ledger.parse(opened).txHash
  const approve: Draft = {
    from: 'pair',
    by: ['pair/2'],
    payload: { type: 31, proposal: id, operationHash: operationHash(crypto, operation.operation) },
  }
  story(ledger, [
    [approve, codes.balanceInsufficient],
    [{ from: 'alice', to: 'pair', value: 1, payload: { type: 20 } }, codes.success],
    [approve, codes.success],
    [approve, codes.objectMissing],
  ])
  assert.equal(ledger.account('bob').balance, 11)
})

test('votes are counted against the present keys; new keys void what was proposed under the old ones', () => {
  const ledger = new TestLedger()
  const open = (): Uint8Array => {
    const bytes = ledger.sign({ from: 'pair', by: ['pair/1'], payload: proposal({ type: 13, encryptionKey: null }) })
    assert.equal(ledger.send(bytes), codes.success)
    return ledger.parse(bytes).txHash
  }
  const [first, second] = [open(), open()]
  const authMap = keys({ 'pair/1': 100, 'pair/2': 50 })
  story(ledger, [[{ from: 'pair', by: ['pair/1', 'pair/2'], payload: { type: 11, authMap } }, codes.success]])
  assert.ok(!hasProposal(ledger, first) && !hasProposal(ledger, second))
  assert.ok([...ledger.state.keys()].every((key) => !key.startsWith('proposal')))
})

test('an expired proposal is absent, and the next ballot of the account deletes it', () => {
  const ledger = new TestLedger()
  const waiting = proposal({ type: 13, encryptionKey: null })
  const bytes = ledger.sign({ from: 'pair', by: ['pair/1'], payload: waiting })
  assert.equal(ledger.send(bytes), codes.success)
  const id = ledger.parse(bytes).txHash
  story(ledger, [
    wait(30 * day),
    [{ from: 'pair', by: ['pair/1'], payload: { type: 32, proposal: id } }, codes.objectMissing],
  ])
  assert.ok(hasProposal(ledger, id))
  story(ledger, [[{ from: 'pair', by: ['pair/2'], payload: waiting }, codes.success]])
  assert.ok(!hasProposal(ledger, id))
})

test("a proposal runs at once when the proposer's own vote is enough", () => {
  const ledger = new TestLedger()
  story(ledger, [[{ from: 'alice', payload: proposal({ type: 13, encryptionKey: keyOf('box') }) }, codes.success]])
  assert.deepEqual(ledger.account('alice').encryptionKey, keyOf('box'))
  assert.ok([...ledger.state.keys()].every((key) => !key.startsWith('proposal')))
})

test('15 and 19 void what was proposed before; a pending recovery key ends with an adjudication', () => {
  const ledger = new TestLedger()
  const open = (): void =>
    story(ledger, [
      [{ from: 'pair', by: ['pair/1'], payload: proposal({ type: 13, encryptionKey: null }) }, codes.success],
    ])
  const proposals = (): number => [...ledger.state.keys()].filter((key) => key.startsWith('proposal')).length
  const authMap = keys({ 'pair/1': 50, 'pair/2': 50 })
  open()
  story(ledger, [
    [{ from: 'pair', by: ['pair/recovery'], payload: { type: 14 } }, codes.success],
    wait(day),
    [{ from: 'pair', by: ['pair/recovery'], payload: { type: 15, authMap } }, codes.success],
  ])
  assert.equal(proposals(), 0)
  open()
  story(ledger, [
    [{ from: 'pair', by: ['pair/1', 'pair/2'], payload: { type: 12, recoverKey: keyOf('thief') } }, codes.success],
    [
      { from: 'admin', by: ['m1/ballot'], to: 'pair', payload: { type: 19, authMap, recoverKey: keyOf('fresh') } },
      codes.success,
    ],
  ])
  assert.equal(proposals(), 0)
  assert.deepEqual(
    [ledger.account('pair').recoverKey, ledger.account('pair').pendingRecoverKey],
    [keyOf('fresh'), null],
  )
})

test('check admits nothing from an account that stands still', () => {
  const ledger = new TestLedger()
  story(ledger, [[{ from: 'pair', by: ['pair/recovery'], payload: { type: 14 } }, codes.success]])
  story(ledger, [[{ from: 'alice', to: 'alice', payload: { type: 17 } }, codes.success]])
  assert.equal(ledger.check(ledger.sign(deposit('alice', 'alice'))), codes.sourceFrozen)
  assert.equal(ledger.check(ledger.sign(deposit('pair', 'pair/1', 'pair/2'))), codes.sourceRecovering)
  const dispute: Draft = { from: 'pair', by: ['pair/1', 'pair/2'], payload: { type: 16 } }
  assert.equal(ledger.check(ledger.sign(dispute)), codes.success)
  assert.equal(ledger.check(ledger.sign(deposit('bob', 'bob'))), codes.success)
})

test('admin thaws by the ballot of one member in a solo network: its own vote is enough', () => {
  const ledger = new TestLedger()
  story(ledger, [
    [{ from: 'alice', to: 'alice', payload: { type: 17 } }, codes.success],
    [{ from: 'admin', by: ['m1/ballot'], payload: proposal({ type: 18 }, { to: idOf('alice') }) }, codes.success],
  ])
  assert.equal(statusOf(ledger.account('alice')), 0)
})
