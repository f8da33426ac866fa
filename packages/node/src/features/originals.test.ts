/**
 * Originals: stored whole or not at all, checked when written and when read, given only to who stored them.
 * @module
 */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { test, type TestContext } from 'node:test'
import { FolderBlobStore, Originals } from './originals.ts'

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'jurat-'))
  t.after(() => rm(folder, { recursive: true }))
  return folder
}

const digestOf = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex')

function chunks(content: Buffer): Readable {
  return Readable.from(
    Array.from({ length: Math.ceil(content.length / 1000) }, (_, i) => content.subarray(i * 1000, i * 1000 + 1000)),
  )
}

test('what is stored comes back', async (t) => {
  const store = new FolderBlobStore(await folderOf(t))
  for (const length of [0, 1, 999, 1000, 250_000]) {
    const content = randomBytes(length)
    const digest = digestOf(content)
    assert.deepEqual(await store.put(digest, chunks(content), 1e6), { bytes: length, made: true })
    assert.deepEqual(await store.put(digest, chunks(content), 1e6), { bytes: length, made: false })
    const { bytes, content: stream } = await store.get(digest)
    assert.equal(bytes, length)
    assert.deepEqual(await buffer(stream), content)
  }
})

test('other bytes, too many bytes and an upload that breaks off leave nothing', async (t) => {
  const folder = await folderOf(t)
  const store = new FolderBlobStore(folder)
  const content = randomBytes(5000)
  const digest = digestOf(content)
  const broken = Readable.from(
    (async function* () {
      yield content.subarray(0, 100)
      throw new Error('gone')
    })(),
  )
  await assert.rejects(store.put(digest, chunks(randomBytes(5000)), 1e6), { code: 'digest-mismatch' })
  await assert.rejects(store.put(digest, chunks(content), 4999), { code: 'too-big' })
  await assert.rejects(store.put(digest, broken, 1e6), /gone/)
  assert.equal(await store.size(digest), null)
  await assert.rejects(store.get(digest), { code: 'not-found' })
  assert.deepEqual(await readdir(join(folder, 'incoming')), [])
})

test('changed bytes on the disk are never given out to their end', async (t) => {
  const folder = await folderOf(t)
  const store = new FolderBlobStore(folder)
  const content = randomBytes(200_000)
  const digest = digestOf(content)
  await store.put(digest, chunks(content), 1e6)
  content[150_000] = (content[150_000] ?? 0) ^ 1
  await writeFile(join(folder, digest.slice(0, 2), digest), content)
  await assert.rejects(buffer((await store.get(digest)).content), { code: 'damaged' })
})

test('an organisation reads what it stored, and does not learn what others stored', async (t) => {
  const owned = new Set<string>()
  const ownership = {
    addOwnership: async (organisation: string, digest: string) => void owned.add(organisation + digest),
    ownsOriginal: (organisation: string, digest: string) => owned.has(organisation + digest),
  }
  const originals = new Originals(new FolderBlobStore(await folderOf(t)), ownership, 1e6)
  const content = randomBytes(10)
  const digest = digestOf(content)
  assert.equal((await originals.put('a', digest, chunks(content))).made, true)
  await assert.rejects(originals.get('b', digest), { code: 'not-found' })
  assert.equal((await originals.put('b', digest, chunks(content))).made, true, 'as if nobody had stored it')
  assert.deepEqual(await buffer((await originals.get('b', digest)).content), content)
})
