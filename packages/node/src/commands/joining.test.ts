/**
 * What a start finds of a snapshot that was being taken when the last one ended, and how long one is waited for. The way with the real
 * CometBFT is test/e2e/snapshotJoin.test.ts.
 * @module
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeDocument } from '@jurat/core/ledger/consortium'
import { encodeGenesis } from '@jurat/core/ledger/genesis'
import type { Config } from '../config.ts'
import { VirtualTime } from '../engine/virtualTime.fixtures.ts'
import { silentLogger } from '../observe/logger.ts'
import { MemoryFiles } from '../platform/memoryFiles.ts'
import type { DataFolder } from './dataFolder.ts'
import { takeSnapshot } from './joining.ts'
import { documentWith, keyFolder, testOrigin } from './keyChange.fixtures.ts'
import { Silence } from './silence.ts'

const data = '/data'
const chain = `${data}/cometbft/data/blockstore.db`
const settings = `${data}/cometbft/config/config.toml`

/** A folder of a member of four with these files, after a start that joins by replay: it asks nobody. @returns the files that are left */
async function startedOver(names: readonly string[]): Promise<string[]> {
  const files = new MemoryFiles()
  const held = await keyFolder(files)
  const document = encodeDocument(documentWith(held.keys))
  const genesis = encodeGenesis({ name: testOrigin, timeMs: 0, accounts: [], document, predecessor: null })
  for (const name of names) {
    await files.makeFolder(name.slice(0, name.lastIndexOf('/')))
    await files.writeFile(name, new Uint8Array(0))
  }
  const folder: Pick<DataFolder, 'files' | 'data' | 'genesis'> = { files, data, genesis }
  await takeSnapshot({ config: { join: 'replay' } as Config, folder: folder as DataFolder, logger: silentLogger })
  const left: string[] = []
  for (const name of names) if ((await files.readFile(name)) !== null) left.push(name)
  return left
}

test('a start finds what another one has left that was taking a snapshot', async () => {
  const [joining, base] = [`${data}/joining`, `${data}/base`]
  const rows: readonly [what: string, found: readonly string[], left: readonly string[]][] = [
    ['nothing', [], []],
    ['a chain that was not whole', [joining, chain, settings], [settings]],
    ['an end before CometBFT had anything', [joining, settings], [settings]],
    ['an end between the snapshot and its mark', [joining, base, chain, settings], [base, chain, settings]],
    ['a snapshot that was taken', [base, chain, settings], [base, chain, settings]],
    ['a chain that was executed', [chain, settings], [chain, settings]],
  ]
  for (const [what, found, left] of rows) assert.deepEqual(await startedOver(found), left, what)
})

test('a member waits for a snapshot as long as something comes, and no longer', async () => {
  const time = new VirtualTime()
  let ended = 0
  const silence = new Silence({ clock: time, timers: time, silentMaxMs: 60_000, ended: () => ended++ })
  silence.watch()
  for (let chunk = 0; chunk < 5; chunk++) {
    await time.pass(59_999)
    silence.heard()
  }
  await time.pass(59_999)
  assert.equal(ended, 0)
  await time.pass(1)
  assert.equal(ended, 1)
  await time.pass(600_000)
  assert.equal(ended, 1)
  const stopped = new Silence({ clock: time, timers: time, silentMaxMs: 1_000, ended: () => ended++ })
  stopped.watch()
  stopped.stop()
  await time.pass(10_000)
  assert.equal(ended, 1)
})
