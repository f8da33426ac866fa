/**
 * Two processes on one data folder: the second refuses, the first does not notice.
 * @module
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { freshFolder, startNode } from '../runningNode.ts'
import { assertAllThere, Depositor } from './depositor.ts'
import { assertClean, runCommand } from './outsideCheck.ts'

test('a second process on a data folder refuses to start', async () => {
  const folder = freshFolder()
  const node = await startNode(folder, ['--database-url=off'])
  const depositor = new Depositor()
  depositor.start(node.url, node.apiKey)
  const commands = [['start', '--listen=127.0.0.1:0', '--database-url=off'], ['fsck'], ['fsck', '--repair']]
  for (const command of commands) {
    const { code, output } = await runCommand(folder, command)
    assert.notEqual(code, 0, command.join(' '))
    assert.match(output, /another process .* uses the data folder .*; stop it first/)
    assert.match(output, new RegExp(`\\b${node.pid}\\b`), 'the message names the process that holds the folder')
  }
  await sleep(100)
  await depositor.stop()
  assert.ok(depositor.acknowledged.length > 0)
  assert.equal(depositor.unanswered, 0)
  await assertAllThere(node.url, depositor.acknowledged)
  await node.stop()
  await assertClean(folder)
})
