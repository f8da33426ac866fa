/**
 * A backup is restored while two witnesses know more than it holds: the node signs nothing. A backup that holds all that was
 * signed goes on, but only when every witness has told what it saw.
 * @module
 */
import assert from 'node:assert/strict'
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '@jurat/node/platform/ports.fixtures'
import { freshFolder, type Node, startNode } from '../runningNode.ts'
import { CheckpointWatch } from './checkpoints.ts'
import { type Acknowledged, assertAllThere, Depositor } from './depositor.ts'
import { assertClean, runCommand } from './outsideCheck.ts'
import { type AnsweringNode, spawnNode } from './answeringNode.ts'

const options = ['--database-url=off']

/** How long a muted node is watched, in milliseconds. */
const mutedMs = 2_500

/** A witness: a node of its own, at a port that stays. */
interface WitnessNode {
  readonly folder: string
  readonly port: number
  readonly keys: readonly string[]
}

test('a restored node signs only what all witnesses let it sign', { timeout: 400_000 }, async () => {
  const witnesses = [await foundWitness(), await foundWitness()]
  const folder = freshFolder()
  const list = witnesses.map(({ port, keys }) => `http://127.0.0.1:${port}/witness ${keys.join(' ')}`).join(';')
  const founder = await startNode(folder, [...options, `--witnesses=${list}`])
  const { logKeys } = (await (await fetch(`${founder.url}/v1/trust`)).json()) as { logKeys: { vkey: string }[] }
  const logs = `--witnessed-logs=${logKeys.map(({ vkey }) => vkey).join(';')}`
  const start = (): Promise<Node[]> =>
    Promise.all(witnesses.map(({ folder, port }) => startNode(folder, [...options, logs], port)))
  let running = await start()
  const watch = new CheckpointWatch()
  const acknowledged = [...(await load(founder, watch))]
  await founder.stop()
  await run(folder, ['backup', join(folder, 'early')])

  const later = await startNode(folder, options)
  acknowledged.push(...(await load(later, watch)))
  await later.stop()
  await run(folder, ['backup', join(folder, 'late')])
  assert.ok(watch.seen > 1)

  // The witnesses have cosigned more than the early backup holds.
  const early = await restored(folder, 'early')
  await assertMuted(early, watch)
  await early.stop()

  // The late backup holds everything; with one witness away nobody can know that.
  await running[1]?.stop()
  const late = await restored(folder, 'late')
  await assertMuted(late, watch)
  await late.stop()
  await Promise.all(running.map((node) => node.stop()))
  running = await start()
  const again = await startNode(late.folder, options)
  acknowledged.push(...(await load(again, watch)))
  await assertAllThere(again.url, acknowledged)
  await again.stop()
  await assertClean(late.folder)
  await Promise.all(running.map((node) => node.stop()))
})

async function foundWitness(): Promise<WitnessNode> {
  const folder = freshFolder()
  const port = await freePort()
  const node = await startNode(folder, options, port)
  const { witnessKeys } = (await (await fetch(`${node.url}/v1/network`)).json()) as { witnessKeys: string[] }
  await node.stop()
  return { folder, port, keys: witnessKeys }
}

/** A second of deposits, then until the published checkpoint covers them. */
async function load(node: Node, watch: CheckpointWatch): Promise<readonly Acknowledged[]> {
  const depositor = new Depositor()
  depositor.start(node.url, node.apiKey)
  await sleep(1_000)
  await watch.look(node.url)
  await depositor.stop()
  const last = Math.max(...depositor.acknowledged.map(({ index }) => index))
  const giveUpAt = performance.now() + 20_000
  for (let size = 0; size <= last; await sleep(50)) {
    assert.ok(performance.now() < giveUpAt, 'no checkpoint covers the deposits')
    const note = await (await fetch(`${node.url}/log/checkpoint`)).text()
    watch.see(note)
    size = Number(note.split('\n')[1])
  }
  return depositor.acknowledged
}

async function run(folder: string, command: readonly string[]): Promise<void> {
  const { code, output } = await runCommand(folder, command)
  assert.equal(code, 0, output)
}

async function restored(folder: string, backup: string): Promise<AnsweringNode> {
  const target = freshFolder()
  mkdirSync(join(target, 'data'))
  cpSync(join(folder, 'master.key'), join(target, 'master.key'))
  await run(target, ['restore', join(folder, backup)])
  // No backup holds it; the client kept its key.
  cpSync(join(folder, 'data', 'bootstrap.json'), join(target, 'data', 'bootstrap.json'))
  return spawnNode(target, options)
}

/** Nothing is accepted, and no checkpoint appears that was not published before. */
async function assertMuted(node: AnsweringNode, watch: CheckpointWatch): Promise<void> {
  const health = (await (await fetch(`${node.url}/health`)).json()) as { muted: boolean; stopped: string | null }
  assert.ok(health.muted || health.stopped !== null, JSON.stringify(health))
  const before = await published(node.url)
  const depositor = new Depositor()
  depositor.start(node.url, node.apiKey)
  await sleep(mutedMs)
  await depositor.stop()
  assert.equal(depositor.acknowledged.length, 0, 'a muted node acknowledges nothing')
  assert.ok(depositor.unanswered > 0)
  assert.equal(await published(node.url), before)
  assert.ok(watch.knows(before), 'a muted node shows only what was published before')
}

/** The published checkpoint, or nothing when the node shows none. */
async function published(url: string): Promise<string> {
  const answer = await fetch(`${url}/log/checkpoint`)
  return answer.status === 200 ? answer.text() : ''
}
