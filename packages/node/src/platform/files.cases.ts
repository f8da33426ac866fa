/**
 * What every implementation of `Files` does.
 * @module
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromText } from '@jurat/core/bytes'
import type { Files } from './files.ts'

/** Registers the suite; `make` gives an empty folder. */
export function filesCases(name: string, make: () => Promise<{ files: Files; folder: string }>): void {
  test(`${name}: a handle writes, reads, cuts and tells its size`, async () => {
    const { files, folder } = await make()
    const path = `${folder}/a`
    await assert.rejects(files.open(path, 'read'), { code: 'ENOENT' })
    const handle = await files.open(path, 'write')
    await handle.write(fromText('hello'), 0)
    await handle.write(fromText('world'), 10)
    assert.equal(await handle.size(), 15)
    assert.deepEqual(await handle.read(3, 4), Uint8Array.of(108, 111, 0, 0))
    assert.deepEqual(await handle.read(13, 100), fromText('ld'))
    assert.deepEqual(await handle.read(99, 1), new Uint8Array(0))
    await handle.truncate(4)
    await handle.sync()
    await handle.close()
    assert.deepEqual(await files.readFile(path), fromText('hell'))
    const again = await files.open(path, 'write')
    assert.equal(await again.size(), 4)
    await again.close()
  })

  test(`${name}: whole files and folders`, async () => {
    const { files, folder } = await make()
    assert.equal(await files.readFile(`${folder}/none`), null)
    assert.equal(await files.readFile(folder), null)
    assert.deepEqual(await files.list(`${folder}/none`), [])
    await files.writeFile(`${folder}/a`, fromText('one'))
    await files.writeFile(`${folder}/a`, fromText('2'))
    await files.replaceFile(`${folder}/b`, fromText('three'), { mode: 0o600 })
    await files.replaceFile(`${folder}/b`, fromText('four'))
    assert.deepEqual(await files.readFile(`${folder}/a`), fromText('2'))
    assert.deepEqual(await files.readFile(`${folder}/b`), fromText('four'))
    assert.deepEqual(await files.list(`${folder}/a`), [])
    const batch = ['x/y/1', 'x/y/2', 'x/3'].map((path) => ({ path: `${folder}/${path}`, data: fromText(path) }))
    await files.writeFiles(batch)
    await files.writeFiles(batch)
    await files.syncFiles(
      batch.map(({ path }) => path),
      folder,
    )
    assert.deepEqual(await files.list(`${folder}/x/y`), ['1', '2'])
    assert.deepEqual(await files.readFile(`${folder}/x/y/2`), fromText('x/y/2'))
    await files.makeFolder(`${folder}/x/y`)
    await files.remove(`${folder}/x`)
    await files.remove(`${folder}/x`)
    assert.deepEqual(await files.list(folder), ['a', 'b'])
    // A folder that was removed behind the back of a writer is made again.
    await files.writeFiles(batch)
    assert.deepEqual(await files.list(`${folder}/x`), ['3', 'y'])
  })

  test(`${name}: a file is made once, and is whole or not there`, async () => {
    const { files, folder } = await make()
    const path = `${folder}/key`
    // What a maker left behind that was killed in the middle does not hinder it.
    await files.writeFile(`${path}.a.new`, fromText('fir'))
    assert.equal(await files.createFile(path, fromText('first'), { mode: 0o600, maker: 'a' }), true)
    assert.equal(await files.createFile(path, fromText('second'), { maker: 'b' }), false)
    assert.deepEqual(await files.readFile(path), fromText('first'))
    assert.deepEqual(await files.list(folder), ['key'])
    const other = `${folder}/other`
    const makers = ['a', 'b', 'c', 'd']
    const made = await Promise.all(makers.map((maker) => files.createFile(other, fromText(maker), { maker })))
    const winner = makers[made.indexOf(true)] ?? assert.fail('nobody made it')
    assert.equal(made.filter(Boolean).length, 1)
    assert.deepEqual(await files.readFile(other), fromText(winner))
    assert.deepEqual(await files.list(folder), ['key', 'other'])
  })

  test(`${name}: one lock at a time`, async () => {
    const { files, folder } = await make()
    const lock = await files.lock(`${folder}/lock`)
    await assert.rejects(files.lock(`${folder}/lock`), { name: 'FolderLockedError', message: new RegExp(folder) })
    await lock.release()
    await (await files.lock(`${folder}/lock`)).release()
  })
}
