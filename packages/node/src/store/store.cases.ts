/**
 * What every combination of `Files` and `KeyValueStore` must do for the store.
 * @module
 */
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { inclusionProof, verifyInclusion } from '@jurat/core/merkle/proof'
import { hashLeaf, treeHash } from '@jurat/core/merkle/hash'
import { decodeBundle } from '@jurat/core/merkle/bundle'
import type { Bytes } from '@jurat/core/bytes'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import { systemClock } from '../platform/clock.ts'
import type { Files } from '../platform/files.ts'
import {
  digestOf,
  fakeAccount,
  fakeBlock,
  fakeCount,
  fakeGenesis,
  fakeReplay,
  fakeTransaction,
} from './fakeLedger.fixtures.ts'
import type { OpenKeyValueStore } from './keyValue.ts'
import { openStore } from './openStore.ts'
import type { Store } from './store.ts'

/** A place for a store. */
export interface StorePlace {
  readonly files: Files
  readonly folder: string
  readonly openKeyValue: OpenKeyValueStore
}

/** Opens a store of the fake ledger. */
export function openFake(place: StorePlace, reports: string[] = [], segmentBytes: number = 64 * 1024): Promise<Store> {
  return openStore({
    files: place.files,
    folder: place.folder,
    openKeyValue: place.openKeyValue,
    clock: systemClock,
    crypto: nodeCrypto,
    genesis: fakeGenesis(),
    replay: fakeReplay,
    segmentBytes,
    report: (message) => reports.push(message),
  })
}

/** Commits blocks of one transaction each; gives the numbers of their deposits. */
export async function deposit(store: Store, first: number, count: number, perBlock: number): Promise<void> {
  const commits: Promise<void>[] = []
  for (let number = first; number < first + count; number += perBlock) {
    const numbers = Array.from({ length: Math.min(perBlock, first + count - number) }, (_, i) => number + i)
    commits.push(store.commit(fakeBlock(store, [fakeTransaction(numbers)])))
  }
  await Promise.all(commits)
}

/** Checks that everything durable is there and proven. */
export async function checkWhole(store: Store): Promise<Bytes[]> {
  const { size, root } = store.durable
  const leaves: Bytes[] = []
  for await (const block of store.blocksFrom(0)) leaves.push(...block.entries())
  assert.equal(leaves.length, size)
  assert.deepEqual(treeHash(nodeCrypto, leaves), root)
  for (const index of new Set([0, 1, 255, 256, size - 1].filter((index) => index < size))) {
    assert.deepEqual(await store.entry(index), leaves[index])
    const path = await store.withHashes((read) => inclusionProof(nodeCrypto, read, index, size))
    const leafHash = hashLeaf(nodeCrypto, leaves[index] ?? new Uint8Array(0))
    verifyInclusion(nodeCrypto, { leafHash, index, size, path, root })
  }
  return leaves
}

/** Registers the suite. */
export function storeCases(name: string, makePlace: () => Promise<StorePlace>): void {
  test(`${name}: a fresh store has the genesis`, async () => {
    const store = await openFake(await makePlace())
    assert.equal(store.durable.size, 2)
    assert.equal(store.tip.height, 0)
    const [document, ...more] = await store.consortiumDocuments()
    assert.deepEqual(document, { sequence: 0, entryIndex: 0, document: Uint8Array.of(7, 7), sizeAfter: 2 })
    assert.deepEqual(more, [])
    await checkWhole(store)
    await store.close()
  })

  test(`${name}: what was committed can be read, before and after a restart`, async () => {
    const place = await makePlace()
    let store = await openFake(place)
    await deposit(store, 0, 1_500, 100)
    await deposit(store, 1_500, 3, 1)
    for (const restarted of [false, true, true]) {
      if (restarted) {
        await store.close()
        const reports: string[] = []
        store = await openFake(place, reports)
        assert.deepEqual(reports, [])
      }
      const leaves = await checkWhole(store)
      assert.equal(leaves.length, 2 + 1_503 + 18)
      assert.equal(fakeCount(store), 19)
      const transaction = fakeTransaction([1_500])
      const found = await store.transaction(nodeCrypto.sha256(transaction))
      assert.deepEqual(found?.bytes, transaction)
      assert.equal(found.height, 16)
      assert.equal(store.seen.has(nodeCrypto.sha256(transaction)), true)
      assert.deepEqual(await store.findDigest(digestOf(1_500), 5), [found.firstIndex])
      assert.deepEqual(await store.findDigest(digestOf(9_999), 5), [])
      assert.equal((await store.blockOfEntry(found.firstIndex))?.height, 16)
      assert.equal((await store.accountAt(fakeAccount, 5))?.version, 5)
      assert.deepEqual(
        (await store.accountVersions(fakeAccount, 2)).map(({ version }) => version),
        [19, 18],
      )
      assert.equal(await store.block(77), null)
      assert.equal(await store.entry(leaves.length), null)
    }
    await store.close()
  })

  test(`${name}: tiles and bundles are the C2SP ones, partial ones included`, async () => {
    const store = await openFake(await makePlace())
    await deposit(store, 0, 700, 50)
    await store.tilesWritten(store.durable.size)
    const leaves = await checkWhole(store)
    assert.equal((await store.tileBytes('tile/0/000'))?.length, 8192)
    assert.equal((await store.tileBytes('tile/0/000.p/7'))?.length, 7 * 32)
    assert.equal((await store.tileBytes(`tile/0/002.p/${leaves.length - 512}`))?.length, (leaves.length - 512) * 32)
    assert.equal(await store.tileBytes(`tile/0/002.p/${leaves.length - 511}`), null)
    assert.equal(await store.tileBytes('tile/0/003'), null)
    assert.equal((await store.tileBytes('tile/1/000.p/2'))?.length, 64)
    const bundle = await store.tileBytes('tile/entries/001')
    assert.deepEqual(decodeBundle(bundle ?? new Uint8Array(0), 256)[3], leaves[259])
    const partial = await store.tileBytes('tile/entries/002.p/5')
    assert.deepEqual(decodeBundle(partial ?? new Uint8Array(0), 5)[4], leaves[516])
    for (const path of ['tile/0/0', '../state', 'tile/0/000.p/256', 'checkpoint']) {
      assert.equal(await store.tileBytes(path), null)
    }
    await store.close()
  })

  test(`${name}: an idempotency key finds its answer`, async () => {
    const place = await makePlace()
    let store = await openFake(place)
    const [keyHash, requestHash] = [digestOf(1), digestOf(2)]
    const record = { keyHash, requestHash, transaction: 0, firstItem: 1, itemCount: 2 }
    const transaction = fakeTransaction([1, 2, 3])
    const committed = store.commit(fakeBlock(store, [transaction], [record]))
    const early = await store.idempotent(keyHash)
    await committed
    await store.close()
    store = await openFake(place)
    const expected = {
      requestHash,
      height: 1,
      timeMs: store.tip.timeMs,
      txHash: nodeCrypto.sha256(transaction),
      code: 0,
      firstItem: 1,
      itemCount: 2,
      firstIndex: 3,
    }
    assert.deepEqual(early, expected)
    assert.deepEqual(await store.idempotent(keyHash), expected)
    assert.equal(await store.idempotent(requestHash), null)
    await store.close()
  })

  test(`${name}: derived folders can be thrown away`, async () => {
    const place = await makePlace()
    let store = await openFake(place)
    await deposit(store, 0, 1_200, 40)
    const before = await checkWhole(store)
    await store.close()
    for (const gone of [['state'], ['index'], ['log'], ['state', 'index', 'log']]) {
      for (const folder of gone) await place.files.remove(`${place.folder}/${folder}`)
      store = await openFake(place)
      assert.deepEqual(await checkWhole(store), before)
      assert.equal(fakeCount(store), 31)
      assert.equal((await store.findDigest(digestOf(700), 5)).length, 1)
      await store.tilesWritten(store.durable.size)
      assert.equal((await place.files.readFile(`${place.folder}/log/tile/0/001`))?.length, 8192)
      await store.close()
    }
  })
}
