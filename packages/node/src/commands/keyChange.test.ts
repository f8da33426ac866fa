/**
 * When a member's next keys come into use: those of the log with the document, those of the engine a block later, the former
 * ones gone only when nothing is left that they must sign; also across ends of the process at every one of these places.
 * @module
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import type { CommittedBlock } from '../engine/application.ts'
import { documentKeyNames } from '../features/keys/nextKeys.ts'
import type { MemoryFiles } from '../platform/memoryFiles.ts'
import { MemoryFiles as Disk } from '../platform/memoryFiles.ts'
import { HeldKeys } from './heldKeys.ts'
import {
  DocumentLog,
  documentWith,
  keyFolder,
  type KeyFolder,
  prepareNext,
  testKeys,
  testOrigin,
} from './keyChange.fixtures.ts'
import { type EngineKeys, KeyChange } from './keyChange.ts'

interface Running {
  readonly folder: KeyFolder
  readonly change: KeyChange
  readonly published: CommittedBlock[]
  /** The keys that CometBFT was started anew with. */
  readonly changes: EngineKeys[]
  readonly failures: unknown[]
}

/** A start of the node over what is on the disk. */
async function start(files: MemoryFiles, log: DocumentLog, height: number): Promise<Running> {
  const folder = await keyFolder(files)
  const held = new HeldKeys(nodeCrypto, folder)
  const [published, changes, failures]: [CommittedBlock[], EngineKeys[], unknown[]] = [[], [], []]
  const fatal = (error: unknown): void => void failures.push(error)
  const change = new KeyChange({
    parts: { folder, held, origin: testOrigin, store: log, logger: { info: () => undefined }, fatal },
    publish: (block) => published.push(block),
    changed: async (keys) => void changes.push(keys),
  })
  await change.begin(height)
  return { folder, change, published, changes, failures }
}

async function founded(): Promise<{ files: MemoryFiles; log: DocumentLog; running: Running }> {
  const files = new Disk()
  const { keys } = await keyFolder(files)
  const log = new DocumentLog(documentWith(keys))
  return { files, log, running: await start(files, log, 0) }
}

/** Lets everything go on that waits for nothing but its turn. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const logKeysOf = ({ change }: Running): number => change.signers.logKeys.length

test('log and executor keys sign with the document, the engine keys come one block later, once', async () => {
  const { log, running } = await founded()
  const { folder, change, published, changes, failures } = running
  const next = await prepareNext(folder, documentKeyNames)
  const block = log.bring(documentWith({ ...folder.keys, ...next }))
  change.onBlock(block)
  const after = log.grow(['a deposit'])
  change.onBlock(after)
  await settle()
  assert.deepEqual(published, [block, after], 'blocks keep their order while keys are read')
  assert.equal(logKeysOf(running), 2)
  assert.equal(change.signers.executors.length, 4)
  assert.deepEqual(change.engineKeys.validator, folder.keys.validator)
  change.confirmed(block.height - 1)
  await settle()
  assert.deepEqual(changes, [])
  change.confirmed(block.height)
  change.confirmed(block.height + 1)
  await settle()
  assert.deepEqual(changes, [{ validator: next.validator, transport: next.transport }])
  assert.deepEqual(failures, [])
})

test('documents in two consecutive blocks: the engine keys of each come one block after it', async () => {
  const { files, log, running } = await founded()
  const { folder, change, changes, failures } = running
  const next = await prepareNext(folder, ['validator', 'transport'])
  const onlyValidator = { ...folder.keys, ...next, transport: folder.keys.transport }
  const first = log.bring(documentWith(onlyValidator))
  change.onBlock(first)
  const second = log.bring(documentWith({ ...folder.keys, ...next }))
  // As the engine tells it: the block before is confirmed, then the listeners hear of this one.
  change.confirmed(first.height)
  change.onBlock(second)
  await settle()
  const between = { validator: next.validator, transport: folder.keys.transport }
  assert.deepEqual(changes, [between], 'the validator of the first votes on the block after the second')
  assert.deepEqual((await start(files, log, second.height)).change.engineKeys, between, 'also after an end right here')
  change.confirmed(second.height)
  await settle()
  assert.deepEqual(changes.slice(1), [{ validator: next.validator, transport: next.transport }])
  assert.deepEqual(failures, [])
})

test('a document that leaves the engine keys alone starts nothing anew', async () => {
  const { log, running } = await founded()
  const { folder, change, changes } = running
  const next = await prepareNext(folder, ['log'])
  const block = log.bring(documentWith({ ...folder.keys, ...next }))
  change.onBlock(block)
  change.confirmed(block.height)
  await settle()
  assert.deepEqual(changes, [])
  assert.equal(logKeysOf(running), 2)
  assert.equal(change.signers.executors.length, 2)
})

test('the former keys go at a start, when the checkpoint of their last tree is complete, and not before', async () => {
  const { files, log, running } = await founded()
  const next = await prepareNext(running.folder, documentKeyNames)
  const block = log.bring(documentWith({ ...running.folder.keys, ...next }))
  const between = await start(files, log, block.height)
  assert.deepEqual(between.change.engineKeys.validator, running.folder.keys.validator, 'it votes on the block to come')
  assert.equal(logKeysOf(between), 2)
  between.change.confirmed(block.height)
  await settle()
  assert.deepEqual(between.changes, [{ validator: next.validator, transport: next.transport }])
  const incomplete = await start(files, log, block.height + 1)
  assert.deepEqual(incomplete.change.engineKeys.validator, next.validator)
  assert.equal(logKeysOf(incomplete), 2)
  assert.deepEqual((await files.list(`${testKeys}/next`)).length, documentKeyNames.length)
  await log.complete()
  const complete = await start(files, log, block.height + 1)
  assert.equal(logKeysOf(complete), 1)
  assert.deepEqual((await keyFolder(files)).keys, { ...running.folder.keys, ...next })
  assert.ok(!(await files.list(testKeys)).includes('next'))
})

test('of two rotations that were proposed, the one that was approved is finished, and the other can still be', async () => {
  const { files, log, running } = await founded()
  const first = await prepareNext(running.folder, ['log'])
  const both = await prepareNext(running.folder, ['ballot'])
  const block = log.bring(documentWith({ ...running.folder.keys, ...first }))
  await log.complete()
  const later = await start(files, log, block.height + 1)
  assert.equal(logKeysOf(later), 1)
  assert.deepEqual(await files.list(`${testKeys}/next`), ['ballot'])
  const second = log.bring(documentWith({ ...running.folder.keys, ...both }, 4))
  await log.complete()
  await start(files, log, second.height + 1)
  assert.deepEqual((await keyFolder(files)).keys, { ...running.folder.keys, ...both })
})

test('an end between a further document and the block after it: the keys of the rotation before vote on', async () => {
  const { files, log, running } = await founded()
  const next = await prepareNext(running.folder, ['validator', 'transport'])
  const rotated = { ...running.folder.keys, ...next }
  log.bring(documentWith(rotated))
  // Nobody started this node anew since, so the keys lie in keys/next/ still, when the members change their quorum.
  const block = log.bring(documentWith(rotated, 4))
  const again = await start(files, log, block.height)
  assert.deepEqual(again.change.engineKeys, { validator: next.validator, transport: next.transport })
  again.change.confirmed(block.height)
  await settle()
  assert.deepEqual(again.changes, [], 'it had them already')
})

test('a next key that does not open ends the node: it would not sign what its document asks of it', async () => {
  const { log, running } = await founded()
  const { folder, change, published, failures } = running
  const next = await prepareNext(folder, ['log'])
  await folder.files.replaceFile(`${testKeys}/next/log`, new Uint8Array(62))
  change.onBlock(log.bring(documentWith({ ...folder.keys, ...next })))
  await settle()
  assert.equal(failures.length, 1)
  assert.deepEqual(published, [])
})
