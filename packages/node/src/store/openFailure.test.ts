/**
 * A disk that fails while a store is opened: the start fails, and nothing is taken for damage and thrown away.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryFiles } from '../platform/memoryFiles.ts'
import { fileKeyValue } from './fileKeyValue.ts'
import { checkWhole, deposit, openFake, type StorePlace } from './store.cases.ts'

/** Entries of the store: some tiles. */
const entries = 600

const placeOn = (files: MemoryFiles): StorePlace => ({ files, folder: '/data', openKeyValue: fileKeyValue(files) })

test('each operation of a start fails once: nothing is thrown away', async () => {
  let files = new MemoryFiles()
  await files.makeFolder('/data')
  const store = await openFake(placeOn(files))
  await deposit(store, 0, entries, 50)
  await store.close()
  for (const code of ['EIO', 'ENOSPC'] as const) {
    for (let operation = 0; ; operation++) {
      files = files.processEnded()
      files.failAt(operation, { persisted: false, code })
      const reports: string[] = []
      const opened = await openFake(placeOn(files), reports).catch((error: unknown) => {
        assert.equal((error as { code?: unknown }).code, code, String(error))
        return null
      })
      assert.deepEqual(reports, [], `operation ${operation}`)
      if (opened === null) continue
      await checkWhole(opened)
      await opened.close()
      assert.ok(operation > 0)
      break
    }
  }
})
