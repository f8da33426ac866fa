/**
 * Makes the snapshot of a tree that this member has executed, while blocks go on: the state is fixed at once, and everything else
 * stands in the log, which only grows. docs/spec/snapshot.md.
 * @module
 */
import { assert } from '@jurat/core/assert'
import { fromHex, type Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { decodeAccount } from '@jurat/core/ledger/account'
import { decodeEntry, type BlockEntry } from '@jurat/core/ledger/entry'
import { replayWindowMs } from '@jurat/core/ledger/parameters'
import {
  encodeSnapshot,
  type ProvenEntry,
  type Snapshot,
  type SnapshotAccount,
  type SnapshotBlock,
  type SnapshotDocument,
  type SnapshotValue,
} from '@jurat/core/ledger/snapshot/format'
import { stateKeys } from '@jurat/core/ledger/state'
import { signedHash } from '@jurat/core/ledger/transaction'
import { decodeBundle } from '@jurat/core/merkle/bundle'
import { inclusionProof } from '@jurat/core/merkle/proof'
import { entriesPath, hashesAtTileLevel, tilePath, tileWidth } from '@jurat/core/merkle/tile'
import type { StateNow, Store } from './store.ts'

/** What a snapshot is made from. */
export type SnapshotSource = Pick<
  Store,
  'stateNow' | 'accountAt' | 'blockOfEntry' | 'consortiumDocuments' | 'entry' | 'tileBytes' | 'withHashes'
>

/** A snapshot and its tree. */
export interface MadeSnapshot {
  readonly size: number
  readonly root: Bytes
  readonly bytes: Bytes
}

/**
 * Makes the snapshot of a state that `stateNow` fixed.
 * @throws {SnapshotError} `too-big`; an error of the store
 */
export async function makeSnapshot(
  crypto: Pick<CryptoProvider, 'sha256'>,
  store: SnapshotSource,
  { tip, root, values }: StateNow,
): Promise<MadeSnapshot> {
  const { size, networkId } = tip
  const maker = new Maker(crypto, store, size)
  const state: SnapshotValue[] = []
  for await (const value of values) state.push(value)
  const snapshot: Snapshot = {
    networkId,
    size,
    bundle: await maker.bundle(),
    tiles: await maker.tiles(),
    blocks: await maker.blocks(),
    state,
    accounts: await maker.accounts(state),
    documents: await maker.documents(),
  }
  return { size, root, bytes: encodeSnapshot(snapshot) }
}

class Maker {
  readonly #crypto: Pick<CryptoProvider, 'sha256'>
  readonly #store: SnapshotSource
  readonly #size: number

  constructor(crypto: Pick<CryptoProvider, 'sha256'>, store: SnapshotSource, size: number) {
    this.#crypto = crypto
    this.#store = store
    this.#size = size
  }

  async bundle(): Promise<Bytes[]> {
    const width = this.#size % tileWidth
    if (width === 0) return []
    const path = entriesPath(Math.floor(this.#size / tileWidth), width)
    return decodeBundle(await this.#file(path), width)
  }

  async tiles(): Promise<Bytes[]> {
    const tiles: Bytes[] = []
    for (let level = 1; hashesAtTileLevel(this.#size, level) > 0; level++) {
      const count = hashesAtTileLevel(this.#size, level)
      const width = count % tileWidth
      const path = width === 0 ? null : tilePath(level, Math.floor(count / tileWidth), width)
      tiles.push(path === null ? new Uint8Array(0) : await this.#file(path))
    }
    return tiles
  }

  async blocks(): Promise<SnapshotBlock[]> {
    const blocks: SnapshotBlock[] = []
    let newestMs: number | null = null
    for (let index: number | null = this.#size - 1; index !== null;) {
      const proven = await this.#proven(index)
      const entry = blockEntryOf(proven.entry)
      newestMs ??= entry.timeMs
      const before = entry.timeMs < newestMs - replayWindowMs
      blocks.push({ ...proven, transactions: before ? null : await this.#transactions(index) })
      index = before ? null : entry.previousBlockIndex
    }
    return blocks
  }

  async #transactions(index: number): Promise<NonNullable<SnapshotBlock['transactions']>> {
    const block = await this.#store.blockOfEntry(index)
    assert(block !== null, 'a member that makes snapshots has all blocks')
    return block.transactions.map(({ txHash, code, bytes }) => {
      return { txHash, signedHash: signedHash(this.#crypto, bytes), code }
    })
  }

  async accounts(state: readonly SnapshotValue[]): Promise<SnapshotAccount[]> {
    const accounts: SnapshotAccount[] = []
    const prefix = stateKeys.account('')
    for (const { key, value } of state) {
      if (!key.startsWith(prefix)) continue
      const stored = await this.#store.accountAt(fromHex(key.slice(prefix.length)), decodeAccount(value).version)
      assert(stored !== null, 'every version of an account has its entry')
      accounts.push({ index: stored.entryIndex, ...(await this.#proven(stored.entryIndex)) })
    }
    return accounts
  }

  async documents(): Promise<SnapshotDocument[]> {
    const documents: SnapshotDocument[] = []
    for (const { document, entryIndex, sizeAfter } of await this.#store.consortiumDocuments()) {
      if (sizeAfter > this.#size) break
      const [blockIndex, proven] = [sizeAfter - 1, await this.#proven(entryIndex)]
      documents.unshift({ ...proven, document, blockIndex, block: await this.#proven(blockIndex) })
    }
    return documents
  }

  async #proven(index: number): Promise<ProvenEntry> {
    const entry = await this.#store.entry(index)
    assert(entry !== null, 'an entry of a durable tree is there')
    const path = await this.#store.withHashes((read) => inclusionProof(this.#crypto, read, index, this.#size))
    return { entry, path }
  }

  async #file(path: string): Promise<Bytes> {
    const bytes = await this.#store.tileBytes(path)
    assert(bytes !== null, `${path} is a part of the durable tree`)
    return bytes
  }
}

function blockEntryOf(bytes: Bytes): BlockEntry {
  const entry = decodeEntry(bytes)
  assert(entry.kind === 3, 'a block ends with its entry')
  return entry
}
