/**
 * The process ends at any moment, another one takes over what it finds, and then the power goes: what the second one
 * called durable is there. What it found was perhaps only in the system's cache.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryFiles } from '../platform/memoryFiles.ts'
import { fakeBlock, fakeTransaction } from './fakeLedger.fixtures.ts'
import { fileKeyValue } from './fileKeyValue.ts'
import { checkWhole, openFake, type StorePlace } from './store.cases.ts'
import type { Store } from './store.ts'

/** Segments small enough that some runs begin a new one. */
const segmentBytes = 2_000

const placeOn = (files: MemoryFiles): StorePlace => ({ files, folder: '/data', openKeyValue: fileKeyValue(files) })

async function work(store: Store, blocks: number): Promise<void> {
  for (let block = 0; block < blocks; block++) {
    await store.commit(fakeBlock(store, [fakeTransaction([store.tip.size * 1_000, store.tip.size * 1_000 + 1])]))
  }
}

/** A disk whose process ends at an operation, or, with `fails`, because that operation fails. */
async function interrupted(operation: number, fails: boolean): Promise<MemoryFiles> {
  const files = new MemoryFiles()
  await files.makeFolder('/data')
  let next: MemoryFiles | null = null
  if (fails) files.failAt(operation, { persisted: false, code: 'EIO' })
  files.onOperation = () => {
    if (!fails && next === null && files.operations >= operation) next = files.processEnded()
  }
  try {
    await work(await openFake(placeOn(files), [], segmentBytes), 12)
  } catch {
    // Its end was to be expected.
  }
  files.onOperation = null
  return next ?? files.processEnded()
}

for (const fails of [false, true]) {
  for (const goesOn of [false, true]) {
    const how = `${fails ? 'a failing' : 'any'} operation ends the process, the next one ${goesOn ? 'goes on' : 'only looks'}`
    test(`${how}, the power goes: nothing durable is lost`, async () => {
      for (let operation = 4; operation < 100; operation++) {
        let files = await interrupted(operation, fails)
        const second = await openFake(placeOn(files), [], segmentBytes)
        if (goesOn) await work(second, 1)
        const { size } = second.durable
        // Nothing survives that was not synced.
        files = files.powerLost(() => 0)
        const third = await openFake(placeOn(files), [], segmentBytes)
        assert.ok(
          third.durable.size >= size,
          `operation ${operation}: ${third.durable.size} of ${size} entries are left`,
        )
        await checkWhole(third)
        await third.close()
      }
    })
  }
}
