import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codes } from '@jurat/core/ledger/codes'
import type { CommittedBlock } from './application.ts'
import { clockSettleMs } from './clockGuard.ts'
import { EngineError, type Committed, type Refused } from './engine.ts'
import { kinds, MemoryApplication, type Fault } from './memoryApplication.fixtures.ts'
import { SoloEngine, type SoloLimits } from './solo.ts'
import { settle, VirtualTime } from './virtualTime.fixtures.ts'

interface Bench {
  readonly application: MemoryApplication
  readonly engine: SoloEngine
  readonly time: VirtualTime
  readonly failures: unknown[]
  readonly blocks: CommittedBlock[]
  closed: EngineError | null
}

function bench(limits?: SoloLimits): Bench {
  const application = new MemoryApplication()
  const time = new VirtualTime()
  const failures: unknown[] = []
  const blocks: CommittedBlock[] = []
  const engine = new SoloEngine({
    application,
    clock: time,
    timers: time,
    ...(limits === undefined ? {} : { limits }),
    fatal: (error) => failures.push(error),
    closed: () => made.closed,
  })
  engine.onBlock((block) => blocks.push(block))
  const made: Bench = { application, engine, time, failures, blocks, closed: null }
  return made
}

let counter = 0

/** A transaction of `length` bytes that no other equals. */
function transaction(kind: number = kinds.good, length = 16): Uint8Array {
  const tx = new Uint8Array(length)
  counter++
  tx.set([kind, counter >> 16, (counter >> 8) & 255, counter & 255])
  return tx
}

function outcomeOf(promise: Promise<Committed | Refused>): Promise<Committed | Refused | string> {
  return promise.catch((error: unknown) => (error instanceof EngineError ? error.code : Promise.reject(error)))
}

test('a lone transaction has its block at once', async () => {
  const { engine, application, time, blocks } = bench()
  const tx = transaction()
  const committed = await engine.submit(tx)
  assert.deepEqual(committed, {
    state: 'committed',
    code: codes.success,
    txHash: tx.subarray(0, 4),
    height: 1,
    firstIndex: 3,
    entryCount: 1,
    timeMs: time.now(),
  })
  assert.equal(application.kept.length, 1)
  assert.equal(blocks.length, 1)
  await engine.stop()
})

test('what arrives while a block is being written makes the next block', async () => {
  const { engine, application } = bench()
  let open = (): void => undefined
  application.gate = new Promise((resolve) => (open = resolve))
  const first = engine.submit(transaction())
  await settle()
  const others = Array.from({ length: 50 }, () => engine.submit(transaction()))
  await settle()
  assert.equal(application.kept.length, 0)
  open()
  await Promise.all([first, ...others])
  assert.deepEqual(
    application.kept.map(({ finalized }) => finalized.transactions.length),
    [1, 50],
  )
  await engine.stop()
})

test('when much waits, the next blocks are executed while one is being written, and answered in order', async () => {
  const { engine, application, blocks } = bench()
  let open = (): void => undefined
  application.gate = new Promise((resolve) => (open = resolve))
  const answered: number[] = []
  const submit = (at: number, length: number): Promise<void> =>
    engine.submit(transaction(kinds.good, length)).then((outcome) => {
      assert.ok(outcome.state === 'committed' && outcome.firstIndex === 3 + at)
      answered.push(at)
      return undefined
    })
  const first = submit(0, 16)
  await settle()
  const large = [submit(1, 150_000), submit(2, 150_000)]
  await settle()
  assert.deepEqual([application.info().height, application.kept.length], [2, 0])
  open()
  await Promise.all([first, ...large])
  assert.deepEqual(answered, [0, 1, 2])
  assert.deepEqual(
    blocks.map(({ height }) => height),
    [1, 2],
  )
  await engine.stop()
})

test('a block is bounded by bytes, and what does not fit stays in order', async () => {
  const { engine, application } = bench({ blockBytesMax: 100, queueBytesMax: 1_000_000 })
  let open = (): void => undefined
  application.gate = new Promise((resolve) => (open = resolve))
  const first = engine.submit(transaction())
  await settle()
  const others = Array.from({ length: 6 }, () => engine.submit(transaction(kinds.good, 40)))
  await settle()
  open()
  const committed = await Promise.all([first, ...others])
  assert.deepEqual(
    application.kept.map(({ finalized }) => finalized.transactions.length),
    [1, 2, 2, 2],
  )
  assert.deepEqual(
    committed.map((outcome) => outcome.state === 'committed' && outcome.firstIndex),
    [3, 4, 5, 6, 7, 8, 9],
  )
  await engine.stop()
})

test('outcomes are data: committed, failed, refused', async () => {
  const { engine, failures } = bench()
  const cases: [kind: number, state: string, code: number][] = [
    [kinds.good, 'committed', codes.success],
    [kinds.fails, 'committed', codes.contradictsState],
    [kinds.refusedAtCheck, 'refused', codes.signatureInvalid],
    [kinds.refusedInBlock, 'refused', codes.timestampInvalid],
    [kinds.neverFits, 'refused', codes.gasTooBig],
  ]
  for (const [kind, state, code] of cases) {
    const outcome = await engine.submit(transaction(kind))
    assert.deepEqual([outcome.state, outcome.code], [state, code], `kind ${kind}`)
  }
  assert.deepEqual(failures, [])
  await engine.stop()
})

test('the same transaction twice in one block is applied once', async () => {
  const { engine, application } = bench()
  const tx = transaction()
  const outcomes = await Promise.all([engine.submit(tx), engine.submit(tx)])
  assert.deepEqual(
    outcomes.map(({ state, code }) => [state, code]),
    [
      ['committed', codes.success],
      ['refused', codes.replay],
    ],
  )
  assert.equal(application.kept.length, 1)
  await engine.stop()
})

test('idempotency records carry the place of their transaction', async () => {
  const { engine, application } = bench()
  const key = new Uint8Array(32)
  const record = { keyHash: key, requestHash: key, firstItem: 0, itemCount: 2 }
  let open = (): void => undefined
  application.gate = new Promise((resolve) => (open = resolve))
  const first = engine.submit(transaction())
  await settle()
  const others = [engine.submit(transaction()), engine.submit(transaction(), { idempotency: [record] })]
  await settle()
  open()
  await Promise.all([first, ...others])
  assert.deepEqual(application.kept[1]?.side?.idempotency, [{ ...record, transaction: 1 }])
  await engine.stop()
})

test('more than the queue holds is refused before memory grows, and accepted again afterwards', async () => {
  const { engine, application } = bench({ blockBytesMax: 1_000_000, queueBytesMax: 10_000 })
  let open = (): void => undefined
  application.gate = new Promise((resolve) => (open = resolve))
  const many = Array.from({ length: 20 }, () => outcomeOf(engine.submit(transaction(kinds.good, 1_000))))
  await settle()
  assert.ok(engine.queuedBytes <= 10_000)
  open()
  const outcomes = await Promise.all(many)
  assert.equal(outcomes.filter((outcome) => outcome === 'overloaded').length, 16)
  assert.equal(engine.queuedBytes, 0)
  assert.equal((await engine.submit(transaction())).state, 'committed')
  await engine.stop()
})

test('block time is the clock, never backwards', async () => {
  const { engine, time } = bench()
  const first = await engine.submit(transaction())
  time.jump(-900)
  const second = await engine.submit(transaction())
  time.jump(1_000)
  const third = await engine.submit(transaction())
  assert.ok(first.state === 'committed' && second.state === 'committed' && third.state === 'committed')
  assert.equal(second.timeMs, first.timeMs)
  assert.equal(third.timeMs, first.timeMs + 100)
  await engine.stop()
})

test('no blocks while the clocks part; it heals by itself', async () => {
  const { engine, application, time } = bench()
  await engine.submit(transaction())
  time.jump(5_000)
  assert.equal(await outcomeOf(engine.submit(transaction())), 'clockJumped')
  time.jump(-5_000)
  assert.equal((await engine.submit(transaction())).state, 'committed')
  time.jump(-3_600_000)
  assert.equal(await outcomeOf(engine.submit(transaction())), 'clockJumped')
  await time.pass(clockSettleMs + 2_000)
  assert.equal((await engine.submit(transaction())).state, 'committed')
  const times = application.kept.map(({ finalized }) => finalized.timeMs)
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  )
  await engine.stop()
})

test('a jump while blocks are made sends what waits away', async () => {
  const { engine, application, time } = bench()
  let open = (): void => undefined
  application.gate = new Promise((resolve) => (open = resolve))
  const first = outcomeOf(engine.submit(transaction()))
  await settle()
  const waiting = outcomeOf(engine.submit(transaction()))
  await settle()
  time.jump(10_000)
  open()
  assert.notEqual(await first, 'clockJumped')
  assert.equal(await waiting, 'clockJumped')
  assert.equal(application.kept.length, 1)
  await engine.stop()
})

test('a fault at any step ends the node once, answers nobody with success, and takes nothing more', async () => {
  const faults: Fault[] = ['check', 'propose', 'finalize', 'commit', 'commitAfterWrite']
  for (const fault of faults) {
    const { engine, application, failures } = bench()
    assert.equal((await engine.submit(transaction())).state, 'committed')
    application.fault = fault
    const both = await Promise.all([
      outcomeOf(engine.submit(transaction())),
      fault === 'check' ? 'stopped' : outcomeOf(engine.submit(transaction())),
    ])
    assert.deepEqual(both, ['stopped', 'stopped'], fault)
    assert.equal(failures.length, 1, fault)
    assert.equal(await outcomeOf(engine.submit(transaction())), 'stopped')
    assert.equal(application.kept.length, fault === 'commitAfterWrite' ? 2 : 1)
    await engine.stop()
  }
})

test('muted and read-only are told to the sender', async () => {
  const made = bench()
  made.closed = new EngineError('readOnly', 'this log has ended')
  assert.equal(await outcomeOf(made.engine.submit(transaction())), 'readOnly')
  made.closed = null
  assert.equal((await made.engine.submit(transaction())).state, 'committed')
  await made.engine.stop()
})

test('stopping finishes what was accepted', async () => {
  const { engine, application } = bench()
  const accepted = Array.from({ length: 10 }, () => engine.submit(transaction()))
  const stopping = engine.stop()
  assert.equal(await outcomeOf(engine.submit(transaction())), 'stopped')
  await stopping
  assert.ok((await Promise.all(accepted)).every(({ state }) => state === 'committed'))
  assert.equal(
    application.kept.reduce((sum, { finalized }) => sum + finalized.transactions.length, 0),
    10,
  )
})

test('a follower of blocks that throws harms nobody', async () => {
  const { engine, blocks } = bench()
  const end = engine.onBlock(() => {
    throw new Error('a projection failed')
  })
  await engine.submit(transaction())
  end()
  await engine.submit(transaction())
  assert.equal(blocks.length, 2)
  await engine.stop()
})
