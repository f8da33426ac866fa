/**
 * A map that lost one of its batches does not open.
 * @module
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromText, toText } from '@jurat/core/bytes'
import { createNodeFiles } from '../platform/nodeFiles.ts'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openCounted } from './countedKeyValue.ts'
import type { KeyValueStore } from './keyValue.ts'
import { openLevelKeyValue } from './levelKeyValue.ts'

const files = createNodeFiles()

/** Three batches in a real LevelDB; then `spoil` acts on the bare map, and it is opened again. */
async function afterSpoiling(spoil: (bare: KeyValueStore) => Promise<void>): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'jurat-counted-'))
  try {
    const counted = await openCounted(await openLevelKeyValue(folder), files, folder)
    const write = (key: string): Promise<void> =>
      counted.write([{ key: fromText(key), value: fromText('value') }], { sync: true })
    await Promise.all([write('a'), write('b')])
    await write('c')
    await counted.close()
    const bare = await openLevelKeyValue(folder)
    await spoil(bare)
    await bare.close()
    const again = await openLevelKeyValue(folder)
    const store = await openCounted(again, files, folder).catch(async (error: unknown) => {
      await again.close()
      throw error
    })
    const keys: string[] = []
    for await (const [key] of store.range({ from: fromText(''), to: fromText('~') })) keys.push(toText(key))
    await store.close()
    return keys
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const remove = (number: number) => (bare: KeyValueStore) =>
  bare.write([{ key: fromText(`~batch/00000000000${number}`), value: null }], { sync: true })

test('an undamaged map opens with everything', async () => {
  assert.deepEqual(await afterSpoiling(async () => {}), ['a', 'b', 'c'])
})

for (const [name, number] of [
  ['first', 1],
  ['middle', 2],
  ['last', 3],
] as const) {
  test(`a map without its ${name} batch is damaged`, async () => {
    await assert.rejects(afterSpoiling(remove(number)), { code: 'damaged' })
  })
}

test('a write that failed leaves no gap', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'jurat-counted-'))
  const bare = await openLevelKeyValue(folder)
  let fails = false
  const failing: KeyValueStore = {
    get: (key) => bare.get(key),
    range: (range) => bare.range(range),
    close: () => bare.close(),
    write: (changes, options) => (fails ? Promise.reject(new Error('the disk is full')) : bare.write(changes, options)),
  }
  const counted = await openCounted(failing, files, folder)
  const write = (key: string): Promise<void> =>
    counted.write([{ key: fromText(key), value: fromText('value') }], { sync: true })
  await write('a')
  fails = true
  await assert.rejects(write('b'), /full/)
  fails = false
  await write('c')
  await counted.close()
  const again = await openLevelKeyValue(folder)
  await (await openCounted(again, files, folder)).close()
  rmSync(folder, { recursive: true, force: true })
})
