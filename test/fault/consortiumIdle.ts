/**
 * An idle consortium: it makes no entries, and no blocks but heartbeats; the first deposit afterwards bears the time at which
 * it was made, not that of the last votes.
 * @module
 */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ConsortiumJudge } from './consortiumJudge.ts'

/** A network without transactions makes an empty block after this, milliseconds. */
const heartbeatMs = 30_000

/** Blocks that finish what was deposited before, which follow at once. */
const proofBlocks = 2

/** Clocks of one machine agree; the tolerance that members grant each other is 2 seconds. */
const toleranceMs = 2_000

/** Leaves the network alone for a while. @returns by how many blocks it grew, and by how much the deposit's time is behind its request */
export async function assertRightTimeAfterIdle(
  judge: ConsortiumJudge,
  idleMs: number,
): Promise<{ heartbeats: number; behindMs: number }> {
  await judge.deposited('court')
  await judge.even()
  // CometBFT's own height: heartbeats are no blocks of the ledger.
  const before = { state: await judge.stateOf('court'), height: await judge.chainHeight() }
  const startedAt = performance.now()
  await sleep(idleMs)
  const after = { state: await judge.stateOf('court'), height: await judge.chainHeight() }
  const most = Math.ceil((performance.now() - startedAt) / heartbeatMs) + proofBlocks
  assert.deepEqual(after.state, before.state, 'no entries, and no blocks of the ledger')
  const heartbeats = after.height - before.height
  assert.ok(heartbeats <= most, `${heartbeats} blocks in ${idleMs} ms without a deposit`)
  const sentMs = Date.now()
  await judge.deposited('court')
  const answeredMs = Date.now()
  const deposit = judge.acknowledged.at(-1)
  assert.ok(deposit !== undefined)
  const recordedMs = await judge.verified('notary', deposit)
  const said = `recorded at ${recordedMs}, sent at ${sentMs}, answered at ${answeredMs}`
  assert.ok(recordedMs >= sentMs - toleranceMs && recordedMs <= answeredMs + toleranceMs, said)
  return { heartbeats, behindMs: sentMs - recordedMs }
}
