/**
 * The state against the segments: its tip and its places always, every key when the blocks are executed again.
 * @module
 */
import { equal, fromText, type Bytes } from '@jurat/core/bytes'
import type { Base } from './base.ts'
import {
  decodeBlockPlace,
  changesOfBlock,
  consensusPrefix,
  decodeIndexed,
  decodeTip,
  keys,
  splitHashes,
  tipKey,
  type StateTip,
} from './stateFormat.ts'
import type { AddFinding } from './fsckFinding.ts'
import type { FsckOptions } from './fsck.ts'
import type { KeyValueStore } from './keyValue.ts'
import { uintKeyMax } from './keys.ts'
import { folders } from './openStore.ts'
import { SeenWindow } from './seen.ts'
import type { Position } from './segments.ts'
import type { LedgerTip, StoredBlock } from './store.ts'
import type { decodeBlock } from './blockRecord.ts'

/** First letter of the keys that are forgotten with time. */
const seenPrefix = 'w'.charCodeAt(0)

/** Checks the state while the blocks go by. */
export class StateCheck {
  readonly #options: FsckOptions
  readonly #add: AddFinding
  readonly #notice: AddFinding
  /** Consensus values as the executed blocks give them, by key. */
  readonly #values = new Map<string, Bytes>()
  readonly #seen = new SeenWindow()
  #map: KeyValueStore | null = null
  #stored: StateTip | null = null
  #tip: LedgerTip
  #lanes: Bytes = new Uint8Array(0)
  #storedTipMet = false
  #replaying: boolean

  constructor(options: FsckOptions, add: AddFinding, notice: AddFinding) {
    this.#options = options
    this.#add = add
    this.#notice = notice
    this.#tip = { ...options.genesis.tip, height: -1, timeMs: 0, size: 0, previousBlockIndex: null }
    this.#replaying = options.replay !== null
  }

  /** How many entries the log had when the state was written; 0 when nobody knows. */
  get size(): number {
    return this.#stored?.tip.size ?? 0
  }

  async open(): Promise<void> {
    try {
      this.#map = await this.#options.openKeyValue(`${this.#options.folder}/${folders.state}`)
      const value = this.#map.get(tipKey)
      this.#stored = value === null ? null : decodeTip(value)
      await this.#tellDocuments(this.#map)
    } catch (error) {
      this.#bad(error instanceof Error ? error.message : String(error))
    }
  }

  /** The state begins with a snapshot. */
  async base({ tip, root, lanes, state, blocks, documents }: Base): Promise<void> {
    this.#tip = tip
    this.#lanes = lanes
    for (const { key, value } of state) this.#values.set(key, value)
    for (const { timeMs, txHashes } of blocks) this.#seen.add(timeMs, txHashes)
    for (const { document } of documents) this.#options.onDocument?.(document)
    if (this.#stored?.tip.height !== tip.height) return
    this.#storedTipMet = true
    if (!equal(this.#stored.root, root)) this.#bad('its tip has another root than the snapshot')
    if (this.#replaying) await this.#compareConsensus()
  }

  async block(block: ReturnType<typeof decodeBlock>, position: Position): Promise<void> {
    const stored = this.#stored
    if (stored !== null && block.height <= stored.tip.height) this.#checkPlace(block, position)
    if (stored?.tip.height === block.height) {
      this.#storedTipMet = true
      if (!equal(stored.root, block.rootAfter)) this.#bad('its tip has another root than the block')
    }
    if (this.#replaying) this.#execute(block, position)
    // Values of later blocks are replayed at the next start: the state is compared as it was at its own tip.
    if (stored?.tip.height === block.height && this.#replaying) await this.#compareConsensus()
  }

  async finish(): Promise<void> {
    if (this.#stored === null) this.#notice('state', folders.state, 'it is empty: made again at the next start')
    else if (!this.#storedTipMet) this.#bad('its tip is no block of the segments')
    await this.#readSeen()
  }

  async close(): Promise<void> {
    await this.#map?.close()
  }

  /** What a start reads of it beside the tip: which transactions were seen is not compared, but must be readable. */
  async #readSeen(): Promise<void> {
    try {
      const range = this.#map?.range({ from: keys.seen(0, 0), to: keys.seen(uintKeyMax, 0) })
      for await (const [, value] of range ?? []) splitHashes(value)
    } catch (error) {
      this.#bad(error instanceof Error ? error.message : String(error))
    }
  }

  async #tellDocuments(map: KeyValueStore): Promise<void> {
    for await (const [, value] of map.range({ from: keys.document(0), to: keys.document(uintKeyMax) })) {
      this.#options.onDocument?.(decodeIndexed(value).bytes)
    }
  }

  #checkPlace(block: StoredBlock, position: Position): void {
    const value = this.#get(keys.block(block.height))
    if (value === null) return this.#bad(`it does not know block ${block.height}`)
    const place = decodeBlockPlace(block.height, value)
    const fits = place.position.segment === position.segment && place.position.offset === position.offset
    if (!fits) this.#bad(`it has block ${block.height} at another place`)
  }

  #execute(block: ReturnType<typeof decodeBlock>, position: Position): void {
    const { replay, genesis } = this.#options
    if (replay === null) return
    const view = { get: (key: string): Bytes | null => this.#values.get(key) ?? null }
    try {
      const isGenesis = this.#tip.height < 0
      const outcome = isGenesis
        ? genesis
        : replay({ block, view, seen: this.#seen, tip: this.#tip, lanes: this.#lanes })
      if (outcome.consortium !== null) this.#options.onDocument?.(outcome.consortium.document)
      const entries = block.entries()
      const same =
        outcome.entries.length === entries.length && outcome.entries.every((made, i) => equal(made, entries[i] ?? made))
      if (!same) this.#add('block', `block ${block.height}`, 'executed again it gives other entries')
      for (const { key, after } of outcome.changes) {
        if (after === null) this.#values.delete(key)
        else this.#values.set(key, after)
      }
      const transactions = block.transactions.map(({ bytes }) => bytes)
      const extension = { size: block.treeSizeAfter, root: block.rootAfter }
      this.#compareChanges({ ...block, transactions, outcome, extension }, block, position)
      this.#seen.add(
        block.timeMs,
        outcome.results.map(({ txHash }) => txHash),
      )
      this.#tip = outcome.tip
      this.#lanes = outcome.stateLanes
    } catch (error) {
      this.#replaying = false
      this.#add('block', `block ${block.height}`, `cannot be executed again: ${String(error)}`)
    }
  }

  #compareChanges(
    finalized: Parameters<typeof changesOfBlock>[0],
    { firstIndex, transactionOffsets }: ReturnType<typeof decodeBlock>,
    position: Position,
  ): void {
    if (this.#stored === null || finalized.height > this.#stored.tip.height) return
    const isTip = finalized.height === this.#stored.tip.height
    for (const { key, value } of changesOfBlock(finalized, { firstIndex, position, transactionOffsets })) {
      const text = Buffer.from(key).toString('latin1')
      const changesLater = text.startsWith(consensusPrefix) || text === 'tip' || text === 'lanes'
      if ((changesLater && !isTip) || text.startsWith(consensusPrefix) || key[0] === seenPrefix) continue
      const stored = this.#get(key)
      if (stored === null || value === null || !equal(stored, value)) {
        this.#bad(`what it knows of block ${finalized.height} (${text.slice(0, 2)}) is not what the block gives`)
      }
    }
  }

  async #compareConsensus(): Promise<void> {
    const unmet = new Set(this.#values.keys())
    try {
      const range = this.#map?.range({ from: fromText(consensusPrefix), to: keys.consensusEnd })
      for await (const [key, value] of range ?? []) {
        const name = Buffer.from(key).toString('latin1').slice(consensusPrefix.length)
        const expected = this.#values.get(name)
        unmet.delete(name)
        if (expected === undefined || !equal(expected, value)) this.#bad(`${name} is not what the blocks give`)
      }
    } catch (error) {
      this.#bad(error instanceof Error ? error.message : String(error))
    }
    for (const name of unmet) this.#bad(`${name} is missing`)
  }

  #get(key: Bytes): Bytes | null {
    try {
      return this.#map?.get(key) ?? null
    } catch {
      return null
    }
  }

  #bad(detail: string): void {
    this.#add('state', folders.state, detail)
  }
}
