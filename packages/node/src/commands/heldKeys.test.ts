/**
 * Present and next keys of a member: which one a document names, and that no crash loses a key that stands in it.
 * @module
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import { type DocumentKeyName, documentKeyNames } from '../features/keys/nextKeys.ts'
import { MemoryFiles } from '../platform/memoryFiles.ts'
import { HeldKeys } from './heldKeys.ts'
import { documentWith, type KeyFolder, keyFolder, prepareNext, testKeys } from './keyChange.fixtures.ts'

async function held(folder: KeyFolder): Promise<HeldKeys> {
  const keys = new HeldKeys(nodeCrypto, folder)
  await keys.load()
  return keys
}

test('the document says which key is used, name by name', async () => {
  const folder = await keyFolder(new MemoryFiles())
  const next = await prepareNext(folder, ['log', 'transport'])
  const keys = await held(folder)
  assert.deepEqual(Object.keys(next), ['log', 'transport'])
  const before = documentWith(folder.keys)
  const after = documentWith({ ...folder.keys, ...next })
  for (const name of documentKeyNames) {
    const expected = next[name] ?? folder.keys[name]
    assert.deepEqual(keys.of(name, before), folder.keys[name], name)
    assert.deepEqual(keys.of(name, after), expected, name)
    assert.equal(keys.all(name).length, next[name] === undefined ? 1 : 2, name)
  }
  assert.deepEqual(keys.replacedBy(before), [])
  assert.deepEqual(keys.replacedBy(after), ['log', 'transport'])
  const without = { ...after, members: after.members.filter(({ name }) => name !== 'court') }
  assert.deepEqual(keys.of('log', without), folder.keys.log, 'a document without this member names none of its keys')
})

test('what the document names is taken, what waits for another ballot stays', async () => {
  const folder = await keyFolder(new MemoryFiles())
  const first = await prepareNext(folder, ['log'])
  const all = await prepareNext(folder, ['ballot'])
  assert.deepEqual(all.log, first.log, 'a key that was made is not made anew')
  const keys = await held(folder)
  const named = documentWith({ ...folder.keys, ...first })
  assert.deepEqual(keys.replacedBy(named), ['log'])
  await keys.take(['log'])
  assert.deepEqual(keys.all('log'), [first.log])
  assert.deepEqual(keys.all('ballot'), [folder.keys.ballot, all.ballot])
  assert.deepEqual(await folder.files.list(`${testKeys}/next`), ['ballot'])
  assert.deepEqual(keys.replacedBy(named), [])
  await keys.take(['ballot'])
  assert.ok(!(await folder.files.list(testKeys)).includes('next'))
  assert.deepEqual((await keyFolder(folder.files as MemoryFiles)).keys, { ...folder.keys, ...all })
})

/** Runs until the disk fails at an operation, then without power; counts the operations when it did not. */
async function cutAt(operation: number, random: () => number, names: readonly DocumentKeyName[]): Promise<boolean> {
  const files = new MemoryFiles()
  const folder = await keyFolder(files)
  const next = await prepareNext(folder, ['ballot', 'log', 'validator'])
  const document = documentWith({ ...folder.keys, ...Object.fromEntries(names.map((name) => [name, next[name]])) })
  const keys = await held(folder)
  files.failAt(files.operations + operation, { code: 'EIO', persisted: random() < 0.5 })
  const broken = await keys.take(names).then(
    () => false,
    () => true,
  )
  const after = await keyFolder(files.powerLost(random))
  const again = await held(after)
  for (const name of documentKeyNames) {
    const expected = names.includes(name) ? next[name] : folder.keys[name]
    assert.deepEqual(again.of(name, document), expected, `${name} after a cut at ${operation}`)
  }
  const waiting = (['ballot', 'log', 'validator'] as const).filter((name) => !names.includes(name))
  for (const name of waiting) assert.deepEqual(again.all(name)[1], next[name], `${name} waits on`)
  await again.take(again.replacedBy(document))
  assert.deepEqual(again.replacedBy(document), [])
  return broken
}

for (const names of [['log'], ['ballot', 'log', 'validator']] as const) {
  test(`loss of power anywhere while ${names.join(', ')} is taken loses no key`, async () => {
    const random = randomOf(7)
    let cuts = 0
    while (await cutAt(cuts, random, names)) cuts++
    assert.ok(cuts > 3 * names.length, `${cuts} places`)
  })
}

/** A small generator (mulberry32): one seed plays a failure again. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
