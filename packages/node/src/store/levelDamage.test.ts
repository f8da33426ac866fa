/**
 * Flipped bits in the files of LevelDB itself, and two processes on one folder.
 * @module
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { createNodeFiles } from '../platform/nodeFiles.ts'
import { openLevelKeyValue } from './levelKeyValue.ts'
import { checkWhole, deposit, openFake, type StorePlace } from './store.cases.ts'
import { fakeCount } from './fakeLedger.fixtures.ts'

const files = createNodeFiles()
const root = await mkdtemp(join(tmpdir(), 'jurat-damage-'))
after(() => rm(root, { recursive: true }))

/** Where the bits are flipped, as shares of a file's length: all parts of a table, first of all. */
const shares = [0.02, 0.2, 0.33, 0.5, 0.68, 0.7, 0.75, 0.9, 0.98]

function placeIn(folder: string): StorePlace {
  return { files, folder, openKeyValue: openLevelKeyValue }
}

test('a flipped bit in any file of the databases is repaired at start', async () => {
  const whole = join(root, 'whole')
  await files.makeFolder(whole)
  const store = await openFake(placeIn(whole))
  await deposit(store, 0, 900, 30)
  const { size } = store.durable
  await store.close()
  // Opened once more, so that there are table files beside the write-ahead log.
  const again = await openFake(placeIn(whole))
  await deposit(again, 2_000, 20, 1)
  await again.close()
  for (const database of ['state', 'index', 'notes']) {
    for (const name of await readdir(join(whole, database))) {
      if (name.startsWith('LO')) continue
      for (const share of shares) {
        const what = `${database}/${name} at ${share}`
        const folder = join(root, what.replaceAll('/', '-'))
        await cp(whole, folder, { recursive: true })
        const path = join(folder, database, name)
        const bytes = await readFile(path)
        const place = Math.floor(bytes.length * share)
        bytes[place] = (bytes[place] ?? 0) ^ 4
        await writeFile(path, bytes)
        const damaged = await openFake(placeIn(folder)).catch((error: unknown) => error as Error)
        if (damaged instanceof Error) {
          // The kept notes are no derived data: their damage is for the operator to decide.
          assert.equal(database, 'notes', `${what}: ${String(damaged)}`)
          continue
        }
        assert.equal((await checkWhole(damaged)).length, size + 40, what)
        assert.equal(fakeCount(damaged), 51, what)
        await damaged.close()
      }
    }
  }
})

test('two processes cannot hold one folder, and a killed one holds nothing', async () => {
  const path = join(root, 'locked', 'lock')
  const lock = await files.lock(path)
  const script = `
    import { createNodeFiles } from ${JSON.stringify(new URL('../platform/nodeFiles.ts', import.meta.url).href)}
    try { await createNodeFiles().lock(${JSON.stringify(path)}) } catch (error) { console.log(error.name, error.message); process.exit(3) }
    process.kill(process.pid, 'SIGKILL')
  `
  const run = (): Promise<{ stdout: string }> =>
    promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
  await assert.rejects(run(), (error: { code: number; stdout: string }) => {
    assert.equal(error.code, 3)
    assert.match(error.stdout, new RegExp(`^FolderLockedError .*\\(pid ${process.pid}\\)`))
    return true
  })
  await assert.rejects(files.lock(path), { name: 'FolderLockedError' })
  await lock.release()
  await assert.rejects(run(), { signal: 'SIGKILL' })
  await (await files.lock(path)).release()
})
