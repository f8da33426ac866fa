/**
 * The first start makes the master key: whole or not at all, whatever ends it in between, and one for all who start at
 * once. Once it was handed out it is there after any loss of power.
 * @module
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromText, toHex } from '@jurat/core/bytes'
import { MemoryFiles } from '../../platform/memoryFiles.ts'
import { type FoundMasterKey, findMasterKey } from './masterKey.ts'

const file = '/folder/jurat/master.key'

const find = (files: MemoryFiles, makeFor: string | null = '/data'): Promise<FoundMasterKey> =>
  findMasterKey(files, { value: null, file, makeFor })

async function emptyDisk(): Promise<MemoryFiles> {
  const files = new MemoryFiles()
  await files.makeFolder('/folder')
  await files.syncFolder('/')
  return files
}

/** Numbers in [0, 1) from a seed. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

test('it is made once, and found again', async () => {
  const files = await emptyDisk()
  const first = await find(files)
  assert.deepEqual([first.made, first.source], [true, file])
  assert.deepEqual(await find(files), { ...first, made: false })
  assert.deepEqual(await find(files, null), { ...first, made: false })
})

test('an operation that fails leaves no half file that would stop the next start', async () => {
  const whole = await emptyDisk()
  await find(whole)
  const count = whole.operations
  assert.ok(count > 6, `only ${count} operations`)
  for (let operation = 2; operation < count; operation++) {
    for (const persisted of [false, true]) {
      for (let seed = 1; seed <= 20; seed++) {
        const files = await emptyDisk()
        files.failAt(operation, { persisted, code: 'EIO' })
        await assert.rejects(find(files), { code: 'EIO' })
        const next = seed === 1 ? files.processEnded() : files.powerLost(randomOf(seed))
        const { key } = await find(next)
        const later = await find(next.powerLost(randomOf(seed + 1)))
        assert.deepEqual([toHex(later.key), later.made], [toHex(key), false], `operation ${operation}`)
      }
    }
  }
})

test('two nodes that start at once have one key', async () => {
  const files = await emptyDisk()
  const [one, other] = await Promise.all([find(files, '/one'), find(files, '/other')])
  assert.deepEqual(one.key, other.key)
  assert.notEqual(one.made, other.made)
})

test('what is no key is named, and never replaced', async () => {
  const files = await emptyDisk()
  await assert.rejects(find(files, null), { code: 'master-key-missing' })
  await files.makeFolder('/folder/jurat')
  await files.writeFile(file, fromText('00'.repeat(31)))
  await assert.rejects(find(files), { code: 'master-key-malformed' })
  assert.deepEqual(await files.readFile(file), fromText('00'.repeat(31)))
})
