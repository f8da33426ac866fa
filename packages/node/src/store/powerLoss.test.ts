/**
 * Loss of power, at any moment and by any seed: what was acknowledged is there, proven, and the store goes on.
 * @module
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { equal, type Bytes } from '@jurat/core/bytes'
import { MemoryFiles } from '../platform/memoryFiles.ts'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import { fakeBlock, fakeGenesis, fakeReplay, fakeTransaction } from './fakeLedger.fixtures.ts'
import { fsck } from './fsck.ts'
import { fileKeyValue } from './fileKeyValue.ts'
import { checkWhole, openFake, type StorePlace } from './store.cases.ts'
import type { Store, StoredTransaction } from './store.ts'

const seeds = 100
const rounds = 2

/** Segments small enough that many seeds cross from one to the next. */
const segmentBytes = 6_000

test(`nothing acknowledged is lost with the power (${seeds} seeds)`, async () => {
  for (let seed = 1; seed <= seeds; seed++) await losePower(seed)
})

test('the control: on a disk that lies about syncs, acknowledged blocks are lost', async () => {
  let losses = 0
  for (let seed = 1; seed <= 20; seed++) {
    await losePower(seed, true).catch(() => {
      losses += 1
    })
  }
  assert.ok(losses > 10, `only ${losses} of 20 losses were noticed`)
})

test('a failing write ends the store, and nothing acknowledged is lost', async () => {
  for (let seed = 1; seed <= seeds; seed++) await failOnce(seed)
})

test('nothing is appended behind a gap when the name of a segment was lost', async () => {
  const files = await emptyDisk()
  const store = await openFake(placeOn(files), [], segmentBytes)
  await work(store, randomOf(1), 60, [])
  await checkWhole(await openFake(placeOn(files.powerLost(() => 0)), [], segmentBytes))
})

async function losePower(seed: number, lies = false): Promise<void> {
  const random = randomOf(seed)
  let files = await emptyDisk()
  files.lies = lies
  const acknowledged: Bytes[] = []
  for (let round = 0; round < rounds; round++) {
    const store = await openFake(placeOn(files), [], segmentBytes)
    await checkAcknowledged(store, acknowledged)
    const working = work(store, random, 12, acknowledged)
    // It fails when the power goes; that is looked at below.
    working.catch(() => undefined)
    if (random() < 0.5) await working
    else for (let turns = random() * 40; turns > 0; turns--) await Promise.resolve()
    const known = acknowledged.length
    const durable = store.durable.size
    files = files.powerLost(random)
    await checkClean(files)
    // What the old process still believed after the power was gone counts for nothing.
    await working.catch(() => undefined)
    acknowledged.length = known
    const after = await openFake(placeOn(files), [], segmentBytes)
    assert.ok(
      after.durable.size >= durable,
      `seed ${seed}: ${durable} entries were durable, ${after.durable.size} are left`,
    )
    await checkAcknowledged(after, acknowledged)
    await after.close()
    await checkClean(files)
  }
}

async function failOnce(seed: number): Promise<void> {
  const random = randomOf(seed)
  let files = await emptyDisk()
  await (await openFake(placeOn(files), [], segmentBytes)).close()
  const acknowledged: Bytes[] = []
  files.failAt(files.operations + Math.floor(random() * 60), { persisted: random() < 0.5, code: 'EIO' })
  try {
    const store = await openFake(placeOn(files), [], segmentBytes)
    await work(store, random, 12, acknowledged)
    await store.close()
  } catch {
    // The process ends here; the client knows what was acknowledged.
  }
  files = random() < 0.5 ? files.powerLost(random) : files.processEnded()
  await checkClean(files)
  const store = await openFake(placeOn(files), [], segmentBytes)
  await checkAcknowledged(store, acknowledged)
  await store.close()
  await checkClean(files)
}

/** Every tile, place and value is what the blocks give. */
async function checkClean(files: MemoryFiles): Promise<void> {
  const options = { files, folder: '/data', crypto: nodeCrypto, openKeyValue: fileKeyValue(files) }
  const openNote = (): never => assert.fail('no note was kept')
  const report = await fsck({ ...options, genesis: fakeGenesis(), replay: fakeReplay, openNote })
  assert.deepEqual(report.findings, [])
}

/** Commits blocks of random size; notes the transactions that were acknowledged. */
async function work(store: Store, random: () => number, blocks: number, acknowledged: Bytes[]): Promise<void> {
  let next = store.durable.size * 1_000
  const commits: Promise<void>[] = []
  for (let i = 0; i < blocks; i++) {
    const numbers = Array.from({ length: 1 + Math.floor(random() * 60) }, () => next++)
    const transaction = fakeTransaction(numbers)
    commits.push(store.commit(fakeBlock(store, [transaction])).then(() => void acknowledged.push(transaction)))
    if (random() < 0.5) await Promise.allSettled(commits)
  }
  await Promise.all(commits)
}

async function checkAcknowledged(store: Store, acknowledged: readonly Bytes[]): Promise<void> {
  await checkWhole(store)
  const stored: StoredTransaction[] = []
  for await (const { transactions } of store.blocksFrom(0)) stored.push(...transactions)
  const missing = acknowledged.filter((bytes) => !stored.some((transaction) => equal(transaction.bytes, bytes)))
  assert.equal(missing.length, 0)
  for (const { txHash, bytes } of stored.slice(-2)) assert.deepEqual((await store.transaction(txHash))?.bytes, bytes)
}

async function emptyDisk(): Promise<MemoryFiles> {
  const files = new MemoryFiles()
  await files.makeFolder('/data')
  await files.syncFolder('/')
  return files
}

function placeOn(files: MemoryFiles): StorePlace {
  return { files, folder: '/data', openKeyValue: fileKeyValue(files) }
}

/** Mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed * 0x9e3779b9
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
