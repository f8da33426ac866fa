/**
 * What may be signed, and who is named when members differ. Four members, m1 is this node; heads are named by height.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Member } from '@jurat/core/ledger/consortium'
import {
  Agreement,
  behindHeightsMax,
  earlyReportsMax,
  pendingBlocksMax,
  settledBlocksMax,
  type AgreementOutcome,
  type ExecutedBlock,
  type MemberReport,
} from './agreement.ts'

const networkId = new Uint8Array(32).fill(7)
const root = (height: number, variant = 0): Uint8Array => new Uint8Array(32).fill(height).fill(variant, 31)
const members = (...names: string[]): ExecutedBlock['document'] => ({
  members: names.map((name) => ({ name }) as Member),
})
const four = members('m1', 'm2', 'm3', 'm4')

const block = (height: number, changes: Partial<ExecutedBlock> = {}): ExecutedBlock => ({
  height,
  size: height * 10,
  root: root(height),
  document: four,
  changesConsortium: false,
  ...changes,
})
const report = (height: number, variant = 0): MemberReport => ({
  networkId,
  height,
  size: height * 10,
  root: root(height, variant),
})
const make = (): Agreement => new Agreement({ self: 'm1', networkId })
const agreed = ({ agreed: heads }: AgreementOutcome): number[] => heads.map(({ height }) => height)
const alarms = ({ alarms: list }: AgreementOutcome): string[] => list.map(({ kind, member }) => `${kind} ${member}`)

test('a head is agreed when more than two thirds reported it, itself included', () => {
  const agreement = make()
  assert.deepEqual(agreed(agreement.executed(block(1))), [])
  assert.deepEqual(agreed(agreement.reported('m2', report(1))), [])
  assert.deepEqual(agreed(agreement.reported('m3', report(1))), [1])
  assert.deepEqual(agreed(agreement.reported('m4', report(1))), [])
})

test('what does not count', () => {
  const rows: readonly [string, string, MemberReport][] = [
    ['the same member again', 'm2', report(1)],
    ['this node itself', 'm1', report(1)],
    ['a stranger', 'm9', report(1)],
    ['another height', 'm3', report(2)],
    ['another root', 'm3', report(1, 1)],
    ['another size', 'm3', { ...report(1), size: 11 }],
    ['another network', 'm3', { ...report(1), networkId: new Uint8Array(32) }],
  ]
  for (const [name, member, other] of rows) {
    const agreement = make()
    agreement.executed(block(1))
    agreement.reported('m2', report(1))
    assert.deepEqual(agreed(agreement.reported(member, other)), [], name)
  }
})

test('reports that come before the block count when it is executed', () => {
  const agreement = make()
  agreement.reported('m2', report(3))
  agreement.reported('m4', report(3))
  assert.deepEqual(agreed(agreement.executed(block(3))), [3])
})

test('heads come in the order of the blocks, none left out', () => {
  const agreement = make()
  for (const height of [1, 2, 5]) agreement.executed(block(height))
  for (const height of [5, 2]) for (const member of ['m2', 'm3']) agreement.reported(member, report(height))
  assert.deepEqual(agreement.wanted(), [1, 2, 5])
  agreement.reported('m2', report(1))
  assert.deepEqual(agreed(agreement.reported('m3', report(1))), [1, 2, 5])
  assert.deepEqual(agreement.wanted(), [])
})

test('nobody signs alone against the others, whatever they say', () => {
  const agreement = make()
  agreement.executed(block(1))
  for (const member of ['m2', 'm3', 'm4']) agreement.reported(member, report(1, 1))
  assert.deepEqual(agreed(agreement.executed(block(2))), [])
  for (const member of ['m2', 'm3', 'm4']) assert.deepEqual(agreed(agreement.reported(member, report(2))), [])
})

test('the members of the document before the block are counted', () => {
  const agreement = make()
  const document = members('m1', 'm2', 'm3', 'm5')
  agreement.executed(block(1, { document }))
  agreement.reported('m2', report(1))
  assert.deepEqual(agreed(agreement.reported('m4', report(1))), [])
  assert.deepEqual(agreed(agreement.reported('m5', report(1))), [1])
})

test('who is no member signs nothing, and goes on when it is one', () => {
  const agreement = make()
  agreement.executed(block(1, { document: members('m2', 'm3', 'm4', 'm5') }))
  for (const member of ['m2', 'm3', 'm4']) assert.deepEqual(agreed(agreement.reported(member, report(1))), [])
  agreement.executed(block(2))
  agreement.reported('m2', report(2))
  assert.deepEqual(agreed(agreement.reported('m3', report(2))), [2])
})

test('one member agrees with itself', () => {
  assert.deepEqual(agreed(make().executed(block(1, { document: members('m1') }))), [1])
})

test('a member that contradicts itself is named once, with both reports, before and after the block', () => {
  for (const executedFirst of [true, false]) {
    const agreement = make()
    if (executedFirst) agreement.executed(block(1))
    agreement.reported('m2', report(1))
    const [alarm] = agreement.reported('m2', report(1, 1)).alarms
    assert.deepEqual(alarm, { kind: 'contradiction', member: 'm2', first: report(1), second: report(1, 1) })
    assert.deepEqual(alarms(agreement.reported('m2', report(1, 2))), [])
    assert.deepEqual(alarms(agreement.reported('m3', report(1))), [])
  }
})

test('a member with another root is named with both reports, before, after and long after', () => {
  const first = make()
  first.executed(block(1))
  const [alarm] = first.reported('m2', report(1, 1)).alarms
  assert.deepEqual(alarm, { kind: 'otherRoot', member: 'm2', own: report(1), theirs: report(1, 1) })

  const early = make()
  early.reported('m2', report(1, 1))
  assert.deepEqual(alarms(early.executed(block(1))), ['otherRoot m2'])

  const late = make()
  const last = settledBlocksMax + 5
  for (let height = 1; height <= last; height++) {
    late.executed(block(height))
    for (const member of ['m2', 'm3']) late.reported(member, report(height))
  }
  assert.deepEqual(alarms(late.reported('m4', report(last - settledBlocksMax + 1, 1))), ['otherRoot m4'])
  assert.deepEqual(alarms(late.reported('m4', report(1, 1))), [], 'forgotten: nothing is kept for ever')
})

test('far behind nothing is signed; nearer it goes on, and only consortium blocks are not left out', () => {
  const agreement = make()
  const tip = behindHeightsMax + 10
  const both = (height: number): number[] =>
    ['m2', 'm3'].flatMap((name) => agreed(agreement.reported(name, report(height))))
  agreement.executed(block(1))
  assert.deepEqual(both(tip), [], 'a liar alone moves nothing, two members do')
  assert.equal(agreement.behind, true)
  assert.deepEqual(both(1), [])
  agreement.executed(block(2, { changesConsortium: true }))
  agreement.executed(block(9))
  assert.deepEqual(both(9), [])
  assert.deepEqual(agreement.wanted(), [2])
  assert.deepEqual(agreed(agreement.executed(block(10))), [])
  assert.equal(agreement.behind, false)
  assert.deepEqual(both(2), [2], 'the consortium block first')
  assert.deepEqual(both(10), [], 'and nothing later before it is complete')
  assert.deepEqual(agreed(agreement.completed(20)), [10])
})

test('one member that claims to be far ahead holds nobody up', () => {
  const agreement = make()
  agreement.reported('m4', report(1_000_000))
  agreement.executed(block(1))
  agreement.reported('m2', report(1))
  assert.deepEqual(agreed(agreement.reported('m3', report(1))), [1])
})

test('a consortium checkpoint that was complete before holds nothing up', () => {
  const agreement = make()
  agreement.completed(10)
  agreement.executed(block(1, { changesConsortium: true }))
  agreement.executed(block(2))
  for (const height of [1, 2]) agreement.reported('m2', report(height))
  agreement.reported('m3', report(2))
  assert.deepEqual(agreed(agreement.reported('m3', report(1))), [1, 2])
})

test('a flood of early reports pushes out no early report that is needed', () => {
  const agreement = make()
  agreement.reported('m3', report(1))
  for (let height = 1; height <= earlyReportsMax * 3; height++) agreement.reported('m2', report(height))
  assert.deepEqual(agreed(agreement.executed(block(1))), [1])
  assert.deepEqual(alarms(agreement.reported('m2', report(1, 1))), ['contradiction m2'])
})

test('blocks out of order are a bug', () => {
  const agreement = make()
  agreement.executed(block(2))
  assert.throws(() => agreement.executed(block(2)), { name: 'AssertionFailure' })
})

test('a head whose root a committed header carries is agreed without any report', () => {
  const agreement = make()
  for (const height of [1, 2, 5]) agreement.executed(block(height))
  assert.deepEqual(agreed(agreement.confirmed(2)), [1, 2])
  assert.deepEqual(agreed(agreement.confirmed(4)), [])
  assert.deepEqual(agreed(agreement.confirmed(5)), [5])
  assert.deepEqual(agreed(agreement.executed(block(6))), [])
})

test('a confirmation does not open the gate of a consortium block', () => {
  const agreement = make()
  agreement.executed(block(1, { changesConsortium: true }))
  agreement.executed(block(2))
  assert.deepEqual(agreed(agreement.confirmed(2)), [1])
  assert.deepEqual(agreed(agreement.completed(10)), [2])
})

test('what a complete checkpoint covers waits no longer', () => {
  const agreement = make()
  for (const height of [1, 2, 3]) agreement.executed(block(height))
  assert.deepEqual(agreed(agreement.completed(20)), [])
  assert.deepEqual(agreement.wanted(), [3])
  assert.deepEqual(agreed(agreement.confirmed(3)), [3])
})

test('without a quorum no more wait than may, and a consortium block stays', () => {
  const agreement = make()
  agreement.executed(block(1, { changesConsortium: true }))
  for (let height = 2; height <= pendingBlocksMax + 3; height++) agreement.executed(block(height))
  assert.deepEqual(agreement.wanted().slice(0, 2), [1, 5])
  assert.deepEqual(agreed(agreement.confirmed(pendingBlocksMax + 3)), [1])
  assert.equal(agreed(agreement.completed(10)).length, pendingBlocksMax - 1)
})
