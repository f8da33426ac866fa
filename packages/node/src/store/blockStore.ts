/**
 * Opens the store of a data folder: one facade over segments, tiles, state, index, notes and signer state.
 * @module
 */
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import type { BlockOutcome } from '@jurat/core/ledger/block'
import type { SeenTransactions, StateView } from '@jurat/core/ledger/state'
import type { Bytes } from '@jurat/core/bytes'
import type { Clock } from '../platform/clock.ts'
import type { Files } from '../platform/files.ts'
import type { OpenKeyValueStore } from './keyValue.ts'
import type { LedgerTip, Store, StoredBlock } from './store.ts'

/** What a replayed block is executed on. */
export interface ReplayInput {
  readonly block: StoredBlock
  readonly view: StateView
  readonly seen: SeenTransactions
  readonly tip: LedgerTip
  readonly lanes: Bytes
}

/** How a store is opened. */
export interface OpenStoreOptions {
  readonly files: Files
  /** The data folder, absolute. Its lock must be held by the caller. */
  readonly folder: string
  readonly clock: Clock
  readonly crypto: CryptoProvider
  readonly openKeyValue: OpenKeyValueStore
  /** The outcome of height 0: written when the folder is fresh, compared when it is not. */
  readonly genesis: BlockOutcome
  /** Executes a block again (`applyBlock`); its signatures were valid when it was committed. */
  readonly replay: (input: ReplayInput) => BlockOutcome
  /** Says what a repair at start is doing. */
  readonly report?: (message: string) => void
  /** Called once when a write failed: the process must end. */
  readonly onFailure?: (error: Error) => void
}

/** Opens, and repairs what a crash left. @throws {StoreError} when the truth itself is damaged. */
export function openStore(options: OpenStoreOptions): Promise<Store> {
  throw new Error(`the store of ${options.folder} is being built`)
}
