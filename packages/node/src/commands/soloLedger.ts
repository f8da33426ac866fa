/**
 * The ledger of a network of one: the engine makes blocks by itself, and outside witnesses, if any, cosign.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import { signerOf } from '@jurat/core/note/cosignature'
import type { Config } from '../config.ts'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import type { Application, CommittedBlock } from '../engine/application.ts'
import type { LightBlocks } from '../engine/cometbft/lightBlocks.ts'
import type { Engine } from '../engine/engine.ts'
import { SoloEngine } from '../engine/solo.ts'
import type { ReceiptSources } from '../features/receipts/build.ts'
import type { Checkpoints } from '../log/checkpoints.ts'
import { policyReader } from '../log/logPolicy.ts'
import { Publisher, type PublisherEvent } from '../log/publisher.ts'
import type { Logger } from '../observe/logger.ts'
import type { Metrics } from '../observe/metrics.ts'
import { systemClock, systemTimers } from '../platform/clock.ts'
import { nodeNetwork } from '../platform/nodeNetwork.ts'
import type { Store } from '../store/store.ts'
import type { DataFolder } from './dataFolder.ts'
import type { HeldKeys } from './heldKeys.ts'

/** What a ledger is run from, whichever its engine. */
export interface LedgerParts {
  readonly config: Config
  readonly folder: DataFolder
  /** The keys of the folder, and those that are to take their place. */
  readonly held: HeldKeys
  readonly origin: string
  readonly networkId: Bytes
  readonly store: Store
  readonly application: Application
  readonly observed: (event: PublisherEvent) => void
  /** Hears of each block before its checkpoint. */
  readonly onBlock: (block: CommittedBlock) => void
  readonly logger: Logger
  readonly metrics: Metrics
  readonly fatal: (error: unknown) => void
  readonly warn: (message: string, details: object) => void
  readonly alarm: (message: string, details: object) => void
}

/** A ledger that runs. */
export interface RunningLedger {
  readonly engine: Engine & { readonly queuedBytes: number }
  readonly publisher: Checkpoints
  /** Why the engine makes no blocks at present, for people; null when it does, or would. */
  readonly stalled: () => string | null
  /** Whether a transaction under this idempotency key may come into a block yet, though nobody waits for it here. */
  readonly outstanding: (keyHash: Bytes) => boolean
  readonly finality: ReceiptSources['finality']
  /** A block of CometBFT for light clients; null in a solo network. */
  readonly lightBlock: LightBlocks
  /** Finishes what was accepted. */
  readonly stop: () => Promise<void>
}

/** Runs it. */
export async function runSolo({
  folder,
  origin,
  store,
  application,
  observed,
  onBlock,
  ...told
}: LedgerParts): Promise<RunningLedger> {
  const { fatal, warn, alarm } = told
  const time = { clock: systemClock, timers: systemTimers }
  const publisher = new Publisher({
    origin,
    store,
    crypto: nodeCrypto,
    ...time,
    network: nodeNetwork,
    signers: [signerOf(nodeCrypto, origin, folder.keys.log)],
    policyOf: policyReader(nodeCrypto, origin),
    fatal,
    warn,
    alarm,
    observed,
  })
  const engine = new SoloEngine({ application, ...time, fatal, warn, closed: () => publisher.closed() })
  engine.onBlock(onBlock)
  engine.onBlock((block) => publisher.onBlock(block))
  await publisher.start()
  return {
    engine,
    publisher,
    stalled: () => null,
    // Its blocks end with its process.
    outstanding: () => false,
    finality: () => Promise.resolve(null),
    lightBlock: () => Promise.resolve(null),
    async stop() {
      await engine.stop()
      await publisher.stop()
    },
  }
}
