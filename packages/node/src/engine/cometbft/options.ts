/**
 * What the engine of a consortium needs, and its bounds. docs/spec/engine.md, Submissions.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import type { ConsortiumDocument } from '@jurat/core/ledger/consortium'
import type { Clock, Timers } from '../../platform/clock.ts'
import type { Files } from '../../platform/files.ts'
import type { Application } from '../application.ts'
import type { EngineError } from '../engine.ts'
import type { BlockHistory } from './redelivery.ts'
import type { CometRpc } from './rpc.ts'
import type { SnapshotShelf } from './snapshotShelf.ts'

/** Bounds of the engine. */
export interface CometbftLimits {
  /** Most bytes of transactions that were submitted and have no outcome yet; beyond, `overloaded`. */
  readonly queueBytesMax: number
  /** So long a submission waits without any block being made; then its outcome is unknown, and new ones are turned away. */
  readonly noBlockMaxMs: number
  /** A transaction that is in no block by then is sent once more: CometBFT may have lost it. */
  readonly resendAfterMs: number
  /** So long `stop` waits for what was submitted. */
  readonly stopMaxMs: number
}

/** The bounds when nothing else is configured. */
export const cometbftLimits: CometbftLimits = {
  queueBytesMax: 64 * 1_048_576,
  noBlockMaxMs: 10_000,
  resendAfterMs: 10_000,
  stopMaxMs: 5_000,
}

/** Charged to the queue for each transaction besides its bytes: promises, results, parsed headers. */
export const submissionOverheadBytes = 1_024

/** How often what waits is looked at, milliseconds. */
export const sweepMs = 1_000

/** Transactions that one look sends again. */
export const resentMax = 256

/**
 * So long after blocks are made again new transactions wait for those whose outcome was unknown, milliseconds: whoever repeats
 * a request under its key then finds it done, and not done twice.
 */
export const settlingMaxMs = 10_000

/** What the engine needs. */
export interface CometbftOptions {
  readonly application: Application
  /** The consortium document in force at the applied position. */
  readonly consortium: () => ConsortiumDocument
  /** The network's genesis. */
  readonly genesis: Bytes
  readonly crypto: CryptoProvider
  readonly files: Files
  readonly dataFolder: string
  /** Path of the Unix socket that CometBFT connects to (its `proxy_app`). */
  readonly socketPath: string
  readonly rpc: CometRpc
  readonly clock: Clock
  readonly timers: Timers
  readonly limits?: CometbftLimits
  /** Ends the process: the state of the disk is unknown, or the ledger met a bug. Called once. */
  readonly fatal: (error: unknown) => void
  /** Told when a follower of blocks throws, a proposal is refused, a connection sends garbage, or no block is made. */
  readonly warn?: (message: string, details: Record<string, unknown>) => void
  /** Given when CometBFT has lost its store (its keys and their state are kept): it gets the chain again from the others. */
  readonly rebuild?: BlockHistory
  /** The snapshots that joining members get, and the height of the one from which this ledger began. */
  readonly snapshots?: SnapshotShelf
  readonly baseHeight?: number
  /**
   * Told when the engine's block after this height is committed: its header carries what the ledger's root was after it, and
   * CometBFT compared it with what this node had answered.
   */
  readonly confirmed?: (height: number) => void
  /** Why no transaction may be taken now (muted, read-only); null when all is well. */
  readonly closed?: () => EngineError | null
}
