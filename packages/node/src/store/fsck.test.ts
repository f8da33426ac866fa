import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toHex } from '@jurat/core/bytes'
import { formatCheckpoint } from '@jurat/core/note/checkpoint'
import { formatNote } from '@jurat/core/note/note'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import { systemClock } from '../platform/clock.ts'
import { MemoryFiles } from '../platform/memoryFiles.ts'
import { backup, manifestName, restore } from './backup.ts'
import { digestOf, fakeBlock, fakeGenesis, fakeReplay, fakeTransaction } from './fakeLedger.fixtures.ts'
import { fileKeyValue } from './fileKeyValue.ts'
import { fsck, repair, type FsckReport } from './fsck.ts'
import { checkWhole, deposit, openFake } from './store.cases.ts'
import type { OpenStoreOptions } from './openStore.ts'

const folder = '/data'

/** A closed store with blocks in several segments, full tiles, notes, signer state and an idempotency key. */
async function makeFolder(): Promise<MemoryFiles> {
  const files = new MemoryFiles()
  await files.makeFolder(folder)
  const store = await openFake({ files, folder, openKeyValue: fileKeyValue(files) }, [], 20_000)
  await store.signer.begin({ size: 0, root: nodeCrypto.sha256(new Uint8Array(0)), timeMs: 1 })
  await store.signer.beginWitness()
  await deposit(store, 0, 2_000, 40)
  const record = { keyHash: digestOf(1), requestHash: digestOf(2), transaction: 0, firstItem: 0, itemCount: 1 }
  await store.commit(fakeBlock(store, [fakeTransaction([7_000])], [record]))
  const { size, root } = store.durable
  await store.signer.advance({ size, root, timeMs: 5 })
  await store.signer.advanceWitness('example.org/other', { size: 3, root, note: Uint8Array.of(1) })
  await store.notes.put({ size, timeMs: 5_000, note: noteOf(size, root) })
  await deposit(store, 8_000, 3, 1)
  await store.close()
  return files
}

function noteOf(size: number, root: Uint8Array): Uint8Array {
  return Buffer.from(`${size} ${toHex(root)}`)
}

/** What outside witnesses have cosigned; nobody's signature is looked at. */
function outsideNoteOf(size: number, root: Uint8Array): Uint8Array {
  const body = formatCheckpoint({ origin: 'jurat.example/test/court', size, root })
  return formatNote(body, [{ name: 'witness.example/one', id: 1, blob: new Uint8Array(8) }])
}

function check(files: MemoryFiles, replay: boolean, onDocument?: (document: Uint8Array) => void): Promise<FsckReport> {
  return fsck({
    files,
    folder,
    crypto: nodeCrypto,
    openKeyValue: fileKeyValue(files),
    genesis: fakeGenesis(),
    replay: replay ? fakeReplay : null,
    ...(onDocument !== undefined && { onDocument }),
    openNote(note) {
      const [size, root] = Buffer.from(note).toString().split(' ')
      return { size: Number(size), root: Uint8Array.from(Buffer.from(root ?? '', 'hex')) }
    },
  })
}

function storeOptions(files: MemoryFiles): OpenStoreOptions {
  return {
    files,
    folder,
    openKeyValue: fileKeyValue(files),
    clock: systemClock,
    crypto: nodeCrypto,
    genesis: fakeGenesis(),
    replay: fakeReplay,
    segmentBytes: 20_000,
  }
}

test('consortium documents are told before a note is opened, from the state and from blocks executed again', async () => {
  const files = await makeFolder()
  for (const [replay, times] of [
    [false, 1],
    [true, 2],
  ] as const) {
    const documents: Uint8Array[] = []
    await check(files, replay, (document) => documents.push(document))
    assert.deepEqual(
      documents,
      Array.from({ length: times }, () => Uint8Array.of(7, 7)),
    )
  }
})

test('a folder that was closed is clean', async () => {
  const files = await makeFolder()
  for (const replay of [false, true]) {
    const report = await check(files, replay)
    assert.deepEqual(report.findings, [])
    assert.deepEqual(report.notices, [])
    assert.equal(report.blocks, 55)
    assert.equal(report.entries, 2 + 2_004 + 54)
  }
})

test('a flipped bit in any class of file is found, and what is derived is made again', async () => {
  const cases: readonly [string, string, boolean][] = [
    ['segments/000000000000.seg', 'segment', false],
    ['log/tile/0/003', 'tile', true],
    ['log/tile/entries/005', 'tile', true],
    ['state/batches', 'state', true],
    ['signer/log', 'signer', false],
    ['notes/batches', 'note', false],
  ]
  for (const [path, area, repairable] of cases) {
    const files = await makeFolder()
    files.flipBit(`${folder}/${path}`, 8 * 300 + 3)
    if (path.startsWith('signer') || path.startsWith('notes')) files.flipBit(`${folder}/${path}`, 8 * 25 + 1)
    const { findings, notices } = await check(files, true)
    assert.ok(
      [...findings, ...notices].some((finding) => finding.area === area),
      `${path}: nothing found`,
    )
    if (!repairable) continue
    await repair(storeOptions(files))
    assert.deepEqual((await check(files, true)).findings, [], path)
  }
})

test('a start after a flipped bit repairs what is derived and refuses what is not', async () => {
  const whole = await makeFolder()
  for (const path of whole.paths()) {
    const files = await makeFolder()
    const length = (await files.readFile(path))?.length ?? 0
    files.flipBit(path, 8 * Math.floor(length / 2) + 2)
    try {
      const store = await openFake({ files, folder, openKeyValue: fileKeyValue(files) }, [], 20_000)
      const leaves = await checkWhole(store)
      assert.equal(leaves.length, 2 + 2_004 + 54, path)
      for (let index = 0; index < leaves.length; index += 100) assert.deepEqual(await store.entry(index), leaves[index])
      await store.close()
    } catch (error) {
      assert.match(path, /segments|signer/, `${path}: ${String(error)}`)
      assert.equal((error as { code?: string }).code, 'damaged')
    }
  }
})

test('segments that lost what was signed are refused', async () => {
  const files = await makeFolder()
  const last = files.paths().findLast((path) => path.endsWith('.seg')) ?? ''
  await files.remove(last)
  await assert.rejects(openFake({ files, folder, openKeyValue: fileKeyValue(files) }), { code: 'truth-lost' })
  const { findings } = await check(files, false)
  assert.deepEqual(
    findings.map(({ area }) => area),
    ['segment'],
  )
  assert.match(
    findings[0]?.detail ?? '',
    /entries were durable, and only \d+ can be read: the blocks behind them are missing/,
  )
})

test('durable blocks in a damaged last segment are no torn tail, and the damage is named once', async () => {
  const files = await makeFolder()
  const last = files.paths().findLast((path) => path.endsWith('.seg')) ?? ''
  files.flipBit(last, 8 * 40)
  const { findings, notices } = await check(files, true)
  assert.deepEqual([findings.length, notices.length], [1, 0])
  assert.match(findings[0]?.detail ?? '', /entries were durable, .* bytes behind them are damaged/)
})

test('a backup made while the node runs holds the truth and no signer state', async () => {
  const files = await makeFolder()
  const openKeyValue = fileKeyValue(files)
  const store = await openFake({ files, folder, openKeyValue }, [], 20_000)
  await files.makeFolder(`${folder}/blobs/ab`)
  await files.writeFile(`${folder}/blobs/ab/cd`, Uint8Array.of(1, 2, 3))
  const credentials = await openKeyValue(`${folder}/credentials`)
  await credentials.write([{ key: Uint8Array.of(1), value: Uint8Array.of(2) }], { sync: true })
  const writing = deposit(store, 20_000, 300, 10)
  const { durable } = store
  const options = { files, folder, durable, target: '/backup', maps: { credentials }, copies: ['blobs'] }
  const manifest = await backup(options)
  await writing
  await store.close()
  assert.equal(manifest.size, durable.size)
  assert.ok(files.paths().every((path) => !path.startsWith('/backup/signer')))
  await assert.rejects(backup(options), /not empty/)
  await assert.rejects(backup({ ...options, target: '/other', copies: ['signer'] }), /never/)

  await restore({ files, backup: '/backup', folder: '/restored', openKeyValue })
  const restored = await openFake({ files, folder: '/restored', openKeyValue }, [], 20_000)
  assert.deepEqual(restored.durable, durable)
  assert.equal(restored.signer.log(), null)
  await checkWhole(restored)
  await restored.close()
  const map = await openKeyValue('/restored/credentials')
  assert.deepEqual(map.get(Uint8Array.of(1)), Uint8Array.of(2))
  assert.deepEqual(await files.readFile('/restored/blobs/ab/cd'), Uint8Array.of(1, 2, 3))

  files.flipBit('/backup/segments/000000000000.seg', 999)
  await assert.rejects(restore({ ...options, backup: '/backup', folder: '/again', openKeyValue }), { code: 'damaged' })
  await files.remove(`/backup/${manifestName}`)
  await assert.rejects(restore({ ...options, backup: '/backup', folder: '/once', openKeyValue }), /whole backup/)
})

test('a note of outside witnesses is of the tree of the kept note beside it', async () => {
  for (const right of [true, false]) {
    const files = await makeFolder()
    const store = await openFake({ files, folder, openKeyValue: fileKeyValue(files) }, [], 20_000)
    const kept = await store.notes.newest()
    assert.ok(kept !== null)
    const { size, note } = kept
    const root = Uint8Array.from(Buffer.from(Buffer.from(note).toString().split(' ')[1] ?? '', 'hex'))
    const shown = right ? root : nodeCrypto.sha256(root)
    await store.notes.outside.put({ size, timeMs: 6_000, note: outsideNoteOf(size, shown) })
    await store.close()
    const { findings } = await check(files, true)
    assert.deepEqual(
      findings.map(({ detail }) => detail),
      right ? [] : ['it is of another tree'],
    )
  }
})

test('a time stamp is read, and belongs to a note', async () => {
  const findingsAfter = async (put: (size: number) => number): Promise<string[]> => {
    const files = await makeFolder()
    const store = await openFake({ files, folder, openKeyValue: fileKeyValue(files) }, [], 20_000)
    const kept = await store.notes.newest()
    assert.ok(kept !== null)
    await store.notes.tokens.put({ size: put(kept.size), token: Uint8Array.of(0x30, 0) })
    await store.close()
    const { findings } = await check(files, true)
    return findings.map(({ detail }) => detail)
  }
  assert.deepEqual(await findingsAfter((size) => size), [])
  assert.deepEqual(await findingsAfter((size) => size + 1), ['there is no such note'])
})
