import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fromText } from '@jurat/core/bytes'
import { filesCases } from './files.cases.ts'
import { MemoryFiles } from './memoryFiles.ts'
import { createNodeFiles } from './nodeFiles.ts'

const root = await mkdtemp(join(tmpdir(), 'jurat-files-'))
after(() => rm(root, { recursive: true }))
const nodeFiles = createNodeFiles()

filesCases('disk', async () => ({ files: nodeFiles, folder: await mkdtemp(join(root, 'f-')) }))
filesCases('memory', async () => {
  const files = new MemoryFiles()
  await files.makeFolder('/folder')
  return { files, folder: '/folder' }
})

test('memory: after a loss of power only what was synced is certain', async () => {
  const survivals = { synced: 0, unsynced: 0, unnamed: 0, torn: 0 }
  for (let seed = 1; seed <= 200; seed++) {
    let state = seed
    const random = (): number => {
      state = (state * 48_271) % 2_147_483_647
      return state / 2_147_483_647
    }
    const before = new MemoryFiles()
    await before.makeFolder('/d')
    await before.syncFolder('/')
    const handle = await before.open('/d/named', 'write')
    await before.syncFolder('/d')
    await handle.write(new Uint8Array(2_000).fill(1), 0)
    await handle.sync()
    await handle.write(new Uint8Array(2_000).fill(2), 2_000)
    await (await before.open('/d/unnamed', 'write')).sync()
    const after = before.powerLost(random)
    const left = (await after.readFile('/d/named')) ?? new Uint8Array(0)
    if (left.subarray(0, 2_000).every((byte) => byte === 1) && left.length >= 2_000) survivals.synced += 1
    const twos = left.filter((byte) => byte === 2).length
    if (twos === 2_000) survivals.unsynced += 1
    else if (twos > 0) survivals.torn += 1
    if ((await after.readFile('/d/unnamed')) !== null) survivals.unnamed += 1
    await assert.rejects(handle.write(fromText('x'), 0), { code: 'EIO' })
  }
  assert.equal(survivals.synced, 200)
  for (const count of [survivals.unsynced, survivals.unnamed, survivals.torn]) assert.ok(count > 10 && count < 190)
})

test('memory: operations fail when they are told to, done or not', async () => {
  for (const persisted of [false, true]) {
    const files = new MemoryFiles()
    await files.makeFolder('/d')
    files.failAt(files.operations, { persisted, code: 'ENOSPC' })
    await assert.rejects(files.writeFile('/d/a', fromText('a')), { code: 'ENOSPC' })
    assert.equal((await files.readFile('/d/a')) !== null, persisted)
    await files.writeFile('/d/b', fromText('b'))
  }
})
