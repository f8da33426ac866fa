import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromHex, toText } from '@jurat/core/bytes'
import { readPlaces, signerStateAt } from './votePlace.ts'

const address = fromHex('0102030405060708090a0b0c0d0e0f1011121314')
const vote = (round: number, type: string, voter = '010203040506'): string =>
  `Vote{1:${voter.toUpperCase()} 12/0${round}/SIGNED_MSG_TYPE_${type} 8B01023386C3 A3B4 @ 2026-01-01T00:00:00Z}`
const none = 'nil-Vote'

const state = (round: number, votes: readonly [string[], string[]][]): unknown => ({
  round_state: {
    'height/round/step': `12/${round}/6`,
    height_vote_set: votes.map(([prevotes, precommits], at) => ({ round: at, prevotes, precommits })),
  },
})

test('the highest vote of a validator at the height that is being decided', () => {
  const other = vote(0, 'PRECOMMIT(Precommit)', 'aaaaaaaaaaaa')
  const rows: readonly [unknown, number, number][] = [
    [state(0, [[[none, none], [none]]]), 0, 0],
    [state(0, [[[none, other], [other]]]), 0, 0],
    [state(0, [[[none, vote(0, 'PREVOTE(Prevote)')], [none]]]), 0, 2],
    [state(0, [[[vote(0, 'PREVOTE(Prevote)')], [none, vote(0, 'PRECOMMIT(Precommit)')]]]), 0, 3],
    [
      state(2, [
        [[none], [vote(0, 'PRECOMMIT(Precommit)')]],
        [[vote(1, 'PREVOTE(Prevote)')], [none]],
        [[none], [none]],
      ]),
      1,
      2,
    ],
    [state(1, []), 0, 0],
  ]
  for (const [answer, round, step] of rows) {
    const places = readPlaces(answer, address)
    assert.deepEqual(places.vote, { height: 12, round, step })
    assert.equal(places.tip.height, 12)
  }
  assert.equal(readPlaces(state(2, []), address).tip.round, 2)
  for (const answer of [{}, { round_state: {} }, { round_state: { 'height/round/step': 'x' } }]) {
    assert.throws(() => readPlaces(answer, address))
  }
})

test("a validator's state is what CometBFT reads", () => {
  const text = toText(signerStateAt({ height: 12, round: 1, step: 2 }))
  assert.deepEqual(JSON.parse(text), { height: '12', round: 1, step: 2 })
})
