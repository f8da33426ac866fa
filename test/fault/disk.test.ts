/**
 * A full disk: nothing that was acknowledged is lost, nobody is told that something is kept that is not, and the node
 * goes on when there is room again.
 * @module
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { tool } from '../conformance/tools.ts'
import { freshFolder, startNode } from '../runningNode.ts'
import { CheckpointWatch } from './checkpoints.ts'
import { assertAllThere, Depositor } from './depositor.ts'
import { assertClean, assertTesseraClean } from './outsideCheck.ts'

/** Size of the file system, in MiB. */
const diskMiB = 64

/** What is left free when the load starts, in bytes. */
const leftBytes = 3 * 2 ** 20

/** Longest load until the disk is full, in milliseconds. */
const fillMsMax = 30_000

const options = ['--database-url=off']
const fsck = tool('tessera-fsck')
const root = process.platform === 'linux' && process.getuid?.() === 0

test(
  'a full disk loses nothing',
  { skip: !root && 'only root can mount a small file system', timeout: 400_000 },
  async (t) => {
    const folder = freshFolder()
    const data = join(folder, 'data')
    mkdirSync(data)
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${diskMiB}m`, 'tmpfs', data])
    try {
      const depositor = new Depositor()
      const watch = new CheckpointWatch()
      const node = await startNode(folder, options)
      const end = { reached: false }
      void node.ended.then(() => (end.reached = true))
      const { bavail, bsize } = statfsSync(data)
      writeFileSync(join(data, 'ballast'), new Uint8Array(bavail * bsize - leftBytes))
      depositor.start(node.url, node.apiKey)
      const giveUpAt = performance.now() + fillMsMax
      while (!end.reached && depositor.unanswered === 0 && performance.now() < giveUpAt) {
        await watch.look(node.url)
        await sleep(10)
      }
      assert.ok(end.reached || depositor.unanswered > 0, 'the disk never was full')
      await sleep(500)
      t.diagnostic(
        `${depositor.acknowledged.length} acknowledged, the node ${end.reached ? 'ended' : 'answers errors'}`,
      )
      if (end.reached) {
        // It said why in a sentence, and nothing fell apart on the way out.
        assert.equal(await node.ended, 1)
        assert.match(node.errors(), /^The node must end: .*\S.*$/m)
        assert.doesNotMatch(node.errors(), /^\s+at |node:internal|throw/m)
      }
      await node.stop('SIGKILL')
      await depositor.stop()
      rmSync(join(data, 'ballast'))
      const before = depositor.acknowledged.length
      const again = await startNode(folder, options)
      await watch.look(again.url)
      await assertAllThere(again.url, depositor.acknowledged)
      depositor.start(again.url, again.apiKey)
      await sleep(500)
      await depositor.stop()
      assert.ok(depositor.acknowledged.length > before, 'the node goes on when there is room again')
      await watch.look(again.url)
      if (fsck !== null) await assertTesseraClean(fsck, again)
      await again.stop()
      await assertClean(folder)
    } finally {
      execFileSync('umount', ['-l', data])
    }
  },
)
