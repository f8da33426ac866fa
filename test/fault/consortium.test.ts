/**
 * Kills of node, CometBFT and both under load, two of each; more by command, see consortium.ts.
 * @module
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tool } from '../conformance/tools.ts'
import { killMembers } from './consortium.ts'

const skip = tool('cometbft') === null && 'cometbft is not installed (npm run engine:install)'

test('members killed under load lose nothing that was acknowledged', { skip, timeout: 590_000 }, async (context) => {
  const report = await killMembers({ rounds: 2, seed: 1, idleMs: 0, say: (text) => context.diagnostic(text) })
  context.diagnostic(JSON.stringify(report))
  assert.deepEqual(report.kills, { node: 2, cometbft: 2, both: 2 })
})
