/**
 * A hundred random kills without PostgreSQL, and some with it.
 * @module
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tool } from '../conformance/tools.ts'
import { killRepeatedly } from './kill.ts'

const fsck = tool('tessera-fsck')

test('a hundred kills under load lose nothing that was acknowledged', { timeout: 280_000 }, async (context) => {
  const report = await killRepeatedly(100, 1, ['--database-url=off'], fsck)
  context.diagnostic(JSON.stringify(report))
  assert.ok(report.unanswered > report.kills, 'most kills must hit writes in flight')
})

test('five kills with projections running lose nothing', async () => {
  await killRepeatedly(5, 2, [], fsck)
})
