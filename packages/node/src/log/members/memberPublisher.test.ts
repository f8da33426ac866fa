import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openCheckpoint } from '@jurat/core/note/policyVerdict'
import { parsePolicy } from '@jurat/core/note/policy'
import { nodeCrypto } from '../../crypto/nodeCrypto.ts'
import { names, testConsortium, type TestMember } from './members.fixtures.ts'

/** The note that a member shows, judged by its own policy. */
function opened({ publisher }: TestMember): { size: number; members: string[] } {
  const note = publisher.checkpoint()
  assert.ok(note !== null)
  const { checkpoint, verdict } = openCheckpoint(nodeCrypto, parsePolicy(nodeCrypto, publisher.policy().text), note)
  assert.ok(verdict.satisfied)
  return {
    size: checkpoint.size,
    members: verdict.members.filter(({ timeSeconds }) => timeSeconds !== null).map(({ name }) => name),
  }
}

test('four members make every checkpoint complete, the genesis first, each with its own log signature', async () => {
  const consortium = await testConsortium()
  for (const { publisher } of consortium.members.values()) await publisher.start()
  await consortium.time.pass(50)
  for (const member of consortium.members.values()) assert.equal(opened(member).size, 2)
  for (let i = 0; i < 5; i++) {
    consortium.grow([`a ${i}`, `b ${i}`])
    await consortium.time.pass(50)
  }
  const shown = [...consortium.members.values()].map(({ publisher }) => publisher.checkpoint())
  for (const member of consortium.members.values()) {
    assert.equal(opened(member).size, 12)
    assert.ok(opened(member).members.length >= 3)
    assert.deepEqual(
      member.log.notes.kept.map(({ size }) => size),
      [2, 4, 6, 8, 10, 12],
    )
    assert.deepEqual(member.alarms, [])
    assert.deepEqual(member.failures, [])
  }
  assert.equal(new Set(shown.map((note) => note?.toString())).size, names.length)
  await consortium.stop()
})
