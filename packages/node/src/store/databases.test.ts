/**
 * Notes, signer state and the digest index, over both kinds of database where they have one.
 * @module
 */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import { MemoryFiles } from '../platform/memoryFiles.ts'
import { DigestIndex, runEntries } from './digestIndex.ts'
import { digestOf, fakeExecute, fakeGenesis, fakeTransaction } from './fakeLedger.fixtures.ts'
import { fileKeyValue } from './fileKeyValue.ts'
import type { KeyValueStore } from './keyValue.ts'
import { keyOf } from './keys.ts'
import { openLevelKeyValue } from './levelKeyValue.ts'
import { noteKeepMs } from './noteNumbers.ts'
import { openNotes } from './notes.ts'
import { type LogSignerState, openSigner } from './signer.ts'

const root = await mkdtemp(join(tmpdir(), 'jurat-databases-'))
after(() => rm(root, { recursive: true }))

const makers: readonly [string, () => Promise<() => Promise<KeyValueStore>>][] = [
  [
    'LevelDB',
    async () => {
      const folder = await mkdtemp(join(root, 'level-'))
      return () => openLevelKeyValue(folder)
    },
  ],
  [
    'files',
    async () => {
      const files = new MemoryFiles()
      return () => fileKeyValue(files)('/map')
    },
  ],
]

for (const [name, make] of makers) {
  test(`${name}: an ordered map that survives closing`, async () => {
    const open = await make()
    let map = await open()
    const pair = (n: number): { key: Uint8Array; value: Uint8Array } => ({
      key: keyOf('k/', n),
      value: Uint8Array.of(n),
    })
    await map.write([pair(1), pair(3), pair(2)], { sync: true })
    await map.write([{ key: keyOf('k/', 3), value: null }, pair(4)], { sync: false })
    await map.write([], { sync: true })
    for (let round = 0; round < 2; round++) {
      assert.deepEqual(map.get(keyOf('k/', 2)), Uint8Array.of(2))
      assert.equal(map.get(keyOf('k/', 3)), null)
      const read = async (options: { reverse?: boolean; limit?: number }): Promise<number[]> => {
        const values: number[] = []
        for await (const [, value] of map.range({ from: keyOf('k/', 1), to: keyOf('k/', 4), ...options })) {
          values.push(value[0] ?? -1)
        }
        return values
      }
      assert.deepEqual(await read({}), [1, 2])
      assert.deepEqual(await read({ reverse: true, limit: 1 }), [2])
      await map.close()
      map = await open()
    }
    await map.close()
  })

  test(`${name}: notes are kept for an hour, the first of each second for ever`, async () => {
    const open = await make()
    const place = { files: new MemoryFiles(), folder: '/notes' }
    await place.files.makeFolder(place.folder)
    let notes = await openNotes(await open(), place)
    const start = 1_800_000_000_000
    const put = (size: number, timeMs: number, keep = false): Promise<void> =>
      notes.put({ size, timeMs, note: Uint8Array.of(size & 0xff) }, { keep })
    assert.equal(await notes.newest(), null)
    for (let i = 0; i < 10; i++) await put(10 + i, start + i * 200, i === 3)
    await put(12, start, true)
    assert.deepEqual((await notes.at(12))?.timeMs, start + 400)
    assert.equal((await notes.covering(11))?.size, 11)
    assert.equal((await notes.covering(5))?.size, 10)
    assert.equal(await notes.covering(20), null)
    assert.equal((await notes.newest())?.size, 19)
    await notes.close()
    notes = await openNotes(await open(), place)
    // Enough later notes make it look for old ones: of the first ten, 10, 13 (kept) and 15 (a new second) stay.
    for (let i = 0; i < 1_001; i++) await put(100 + i, start + noteKeepMs + 10_000 + i)
    const left: number[] = []
    for (let size = 10; size < 20; size++) if ((await notes.at(size)) !== null) left.push(size)
    assert.deepEqual(left, [10, 13, 15])
    await notes.close()
  })

  test(`${name}: notes of outside witnesses stand beside kept notes, which then stay`, async () => {
    const open = await make()
    const place = { files: new MemoryFiles(), folder: '/notes' }
    await place.files.makeFolder(place.folder)
    let notes = await openNotes(await open(), place)
    const start = 1_800_000_000_000
    assert.equal(await notes.outside.newest(), null)
    for (let size = 10; size < 14; size++) await notes.put({ size, timeMs: start, note: Uint8Array.of(size) })
    for (const [size, byte] of [
      [11, 1],
      [13, 2],
      [11, 3],
    ] as const)
      await notes.outside.put({ size, timeMs: start + byte, note: Uint8Array.of(byte) })
    await notes.close()
    notes = await openNotes(await open(), place)
    const at11 = { size: 11, timeMs: start + 3, note: Uint8Array.of(3) }
    assert.deepEqual(await notes.outside.covering(10), at11)
    assert.deepEqual(await notes.outside.at(11), at11)
    assert.equal(await notes.outside.at(12), null)
    assert.equal((await notes.outside.newest())?.size, 13)
    assert.equal(await notes.outside.covering(14), null)
    assert.equal((await notes.newest())?.size, 13)
    for (let i = 0; i < 1_001; i++) await notes.put({ size: 100 + i, timeMs: start + noteKeepMs + i, note: at11.note })
    const left: number[] = []
    for (let size = 10; size < 14; size++) if ((await notes.at(size)) !== null) left.push(size)
    assert.deepEqual(left, [10, 11, 13])
    await notes.close()
  })

  test(`${name}: the digest index finds every deposit, before and after a restart`, async () => {
    const open = await make()
    let index = new DigestIndex(await open())
    const genesis = fakeGenesis()
    const batch = 5_000
    const total = runEntries + 3 * batch
    for (let first = 0; first < total; first += batch) {
      // Every digest stands twice.
      const numbers = Array.from({ length: batch }, (_, i) => Math.floor((first + i) / 2))
      const block = { height: 1, timeMs: genesis.tip.timeMs, transactions: [fakeTransaction(numbers)] }
      index.add(fakeExecute({ tip: genesis.tip, count: null }, block).entries.slice(0, batch))
    }
    const find = async (number: number): Promise<number[]> => {
      const found: number[] = []
      for await (const candidate of index.candidates(digestOf(number))) found.push(candidate)
      return found
    }
    for (const number of [0, 7, runEntries / 2 - 1, runEntries / 2, runEntries / 2 + 5]) {
      assert.deepEqual(await find(number), [number * 2, number * 2 + 1], `${number}`)
    }
    assert.deepEqual(await find(total), [])
    await index.close()
    index = new DigestIndex(await open())
    assert.equal(index.size, runEntries)
    assert.deepEqual(await find(7), [14, 15])
    assert.deepEqual(await find(runEntries), [])
    await index.close()
  })
}

test('the signer never goes back, never signs a second root, and forgets nothing', async () => {
  const files = new MemoryFiles()
  await files.makeFolder('/data')
  await files.syncFolder('/')
  let signer = await openSigner(files, '/data', nodeCrypto)
  const rootOf = digestOf
  assert.equal(signer.log(), null)
  assert.equal(signer.witnessReady(), false)
  await assert.rejects(signer.advance({ size: 1, root: rootOf(1), timeMs: 1 }), { code: 'signer-conflict' })
  const note = Uint8Array.of(1, 2)
  await assert.rejects(signer.advanceWitness('a', { size: 1, root: rootOf(1), note }), { code: 'signer-conflict' })
  await signer.begin({ size: 0, root: rootOf(0), timeMs: 0 })
  await assert.rejects(signer.begin({ size: 0, root: rootOf(0), timeMs: 0 }), { code: 'signer-conflict' })
  await signer.beginWitness()
  await signer.advance({ size: 5, root: rootOf(5), timeMs: 9 })
  await signer.advance({ size: 5, root: rootOf(5), timeMs: 10 })
  await signer.advanceWitness('example.org/log', { size: 3, root: rootOf(3), note })
  const disks = [files, files.powerLost(() => 0)]
  for (const disk of disks) {
    if (disk !== files) signer = await openSigner(disk, '/data', nodeCrypto)
    for (const [size, number] of [
      [4, 4],
      [5, 4],
    ] as const) {
      await assert.rejects(signer.advance({ size, root: rootOf(number), timeMs: 11 }), { code: 'signer-conflict' })
    }
    const other = { size: 3, root: rootOf(4), note }
    await assert.rejects(signer.advanceWitness('example.org/log', other), { code: 'signer-conflict' })
    await assert.rejects(signer.advanceWitness('two\nlines', other), { code: 'signer-conflict' })
    assert.deepEqual(signer.log(), { size: 5, root: rootOf(5), timeMs: 10 })
    assert.deepEqual(signer.witness('example.org/log'), { size: 3, root: rootOf(3), note })
    assert.equal(signer.witness('example.org/other'), null)
    assert.equal(signer.witnessReady(), true)
  }
})

test('the signer that has ended signs nothing, after every restart, until it is recovered', async () => {
  const files = new MemoryFiles()
  await files.makeFolder('/data')
  await files.syncFolder('/')
  const state = (size: number): LogSignerState => ({ size, root: digestOf(size), timeMs: 9 })
  let signer = await openSigner(files, '/data', nodeCrypto)
  await signer.begin(state(0))
  await signer.advance(state(5))
  await signer.end({ size: 7, root: digestOf(7), reason: 'a witness\nknows more' })
  const disk = files.powerLost(() => 0)
  for (const opened of [signer, await openSigner(disk, '/data', nodeCrypto)]) {
    signer = opened
    assert.deepEqual(signer.ended(), { size: 7, root: digestOf(7), reason: 'a witness knows more' })
    await assert.rejects(signer.advance(state(8)), { code: 'signer-conflict' })
  }
  await signer.recover(state(7))
  await signer.advance(state(8))
  signer = await openSigner(
    disk.powerLost(() => 0),
    '/data',
    nodeCrypto,
  )
  assert.equal(signer.ended(), null)
  assert.deepEqual(signer.log(), state(8))
  await assert.rejects(signer.recover({ ...state(8), root: digestOf(1) }), { code: 'signer-conflict' })
  await signer.recover(state(3))
  assert.deepEqual(signer.log(), state(8))
  disk.flipBit('/data/signer/log', 100)
  await assert.rejects(openSigner(disk, '/data', nodeCrypto), { code: 'damaged' })
})
