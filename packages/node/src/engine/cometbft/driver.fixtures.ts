/**
 * A driver over the real ledger on a disk in memory, and the requests that CometBFT would send, for tests.
 * @module
 */
import assert from 'node:assert/strict'
import { toHex, type Bytes } from '@jurat/core/bytes'
import { decodeDocument } from '@jurat/core/ledger/consortium'
import { decodeGenesis } from '@jurat/core/ledger/genesis'
import { consortiumOf } from '@jurat/core/ledger/workspace'
import { chainIdOf } from '@jurat/core/receipt/finality'
import { nodeCrypto } from '../../crypto/nodeCrypto.ts'
import { MemoryFiles } from '../../platform/memoryFiles.ts'
import { fileKeyValue } from '../../store/fileKeyValue.ts'
import { openStore } from '../../store/openStore.ts'
import type { Store } from '../../store/store.ts'
import {
  ResponseProcessProposal_ProposalStatus as ProposalStatus,
  type RequestInitChain,
} from '../abci/generated/tendermint/abci/types.ts'
import type { AbciRequest, AbciResponse } from '../abci/frames.ts'
import type { CommittedBlock } from '../application.ts'
import { LedgerApplication, replayBlock } from '../ledgerApplication.ts'
import { testDeposit, testItems, testNetwork, type TestNetwork } from '../network.fixtures.ts'
import { Verification } from '../verification.ts'
import { VirtualTime } from '../virtualTime.fixtures.ts'
import { consensusBlockBytesMax, validatorsOf } from './chain.ts'
import { AbciDriver, type DriverEvents } from './driver.ts'
import { EngineHeight } from './engineHeight.ts'
import type { SnapshotShelf } from './snapshotShelf.ts'

export const hash = (byte: number): Bytes => new Uint8Array(32).fill(byte)
const empty = new Uint8Array(0)

export interface Bench {
  readonly network: TestNetwork
  readonly store: Store
  readonly time: VirtualTime
  readonly committed: { height: number; block: CommittedBlock | null }[]
  readonly warnings: Record<string, unknown>[]
  readonly ask: <Kind extends AbciRequest['$case']>(request: AbciRequest & { $case: Kind }) => Promise<AbciResponse>
}

export const noEvents: DriverEvents = {
  connected: () => undefined,
  sideOf: () => ({ idempotency: [] }),
  committed: () => undefined,
  checked: () => undefined,
}

export async function bench(
  network: TestNetwork = testNetwork(),
  files: MemoryFiles = new MemoryFiles(),
  time: VirtualTime = new VirtualTime(),
  rebuild = false,
  openShelf: ((store: Store) => Promise<SnapshotShelf>) | null = null,
): Promise<Bench> {
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
  const application = new LedgerApplication({ store, crypto: nodeCrypto, verification, clock: time })
  const heightOptions = { files, dataFolder: '/data', timers: time, warn: (error: unknown) => assert.ifError(error) }
  const height = await EngineHeight.open(heightOptions, application.info())
  const [committed, warnings]: [Bench['committed'], Bench['warnings']] = [[], []]
  const driver = new AbciDriver({
    application,
    consortium: () => consortiumOf(store.view).document,
    genesis: network.genesis,
    crypto: nodeCrypto,
    clock: time,
    height,
    events: { ...noEvents, committed: (at, block) => void committed.push({ height: at, block }) },
    warn: (_, details) => warnings.push(details),
    ...(rebuild ? { rebuild: store } : {}),
    ...(openShelf === null ? {} : { snapshots: await openShelf(store) }),
  })
  return { network, store, time, committed, warnings, ask: (request) => driver.handle(request) }
}

export const info: AbciRequest & { $case: 'info' } = {
  $case: 'info',
  value: { version: '0.39.4', blockVersion: 11n, p2pVersion: 8n, abciVersion: '2.0.0' },
}

export function initChain(
  network: TestNetwork,
  change: Partial<RequestInitChain> = {},
): AbciRequest & { $case: 'initChain' } {
  const document = decodeDocument(decodeGenesis(network.genesis).document)
  const none = { evidence: undefined, validator: undefined, version: undefined, authority: undefined }
  return {
    $case: 'initChain',
    value: {
      time: undefined,
      chainId: chainIdOf(network.networkId),
      consensusParams: {
        block: { maxBytes: BigInt(consensusBlockBytesMax), maxGas: BigInt(document.parameters.gasBlockMax) },
        abci: { voteExtensionsEnableHeight: 0n },
        ...none,
      },
      validators: validatorsOf(nodeCrypto, document).map(({ publicKey }) => ({
        pubKey: { sum: { $case: 'ed25519', value: publicKey } },
        power: 1n,
      })),
      appStateBytes: empty,
      initialHeight: 1n,
      ...change,
    },
  }
}

export const common = { misbehavior: [], nextValidatorsHash: hash(0), proposerAddress: new Uint8Array(20) }
const timestamp = (ms: number): { seconds: bigint; nanos: number } => ({
  seconds: BigInt(Math.floor(ms / 1_000)),
  nanos: (ms % 1_000) * 1_000_000,
})

export async function prepare(
  { ask, time }: Bench,
  height: number,
  txs: Bytes[],
  maxTxBytes = 1_000_000,
): Promise<Bytes[]> {
  const response = await ask({
    $case: 'prepareProposal',
    value: {
      ...common,
      maxTxBytes: BigInt(maxTxBytes),
      txs,
      localLastCommit: undefined,
      height: BigInt(height),
      time: timestamp(time.now()),
    },
  })
  assert.ok(response.$case === 'prepareProposal')
  return response.value.txs
}

export async function processProposal(
  { ask, time }: Bench,
  height: number,
  txs: Bytes[],
  headerMs = time.now(),
): Promise<boolean> {
  const response = await ask({
    $case: 'processProposal',
    value: {
      ...common,
      txs,
      proposedLastCommit: undefined,
      hash: nodeCrypto.sha256(txs[0] ?? empty),
      height: BigInt(height),
      time: timestamp(headerMs),
    },
  })
  assert.ok(response.$case === 'processProposal')
  return response.value.status === ProposalStatus.ACCEPT
}

export async function finalize(
  { ask, time }: Bench,
  height: number,
  txs: Bytes[],
): Promise<{ codes: number[]; appHash: Bytes }> {
  const response = await ask({
    $case: 'finalizeBlock',
    value: {
      ...common,
      txs,
      decidedLastCommit: undefined,
      hash: hash(1),
      height: BigInt(height),
      time: timestamp(time.now()),
    },
  })
  assert.ok(response.$case === 'finalizeBlock')
  return { codes: response.value.txResults.map(({ code }) => code), appHash: response.value.appHash }
}

export async function standsAt({ ask }: Bench): Promise<{ height: number; appHash: string }> {
  const response = await ask(info)
  assert.ok(response.$case === 'info')
  return { height: Number(response.value.lastBlockHeight), appHash: toHex(response.value.lastBlockAppHash) }
}

export function deposit({ network, time }: Bench, name: string): Bytes {
  return testDeposit(network, testItems(name, 3), { timestampMs: time.now() })
}
