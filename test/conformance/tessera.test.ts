/**
 * Tessera's fsck fetches our whole log over HTTP, recomputes every tile, and agrees with our signed checkpoint.
 * @module
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Depositor } from '../fault/depositor.ts'
import { assertTesseraClean } from '../fault/outsideCheck.ts'
import { freshFolder, startNode } from '../runningNode.ts'
import { tool } from './tools.ts'

const fsck = tool('tessera-fsck')

test(
  "Tessera's fsck is clean over our tiles after a load run",
  { skip: fsck === null && 'tessera-fsck is not installed' },
  async () => {
    assert.ok(fsck !== null)
    const node = await startNode(freshFolder(), ['--database-url=off'])
    const depositor = new Depositor()
    depositor.start(node.url, node.apiKey)
    await sleep(2000)
    await depositor.stop()
    assert.ok(depositor.acknowledged.length > 2000, `only ${depositor.acknowledged.length} deposits in two seconds`)
    await assertTesseraClean(fsck, node)
    await node.stop()
  },
)
