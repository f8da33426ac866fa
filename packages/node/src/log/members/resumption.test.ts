/**
 * An operator's word on the disk: read as it was written, for this network only, once only; a damaged one is none.
 * @module
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryFiles } from '../../platform/memoryFiles.ts'
import { readResumption, type Resumption, retireResumption, writeResumption } from './resumption.ts'

const networkId = new Uint8Array(32).fill(7)
const said: Resumption = { networkId, timeMs: 1_800_000_000_000, lost: ['court', '杭州公证处'] }

async function place(): Promise<{ files: MemoryFiles; dataFolder: string }> {
  const files = new MemoryFiles()
  await files.makeFolder('/data')
  await files.syncFolder('/')
  return { files, dataFolder: '/data' }
}

test('it is there after the power was lost, and for its own network only', async () => {
  const { files, dataFolder } = await place()
  await writeResumption({ files, dataFolder }, said)
  const after = { files: files.powerLost(() => 0), dataFolder }
  assert.deepEqual(await readResumption(after, networkId), said)
  assert.equal(await readResumption(after, new Uint8Array(32)), null)
})

test('it holds once, and what stays says that it was used', async () => {
  const { files, dataFolder } = await place()
  assert.equal(await readResumption({ files, dataFolder }, networkId), null)
  await retireResumption({ files, dataFolder })
  assert.deepEqual(await files.list('/data'), [])
  await writeResumption({ files, dataFolder }, said)
  await retireResumption({ files, dataFolder })
  const after = { files: files.powerLost(() => 0), dataFolder }
  assert.equal(await readResumption(after, networkId), null)
  assert.deepEqual(await after.files.list('/data'), ['resumed-signing'])
})

test('nobody signs on a file with any bit changed', async () => {
  const { files, dataFolder } = await place()
  await writeResumption({ files, dataFolder }, said)
  const bits = 8 * ((await files.readFile('/data/resume-signing')) ?? []).length
  assert.ok(bits > 1_000)
  for (let bit = 0; bit < bits; bit++) {
    files.flipBit('/data/resume-signing', bit)
    assert.equal(await readResumption({ files, dataFolder }, networkId), null, `bit ${bit}`)
    files.flipBit('/data/resume-signing', bit)
  }
  assert.deepEqual(await readResumption({ files, dataFolder }, networkId), said)
})
