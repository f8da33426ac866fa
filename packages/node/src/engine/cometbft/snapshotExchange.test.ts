/**
 * Snapshots from one member's ABCI server to another's, without CometBFT between them: made while blocks go on, kept, described,
 * gathered, verified; and what is wrong with one is refused.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Bytes } from '@jurat/core/bytes'
import { appHashOf } from '@jurat/core/receipt/finality'
import { nodeCrypto } from '../../crypto/nodeCrypto.ts'
import { MemoryFiles } from '../../platform/memoryFiles.ts'
import type { BaseFile } from '../../store/base.ts'
import type { AbciRequest, AbciResponse } from '../abci/frames.ts'
import {
  ResponseApplySnapshotChunk_Result as ApplyResult,
  ResponseOfferSnapshot_Result as OfferResult,
  ResponseProcessProposal_ProposalStatus as ProposalStatus,
  type Snapshot,
} from '../abci/generated/tendermint/abci/types.ts'
import { testNetwork } from '../network.fixtures.ts'
import { VirtualTime } from '../virtualTime.fixtures.ts'
import { type Bench, bench, deposit, finalize, info, initChain, prepare } from './driver.fixtures.ts'
import { chunkBytes, ChunkCollector, chunksMax, describeSnapshot, isTakeable } from './snapshotChunks.ts'
import { SnapshotReceiver } from './snapshotReceiver.ts'
import { SnapshotShelf, snapshotsKept } from './snapshotShelf.ts'

const network = testNetwork()
const everyBlocks = 3

interface Member extends Bench {
  readonly shelf: SnapshotShelf
  readonly files: MemoryFiles
  readonly warned: string[]
}

async function member(): Promise<Member> {
  const [files, warned] = [new MemoryFiles(), [] as string[]]
  const shelves: SnapshotShelf[] = []
  const made = await bench(network, files, new VirtualTime(), false, async (store) => {
    const warn = (message: string): void => void warned.push(message)
    const options = { files, dataFolder: '/data', crypto: nodeCrypto, store, everyBlocks, warn }
    const opened = await SnapshotShelf.open(options)
    shelves.push(opened)
    return opened
  })
  const [shelf] = shelves
  assert.ok(shelf !== undefined)
  await made.ask(initChain(network))
  return { ...made, shelf, files, warned }
}

/** Commits blocks up to a height; odd ones hold a deposit. @returns the app hashes by height */
async function blocksTo(at: Member, from: number, to: number): Promise<Map<number, Bytes>> {
  const hashes = new Map<number, Bytes>()
  for (let height = from; height <= to; height++) {
    const txs = await prepare(at, height, height % 2 === 1 ? [deposit(at, `block ${height}`)] : [])
    hashes.set(height, (await finalize(at, height, txs)).appHash)
    await at.ask({ $case: 'commit', value: {} })
    at.time.jump(1_000)
  }
  return hashes
}

async function listed({ ask }: Member): Promise<Snapshot[]> {
  const answer = await ask({ $case: 'listSnapshots', value: {} })
  assert.ok(answer.$case === 'listSnapshots')
  return answer.value.snapshots
}

async function chunkOf({ ask }: Member, { height, format }: Snapshot, chunk: number): Promise<Bytes> {
  const answer = await ask({ $case: 'loadSnapshotChunk', value: { height, format, chunk } })
  assert.ok(answer.$case === 'loadSnapshotChunk')
  return answer.value.chunk
}

interface Receiving {
  readonly receiver: SnapshotReceiver
  readonly taken: BaseFile[]
  readonly warned: string[]
  readonly ended: () => boolean
}

function receiving(): Receiving {
  const [taken, warned]: [BaseFile[], string[]] = [[], []]
  let ended = false
  const receiver = new SnapshotReceiver({
    crypto: nodeCrypto,
    networkId: network.networkId,
    take: async (base) => void taken.push(base),
    heard: () => undefined,
    ended: () => (ended = true),
    warn: (message) => void warned.push(message),
  })
  return { receiver, taken, warned, ended: () => ended }
}

async function offer({ receiver }: Receiving, snapshot: Snapshot | undefined, appHash: Bytes): Promise<OfferResult> {
  const answer = await receiver.handle({ $case: 'offerSnapshot', value: { snapshot, appHash } })
  assert.ok(answer.$case === 'offerSnapshot')
  return answer.value.result
}

async function apply(
  { receiver }: Receiving,
  index: number,
  chunk: Bytes,
): Promise<(AbciResponse & { $case: 'applySnapshotChunk' })['value']> {
  const answer = await receiver.handle({ $case: 'applySnapshotChunk', value: { index, chunk, sender: 'peer' } })
  assert.ok(answer.$case === 'applySnapshotChunk')
  return answer.value
}

describe('snapshots between members', () => {
  test('they are made at their heights, offered two blocks later, the newest few kept, and found again', async () => {
    const at = await member()
    await blocksTo(at, 1, everyBlocks + 1)
    await at.shelf.settled()
    assert.deepEqual(await listed(at), [], 'the second header after it is not there')
    await blocksTo(at, everyBlocks + 2, everyBlocks + 2)
    assert.deepEqual(
      (await listed(at)).map(({ height }) => height),
      [BigInt(everyBlocks)],
    )
    for (let height = everyBlocks + 3; height <= 4 * everyBlocks + 2; height++) {
      await blocksTo(at, height, height)
      await at.shelf.settled()
    }
    const newest = await listed(at)
    assert.deepEqual(
      newest.map(({ height }) => height),
      [4n, 3n].map((count) => count * BigInt(everyBlocks)),
    )
    assert.equal(newest.length, snapshotsKept)
    assert.equal((await at.files.list('/data/snapshots')).length, snapshotsKept)
    // A file that is damaged, or none of ours, goes at the next start.
    const [first = ''] = await at.files.list('/data/snapshots')
    await at.files.writeFile(`/data/snapshots/${first}`, Uint8Array.of(1))
    await at.files.writeFile('/data/snapshots/other', Uint8Array.of(1))
    const options = { files: at.files, dataFolder: '/data', crypto: nodeCrypto, store: at.store, everyBlocks }
    const again = await SnapshotShelf.open({ ...options, warn: () => undefined })
    assert.equal(again.list(100).length, 1)
    assert.equal((await at.files.list('/data/snapshots')).length, 1)
    assert.deepEqual(at.warned, [])
    await at.store.close()
  })

  test('one is taken chunk by chunk, and CometBFT is told where the ledger stands', async () => {
    const at = await member()
    const hashes = await blocksTo(at, 1, everyBlocks + 2)
    await at.shelf.settled()
    const [snapshot] = await listed(at)
    assert.ok(snapshot !== undefined)
    const appHash = hashes.get(everyBlocks) ?? new Uint8Array(0)
    const joining = receiving()
    assert.equal(await offer(joining, snapshot, appHash), OfferResult.ACCEPT)
    for (let index = 0; index < snapshot.chunks; index++) {
      const chunk = await chunkOf(at, snapshot, index)
      assert.equal((await apply(joining, index, chunk)).result, ApplyResult.ACCEPT)
    }
    const [base] = joining.taken
    assert.ok(base !== undefined)
    assert.equal(base.engineHeight, everyBlocks)
    assert.deepEqual(appHashOf(base), appHash)
    const stands = await joining.receiver.handle(info)
    assert.ok(stands.$case === 'info')
    assert.equal(stands.value.lastBlockHeight, BigInt(everyBlocks))
    assert.deepEqual(stands.value.lastBlockAppHash, appHash)
    // What comes before the first block is executed ends nothing: CometBFT has no block in its store yet.
    const bare = (request: object): Promise<AbciResponse> => joining.receiver.handle(request as AbciRequest)
    const checked = await bare({ $case: 'checkTx', value: { tx: new Uint8Array(1) } })
    assert.ok(checked.$case === 'checkTx' && checked.value.code !== 0)
    assert.deepEqual(await bare({ $case: 'prepareProposal', value: {} }), {
      $case: 'prepareProposal',
      value: { txs: [] },
    })
    const voted = await bare({ $case: 'processProposal', value: {} })
    assert.ok(voted.$case === 'processProposal' && voted.value.status === ProposalStatus.REJECT)
    assert.ok(!joining.ended())
    // The first block ends it: nobody answers CometBFT before the ledger does.
    void bare({ $case: 'finalizeBlock', value: {} })
    assert.ok(joining.ended())
    await at.store.close()
  })

  test('a wrong chunk is asked for again of somebody else, a wrong snapshot taken from nobody', async () => {
    const at = await member()
    const hashes = await blocksTo(at, 1, everyBlocks + 2)
    await at.shelf.settled()
    const [snapshot] = await listed(at)
    assert.ok(snapshot !== undefined)
    const appHash = hashes.get(everyBlocks) ?? new Uint8Array(0)
    const chunk = await chunkOf(at, snapshot, 0)
    const joining = receiving()
    await offer(joining, snapshot, appHash)
    for (const wrong of [chunk.subarray(1), new Uint8Array(chunkBytes + 1), chunk.map((byte) => byte ^ 1)]) {
      const again = { result: ApplyResult.RETRY, refetchChunks: [0], rejectSenders: ['peer'] }
      assert.deepEqual(await apply(joining, 0, wrong), again)
    }
    assert.equal((await apply(joining, 7, chunk)).result, ApplyResult.RETRY)
    assert.equal((await apply(joining, 0, chunk)).result, ApplyResult.ACCEPT)
    // The same bytes for another tree: the hashes of the chunks fit, the snapshot does not.
    const other = receiving()
    const elsewhere = hashes.get(everyBlocks - 2) ?? new Uint8Array(0)
    assert.equal(await offer(other, snapshot, elsewhere), OfferResult.ACCEPT)
    assert.equal((await apply(other, 0, chunk)).result, ApplyResult.REJECT_SNAPSHOT)
    assert.deepEqual(other.taken, [])
    assert.equal(other.warned.length, 1)
    assert.equal((await apply(other, 0, chunk)).result, ApplyResult.ABORT, 'nothing is being gathered')
    await at.store.close()
  })

  test('an offer that cannot be is refused before anything of it is gathered', async () => {
    const good = describeSnapshot(nodeCrypto, 5, new Uint8Array(chunkBytes + 1))
    assert.equal(good.chunks, 2)
    assert.ok(isTakeable(good))
    const appHash = appHashOf({ size: 2, root: new Uint8Array(32) })
    const cases: [what: string, expected: OfferResult, snapshot: Snapshot | undefined, appHash: Bytes][] = [
      ['none', OfferResult.REJECT_FORMAT, undefined, appHash],
      ['another format', OfferResult.REJECT_FORMAT, { ...good, format: 2 }, appHash],
      ['no chunk', OfferResult.REJECT_SENDER, { ...good, chunks: 0, metadata: new Uint8Array(0) }, appHash],
      ['too few hashes', OfferResult.REJECT_SENDER, { ...good, chunks: 3 }, appHash],
      [
        'too many chunks',
        OfferResult.REJECT_SENDER,
        { ...good, chunks: chunksMax + 1, metadata: new Uint8Array(32 * (chunksMax + 1)) },
        appHash,
      ],
      ['no height', OfferResult.REJECT_SENDER, { ...good, height: 0n }, appHash],
      ['no hash', OfferResult.REJECT_SENDER, { ...good, hash: new Uint8Array(0) }, appHash],
      ['no app hash', OfferResult.REJECT_SENDER, good, new Uint8Array(39)],
      ['a tree that is too big', OfferResult.REJECT_SENDER, good, new Uint8Array(40).fill(255)],
    ]
    for (const [what, expected, snapshot, hash] of cases) {
      assert.equal(await offer(receiving(), snapshot, hash), expected, what)
    }
    assert.equal(await offer(receiving(), good, appHash), OfferResult.ACCEPT)
    const most = { ...good, chunks: chunksMax, metadata: new Uint8Array(32 * chunksMax) }
    assert.equal(await offer(receiving(), most, appHash), OfferResult.ACCEPT)
  })

  test('chunks in any order give the whole, and none is missing', () => {
    const bytes = new Uint8Array(2 * chunkBytes + 5).map((_, at) => at % 251)
    const collector = new ChunkCollector(nodeCrypto, describeSnapshot(nodeCrypto, 1, bytes))
    for (const index of [2, 0, 0]) {
      assert.ok(collector.add(index, bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes)))
      assert.equal(collector.whole(), null)
    }
    assert.ok(collector.add(1, bytes.subarray(chunkBytes, 2 * chunkBytes)))
    assert.deepEqual(collector.whole(), bytes)
  })
})
