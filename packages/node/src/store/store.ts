/**
 * The store as the rest of the node sees it: the ledger's state, the log's tree and what is looked up in them.
 *
 * Two positions are kept apart. *Applied* is what `commit` was called with: the next block is executed on it. *Durable*
 * is what survives a power loss: only that is acknowledged, read back, or signed. Formats: docs/spec/segments.md,
 * docs/spec/state-store.md, docs/spec/tiles-store.md.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import type { BlockOutcome } from '@jurat/core/ledger/block'
import type { SnapshotValue } from '@jurat/core/ledger/snapshot/format'
import type { SeenTransactions, StateView } from '@jurat/core/ledger/state'
import type { HashReader } from '@jurat/core/merkle/tree'
import type { NoteStore } from './notes.ts'
import type { SignerStore } from './signer.ts'
import type { HistorySource } from './tiles.ts'

/** The ledger's position, as `applyBlock` takes and gives it. */
export type LedgerTip = BlockOutcome['tip']

/** One request whose answer a repetition with the same key must get. `transaction` counts within the block. */
export interface IdempotencyRecord {
  /** 32 bytes: hash of organisation and Idempotency-Key. */
  readonly keyHash: Bytes
  /** 32 bytes: hash of the request, so that another request under the same key is noticed. */
  readonly requestHash: Bytes
  readonly transaction: number
  readonly firstItem: number
  readonly itemCount: number
}

/** Where a repeated request's deposits are. */
export interface IdempotentAnswer {
  readonly requestHash: Bytes
  readonly height: number
  readonly timeMs: number
  readonly txHash: Bytes
  readonly code: number
  readonly firstItem: number
  readonly itemCount: number
  /** Log index of the item `firstItem`; -1 when the transaction failed. */
  readonly firstIndex: number
}

/** The tree after some entries more, computed without changing anything. Belongs to the tree that made it. */
export interface TreeExtension {
  readonly size: number
  /** 32 bytes. */
  readonly root: Bytes
}

/** A block that the engine decided on, everything computed, nothing written. */
export interface FinalizedBlock {
  readonly height: number
  readonly timeMs: number
  /** The signed transactions (the encoding of `[header, payload, signatures]`), in the order of `outcome.results`. */
  readonly transactions: readonly Bytes[]
  readonly outcome: BlockOutcome
  /** What `extend(outcome.entries)` gave on the applied tree. */
  readonly extension: TreeExtension
  readonly idempotency: readonly IdempotencyRecord[]
}

/** A committed block as it stands in the segments. */
export interface StoredBlock {
  readonly height: number
  readonly timeMs: number
  /** Log index of its first entry. */
  readonly firstIndex: number
  readonly treeSizeAfter: number
  readonly rootAfter: Bytes
  readonly transactions: readonly StoredTransaction[]
  readonly idempotency: readonly IdempotencyRecord[]
  /** Leaf bytes of all its entries, the block entry last. Rebuilt from the record at each call. */
  entries(): Bytes[]
}

/** A committed transaction. */
export interface StoredTransaction {
  readonly txHash: Bytes
  /** The signed transaction. */
  readonly bytes: Bytes
  readonly height: number
  readonly timeMs: number
  /** Position in its block. */
  readonly ordinal: number
  readonly code: number
  /** Log index of its first entry; meaningless when `entryCount` is 0. */
  readonly firstIndex: number
  readonly entryCount: number
}

/** One version of an account. */
export interface StoredAccount {
  readonly version: number
  /** Log index of its account entry. */
  readonly entryIndex: number
  /** The account record's bytes. */
  readonly record: Bytes
}

/** One consortium document of the network's history. */
export interface StoredDocument {
  readonly sequence: number
  readonly entryIndex: number
  readonly document: Bytes
  /** Size of the tree after the block that brought it. */
  readonly sizeAfter: number
}

/** The whole consensus state at one block. */
export interface StateNow {
  readonly tip: LedgerTip
  readonly root: Bytes
  /** By ascending key. To be read once, while blocks go on. */
  readonly values: AsyncIterableIterator<SnapshotValue>
}

/** What is durable: the newest block that may be acknowledged and signed. */
export interface DurablePosition {
  readonly height: number
  readonly timeMs: number
  readonly size: number
  readonly root: Bytes
}

/** The store of one data folder. Opened by `openStore` (blockStore.ts). */
export interface Store {
  /** Applied position: what the next block is executed on. */
  readonly tip: LedgerTip
  /** Applied state. */
  readonly view: StateView
  /** The state digest's lanes (2,048 bytes) of the applied state. */
  readonly lanes: Bytes
  /** Applied transactions of the replay window. */
  readonly seen: SeenTransactions
  readonly durable: DurablePosition
  readonly notes: NoteStore
  readonly signer: SignerStore

  /**
   * Entries of the snapshot that the blocks follow; 0 when they follow nothing. Blocks and transactions before it are not
   * here: they are answered like those that do not exist.
   */
  readonly baseSize: number
  /** Time of the newest block before the blocks that are here, milliseconds; null when all are here. */
  readonly baseTimeMs: number | null
  /** Where full tiles and bundles below the snapshot come from. Until it is told, they are `not-here`. */
  fetchHistoryFrom(source: HistorySource): void
  /**
   * Has the bundle of an entry before the snapshot, and the tiles above it, on the disk, and looks its digests up from then on if
   * those of all entries before it are. Called for each bundle, from entry 0 on; what is known already is left out. @returns the first index of the next bundle
   * @throws {StoreError} `not-here`
   */
  loadHistory(index: number): Promise<number>
  /** The state of the durable tip. No block may be applied before it resolves. */
  stateNow(): Promise<StateNow>

  /** Size and root of the applied tree after `entries`. Pure: call it for as many candidates as wanted. */
  extend(entries: readonly Bytes[]): TreeExtension
  /**
   * Applies a block at once (tip, view, lanes, seen, tree move on synchronously, so that the next block can be
   * executed while this one is being written) and resolves when it is durable. Calls must follow the order of heights; calls
   * that meet a write in progress share the next sync. After a failure the store is dead and the process must end.
   * @throws {StoreError} `failed`; @throws AssertionFailure when the block does not follow the applied tip
   */
  commit(block: FinalizedBlock): Promise<void>
  /** Resolves when every full tile and bundle below `size` is written (not necessarily synced): call it before signing. */
  tilesWritten(size: number): Promise<void>
  /** Bytes that wait to be written: the measure for back-pressure. */
  readonly backlogBytes: number

  /** A durable block, or null when there is none of that height (heights may have gaps). */
  block(height: number): Promise<StoredBlock | null>
  /** The durable blocks with height >= `from`, in order, up to the durable tip of the moment of the call. */
  blocksFrom(from: number): AsyncIterableIterator<StoredBlock>
  /** The durable block whose entries include `index`, or null. */
  blockOfEntry(index: number): Promise<StoredBlock | null>
  transaction(txHash: Bytes): Promise<StoredTransaction | null>
  /** Leaf bytes of a durable entry, checked against its leaf hash; null beyond the durable size. */
  entry(index: number): Promise<Bytes | null>
  /**
   * Runs a pure function over the tree's hashes (`inclusionProof`, `consistencyProof`) and loads the tiles that it
   * needs. The function may be called several times and must ask only for hashes at or below the durable size.
   */
  withHashes<T>(compute: (read: HashReader) => T): Promise<T>
  /**
   * The bytes of a tile or bundle by its C2SP path below `log/` (`tile/0/x001/067`, `tile/entries/000.p/17`), partial
   * ones included; null when there is no such tile in the durable tree (or the path is none).
   */
  tileBytes(path: string): Promise<Bytes | null>
  accountAt(accountId: Bytes, version: number): Promise<StoredAccount | null>
  /** The account version that has its entry at `entryIndex`, newest first; at most `limit`. */
  accountVersions(accountId: Bytes, limit: number): Promise<StoredAccount[]>
  /** Log indices of durable deposits of exactly this digest, ascending, at most `limit`. */
  findDigest(digest: Bytes, limit: number): Promise<number[]>
  /** The committed answer for an idempotency key, applied blocks included, or null. */
  idempotent(keyHash: Bytes): Promise<IdempotentAnswer | null>
  /** All consortium documents, by sequence. */
  consortiumDocuments(): Promise<StoredDocument[]>

  /** Writes out what waits and lets go of the folder. */
  close(): Promise<void>
}
