/**
 * No block is made: who is told what, and how it goes on afterwards.
 * @module
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromHex, toHex } from '@jurat/core/bytes'
import { bench, problemOf, side, waiting } from './cometbftEngine.fixtures.ts'
import { sentenceOf, votersOf } from './stall.ts'

test('the reason of a stall is that of now, not of its beginning', async (t) => {
  const node = await bench(t)
  const outcome = problemOf(node.engine.submit(node.deposit('a')))
  await waiting(node, 1)
  for (let i = 0; i < 11; i++) await node.time.pass(1_000)
  assert.match(await outcome, /CometBFT does not answer/)
  node.comet.consensus = {}
  await node.time.pass(1_000)
  await node.time.pass(1_000)
  assert.equal(node.engine.progress.stalled, 'Consensus has not begun a round.')
})

test('no block: those who wait are told who is missing, new ones are turned away, and it heals', async (t) => {
  const node = await bench(t)
  const outcome = problemOf(node.engine.submit(node.deposit('a'), side(1)))
  await waiting(node, 1)
  node.comet.consensus = {}
  for (let i = 0; i < 11; i++) await node.time.pass(1_000)
  const told = await outcome
  assert.match(
    told,
    /^stalled: No block has been made for 1\d seconds\. Consensus has not begun a round\. What was sent may/,
  )
  assert.match(await problemOf(node.engine.submit(node.deposit('b'))), /^stalled: .* Nothing was taken\.$/)
  assert.equal(node.engine.progress.stalled, 'Consensus has not begun a round.')
  await node.comet.block()
  assert.equal(node.engine.progress.stalled, null)
  // What was cut off stands in the block, under its key.
  assert.ok((await node.store.idempotent(new Uint8Array(32).fill(1))) !== null)
  const after = node.engine.submit(node.deposit('c'))
  await waiting(node, 1)
  await node.comet.block()
  assert.equal((await after).state, 'committed')
})

test('after a break new ones wait until those that were cut off are settled, but not for ever', async (t) => {
  const node = await bench(t)
  const outcome = problemOf(node.engine.submit(node.deposit('a'), side(1)))
  await waiting(node, 1)
  node.comet.lose()
  node.comet.broken = { kind: 'unknown', cause: new Error('connection refused') }
  for (let i = 0; i < 11; i++) await node.time.pass(1_000)
  assert.match(await outcome, /CometBFT does not answer/)
  await node.comet.block()
  assert.match(await problemOf(node.engine.submit(node.deposit('b'))), /cut off are finished first/)
  node.comet.broken = null
  await node.time.pass(10_000)
  const after = node.engine.submit(node.deposit('c'))
  await waiting(node, 2)
  await node.comet.block()
  assert.equal((await after).state, 'committed')
})

test('who takes part is read from the votes, and who is missing is named', () => {
  const validators = ['court', 'notary', 'forensic', 'ca'].map((member, at) => ({
    member,
    publicKey: new Uint8Array(32),
    address: fromHex(`${at}${at}`.repeat(20)),
  }))
  const vote = (at: number): string =>
    `Vote{${at}:${`${at}${at}`.repeat(6)} 7/01/SIGNED_MSG_TYPE_PREVOTE(Prevote) 8B01}`
  const state = (...votes: string[]): unknown => ({
    round_state: {
      'height/round/step': '7/1/4',
      height_vote_set: [
        { round: 0, prevotes: ['nil-Vote', ...votes], precommits: ['nil-Vote'] },
        { round: 1, prevotes: [vote(0)], precommits: [] },
      ],
    },
  })
  const cases: readonly (readonly [unknown, string])[] = [
    [state(vote(1)), '2 of 4 members take part, and 3 are needed; missing: forensic, ca.'],
    [state(), '1 of 4 members take part, and 3 are needed; missing: notary, forensic, ca.'],
    [state(vote(2), vote(3)), '3 of 4 members take part, which is enough: it should go on shortly.'],
    [{}, 'Consensus has not begun a round.'],
    [{ round_state: { height_vote_set: [{ prevotes: 7 }] } }, 'Consensus has not begun a round.'],
  ]
  for (const [answer, sentence] of cases) assert.equal(sentenceOf(votersOf(answer), validators), sentence)
  assert.equal(toHex(validators[1]?.address ?? new Uint8Array(0)).slice(0, 4), '1111')
})
