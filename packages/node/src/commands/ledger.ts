/**
 * Opens the ledger of a data folder: store, engine and log, running and published.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import { consortiumOf } from '@jurat/core/ledger/workspace'
import type { BlockOutcome } from '@jurat/core/ledger/block'
import { decodeDocument } from '@jurat/core/ledger/consortium'
import { decodeGenesis, networkIdOf } from '@jurat/core/ledger/genesis'
import { genesisBlock } from '@jurat/core/ledger/genesisBlock'
import { cosignerOf, verifierOf } from '@jurat/core/note/cosignature'
import { parseVkey, type Verifier } from '@jurat/core/note/vkey'
import type { Config } from '../config.ts'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import type { Committed, Refused, SubmissionSide } from '../engine/engine.ts'
import { LedgerApplication, replayBlock } from '../engine/ledgerApplication.ts'
import { isRefused, Verification } from '../engine/verification.ts'
import { SignatureThreads } from '../engine/verifyThread.ts'
import type { Checkpoints } from '../log/checkpoints.ts'
import { History } from '../log/history.ts'
import { WitnessServer } from '../log/witnessServer.ts'
import { Alarms } from '../observe/alarms.ts'
import type { Logger } from '../observe/logger.ts'
import type { Metrics } from '../observe/metrics.ts'
import { systemClock, systemTimers } from '../platform/clock.ts'
import { nodeNetwork } from '../platform/nodeNetwork.ts'
import { openLevelKeyValue } from '../store/levelKeyValue.ts'
import { openStore } from '../store/openStore.ts'
import type { Store } from '../store/store.ts'
import { type DataFolder, dataPaths } from './dataFolder.ts'
import { HeldKeys } from './heldKeys.ts'
import { runMember } from './memberLedger.ts'
import { takeSnapshot } from './joining.ts'
import { sourcesOf } from './joinTrust.ts'
import { LedgerRecorder, recordedApplication } from './recordings.ts'
import { type LedgerParts, type RunningLedger, runSolo } from './soloLedger.ts'
import { takeStationNotes } from './stationNotes.ts'

/** The ledger of a node, running. */
export interface LedgerNode {
  readonly networkId: Bytes
  /** Name of the network and of its log. */
  readonly origin: string
  readonly genesis: Bytes
  readonly store: Store
  /** The key with which this member votes now. */
  readonly ballotKey: () => Bytes
  /** Submits a transaction that this node has signed itself: its signature is not checked again. */
  readonly submitOwn: (tx: Bytes, side?: SubmissionSide) => Promise<Committed | Refused>
  readonly engine: RunningLedger['engine']
  readonly publisher: Checkpoints
  readonly finality: RunningLedger['finality']
  readonly lightBlock: RunningLedger['lightBlock']
  readonly stalled: RunningLedger['stalled']
  readonly outstanding: RunningLedger['outstanding']
  readonly witness: WitnessServer
  /** Raises an alarm: in the log, as a metric, and on disk. */
  readonly alarm: (message: string, details: object) => void
  /** Finishes what was accepted, then lets go of the folder's files. */
  readonly stop: () => Promise<void>
}

/** Opens it. On the first start the signer's state is made together with the keys. */
export async function openLedger(
  config: Config,
  folder: DataFolder,
  { logger, metrics, fatal }: { logger: Logger; metrics: Metrics; fatal: (error: unknown) => void },
): Promise<LedgerNode> {
  const genesis = decodeGenesis(folder.genesis)
  const networkId = networkIdOf(nodeCrypto, folder.genesis)
  const origin = genesis.name
  const outcome = genesisBlock(nodeCrypto, folder.genesis)
  const warn = (message: string, details: object): void => logger.warn(details, message)
  await takeSnapshot({ config, folder, logger })
  const store = await openFolder(folder, outcome, { logger, fatal })
  if (folder.founding !== null && folder.beginsSigner) await beginSigner(store)
  const threads = new SignatureThreads()
  const verification = new Verification({ crypto: nodeCrypto, verify: threads.verify })
  const application = new LedgerApplication({ store, crypto: nodeCrypto, verification, clock: systemClock })
  const alarms = new Alarms({
    files: folder.files,
    folder: dataPaths(folder.data).alarms,
    clock: systemClock,
    logger,
    metrics,
  })
  const alarm = (message: string, details: object): void => alarms.raise(message, details)
  const recorder = new LedgerRecorder(metrics, systemClock)
  const held = new HeldKeys(nodeCrypto, folder)
  const parts: LedgerParts = {
    config,
    folder,
    held,
    origin,
    networkId,
    store,
    application: recordedApplication(application, metrics, systemClock),
    observed: (event) => recorder.published(event),
    onBlock: (block) => recorder.block(block),
    logger,
    metrics,
    fatal,
    warn,
    alarm,
  }
  const { members } = decodeDocument(genesis.document)
  const running = members.length === 1 ? await runSolo(parts) : await runMember(parts)
  const { engine, publisher, stalled, outstanding, finality, lightBlock, stop } = running
  const history = startHistory(parts)
  return {
    networkId,
    origin,
    genesis: folder.genesis,
    store,
    ballotKey: () => held.of('ballot', consortiumOf(store.view).document),
    submitOwn(tx, side) {
      const parsed = verification.parse(tx, application.rules())
      if (isRefused(parsed)) return Promise.resolve({ state: 'refused', code: parsed.refused, txHash: null })
      verification.prime(parsed)
      return engine.submit(parsed, side)
    },
    engine,
    publisher,
    finality,
    lightBlock,
    stalled,
    outstanding,
    alarm,
    witness: openWitness(config, folder, store, { origin, fatal, alarm, executed: (name) => publisher.executed(name) }),
    stop: () =>
      inOrder([() => history.stop(), stop, () => alarms.settled(), () => store.close(), () => threads.close()]),
  }
}

async function inOrder(steps: readonly (() => Promise<void>)[]): Promise<void> {
  for (const step of steps) await step()
}

/** Gets the log before a snapshot, in the background. */
function startHistory({ store, folder, logger, fatal }: LedgerParts): History {
  const history = new History({
    store,
    network: nodeNetwork,
    sources: () => sourcesOf(consortiumOf(store.view).document, folder.member.addresses),
    timers: systemTimers,
    fatal,
    info: (message, details) => logger.info(details, message),
  })
  history.start()
  return history
}

/** Opens the store of the data folder; what it left behind at the last end is repaired on the way. */
async function openFolder(
  folder: DataFolder,
  genesis: BlockOutcome,
  { logger, fatal }: { logger: Logger; fatal: (error: unknown) => void },
): Promise<Store> {
  const store = await openStore({
    files: folder.files,
    folder: folder.data,
    clock: systemClock,
    crypto: nodeCrypto,
    openKeyValue: openLevelKeyValue,
    genesis,
    replay: (input) => replayBlock(nodeCrypto, input),
    report: (message) => logger.info({}, message),
    onFailure: fatal,
  })
  await takeStationNotes(store, genesis.tip.networkId, folder.member.addresses)
  return store
}

async function beginSigner(store: Store): Promise<void> {
  // A founding that broke off after this point starts from an empty folder again.
  await store.signer.begin({ size: 0, root: nodeCrypto.sha256(new Uint8Array(0)), timeMs: systemClock.now() })
  await store.signer.beginWitness()
}

function openWitness(
  config: Config,
  folder: DataFolder,
  { signer }: Store,
  {
    origin,
    fatal,
    alarm,
    executed,
  }: {
    origin: string
    fatal: (error: unknown) => void
    alarm: (message: string, details: object) => void
    executed: Checkpoints['executed']
  },
): WitnessServer {
  const name = `${origin}/${folder.member.member}/witness`
  const logs = new Map<string, Verifier[]>()
  for (const text of config.witnessedLogs) {
    const vkey = parseVkey(nodeCrypto, text)
    logs.set(vkey.name, [...(logs.get(vkey.name) ?? []), verifierOf(nodeCrypto, vkey)])
  }
  return new WitnessServer({
    crypto: nodeCrypto,
    clock: systemClock,
    signer,
    cosigners: [
      cosignerOf(nodeCrypto, name, folder.keys['witness-ed25519']),
      cosignerOf(nodeCrypto, name, folder.keys['witness-mldsa44']),
    ],
    logs,
    networks: [origin],
    executed,
    fatal,
    alarm,
  })
}
