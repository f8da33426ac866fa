import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { FolderSyncs } from './folderSyncs.ts'

/** A disk on which names are durable when a sync that began after them ends; the test says when. */
class SlowDisk {
  readonly #named: string[] = []
  readonly #running: { readonly covered: number; readonly end: (error: Error | null) => void }[] = []
  readonly syncs = new FolderSyncs(() => this.#sync())
  begun = 0
  durable = 0

  /** Names a file and syncs; resolves when it is durable. */
  async keep(name: string): Promise<void> {
    this.#named.push(name)
    const at = this.#named.length
    await this.syncs.sync('/folder')
    assert.ok(this.durable >= at, `${name} is not durable`)
  }

  /** Ends the sync that is on its way. */
  async end(error: Error | null = null): Promise<void> {
    const running = this.#running.shift()
    assert.ok(running !== undefined, 'a sync is on its way')
    if (error === null) this.durable = running.covered
    running.end(error)
    await turn()
  }

  #sync(): Promise<void> {
    this.begun++
    return new Promise((resolve, reject) => {
      const end = (error: Error | null): void => (error === null ? resolve() : reject(error))
      this.#running.push({ covered: this.#named.length, end })
    })
  }
}

test('what is named while a sync is on its way waits for the next one, all together', async () => {
  const disk = new SlowDisk()
  const first = disk.keep('a')
  const others = ['b', 'c', 'd'].map((name) => disk.keep(name))
  assert.equal(disk.begun, 1)
  await disk.end()
  await first
  assert.equal(disk.begun, 2)
  const later = disk.keep('e')
  await disk.end()
  await Promise.all(others)
  assert.equal(disk.begun, 3)
  await disk.end()
  await later
  const alone = disk.keep('f')
  await disk.end()
  await alone
  assert.equal(disk.begun, 4)
})

test('whoever waits behind a sync that fails is told, and no sync is repeated for it', async () => {
  const disk = new SlowDisk()
  const kept = ['a', 'b', 'c'].map((name) => assert.rejects(disk.keep(name), { message: 'EIO' }))
  await disk.end(new Error('EIO'))
  await Promise.all(kept)
  assert.equal(disk.begun, 1)
})

test('folders wait for themselves only', async () => {
  const asked: string[] = []
  const syncs = new FolderSyncs(async (path) => void asked.push(path))
  await Promise.all(['/a', '/b', '/a', '/a', '/b'].map((path) => syncs.sync(path)))
  assert.deepEqual(asked, ['/a', '/b', '/a', '/b'])
})

test('a folder that could not be synced, because it was not there, can be later', async () => {
  const there = new Set<string>()
  const syncs = new FolderSyncs(async (path) => assert.ok(there.has(path), 'ENOENT'))
  await Promise.all([1, 2].map(() => assert.rejects(syncs.sync('/a'), { message: 'ENOENT' })))
  there.add('/a')
  await syncs.sync('/a')
})
