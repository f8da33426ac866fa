/**
 * The engine over the real ledger and a CometBFT of this process, in virtual time, for tests.
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Bytes } from '@jurat/core/bytes'
import { consortiumOf } from '@jurat/core/ledger/workspace'
import { nodeCrypto } from '../../crypto/nodeCrypto.ts'
import { MemoryFiles } from '../../platform/memoryFiles.ts'
import { fileKeyValue } from '../../store/fileKeyValue.ts'
import { openStore } from '../../store/openStore.ts'
import type { Store } from '../../store/store.ts'
import type { CommittedBlock } from '../application.ts'
import { EngineError, type Committed, type Refused, type SubmissionSide } from '../engine.ts'
import { LedgerApplication, replayBlock } from '../ledgerApplication.ts'
import { testDeposit, testItems, testNetwork, type TestNetwork } from '../network.fixtures.ts'
import { Verification } from '../verification.ts'
import { VirtualTime } from '../virtualTime.fixtures.ts'
import { CometbftEngine } from './cometbftEngine.ts'
import { cometbftLimits, type CometbftLimits } from './options.ts'
import { MemoryComet } from './memoryComet.fixtures.ts'
import type { CometRpc } from './rpc.ts'

/** What stays when a process ends. */
interface Machine {
  readonly network: TestNetwork
  readonly files: MemoryFiles
}

/** An engine, what it stands on, and what came of it. */
export interface Bench extends Machine {
  readonly store: Store
  readonly engine: CometbftEngine
  readonly comet: MemoryComet
  readonly time: VirtualTime
  readonly blocks: CommittedBlock[]
  readonly failures: unknown[]
  readonly deposit: (name: string, secretKey?: Bytes) => Bytes
}

/** An engine with its CometBFT, whose chain has begun. */
export async function bench(t: TestContext, limits: Partial<CometbftLimits> = {}): Promise<Bench> {
  const node = await freshBench(t, limits)
  await node.comet.block()
  return node
}

/** An engine with its CometBFT, before the first block; over the files of one that ended, or new ones. */
export async function freshBench(
  t: TestContext,
  limits: Partial<CometbftLimits> = {},
  { network, files }: Machine = { network: testNetwork(), files: new MemoryFiles() },
): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'jurat-e-'))
  const socketPath = join(folder, 's')
  const time = new VirtualTime()
  await files.makeFolder('/data')
  await files.syncFolder('/')
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
    // Of a process that is taken for dead the disk refuses everything.
    await Promise.allSettled([stopped])
    await Promise.allSettled([store.close()])
    rmSync(folder, { recursive: true })
  })
  const deposit = (name: string, secretKey?: Bytes): Bytes =>
    testDeposit(network, testItems(name, 2), {
      timestampMs: time.now(),
      ...(secretKey === undefined ? {} : { secretKey }),
    })
  return { network, files, store, engine, comet, time, blocks, failures, deposit }
}

/** Code and message of a submission that was turned away; its outcome otherwise. */
export function problemOf(promise: Promise<Committed | Refused>): Promise<string> {
  return promise.then(
    ({ state }) => state,
    (error: unknown) => (error instanceof EngineError ? `${error.code}: ${error.message}` : Promise.reject(error)),
  )
}

/** Until so many transactions wait in CometBFT's mempool. */
export async function waiting({ comet }: Bench, count: number): Promise<void> {
  while (comet.waiting < count) await new Promise((resolve) => setImmediate(resolve))
}

/** Until CometBFT was given so many transactions. */
export async function broadcasts({ comet }: Bench, count: number): Promise<void> {
  while (comet.broadcasts < count) await new Promise((resolve) => setImmediate(resolve))
}

/** One idempotency key, all of whose bytes are this one. */
export const side = (byte: number): SubmissionSide => ({
  idempotency: [
    { keyHash: new Uint8Array(32).fill(byte), requestHash: new Uint8Array(32), firstItem: 0, itemCount: 2 },
  ],
})

/** Its machine loses the power, with all that was not synced, and starts again; CometBFT with an empty mempool. */
export function powerLost(t: TestContext, { network, files }: Machine): Promise<Bench> {
  return freshBench(t, {}, { network, files: files.powerLost(() => 0) })
}
