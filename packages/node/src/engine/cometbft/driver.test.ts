import assert from 'node:assert/strict'
import { test } from 'node:test'
import { equal, toHex, type Bytes } from '@jurat/core/bytes'
import { codes } from '@jurat/core/ledger/codes'
import { decodeDocument, encodeDocument, type ConsortiumDocument, type Member } from '@jurat/core/ledger/consortium'
import { decodeGenesis } from '@jurat/core/ledger/genesis'
import { appHashOf } from '@jurat/core/receipt/finality'
import { nodeCrypto } from '../../crypto/nodeCrypto.ts'
import { MemoryFiles } from '../../platform/memoryFiles.ts'
import { CheckTxType, type RequestInitChain } from '../abci/generated/tendermint/abci/types.ts'
import type { AbciRequest } from '../abci/frames.ts'
import type { Application, FinalizedBlock } from '../application.ts'
import { testNetwork, testSecret } from '../network.fixtures.ts'
import { decodeTimeItem, encodeTimeItem } from '../timeItem.ts'
import { VirtualTime } from '../virtualTime.fixtures.ts'
import { consensusBlockBytesMax, validatorChanges } from './chain.ts'
import { AbciDriver } from './driver.ts'
import { EngineHeight } from './engineHeight.ts'
import {
  bench,
  common,
  deposit,
  finalize,
  hash,
  initChain,
  noEvents,
  prepare,
  processProposal,
  standsAt,
} from './driver.fixtures.ts'

const empty = new Uint8Array(0)

test('a chain begins with size and root of the genesis', async () => {
  const node = await bench()
  assert.deepEqual(await standsAt(node), { height: 0, appHash: '' })
  const response = await node.ask(initChain(node.network))
  const { size, root } = node.store.durable
  assert.ok(response.$case === 'initChain' && equal(response.value.appHash, appHashOf({ size, root })))
})

test('a chain that is not ours does not begin', async () => {
  const node = await bench()
  const { value } = initChain(node.network)
  const changes: readonly (readonly [Partial<RequestInitChain>, RegExp])[] = [
    [{ chainId: 'jurat-other' }, /chain_id is jurat-other and must be jurat-/],
    [{ initialHeight: 2n }, /initial_height is 2 and must be 1/],
    [{ validators: [] }, /validators is {2}and must be [0-9a-f]{64} 1/],
    [{ validators: value.validators.map((one) => ({ ...one, power: 2n })) }, /validators is [0-9a-f]{64} 2 and/],
    [{ consensusParams: undefined }, /block.max_bytes is undefined and must be 8388608; block.max_gas is undefined/],
  ]
  for (const [change, message] of changes) await assert.rejects(node.ask(initChain(node.network, change)), message)
})

test('a block: proposed, accepted, executed, committed; one without transactions moves only the height', async () => {
  const node = await bench()
  const items = await prepare(node, 1, [deposit(node, 'a'), deposit(node, 'b')])
  assert.equal(items.length, 3)
  assert.equal(decodeTimeItem(items[0] ?? empty), node.time.now())
  assert.equal(await processProposal(node, 1, items), true)
  const result = await finalize(node, 1, items)
  assert.deepEqual(result.codes, [0, 0, 0])
  assert.deepEqual(await standsAt(node), { height: 0, appHash: '' }, 'nothing is written before Commit')
  assert.deepEqual(await node.ask({ $case: 'commit', value: {} }), { $case: 'commit', value: { retainHeight: 0n } })
  assert.deepEqual(await standsAt(node), { height: 1, appHash: toHex(result.appHash) })
  const idle = await prepare(node, 2, [])
  assert.equal(idle.length, 1)
  assert.equal(await processProposal(node, 2, idle), true)
  assert.deepEqual(await finalize(node, 2, idle), { codes: [0], appHash: result.appHash })
  await node.ask({ $case: 'commit', value: {} })
  assert.deepEqual(await standsAt(node), { height: 2, appHash: toHex(result.appHash) })
  assert.deepEqual(
    node.committed.map(({ height, block }) => [height, block?.transactions.length ?? null]),
    [
      [1, 2],
      [2, null],
    ],
  )
})

test('a proposal keeps within the bytes that it is given, the time item and the framing included', async () => {
  const node = await bench()
  const txs = [deposit(node, 'a'), deposit(node, 'b')]
  const whole = 11 + txs.reduce((sum, { length }) => sum + length, 0) + 3 * 5
  assert.equal((await prepare(node, 1, txs, whole)).length, 3)
  assert.equal((await prepare(node, 1, txs, whole - 1)).length, 2)
})

test('the time of a block is never before that of the last one', async () => {
  const node = await bench()
  const first = await prepare(node, 1, [deposit(node, 'a')])
  await finalize(node, 1, first)
  await node.ask({ $case: 'commit', value: {} })
  const last = node.time.now()
  node.time.jump(-1_000)
  assert.equal(decodeTimeItem((await prepare(node, 2, []))[0] ?? empty), last)
})

test('a block is delivered again, by the same process or by the next, with the same results', async () => {
  const files = new MemoryFiles()
  const network = testNetwork()
  const node = await bench(network, files)
  const items = await prepare(node, 1, [deposit(node, 'a')])
  const first = await finalize(node, 1, items)
  assert.deepEqual(await finalize(node, 1, items), first)
  await node.store.close()
  const again = await bench(network, files)
  assert.deepEqual(await standsAt(again), { height: 0, appHash: '' })
  assert.deepEqual(await finalize(again, 1, items), first)
  await again.ask({ $case: 'commit', value: {} })
  await assert.rejects(finalize(again, 1, items), /block 1 follows block 1/)
})

test('the height of blocks without transactions outlives the process when it was written, and may be lower otherwise', async () => {
  const files = new MemoryFiles()
  const network = testNetwork()
  const time = new VirtualTime()
  const node = await bench(network, files, time)
  for (const [height, txs] of [
    [1, [deposit(node, 'a')]],
    [2, []],
    [3, []],
  ] as const) {
    await finalize(node, height, await prepare(node, height, [...txs]))
    await node.ask({ $case: 'commit', value: {} })
  }
  await node.store.close()
  const early = await bench(network, files, time)
  assert.equal((await standsAt(early)).height, 1)
  for (const height of [2, 3]) {
    await finalize(early, height, await prepare(early, height, []))
    await early.ask({ $case: 'commit', value: {} })
  }
  await time.pass(1_000)
  await early.store.close()
  assert.equal((await standsAt(await bench(network, files, time))).height, 3)
})

test('a height is not believed beside another tree, or when it is torn', async () => {
  const files = new MemoryFiles()
  await files.makeFolder('/data')
  const options = {
    files,
    dataFolder: '/data',
    timers: new VirtualTime(),
    warn: (error: unknown) => assert.ifError(error),
  }
  const ledger = { height: 4, size: 10, root: hash(1) }
  const height = await EngineHeight.open(options, ledger)
  height.reached(9, ledger)
  await height.write()
  const heightBeside = async (other: typeof ledger): Promise<number> => (await EngineHeight.open(options, other)).height
  assert.equal(await heightBeside(ledger), 9)
  assert.equal(await heightBeside({ ...ledger, size: 9 }), 4)
  assert.equal(await heightBeside({ ...ledger, root: hash(2) }), 4)
  assert.equal(await heightBeside({ ...ledger, height: 12 }), 12)
  const content = (await files.readFile('/data/engine/height')) ?? empty
  await files.writeFile('/data/engine/height', content.slice(0, -3))
  assert.equal(await heightBeside(ledger), 4)
  const flipped = content.slice()
  flipped[22] = (flipped[22] ?? 0) ^ 1
  await files.writeFile('/data/engine/height', flipped)
  assert.equal(await heightBeside(ledger), 4)
})

test('blocks that are voted against, and why', async () => {
  const node = await bench(testNetwork({ timeMs: 1_799_999_000_000 }))
  const tx = deposit(node, 'a')
  const now = node.time.now()
  const time = (offsetMs: number): Bytes => encodeTimeItem(now + offsetMs)
  const cases: readonly (readonly [string, Bytes[], boolean, string?])[] = [
    ['as it should be', [time(0), tx], true],
    ['within the tolerance', [time(2_000)], true],
    ['ahead', [time(2_001)], false, 'ahead'],
    ['old', [time(-5_001)], false, 'old'],
    ['no time item', [tx], false, 'timeItem'],
    ['nothing at all', [], false, 'timeItem'],
    ['two time items', [time(0), time(0)], false, 'itsItems'],
    ['the same transaction twice', [time(0), tx, tx], false, 'itsItems'],
    ['bytes that are no transaction', [time(0), hash(1)], false, 'itsItems'],
  ]
  for (const [name, txs, accepted, reason] of cases) {
    assert.equal(await processProposal(node, 1, txs, now - 60_000), accepted, name)
    if (reason !== undefined) assert.equal(node.warnings.at(-1)?.['reason'], reason, name)
  }
  assert.equal(await processProposal(node, 1, [time(-3_000)], now), false)
  assert.equal(node.warnings.at(-1)?.['reason'], 'beforeHeader')
  await node.time.pass(10_000)
  assert.equal(await processProposal(node, 1, [time(-5_001)], now - 60_000), true, 'the rule has bent')
})

test('a check gives code and gas, for new ones and again', async () => {
  const node = await bench()
  const tx = deposit(node, 'a')
  for (const type of [CheckTxType.NEW, CheckTxType.RECHECK]) {
    const good = await node.ask({ $case: 'checkTx', value: { tx, type } })
    assert.ok(good.$case === 'checkTx' && good.value.code === 0 && good.value.gasWanted > 0n)
    const time = await node.ask({ $case: 'checkTx', value: { tx: encodeTimeItem(node.time.now()), type } })
    assert.ok(time.$case === 'checkTx' && time.value.code === codes.malformed)
  }
})

test('requests that ask the ledger nothing are answered truthfully', async () => {
  const node = await bench()
  const snapshot = { height: 1n, format: 1, chunks: 1, hash: hash(1), metadata: empty }
  const vote = { hash: hash(1), validatorAddress: empty, height: 1n }
  const extend = { ...common, hash: hash(1), height: 1n, time: undefined, txs: [], proposedLastCommit: undefined }
  const asked: readonly (readonly [AbciRequest, object])[] = [
    [{ $case: 'echo', value: { message: 'm' } }, { message: 'm' }],
    [{ $case: 'flush', value: {} }, {}],
    [{ $case: 'listSnapshots', value: {} }, { snapshots: [] }],
    [{ $case: 'offerSnapshot', value: { snapshot, appHash: empty } }, { result: 2 }],
    [{ $case: 'loadSnapshotChunk', value: { height: 1n, format: 1, chunk: 0 } }, { chunk: empty }],
    [
      { $case: 'applySnapshotChunk', value: { index: 0, chunk: empty, sender: '' } },
      { result: 2, refetchChunks: [], rejectSenders: [] },
    ],
    [{ $case: 'extendVote', value: extend }, { voteExtension: empty }],
    [{ $case: 'verifyVoteExtension', value: { ...vote, voteExtension: empty } }, { status: 1 }],
    [{ $case: 'verifyVoteExtension', value: { ...vote, voteExtension: hash(1) } }, { status: 2 }],
  ]
  for (const [request, value] of asked) assert.deepEqual(await node.ask(request), { $case: request.$case, value })
  const query = await node.ask({ $case: 'query', value: { data: empty, path: '/x', height: 0n, prove: true } })
  assert.ok(query.$case === 'query' && query.value.code === 1)
})

test('a change of the consortium document changes validators and gas, by the exact difference', async () => {
  const network = testNetwork()
  const before = decodeDocument(decodeGenesis(network.genesis).document)
  const [member] = before.members
  assert.ok(member !== undefined)
  const named = (name: string): Member => ({
    ...member,
    name,
    keys: { ...member.keys, validator: nodeCrypto.publicKeyOf(testSecret(name)) },
  })
  const old: ConsortiumDocument = { ...before, members: ['a', 'b', 'c', 'd'].map(named) }
  const parameters = { ...before.parameters, gasBlockMax: 2_000_000 }
  const next: ConsortiumDocument = { ...old, members: ['a', 'e', 'c', 'd'].map(named), parameters }
  const changes = validatorChanges(old, next).map(({ publicKey, power }) => [toHex(publicKey), power])
  const keyOf = (name: string): string => toHex(nodeCrypto.publicKeyOf(testSecret(name)).subarray(1))
  const expected = [
    [keyOf('b'), 0],
    [keyOf('e'), 1],
  ].toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1))
  assert.deepEqual(changes, expected)
  assert.deepEqual(validatorChanges(old, { ...old, members: old.members.toReversed() }), [])

  const outcome = { results: [], consortium: { document: encodeDocument(next), index: 1, sequence: 1 } }
  const application = { finalize: async () => ({ outcome, appHash: hash(1) }) as unknown as FinalizedBlock }
  const driver = new AbciDriver({
    // Only what FinalizeBlock asks of an application is there.
    application: application as unknown as Application,
    consortium: () => old,
    genesis: network.genesis,
    crypto: nodeCrypto,
    clock: new VirtualTime(),
    height: { height: 0 } as EngineHeight,
    events: noEvents,
  })
  const value = { ...common, txs: [], decidedLastCommit: undefined, hash: hash(1), height: 1n, time: undefined }
  const response = await driver.handle({ $case: 'finalizeBlock', value })
  assert.ok(response.$case === 'finalizeBlock')
  assert.deepEqual(
    response.value.validatorUpdates.map(({ pubKey, power }) => [
      pubKey?.sum?.$case === 'ed25519' && toHex(pubKey.sum.value),
      Number(power),
    ]),
    expected,
  )
  assert.deepEqual(response.value.consensusParamUpdates?.block, {
    maxBytes: BigInt(consensusBlockBytesMax),
    maxGas: 2_000_000n,
  })
})

test('a CometBFT that lost its store gets the chain again, answered from the blocks that are here', async () => {
  const files = new MemoryFiles()
  const [network, time] = [testNetwork(), new VirtualTime()]
  const node = await bench(network, files, time)
  const chain: { items: Bytes[]; result: { codes: number[]; appHash: Bytes } }[] = []
  for (const names of [['a', 'b'], [], ['c'], [], []]) {
    const height = chain.length + 1
    const items = await prepare(
      node,
      height,
      names.map((name) => deposit(node, name)),
    )
    chain.push({ items, result: await finalize(node, height, items) })
    await node.ask({ $case: 'commit', value: {} })
  }
  await time.pass(1_000)
  await node.store.close()

  const again = await bench(network, files, time, true)
  assert.deepEqual(await standsAt(again), { height: 0, appHash: '' })
  assert.equal((await again.ask(initChain(network))).$case, 'initChain')
  assert.deepEqual(await prepare(again, 1, []), [])
  assert.equal(await processProposal(again, 1, chain[0]?.items ?? []), false)
  const foreign = [chain[0]?.items[0] ?? empty, deposit(again, 'other')]
  await assert.rejects(finalize(again, 1, foreign), /block 1 is another than the one that this node has executed/)
  await assert.rejects(finalize(again, 1, [encodeTimeItem(1)]), /block 1 is another/)
  for (const [at, { items, result }] of chain.entries()) {
    assert.deepEqual(await finalize(again, at + 1, items), result)
    await again.ask({ $case: 'commit', value: {} })
    const hash = toHex(result.appHash)
    assert.deepEqual(await standsAt(again), { height: at + 1, appHash: hash })
  }
  const next = await prepare(again, 6, [deposit(again, 'd')])
  assert.equal(await processProposal(again, 6, next), true)
  assert.deepEqual((await finalize(again, 6, next)).codes, [0, 0])
  await again.ask({ $case: 'commit', value: {} })
  assert.equal((await standsAt(again)).height, 6)
})
