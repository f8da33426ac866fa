/**
 * Kept checkpoints that are missing are noticed; those that were deleted after their hour are not missed.
 * @module
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CborWriter } from '@jurat/core/cbor/writer'
import { fromText } from '@jurat/core/bytes'
import { MemoryFiles } from '../platform/memoryFiles.ts'
import { fileKeyValue } from './fileKeyValue.ts'
import type { KeyValueStore } from './keyValue.ts'
import { noteKeepMs } from './noteNumbers.ts'
import { noteKey, openNotes } from './notes.ts'

const folder = '/notes'
const startMs = 1_800_000_000_000

interface Bench {
  readonly files: MemoryFiles
  readonly map: KeyValueStore
  readonly remove: (...sizes: number[]) => Promise<void>
  readonly put: (size: number, timeMs: number) => Promise<void>
}

/** Ten notes in two seconds: of the sizes 10 to 19, 10 and 15 are kept for ever. */
async function tenNotes(): Promise<Bench> {
  const files = new MemoryFiles()
  await files.makeFolder(folder)
  const map = await fileKeyValue(files)(folder)
  const put = async (size: number, timeMs: number): Promise<void> => {
    const notes = await openNotes(map, { files, folder })
    await notes.put({ size, timeMs, note: Uint8Array.of(1) })
  }
  for (let i = 0; i < 10; i++) await put(10 + i, startMs + i * 200)
  const remove = (...sizes: number[]): Promise<void> =>
    map.write(
      sizes.map((size) => ({ key: noteKey(size), value: null })),
      { sync: true },
    )
  return { files, map, remove, put }
}

const cases: readonly [string, RegExp | null, (bench: Bench) => Promise<unknown>][] = [
  ['nothing missing', null, async () => undefined],
  ['the first', /before the note of size 11: 1 checkpoints that are kept for ever/, ({ remove }) => remove(10)],
  [
    'one of those kept for an hour',
    /before the note of size 13: 1 checkpoints that are kept for an hour/,
    ({ remove }) => remove(12),
  ],
  ['one kept for ever', /before the note of size 16: 1 checkpoints that are kept/, ({ remove }) => remove(15)],
  ['the newest', /at the end: the newest 1 checkpoints that are kept/, ({ remove }) => remove(15, 16, 17, 18, 19)],
  [
    'all',
    /at the end: the newest 2 checkpoints/,
    ({ remove }) => remove(...Array.from({ length: 10 }, (_, i) => 10 + i)),
  ],
  [
    'the newest, and it was started and went on',
    /before the note of size 30: 1 checkpoints that are kept for ever/,
    async ({ remove, put }) => {
      await remove(15, 16, 17, 18, 19)
      await put(30, startMs + 5_000)
    },
  ],
  [
    'one that was deleted after its hour',
    null,
    async ({ remove, put }) => {
      await put(30, startMs + noteKeepMs + 5_000)
      await remove(11, 12, 16)
    },
  ],
  [
    'one kept for ever, after an hour',
    /before the note of size 16: 1 checkpoints that are kept for ever/,
    async ({ remove, put }) => {
      await put(30, startMs + noteKeepMs + 5_000)
      await remove(15)
    },
  ],
  [
    'a count that cannot be read',
    /kept-count cannot be read/,
    ({ files }) => files.replaceFile(`${folder}/kept-count`, fromText('2x\n')),
  ],
  ['no count, as in a restored folder', null, ({ files }) => files.remove(`${folder}/kept-count`)],
  ['a count that a crash left behind', null, ({ files }) => files.replaceFile(`${folder}/kept-count`, fromText('1\n'))],
]

for (const [name, expected, spoil] of cases) {
  test(`missing: ${name}`, async () => {
    const bench = await tenNotes()
    await spoil(bench)
    const reports: string[] = []
    await openNotes(bench.map, { files: bench.files, folder, report: (message) => reports.push(message) })
    if (expected === null) assert.deepEqual(reports, [])
    else {
      assert.equal(reports.length, 1, reports.join('\n'))
      assert.match(reports[0] ?? '', expected)
    }
  })
}

test('notes of a node that did not count stay readable, and counting goes on behind them', async () => {
  const files = new MemoryFiles()
  await files.makeFolder(folder)
  const map = await fileKeyValue(files)(folder)
  for (let size = 1; size <= 3; size++) {
    const value = new CborWriter(32).array(3).uint(startMs).boolean(true).bytes(Uint8Array.of(size)).finish()
    await map.write([{ key: noteKey(size), value }], { sync: true })
  }
  const reports: string[] = []
  const place = { files, folder, report: (message: string): unknown => reports.push(message) }
  const notes = await openNotes(map, place)
  assert.deepEqual((await notes.at(2))?.note, Uint8Array.of(2))
  for (let size = 4; size <= 6; size++)
    await notes.put({ size, timeMs: startMs + 1_000 * size, note: Uint8Array.of(size) })
  await openNotes(map, place)
  assert.deepEqual(reports, [])
  await map.write([{ key: noteKey(4), value: null }], { sync: true })
  await openNotes(map, place)
  assert.match(reports.join(), /before the note of size 5: 1 checkpoints that are kept for ever/)
})
