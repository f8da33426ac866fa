import assert from 'node:assert/strict'
import { test } from 'node:test'
import { equal, fromText, type Bytes } from '@jurat/core/bytes'
import { parseCheckpoint, type Checkpoint } from '@jurat/core/note/checkpoint'
import { openNote } from '@jurat/core/note/note'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import { settle, VirtualTime } from '../engine/virtualTime.fixtures.ts'
import { nodeNetwork } from '../platform/nodeNetwork.ts'
import { MemoryLog } from './memoryLog.fixtures.ts'
import { logSigner, logVerifier, origin, policyOf } from './publisher.fixtures.ts'
import { restMs } from './pauses.ts'
import { Publisher, type PublisherOptions } from './publisher.ts'

interface Bench {
  readonly publisher: Publisher
  readonly time: VirtualTime
  readonly failures: unknown[]
}

const document = fromText('document 0')
const beginning = { size: 0, root: nodeCrypto.sha256(new Uint8Array(0)), timeMs: 0 }

function bench(log: MemoryLog, changes: Partial<PublisherOptions> = {}): Bench {
  const time = new VirtualTime()
  const failures: unknown[] = []
  const publisher = new Publisher({
    origin,
    store: log,
    crypto: nodeCrypto,
    clock: time,
    timers: time,
    network: nodeNetwork,
    signers: [logSigner],
    policyOf: () => policyOf([], 0),
    fatal: (error) => failures.push(error),
    ...changes,
  })
  return { publisher, time, failures }
}

async function freshLog(): Promise<MemoryLog> {
  const log = new MemoryLog(document)
  await log.signer.begin(beginning)
  return log
}

function read(note: Bytes | null): Checkpoint {
  assert.ok(note !== null)
  return parseCheckpoint(openNote(note, [logVerifier]).body)
}

test('without witnesses the served checkpoint is the durable tree, genesis first', async () => {
  const log = await freshLog()
  const { publisher } = bench(log)
  assert.equal(publisher.checkpoint(), null)
  await publisher.start()
  await settle()
  assert.deepEqual(read(publisher.checkpoint()), { origin, ...log.genesis })
  publisher.onBlock(log.grow(['a', 'b', 'c']))
  await settle()
  assert.deepEqual(read(publisher.checkpoint()), { origin, size: log.durable.size, root: log.durable.root })
  assert.deepEqual(read((await publisher.noteFor(4))?.note ?? null).size, 5)
  assert.equal(await publisher.noteFor(5), null)
  await publisher.stop()
})

test('one signature is in flight; it is followed by one that covers all that came meanwhile', async () => {
  const log = await freshLog()
  const { publisher, time } = bench(log)
  await publisher.start()
  await settle()
  for (let i = 0; i < 10; i++) publisher.onBlock(log.grow([`entry ${i}`]))
  await time.pass(restMs)
  assert.equal(publisher.completeSize, 12)
  assert.ok(log.signer.history.length <= 4, `${log.signer.history.length} signatures`)
  await publisher.stop()
})

test('checkpoints rest while nobody waits, and whoever waits ends the rest', async () => {
  const log = await freshLog()
  const { publisher, time } = bench(log)
  await publisher.start()
  await settle()
  publisher.onBlock(log.grow(['a']))
  await settle()
  const first = publisher.completeSize
  publisher.onBlock(log.grow(['b']))
  await settle()
  assert.equal(publisher.completeSize, first, 'the next checkpoint rests')
  const covered = publisher.waitCovered(log.durable.size, 1_000)
  await settle()
  assert.equal(read(await covered).size, log.durable.size)
  publisher.onBlock(log.grow(['c']))
  await time.pass(restMs - 1)
  assert.ok(publisher.completeSize < log.durable.size)
  await time.pass(1)
  assert.equal(publisher.completeSize, log.durable.size)
  await publisher.stop()
})

test('signer state is durable before a signature leaves, and a failure of it ends the node', async () => {
  for (const fault of ['before', 'after'] as const) {
    const log = await freshLog()
    const { publisher, failures } = bench(log)
    await publisher.start()
    await settle()
    log.signer.fault = fault
    publisher.onBlock(log.grow(['a']))
    const waiter = publisher.waitCovered(3, 1_000)
    await settle()
    assert.equal(await waiter, null)
    assert.equal(failures.length, 1)
    assert.equal(publisher.completeSize, 2)
    assert.equal(publisher.mode, 'stopped')
    // The node starts again on what survived, and signs the same tree.
    const again = bench(log)
    await again.publisher.start()
    await settle()
    assert.equal(read(again.publisher.checkpoint()).size, 3)
    assert.deepEqual(again.failures, [])
    await again.publisher.stop()
  }
})

test('neither another root of a signed size nor a smaller tree is signed', async () => {
  const signed = await freshLog()
  const first = bench(signed)
  signed.grow(['a', 'b'])
  await first.publisher.start()
  await settle()
  await first.publisher.stop()
  for (const entries of [['a', 'x'], ['a'], ['a', 'x', 'c'], []]) {
    const other = new MemoryLog(document)
    other.signer = signed.signer
    other.grow(entries)
    const { publisher, failures } = bench(other)
    await publisher.start()
    await settle()
    assert.equal(failures.length, 1, `entries ${entries.join()}`)
    assert.equal(publisher.checkpoint(), null)
    assert.equal(signed.signer.log()?.size, 4)
  }
})

test('waiters are woken by the note that covers them, or at their deadline', async () => {
  const log = await freshLog()
  const { publisher, time } = bench(log)
  await publisher.start()
  const covered = publisher.waitCovered(3, 1_000)
  const late = publisher.waitCovered(1_000, 1_000)
  await settle()
  publisher.onBlock(log.grow(['a', 'b']))
  assert.equal(read(await covered).size, 4)
  await time.pass(1_000)
  assert.equal(await late, null)
  assert.equal(read(await publisher.waitCovered(4, 0)).size, 4)
  const stopped = publisher.waitCovered(1_000, 1_000)
  await publisher.stop()
  assert.equal(await stopped, null)
})

test('the size after a consortium block is signed exactly, judged by the old document, and kept', async () => {
  const log = await freshLog()
  const judged: string[] = []
  const next = fromText('document 1')
  const { publisher } = bench(log, {
    policyOf: (bytes) => {
      judged.push(equal(bytes, next) ? 'new' : 'old')
      return policyOf([], 0)
    },
  })
  await publisher.start()
  await settle()
  publisher.onBlock(log.grow(['consortium change', 'block'], next))
  publisher.onBlock(log.grow(['later']))
  await settle()
  assert.deepEqual(
    log.notes.kept.map(({ size, keep }) => [size, keep]),
    [
      [2, true],
      [4, true],
      [5, false],
    ],
  )
  assert.deepEqual(judged, ['old', 'old', 'new'])
  await publisher.stop()
})

test('a station that was not complete before a restart comes first after it', async () => {
  const log = await freshLog()
  log.grow(['consortium change', 'block'], fromText('document 1'))
  log.grow(['later'])
  const { publisher } = bench(log)
  await publisher.start()
  await settle()
  assert.deepEqual(
    log.notes.kept.map(({ size, keep }) => [size, keep]),
    [
      [2, true],
      [4, true],
      [5, false],
    ],
  )
  await publisher.stop()
})

test('a consortium document that names another log key ends the log', async () => {
  const log = await freshLog()
  const other = { ...policyOf([], 0), logKey: fromText('another key') }
  const { publisher } = bench(log, { policyOf: () => other })
  await publisher.start()
  await settle()
  assert.equal(publisher.mode, 'readOnly')
  assert.equal(publisher.closed()?.code, 'readOnly')
  await publisher.stop()
})

test('lost signer state without witnesses: read-only for ever', async () => {
  const log = new MemoryLog(document)
  const { publisher, failures } = bench(log)
  await publisher.start()
  assert.equal(publisher.closed()?.code, 'muted')
  await settle()
  assert.equal(publisher.closed()?.code, 'readOnly')
  assert.equal(await publisher.waitCovered(1, 1_000), null)
  assert.deepEqual(failures, [])
  await publisher.stop()
})
