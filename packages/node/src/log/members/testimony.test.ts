import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromText } from '@jurat/core/bytes'
import type { VotePlace } from '../../engine/cometbft/votePlace.ts'
import { nodeCrypto } from '../../crypto/nodeCrypto.ts'
import { ExchangeError } from './exchange.ts'
import { networkId } from './members.fixtures.ts'
import { decodeAnswer, encodeAnswer, type Hearing, judge, type SignedAnswer, type Testimony } from './testimony.ts'

const at = (height: number, round = 0, step = 0): VotePlace => ({ height, round, step })
const head = (size: number): { size: number; root: Uint8Array } => ({
  size,
  root: nodeCrypto.sha256(fromText(`${size}`)),
})
const others = ['b', 'c', 'd']

/** What `b`, `c` and `d` say; null is silence. */
const hearing = (said: (Partial<Testimony> | null)[], changes: Partial<Hearing> = {}): Hearing => ({
  others,
  testimonies: said.flatMap((one, index) =>
    one === null ? [] : [{ member: others[index] ?? '', muted: false, head: null, place: at(9), ...one }],
  ),
  kept: null,
  own: at(9),
  validator: true,
  resumption: null,
  ...changes,
})

test('an answer is read as it was written, and garbage is refused', () => {
  const answers: SignedAnswer[] = [
    { muted: false, note: null, place: null },
    { muted: true, note: fromText('note'), place: at(7, 2, 3) },
  ]
  for (const answer of answers) {
    const bytes = encodeAnswer(networkId, answer)
    assert.deepEqual(decodeAnswer(networkId, bytes), answer)
    assert.throws(() => decodeAnswer(nodeCrypto.sha256(networkId), bytes), ExchangeError)
    assert.throws(() => decodeAnswer(networkId, bytes.subarray(1)), ExchangeError)
  }
  assert.throws(() => decodeAnswer(networkId, encodeAnswer(networkId, { ...answers[0], place: at(1, 0, 4) } as never)))
})

test('how many answers are enough', () => {
  const rows: readonly [string, (Partial<Testimony> | null)[], RegExp | null][] = [
    ['all', [{}, {}, {}], null],
    ['one is silent', [{}, null, {}], null],
    ['two are silent', [null, {}, null], /missing: b, d/],
    ['one has no engine', [{ place: null }, {}, {}], null],
    ['two have no engine', [{ place: null }, {}, { place: null }], /missing: b, d/],
    ['two are muted together', [{ muted: true }, {}, {}], /more than a third.* b/],
  ]
  for (const [name, said, reason] of rows) {
    const verdict = judge(hearing(said))
    if (reason === null) assert.equal(verdict.kind, 'known', name)
    else assert.match(verdict.kind === 'waiting' ? verdict.reason : '', reason, name)
  }
  // For the log alone no engine is asked.
  const log = { validator: false, own: null }
  assert.equal(judge(hearing([{ place: null }, { place: null }, null], log)).kind, 'known')
})

test('more than a third in lost state: what an operator may say', () => {
  const two = [{ muted: true }, {}, {}]
  const rows: readonly [string, (Partial<Testimony> | null)[], readonly string[] | null, RegExp | null][] = [
    ['nothing', two, null, /^more than a third/],
    ['all of them', two, ['b'], null],
    ['more than there are', two, ['b', 'c'], null],
    ['too few', [{ muted: true }, { muted: true }, {}], ['b'], /^the operator has not named all .*; also: c$/],
    ['others', two, ['c'], /not named all .*; also: b$/],
    ['a silent member', [{ muted: true }, {}, null], ['b'], /all members must answer; missing: d$/],
    ['one that has no engine', [{ muted: true }, {}, { place: null }], ['b'], null],
    ['all have lost it', [{ muted: true }, { muted: true }, { muted: true }], ['b', 'c', 'd'], null],
    ['it was not needed', [{}, null, {}], ['b'], null],
    ['too few answer', [null, null, {}], ['b'], /^too few members have answered/],
  ]
  for (const [name, said, resumption, reason] of rows) {
    const verdict = judge(hearing(said, { resumption }))
    if (reason === null) assert.equal(verdict.kind, 'known', name)
    else assert.match(verdict.kind === 'waiting' ? verdict.reason : '', reason, name)
  }
  // What is known counts as ever, and the own engine must have caught up.
  const behind = judge(hearing(two, { resumption: ['b'], own: at(8) }))
  assert.match(behind.kind === 'waiting' ? behind.reason : '', /has not caught up/)
})

test('everything that was signed is told, also what is kept here', () => {
  const verdict = judge(hearing([{ head: head(5) }, {}, { head: head(8) }], { kept: head(6) }))
  assert.deepEqual(verdict.kind === 'known' ? verdict.heads.map(({ size }) => size) : null, [6, 5, 8])
})

test('where the validator goes on', () => {
  const rows: readonly [string, (VotePlace | null)[], VotePlace | null, VotePlace | null][] = [
    ['no vote: not as the proposer of this round', [at(9), at(9), at(9)], at(9), at(9, 0, 1)],
    ['a later round has begun', [at(9), at(9), at(9)], at(9, 3), at(9, 3, 1)],
    ['a vote that two hold', [at(9, 1, 2), at(9, 1, 2), at(9)], at(9), at(9, 1, 2)],
    ['a vote that one holds, beside a dead member', [at(9, 1, 3), null, at(9)], at(9), at(9, 1, 3)],
    ['one that lies about a round harms nobody', [at(9, 99, 3), at(9), at(9)], at(9), at(9, 0, 1)],
    ['one that lies about a height holds nobody up', [at(99), at(9), at(9)], at(9), at(9, 0, 1)],
    ['a vote that came here with its signature', [at(9), at(9), at(9)], at(9, 0, 3), at(9, 0, 3)],
    ['the others are further', [at(10), at(10), at(9)], at(9), null],
    ['the others are behind', [at(8, 1, 3), at(8), at(8)], at(9), at(9, 0, 1)],
    ['the own engine is silent', [at(9), at(9), at(9)], null, null],
  ]
  for (const [name, places, own, expected] of rows) {
    const verdict = judge(
      hearing(
        places.map((place) => (place === null ? null : { place })),
        { own },
      ),
    )
    assert.deepEqual(verdict.kind === 'known' ? verdict.place : null, expected, name)
  }
})
