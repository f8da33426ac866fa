/**
 * A store that begins with a snapshot over the real ledger: it goes on like one that has executed everything.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { equal, toHex, type Bytes } from '@jurat/core/bytes'
import { replayWindowMs } from '@jurat/core/ledger/parameters'
import { inclusionProof, verifyInclusion } from '@jurat/core/merkle/proof'
import { hashLeaf } from '@jurat/core/merkle/hash'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import { MemoryFiles } from '../platform/memoryFiles.ts'
import { writeBase } from '../store/base.ts'
import { StoreError } from '../store/errors.ts'
import { makeSnapshot } from '../store/makeSnapshot.ts'
import { fileKeyValue } from '../store/fileKeyValue.ts'
import { openStore } from '../store/openStore.ts'
import type { Store } from '../store/store.ts'
import { SnapshotShelf } from './cometbft/snapshotShelf.ts'
import { LedgerApplication, replayBlock } from './ledgerApplication.ts'
import { dataFolder } from './ledgerNode.fixtures.ts'
import { testDeposit, testItems, testNetwork } from './network.fixtures.ts'
import { Verification } from './verification.ts'
import { VirtualTime } from './virtualTime.fixtures.ts'

const network = testNetwork()

/** A ledger without engine and log. */
interface Ledger {
  readonly store: Store
  readonly application: LedgerApplication
}

async function start(files: MemoryFiles, time: VirtualTime): Promise<Ledger> {
  await files.makeFolder(dataFolder)
  const store = await openStore({
    files,
    folder: dataFolder,
    clock: time,
    crypto: nodeCrypto,
    openKeyValue: fileKeyValue(files),
    genesis: network.outcome,
    replay: (input) => replayBlock(nodeCrypto, input),
  })
  const verification = new Verification({
    crypto: nodeCrypto,
    verify: async (publicKey, message, signature) => nodeCrypto.verify(publicKey, message, signature),
  })
  return { store, application: new LedgerApplication({ store, crypto: nodeCrypto, verification, clock: time }) }
}

/** Blocks of one deposit each, at an application without its engine. */
async function blocks(
  nodes: readonly Ledger[],
  time: VirtualTime,
  names: readonly [name: string, items: number][],
): Promise<Bytes[]> {
  const transactions: Bytes[] = []
  for (const [name, count] of names) {
    const tx = testDeposit(network, testItems(name, count), { timestampMs: time.now() })
    transactions.push(tx)
    const [first] = nodes
    assert.ok(first !== undefined)
    const height = first.store.tip.height + 1
    const request = { height, timeMs: time.now(), bytesMax: 8_000_000, gasMax: 1e9 }
    const items = await first.application.propose({ ...request, candidates: [tx] })
    assert.equal(items.length, 2, name)
    for (const { application } of nodes) await application.commit(await application.finalize({ height, items }))
    time.jump(1_000)
  }
  return transactions
}

interface Joined {
  readonly source: Ledger
  readonly joined: Ledger
  readonly files: MemoryFiles
  readonly time: VirtualTime
  readonly transactions: readonly Bytes[]
}

/** A source with more than two bundles of entries, and a node that begins with its snapshot. */
async function join(): Promise<Joined> {
  const time = new VirtualTime()
  const source = await start(new MemoryFiles(), time)
  await blocks([source], time, [['long ago', 400]])
  time.jump(700_000)
  const transactions = await blocks([source], time, [
    ['first', 300],
    ['second', 7],
  ])
  const { bytes: snapshot, ...place } = await makeSnapshot(nodeCrypto, source.store, await source.store.stateNow())
  const files = new MemoryFiles()
  await files.makeFolder(dataFolder)
  await writeBase({ files, folder: dataFolder }, { engineHeight: 9, snapshot, ...place })
  return { source, joined: await start(files, time), files, time, transactions }
}

function shelf({ store }: Ledger): Promise<SnapshotShelf> {
  const files = new MemoryFiles()
  const warn = (message: string, { error }: Record<string, unknown>): void => assert.ifError(error ?? message)
  return SnapshotShelf.open({ files, dataFolder, crypto: nodeCrypto, store, everyBlocks: 1, warn })
}

const same = (a: Ledger, b: Ledger): void => {
  assert.deepEqual(a.store.tip, b.store.tip)
  assert.deepEqual(a.store.durable, b.store.durable)
  assert.deepEqual(a.store.lanes, b.store.lanes)
}

const notHere = (error: unknown): boolean => error instanceof StoreError && error.code === 'not-here'

describe('a store that begins with a snapshot', () => {
  test('stands where its source stands, and goes on with the same blocks', async () => {
    const { source, joined, time, transactions } = await join()
    same(source, joined)
    assert.equal(joined.store.baseSize, source.store.durable.size)
    // What was applied within the window is known to have been.
    for (const tx of transactions) assert.equal((await joined.application.check(tx)).code, 113)
    await blocks([source, joined], time, [
      ['third', 300],
      ['fourth', 1],
    ])
    same(source, joined)
    const { size, root } = joined.store.durable
    for (const index of [joined.store.baseSize, size - 1]) {
      const entry = await joined.store.entry(index)
      assert.ok(entry !== null)
      const path = await joined.store.withHashes((read) => inclusionProof(nodeCrypto, read, index, size))
      verifyInclusion(nodeCrypto, { leafHash: hashLeaf(nodeCrypto, entry), index, size, root, path })
    }
    await Promise.all([source.store.close(), joined.store.close()])
  })

  test('starts again from its base and its segments, with its state or without', async () => {
    const { source, joined, files, time } = await join()
    await joined.store.close()
    let again = await start(files, time)
    same(source, again)
    await blocks([source, again], time, [['third', 300]])
    for (const lost of [[], ['state'], ['state', 'log', 'index']]) {
      await again.store.close()
      for (const name of lost) await files.remove(`${dataFolder}/${name}`)
      again = await start(files, time)
      same(source, again)
    }
    await blocks([source, again], time, [['fourth', 2]])
    same(source, again)
    await Promise.all([source.store.close(), again.store.close()])
  })

  test('makes the same snapshots as its source, once the replay window lies behind its beginning', async () => {
    const { source, joined, time } = await join()
    joined.store.fetchHistoryFrom((path) => source.store.tileBytes(path))
    const shelves: [SnapshotShelf, SnapshotShelf] = [await shelf(source), await shelf(joined)]
    async function made(height: number): Promise<boolean> {
      for (const each of shelves) await each.committed(height)
      for (const each of shelves) await each.settled()
      const [all, own] = shelves.map((each) => each.list(100).filter((one) => Number(one.height) === height))
      assert.equal(all?.length, 1, 'the source makes it')
      // Its hash is that of all its bytes.
      if (own?.length !== 0) assert.deepEqual(own, all)
      return own?.length === 1
    }
    await blocks([source, joined], time, [['third', 300]])
    assert.equal(await made(1), false, 'a transaction of the window stands before its beginning')
    // The newest block counts, not the clock.
    time.jump(replayWindowMs)
    assert.equal(await made(2), false)
    await blocks([source, joined], time, [['fourth', 5]])
    assert.equal(await made(3), true)
    await blocks([source, joined], time, [['fifth', 600]])
    assert.equal(await made(4), true)
    await Promise.all([source.store.close(), joined.store.close()])
  })

  test('says of what stands before it that it is not here, and takes it from anybody who has it', async () => {
    const { source, joined, files, time } = await join()
    const { store } = joined
    await assert.rejects(store.entry(0), notHere)
    await assert.rejects(store.findDigest(new Uint8Array(32), 1), notHere)
    assert.equal(await store.blockOfEntry(0), null)
    let asked = 0
    store.fetchHistoryFrom(async (path, fits) => {
      asked += 1
      const bytes = await source.store.tileBytes(path)
      assert.ok(bytes !== null && fits(bytes), path)
      // What does not fit is not taken, whoever sends it.
      for (const wrong of [new Uint8Array(0), bytes.subarray(1), bytes.map((byte) => byte ^ 1)]) assert.ok(!fits(wrong))
      return bytes
    })
    let index = 0
    while (index < store.baseSize) index = await store.loadHistory(index)
    for (let at = 0; at < store.durable.size; at++) {
      assert.deepEqual(await store.entry(at), await source.store.entry(at))
    }
    const digest = nodeCrypto.sha256(new TextEncoder().encode('long ago 5'))
    assert.deepEqual(await store.findDigest(digest, 3), await source.store.findDigest(digest, 3))
    assert.equal((await store.findDigest(digest, 3)).length, 1)
    const first = asked
    assert.ok(first > 0)
    // It is on the disk: nobody is asked again.
    await joined.store.close()
    const again = await start(files, time)
    again.store.fetchHistoryFrom(() => Promise.reject(new Error('asked again')))
    for (let at = 0; at < again.store.baseSize;) at = await again.store.loadHistory(at)
    await Promise.all([source.store.close(), again.store.close()])
  })

  test('is asked for once, however many read it while it comes', async () => {
    const { source, joined } = await join()
    const { store } = joined
    const asked: string[] = []
    store.fetchHistoryFrom(async (path) => {
      asked.push(path)
      await new Promise((resolve) => setImmediate(resolve))
      return source.store.tileBytes(path)
    })
    const many = Array.from({ length: 20 }, (_, at) => (at === 9 ? store.loadHistory(0) : store.entry(at)))
    await Promise.all(many)
    assert.deepEqual(asked.toSorted(), [...new Set(asked)].toSorted())
    assert.ok(asked.includes('tile/entries/000'))
    await Promise.all([source.store.close(), joined.store.close()])
  })

  test('nobody gives it, or something else: it stays not here', async () => {
    const { source, joined } = await join()
    joined.store.fetchHistoryFrom(async (_, fits) => (fits(new Uint8Array(5)) ? new Uint8Array(5) : null))
    await assert.rejects(joined.store.loadHistory(0), notHere)
    await assert.rejects(joined.store.entry(3), notHere)
    await Promise.all([source.store.close(), joined.store.close()])
  })

  test('a base with a flipped bit is not opened', async () => {
    const { source, joined, files, time } = await join()
    await joined.store.close()
    const path = `${dataFolder}/base`
    const bytes = await files.readFile(path)
    assert.ok(bytes !== null)
    for (const at of [0, 3, 40, 200, Math.floor(bytes.length / 2), bytes.length - 1]) {
      const changed = bytes.slice()
      changed[at] = (changed[at] ?? 0) ^ 1
      assert.ok(!equal(changed, bytes))
      await files.replaceFile(path, changed)
      await assert.rejects(start(files, time), { name: 'StoreError', code: 'damaged' }, `byte ${at}`)
    }
    await files.replaceFile(path, bytes)
    const again = await start(files, time)
    assert.equal(toHex(again.store.durable.root), toHex(source.store.durable.root))
    await Promise.all([source.store.close(), again.store.close()])
  })
})
