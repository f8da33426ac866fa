/**
 * A hundred random kills without PostgreSQL, and some with it.
 * @module
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tool } from '../conformance/tools.ts'
import { killRepeatedly } from './kill.ts'

const fsck = tool('tessera-fsck')

test('a hundred kills under load lose nothing that was acknowledged', { timeout: 580_000 }, async (context) => {
  // Two nodes at a time: a start keeps one core busy.
  const seeds = [1, 2]
  const reports = await Promise.all(seeds.map((seed) => killRepeatedly(50, seed, ['--database-url=off'], fsck)))
  for (const report of reports) {
    context.diagnostic(JSON.stringify(report))
    assert.ok(report.unanswered > report.kills, 'most kills must hit writes in flight')
  }
})

test('five kills with projections running lose nothing', async () => {
  await killRepeatedly(5, 2, [], fsck)
})
