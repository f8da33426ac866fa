/**
 * The snapshots that this member gives to others: made at every so many heights while blocks go on, the newest few kept as files.
 * All members make the same bytes at the same height, so that a joining one gets its chunks from all of them.
 * docs/spec/snapshot.md, Making.
 * @module
 */
import { join } from 'node:path'
import { equal, fromHex, toHex, type Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { replayWindowMs } from '@jurat/core/ledger/parameters'
import type { Files } from '../../platform/files.ts'
import { makeSnapshot, type SnapshotSource } from '../../store/makeSnapshot.ts'
import type { StateNow, Store } from '../../store/store.ts'
import type { Snapshot } from '../abci/generated/tendermint/abci/types.ts'
import { chunkBytes, describeSnapshot, snapshotFormat } from './snapshotChunks.ts'

/** Snapshots that are kept: whoever gets the older one can end while the newer is made. */
export const snapshotsKept = 2

/** A joining member's CometBFT verifies the two headers after a snapshot's height, so it is offered when they are there. */
const headersNeeded = 2

/** Folder of the snapshots inside the data folder. */
export const snapshotsFolder = 'snapshots'

const namePattern = /^(\d{1,16})-([0-9a-f]{64})$/

/** What it needs. */
export interface SnapshotShelfOptions {
  readonly files: Files
  readonly dataFolder: string
  readonly crypto: Pick<CryptoProvider, 'sha256'>
  readonly store: SnapshotSource & Pick<Store, 'baseTimeMs' | 'durable'>
  /** A snapshot is made at each multiple of this height; 0 makes none. */
  readonly everyBlocks: number
  /** Told when none could be made: others make them too. */
  readonly warn: (message: string, details: Record<string, unknown>) => void
}

/** A kept snapshot. */
interface Kept {
  readonly described: Snapshot
  readonly path: string
}

/** Makes and gives snapshots. */
export class SnapshotShelf {
  readonly #options: SnapshotShelfOptions
  #kept: Kept[] = []
  #making: Promise<void> | null = null

  private constructor(options: SnapshotShelfOptions) {
    this.#options = options
  }

  /** Opens it: what is damaged, or was being written, is removed. */
  static async open(options: SnapshotShelfOptions): Promise<SnapshotShelf> {
    const { files, dataFolder, crypto } = options
    const shelf = new SnapshotShelf(options)
    const folder = join(dataFolder, snapshotsFolder)
    for (const name of await files.list(folder)) {
      const path = join(folder, name)
      const [, height = '', hash = ''] = namePattern.exec(name) ?? []
      const bytes = await files.readFile(path)
      const intact = bytes !== null && hash !== '' && equal(crypto.sha256(bytes), fromHex(hash))
      if (intact) shelf.#kept.push({ described: describeSnapshot(crypto, Number(height), bytes), path })
      else await files.remove(path)
    }
    await shelf.#drop()
    return shelf
  }

  /** The snapshots whose headers are there. @param height - the engine's height */
  list(height: number): Snapshot[] {
    return this.#kept.map(({ described }) => described).filter((each) => Number(each.height) + headersNeeded <= height)
  }

  /** A chunk; no bytes when it is not here. */
  async chunk(height: bigint, format: number, index: number): Promise<Bytes> {
    const found = this.#kept.find(({ described }) => described.height === height)
    const none = new Uint8Array(0)
    if (found === undefined || format !== snapshotFormat || index >= found.described.chunks) return none
    const handle = await this.#options.files.open(found.path, 'read').catch(() => null)
    if (handle === null) return none
    try {
      return await handle.read(index * chunkBytes, chunkBytes)
    } finally {
      await handle.close()
    }
  }

  /**
   * The block of a height is committed and the next one is not applied: at the right heights the state is fixed before this
   * resolves, and the snapshot made afterwards. Never rejects.
   */
  async committed(height: number): Promise<void> {
    const { everyBlocks, store } = this.#options
    if (everyBlocks === 0 || height % everyBlocks !== 0 || !this.#hasWindow() || this.#making !== null) return
    try {
      const state = await store.stateNow()
      this.#making = this.#make(height, state).finally(() => (this.#making = null))
    } catch (error) {
      this.#failed(height, error)
    }
  }

  /** Resolves when no snapshot is being made. */
  async settled(): Promise<void> {
    await this.#making
  }

  /** Whether all transactions of the replay window are here: a member that began with a snapshot has not those before it. */
  #hasWindow(): boolean {
    const { baseTimeMs, durable } = this.#options.store
    return baseTimeMs === null || durable.timeMs - replayWindowMs > baseTimeMs
  }

  async #make(height: number, state: StateNow): Promise<void> {
    const { files, dataFolder, crypto, store } = this.#options
    try {
      const { bytes } = await makeSnapshot(crypto, store, state)
      const described = describeSnapshot(crypto, height, bytes)
      const folder = join(dataFolder, snapshotsFolder)
      await files.makeFolder(folder)
      const path = join(folder, `${height}-${toHex(described.hash)}`)
      await files.replaceFile(path, bytes)
      this.#kept = [...this.#kept.filter((kept) => kept.described.height !== described.height), { described, path }]
      await this.#drop()
    } catch (error) {
      this.#failed(height, error)
    }
  }

  /** Removes all but the newest. */
  async #drop(): Promise<void> {
    const sorted = this.#kept.toSorted((a, b) => Number(b.described.height - a.described.height))
    this.#kept = sorted.slice(0, snapshotsKept)
    for (const { path } of sorted.slice(snapshotsKept)) await this.#options.files.remove(path)
  }

  #failed(height: number, error: unknown): void {
    this.#options.warn('No snapshot could be made', { height, error })
  }
}
