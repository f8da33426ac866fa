/**
 * Random kills under load: the node is killed without warning, again and again, and nothing that it acknowledged is
 * lost. `node test/fault/kill.ts COUNT [SEED]` runs any number of them; `npm test` runs the first hundred.
 * @module
 */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { freshFolder, startNode } from '../runningNode.ts'
import { mulberry32 } from '../seededRandom.ts'
import { CheckpointWatch } from './checkpoints.ts'
import { assertAllThere, Depositor } from './depositor.ts'
import { assertClean, assertTesseraClean } from './outsideCheck.ts'

/** Longest time under load before a kill, in milliseconds. */
const loadMsMax = 400

/** What the kills hit. */
export interface KillReport {
  readonly kills: number
  readonly acknowledged: number
  /** Requests that the kills caught before their answer. */
  readonly unanswered: number
}

/**
 * Kills a node `count` times at random moments of a load; checks everything after the restarts.
 * @param options - of the node; @param tesseraFsck - path of the tool, or null to go without.
 */
export async function killRepeatedly(
  count: number,
  seed: number,
  options: readonly string[],
  tesseraFsck: string | null,
): Promise<KillReport> {
  const folder = freshFolder()
  const random = mulberry32(seed)
  const depositor = new Depositor()
  const watch = new CheckpointWatch()
  let checked = 0
  for (let kill = 0; kill < count; kill++) {
    const node = await startNode(folder, options)
    await watch.look(node.url)
    // What was acknowledged since the last kill is asked for right away; all of it once more at the end.
    await assertAllThere(node.url, depositor.acknowledged.slice(checked))
    checked = depositor.acknowledged.length
    depositor.start(node.url, node.apiKey)
    const killAt = performance.now() + 20 + random() * loadMsMax
    while (performance.now() < killAt) {
      await watch.look(node.url)
      await sleep(5)
    }
    await node.stop('SIGKILL')
    await depositor.stop()
  }
  await assertClean(folder)
  const node = await startNode(folder, options)
  await watch.look(node.url)
  await assertAllThere(node.url, depositor.acknowledged)
  if (tesseraFsck !== null) await assertTesseraClean(tesseraFsck, node)
  await node.stop()
  assert.ok(watch.seen > 0)
  return { kills: count, acknowledged: depositor.acknowledged.length, unanswered: depositor.unanswered }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [count = '1000', seed = '1'] = process.argv.slice(2)
  console.log(JSON.stringify(await killRepeatedly(Number(count), Number(seed), ['--database-url=off'], null)))
}
