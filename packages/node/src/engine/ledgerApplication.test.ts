import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toHex, type Bytes } from '@jurat/core/bytes'
import { codes } from '@jurat/core/ledger/codes'
import { MemoryFiles } from '../platform/memoryFiles.ts'
import type { LedgerNode } from './ledgerNode.fixtures.ts'
import { startNode } from './ledgerNode.fixtures.ts'
import { testDeposit, testItems, testNetwork, testSecret, type TestNetwork } from './network.fixtures.ts'
import { encodeTimeItem } from './timeItem.ts'
import { VirtualTime } from './virtualTime.fixtures.ts'

interface Bench extends LedgerNode {
  readonly network: TestNetwork
  readonly time: VirtualTime
  readonly deposit: (name: string, count?: number) => Bytes
}

async function bench(): Promise<Bench> {
  const network = testNetwork()
  const time = new VirtualTime()
  const node = await startNode(network, new MemoryFiles(), time)
  const deposit = (name: string, count = 1): Bytes =>
    testDeposit(network, testItems(name, count), { timestampMs: time.now() })
  return { ...node, network, time, deposit }
}

const copy = (bytes: Bytes): Bytes => Uint8Array.from(bytes)

test('check gives the refusals of the ledger, and takes no time item', async () => {
  const { application, network, time, deposit, close } = await bench()
  const items = testItems('checked', 2)
  const good = deposit('good')
  const broken = copy(good)
  broken[broken.length - 1] = (broken.at(-1) ?? 0) ^ 1
  const cases: [what: string, code: number, tx: Bytes][] = [
    ['good', codes.success, good],
    ['garbage', codes.malformed, Uint8Array.of(1, 2, 3)],
    ['time item', codes.malformed, encodeTimeItem(time.now())],
    ['too big', codes.tooBig, new Uint8Array(2_000_000)],
    [
      'another network',
      codes.wrongNetwork,
      testDeposit({ ...network, networkId: new Uint8Array(32) }, items, { timestampMs: time.now() }),
    ],
    ['too old', codes.timestampInvalid, testDeposit(network, items, { timestampMs: time.now() - 60_001 })],
    ['of the future', codes.timestampInvalid, testDeposit(network, items, { timestampMs: time.now() + 5_001 })],
    [
      'no such account',
      codes.sourceMissing,
      testDeposit({ ...network, account: new Uint8Array(32) }, items, { timestampMs: time.now() }),
    ],
    [
      'a stranger',
      codes.signatureInvalid,
      testDeposit(network, items, { timestampMs: time.now(), secretKey: testSecret('stranger') }),
    ],
    ['a broken signature', codes.signatureInvalid, broken],
  ]
  for (const [what, code, tx] of cases) assert.equal((await application.check(tx)).code, code, what)
  await close()
})

test('propose keeps order, drops the refused and what does not fit; finalize gives what process saw', async () => {
  const { application, time, deposit, close } = await bench()
  const [a, b, c] = [deposit('a', 3), deposit('b', 2), deposit('c', 1)]
  const broken = copy(b)
  broken[broken.length - 1] = (broken.at(-1) ?? 0) ^ 1
  const request = { height: 1, timeMs: time.now(), bytesMax: 1_000_000, gasMax: 1_000_000 }
  const items = await application.propose({ ...request, candidates: [a, broken, a, b, c] })
  assert.deepEqual(items, [encodeTimeItem(time.now()), a, b, c])
  const short = await application.propose({ ...request, bytesMax: a.length + 11, candidates: [a, b, c] })
  assert.deepEqual(short, [encodeTimeItem(time.now()), a])
  const { gas } = await application.check(a)
  assert.equal((await application.propose({ ...request, gasMax: gas, candidates: [a, b] })).length, 2)
  // Another process gives the same bytes, not the same objects.
  const block = { height: 1, items: items.map(copy) }
  assert.equal(await application.process(block), true)
  const finalized = await application.finalize(block)
  assert.equal(finalized.extension.size, application.info().size + 7)
  assert.deepEqual(await application.finalize(block), finalized)
  await application.commit(finalized)
  assert.equal(application.info().height, 1)
  assert.equal(toHex(application.info().appHash), toHex(finalized.appHash))
  await close()
})

test('process refuses what no proposer may propose; finalize of it stops the node', async () => {
  const { application, time, deposit, close } = await bench()
  const [a, b] = [deposit('a'), deposit('b')]
  const broken = copy(b)
  broken[broken.length - 1] = (broken.at(-1) ?? 0) ^ 1
  const now = time.now()
  const bad: [what: string, items: Bytes[]][] = [
    ['nothing', []],
    ['no time', [a]],
    ['two times', [encodeTimeItem(now), encodeTimeItem(now)]],
    ['an earlier time', [encodeTimeItem(1_700_000_000_000), a]],
    ['a time far ahead', [encodeTimeItem(now + 2_001), a]],
    ['garbage', [encodeTimeItem(now), Uint8Array.of(1)]],
    ['a broken signature', [encodeTimeItem(now), broken]],
    ['the same twice', [encodeTimeItem(now), a, a]],
  ]
  for (const [what, items] of bad) assert.equal(await application.process({ height: 1, items }), false, what)
  for (const what of ['a broken signature', 'the same twice', 'garbage']) {
    const items = bad.find(([name]) => name === what)?.[1] ?? []
    await assert.rejects(application.finalize({ height: 1, items }), { name: 'AssertionFailure' }, what)
  }
  assert.equal(await application.process({ height: 1, items: [encodeTimeItem(now + 2_000), a] }), true)
  await close()
})

test('several candidates of one height are executed without a trace; one of them is committed', async () => {
  const { application, time, deposit, close } = await bench()
  const before = application.info()
  const candidates = ['a', 'b', 'c'].map((name) => [encodeTimeItem(time.now()), deposit(name, 2)])
  for (const items of candidates) assert.equal(await application.process({ height: 1, items }), true)
  assert.deepEqual(application.info(), before)
  const finalized = await Promise.all(candidates.map((items) => application.finalize({ height: 1, items })))
  assert.equal(new Set(finalized.map(({ appHash }) => toHex(appHash))).size, 3)
  const [, second] = finalized
  assert.ok(second !== undefined)
  await application.commit(second)
  assert.equal(toHex(application.info().appHash), toHex(second.appHash))
  await close()
})

test('a block without transactions changes nothing', async () => {
  const { application, time, close } = await bench()
  const before = application.info()
  const finalized = await application.finalize({ height: 5, items: [encodeTimeItem(time.now() + 1)] })
  assert.deepEqual(finalized.appHash, before.appHash)
  await application.commit(finalized)
  assert.deepEqual(application.info(), before)
  await close()
})

test('heights may have gaps, and a replay after a restart gives the same bytes', async () => {
  const network = testNetwork()
  const time = new VirtualTime()
  const files = new MemoryFiles()
  const first = await startNode(network, files, time)
  for (const height of [1, 2, 7, 8]) {
    const tx = testDeposit(network, testItems(`height ${height}`, 3), { timestampMs: time.now() })
    const items = await first.application.propose({
      height,
      timeMs: time.now(),
      candidates: [tx],
      bytesMax: 1_000_000,
      gasMax: 1_000_000,
    })
    await first.application.commit(await first.application.finalize({ height, items }))
    await time.pass(10)
  }
  const info = first.application.info()
  // The process ends without writing its state out: the store executes the blocks again.
  const second = await startNode(network, files.processEnded(), time)
  assert.deepEqual(second.application.info(), info)
  assert.deepEqual(second.store.lanes, first.store.lanes)
  await second.close()
})
