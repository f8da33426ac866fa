import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { fromHex, toHex, type Bytes } from '@jurat/core/bytes'
import { codes } from '@jurat/core/ledger/codes'
import { consortiumOf } from '@jurat/core/ledger/workspace'
import { nodeCrypto } from '../../crypto/nodeCrypto.ts'
import { MemoryFiles } from '../../platform/memoryFiles.ts'
import { fileKeyValue } from '../../store/fileKeyValue.ts'
import { openStore } from '../../store/openStore.ts'
import type { Store } from '../../store/store.ts'
import type { CommittedBlock } from '../application.ts'
import { EngineError, type Committed, type Refused, type SubmissionSide } from '../engine.ts'
import { LedgerApplication, replayBlock } from '../ledgerApplication.ts'
import { testDeposit, testItems, testNetwork, testSecret, type TestNetwork } from '../network.fixtures.ts'
import { Verification } from '../verification.ts'
import { VirtualTime } from '../virtualTime.fixtures.ts'
import { CometbftEngine, cometbftLimits, type CometbftLimits } from './cometbftEngine.ts'
import { MemoryComet } from './memoryComet.fixtures.ts'
import type { CometRpc } from './rpc.ts'
import { sentenceOf, votersOf } from './stall.ts'

interface Bench {
  readonly network: TestNetwork
  readonly store: Store
  readonly engine: CometbftEngine
  readonly comet: MemoryComet
  readonly time: VirtualTime
  readonly blocks: CommittedBlock[]
  readonly failures: unknown[]
  readonly deposit: (name: string, secretKey?: Bytes) => Bytes
}

/** An engine with its CometBFT, whose chain has begun. */
async function bench(t: TestContext, limits: Partial<CometbftLimits> = {}): Promise<Bench> {
  const node = await freshBench(t, limits)
  await node.comet.block()
  return node
}

/** An engine with its CometBFT, before the first block. */
async function freshBench(t: TestContext, limits: Partial<CometbftLimits> = {}): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'jurat-e-'))
  const socketPath = join(folder, 's')
  const [network, files, time] = [testNetwork(), new MemoryFiles(), new VirtualTime()]
  await files.makeFolder('/data')
  const store = await openStore({
    files,
    folder: '/data',
    clock: time,
    timers: time,
    crypto: nodeCrypto,
    openKeyValue: fileKeyValue(files),
    genesis: network.outcome,
    replay: (input) => replayBlock(nodeCrypto, input),
  })
  const verification = new Verification({
    crypto: nodeCrypto,
    verify: async (publicKey, message, signature) => nodeCrypto.verify(publicKey, message, signature),
  })
  const failures: unknown[] = []
  const rpc: CometRpc = {
    broadcast: (tx) => comet.broadcast(tx),
    call: () => comet.call(),
    close: () => comet.close(),
  }
  const engine = await CometbftEngine.open({
    application: new LedgerApplication({ store, crypto: nodeCrypto, verification, clock: time }),
    consortium: () => consortiumOf(store.view).document,
    genesis: network.genesis,
    crypto: nodeCrypto,
    files,
    dataFolder: '/data',
    socketPath,
    rpc,
    clock: time,
    timers: time,
    limits: { ...cometbftLimits, stopMaxMs: 0, ...limits },
    fatal: (error) => failures.push(error),
  })
  const comet = await MemoryComet.start(socketPath, time.now())
  const blocks: CommittedBlock[] = []
  engine.onBlock((block) => blocks.push(block))
  t.after(async () => {
    const stopped = engine.stop()
    await time.pass(0)
    await stopped
    await store.close()
    rmSync(folder, { recursive: true })
  })
  const deposit = (name: string, secretKey?: Bytes): Bytes =>
    testDeposit(network, testItems(name, 2), {
      timestampMs: time.now(),
      ...(secretKey === undefined ? {} : { secretKey }),
    })
  return { network, store, engine, comet, time, blocks, failures, deposit }
}

/** Code and message of a submission that was turned away; its outcome otherwise. */
function problemOf(promise: Promise<Committed | Refused>): Promise<string> {
  return promise.then(
    ({ state }) => state,
    (error: unknown) => (error instanceof EngineError ? `${error.code}: ${error.message}` : Promise.reject(error)),
  )
}

async function waiting({ comet }: Bench, count: number): Promise<void> {
  while (comet.waiting < count) await new Promise((resolve) => setImmediate(resolve))
}

async function broadcasts({ comet }: Bench, count: number): Promise<void> {
  while (comet.broadcasts < count) await new Promise((resolve) => setImmediate(resolve))
}

const side = (byte: number): SubmissionSide => ({
  idempotency: [
    { keyHash: new Uint8Array(32).fill(byte), requestHash: new Uint8Array(32), firstItem: 0, itemCount: 2 },
  ],
})

test('a submission is answered when its block is durable, with its idempotency key in it', async (t) => {
  const node = await bench(t)
  const outcome = node.engine.submit(node.deposit('a'), side(7))
  await waiting(node, 1)
  assert.equal(node.engine.progress.awaited, 1)
  const height = await node.comet.block()
  const committed = await outcome
  assert.ok(committed.state === 'committed')
  assert.equal(committed.height, height)
  assert.equal(committed.entryCount, 2)
  assert.equal(node.blocks.length, 1)
  assert.equal((await node.store.idempotent(new Uint8Array(32).fill(7)))?.height, height)
  await node.comet.block()
  assert.equal(node.blocks.length, 1, 'followers see no block without transactions')
  assert.equal(node.engine.progress.height, 3)
  assert.equal(node.engine.queuedBytes, 0)
})

test('before the first block nothing is given to CometBFT, whose peers may throw it away; then all of it is', async (t) => {
  const node = await freshBench(t)
  const outcome = node.engine.submit(node.deposit('a'))
  await node.time.pass(3_000)
  assert.equal(node.comet.broadcasts, 0)
  assert.equal(node.engine.progress.awaited, 1)
  await node.comet.block()
  await node.time.pass(1_000)
  await waiting(node, 1)
  await node.comet.block()
  assert.equal((await outcome).state, 'committed')
})

test('the same transaction twice has one outcome, and repeated later it is a repetition', async (t) => {
  const node = await bench(t)
  const tx = node.deposit('a')
  const both = [node.engine.submit(tx), node.engine.submit(tx.slice())]
  await waiting(node, 1)
  await node.comet.block()
  const [first, second] = await Promise.all(both)
  assert.deepEqual(first, second)
  const later = await node.engine.submit(tx)
  assert.ok(later.state === 'refused' && later.code === codes.replay)
})

test('what is refused by the check never reaches CometBFT', async (t) => {
  const node = await bench(t)
  const forged = await node.engine.submit(node.deposit('a', testSecret('a stranger')))
  assert.ok(forged.state === 'refused' && forged.code === codes.signatureInvalid)
  assert.equal(node.comet.broadcasts, 0)
})

test("another's copy with a broken signature does not end the genuine one", async (t) => {
  const node = await bench(t)
  const tx = node.deposit('a')
  const outcome = node.engine.submit(tx)
  await waiting(node, 1)
  const broken = tx.slice()
  broken[broken.length - 1] = (broken.at(-1) ?? 0) ^ 1
  await node.comet.broadcast(broken)
  await node.comet.block()
  assert.equal((await outcome).state, 'committed')
})

test('a full mempool is told, a queue that is full too', async (t) => {
  const node = await bench(t, { queueBytesMax: 2_000 })
  node.comet.broken = { kind: 'full' }
  assert.match(await problemOf(node.engine.submit(node.deposit('a'))), /^overloaded/)
  node.comet.broken = null
  const first = node.engine.submit(node.deposit('b'))
  await waiting(node, 1)
  assert.match(await problemOf(node.engine.submit(node.deposit('c'))), /^overloaded/)
  await node.comet.block()
  assert.equal((await first).state, 'committed')
})

test('a member that is behind takes nothing', async (t) => {
  const node = await bench(t)
  node.comet.broken = { kind: 'catchingUp' }
  assert.match(await problemOf(node.engine.submit(node.deposit('a'))), /^stalled: .*catching up/)
})

test('what CometBFT lost is sent again: after it started anew, and after a while', async (t) => {
  const node = await bench(t, { resendAfterMs: 3_000 })
  const outcome = node.engine.submit(node.deposit('a'))
  await waiting(node, 1)
  await node.comet.handshake()
  await node.time.pass(1_000)
  await waiting(node, 1)
  node.comet.lose()
  await node.time.pass(3_000)
  await waiting(node, 1)
  await node.comet.block()
  assert.equal((await outcome).state, 'committed')
})

test('no answer of the RPC: it is tried again', async (t) => {
  const node = await bench(t)
  node.comet.broken = { kind: 'unknown', cause: new Error('connection refused') }
  const outcome = node.engine.submit(node.deposit('a'))
  await broadcasts(node, 1)
  await node.time.pass(1_000)
  await broadcasts(node, 2)
  node.comet.broken = null
  await node.time.pass(1_000)
  await waiting(node, 1)
  await node.comet.block()
  assert.equal((await outcome).state, 'committed')
})

/** A transaction that became impossible leaves the mempool by the check after a block. */
test('what can stand in no block any more is refused', async (t) => {
  const node = await bench(t)
  const tx = testDeposit(node.network, testItems('short', 1), { timestampMs: node.time.now(), periodMs: 3_000 })
  const outcome = node.engine.submit(tx)
  await waiting(node, 1)
  node.comet.lose()
  await node.comet.handshake()
  node.comet.broken = { kind: 'unknown', cause: new Error('connection refused') }
  for (let i = 0; i < 5; i++) await node.time.pass(1_000)
  const refused = await outcome
  assert.ok(refused.state === 'refused' && refused.code === codes.timestampInvalid)
})

test('the reason of a stall is that of now, not of its beginning', async (t) => {
  const node = await bench(t)
  const outcome = problemOf(node.engine.submit(node.deposit('a')))
  await waiting(node, 1)
  for (let i = 0; i < 11; i++) await node.time.pass(1_000)
  assert.match(await outcome, /CometBFT does not answer/)
  node.comet.consensus = {}
  await node.time.pass(1_000)
  await node.time.pass(1_000)
  assert.equal(node.engine.progress.stalled, 'Consensus has not begun a round.')
})

test('no block: those who wait are told who is missing, new ones are turned away, and it heals', async (t) => {
  const node = await bench(t)
  const outcome = problemOf(node.engine.submit(node.deposit('a'), side(1)))
  await waiting(node, 1)
  node.comet.consensus = {}
  for (let i = 0; i < 11; i++) await node.time.pass(1_000)
  const told = await outcome
  assert.match(
    told,
    /^stalled: No block has been made for 1\d seconds\. Consensus has not begun a round\. What was sent may/,
  )
  assert.match(await problemOf(node.engine.submit(node.deposit('b'))), /^stalled: .* Nothing was taken\.$/)
  assert.equal(node.engine.progress.stalled, 'Consensus has not begun a round.')
  await node.comet.block()
  assert.equal(node.engine.progress.stalled, null)
  // What was cut off stands in the block, under its key.
  assert.ok((await node.store.idempotent(new Uint8Array(32).fill(1))) !== null)
  const after = node.engine.submit(node.deposit('c'))
  await waiting(node, 1)
  await node.comet.block()
  assert.equal((await after).state, 'committed')
})

test('after a break new ones wait until those that were cut off are settled, but not for ever', async (t) => {
  const node = await bench(t)
  const outcome = problemOf(node.engine.submit(node.deposit('a'), side(1)))
  await waiting(node, 1)
  node.comet.lose()
  node.comet.broken = { kind: 'unknown', cause: new Error('connection refused') }
  for (let i = 0; i < 11; i++) await node.time.pass(1_000)
  assert.match(await outcome, /CometBFT does not answer/)
  await node.comet.block()
  assert.match(await problemOf(node.engine.submit(node.deposit('b'))), /cut off are finished first/)
  node.comet.broken = null
  await node.time.pass(10_000)
  const after = node.engine.submit(node.deposit('c'))
  await waiting(node, 2)
  await node.comet.block()
  assert.equal((await after).state, 'committed')
})

test('an engine that stops tells those who wait, and takes nothing more', async (t) => {
  const node = await bench(t)
  const outcome = problemOf(node.engine.submit(node.deposit('a')))
  await waiting(node, 1)
  const order: string[] = []
  const stopped = node.engine.stop(async () => void order.push('cometbft'))
  await node.time.pass(0)
  await stopped
  assert.match(await outcome, /^stopped: .*before the outcome was known/)
  assert.match(await problemOf(node.engine.submit(node.deposit('b'))), /^stopped/)
  assert.deepEqual(order, ['cometbft'])
  assert.deepEqual(node.failures, [])
})

test('who takes part is read from the votes, and who is missing is named', () => {
  const validators = ['court', 'notary', 'forensic', 'ca'].map((member, at) => ({
    member,
    publicKey: new Uint8Array(32),
    address: fromHex(`${at}${at}`.repeat(20)),
  }))
  const vote = (at: number): string =>
    `Vote{${at}:${`${at}${at}`.repeat(6)} 7/01/SIGNED_MSG_TYPE_PREVOTE(Prevote) 8B01}`
  const state = (...votes: string[]): unknown => ({
    round_state: {
      'height/round/step': '7/1/4',
      height_vote_set: [
        { round: 0, prevotes: ['nil-Vote', ...votes], precommits: ['nil-Vote'] },
        { round: 1, prevotes: [vote(0)], precommits: [] },
      ],
    },
  })
  const cases: readonly (readonly [unknown, string])[] = [
    [state(vote(1)), '2 of 4 members take part, and 3 are needed; missing: forensic, ca.'],
    [state(), '1 of 4 members take part, and 3 are needed; missing: notary, forensic, ca.'],
    [state(vote(2), vote(3)), '3 of 4 members take part, which is enough: it should go on shortly.'],
    [{}, 'Consensus has not begun a round.'],
    [{ round_state: { height_vote_set: [{ prevotes: 7 }] } }, 'Consensus has not begun a round.'],
  ]
  for (const [answer, sentence] of cases) assert.equal(sentenceOf(votersOf(answer), validators), sentence)
  assert.equal(toHex(validators[1]?.address ?? new Uint8Array(0)).slice(0, 4), '1111')
})
