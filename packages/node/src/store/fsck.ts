/**
 * Checks a data folder that no process uses: every record, every block against the one before it, every tile and bundle made again,
 * what is derived against what it is derived from, notes and signer state against the tree.
 * It changes nothing. `repair` throws away what is derived and lets the start make it again.
 * @module
 */
import { equal, toHex, type Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { Frontier } from '@jurat/core/merkle/tree'
import type { Files } from '../platform/files.ts'
import { type Base, baseEdge, baseName, readBase } from './base.ts'
import { decodeBlock } from './blockRecord.ts'
import { checkHistory } from './fsckBase.ts'
import { checkBlock, type BlockChain } from './fsckBlocks.ts'
import { IndexCheck, NotesCheck, SignerCheck } from './fsckDerived.ts'
import { StateCheck } from './fsckState.ts'
import type { AddFinding, Finding } from './fsckFinding.ts'
import { StoreError } from './errors.ts'
import type { OpenKeyValueStore } from './keyValue.ts'
import { folders, openStore, type OpenStoreOptions } from './openStore.ts'
import { SegmentStore } from './segments.ts'
import type { StoredBlock } from './store.ts'
import { TileEdge } from './tileEdge.ts'
import { readMarker } from './tileWriter.ts'
import { Extension } from './tree.ts'

/** What is checked, and with what. */
export interface FsckOptions {
  readonly files: Files
  /** The data folder; the caller holds its lock. */
  readonly folder: string
  readonly crypto: CryptoProvider
  readonly openKeyValue: OpenKeyValueStore
  readonly genesis: OpenStoreOptions['genesis']
  /** Executes blocks again and compares the whole state with what comes out: slow, and complete. null leaves it out. */
  readonly replay: OpenStoreOptions['replay'] | null
  /** Checks a kept note's signatures and gives what it says. @throws {Error} when it is not valid */
  readonly openNote: (note: Bytes) => { size: number; root: Bytes }
  /** Told of each consortium document, before a note that its members signed is opened. May be told twice. */
  readonly onDocument?: (document: Bytes) => void
  /** Told now and then how far the check has come. */
  readonly progress?: (height: number) => void
}

/** The outcome. */
export interface FsckReport {
  /** What is not as it should be; empty when the folder is clean. */
  readonly findings: readonly Finding[]
  /** What a crash leaves and the next start sets right: a torn tail, tiles that were not written, a state that is behind. */
  readonly notices: readonly Finding[]
  readonly blocks: number
  readonly entries: number
  readonly root: Bytes
}

/** Findings beyond this number are counted, not listed. */
const findingsMax = 1_000

/** Blocks between two calls of `progress`. */
const progressBlocks = 1_000

/** Checks everything. Findings are a list; an empty one is a clean folder. */
export async function fsck(options: FsckOptions): Promise<FsckReport> {
  const findings: Finding[] = []
  const notices: Finding[] = []
  const addTo =
    (list: Finding[]): AddFinding =>
    (area, where, detail) => {
      if (list.length < findingsMax) list.push({ area, where, detail })
    }
  const add = { finding: addTo(findings), notice: addTo(notices) }
  const segments = await openSegments(options, add)
  if (segments === null)
    return { findings, notices, blocks: 0, entries: 0, root: Frontier.empty(options.crypto).root() }
  const run = new FsckRun(options, segments, add)
  await run.open()
  try {
    if (await run.base()) await run.blocks()
    await run.finish()
  } finally {
    await run.close()
    await segments.close()
  }
  return { findings, notices, ...run.summary }
}

/**
 * Throws away everything derived (state, index, tiles) and makes it again from the segments.
 * @throws {StoreError} when the segments themselves are damaged: nothing is thrown away then
 */
export async function repair(options: OpenStoreOptions): Promise<void> {
  const segments = await SegmentStore.open(options.files, `${options.folder}/${folders.segments}`)
  for await (const { payload } of segments.scan(null)) decodeBlock(payload)
  await segments.close()
  for (const name of [folders.state, folders.index, folders.log])
    await options.files.remove(`${options.folder}/${name}`)
  await options.files.syncFolder(options.folder)
  const store = await openStore(options)
  await store.close()
}

async function openSegments(options: FsckOptions, add: Adders): Promise<SegmentStore | null> {
  try {
    return await SegmentStore.open(options.files, `${options.folder}/${folders.segments}`)
  } catch (error) {
    add.finding('segment', folders.segments, messageOf(error))
    return null
  }
}

/** Where findings and notices go. */
interface Adders {
  readonly finding: AddFinding
  readonly notice: AddFinding
}

class FsckRun {
  readonly #options: FsckOptions
  readonly #segments: SegmentStore
  readonly #add: AddFinding
  readonly #notice: AddFinding
  #marker = 0
  #edge = TileEdge.at(0, [])
  readonly #state: StateCheck
  readonly #index: IndexCheck
  readonly #notes: NotesCheck
  readonly #signer: SignerCheck
  #frontier: Frontier
  #chain: BlockChain = { previousBlockIndex: null, height: -1, timeMs: 0 }
  #blocks = 0
  /** Whether all blocks were read. */
  #whole = true

  constructor(options: FsckOptions, segments: SegmentStore, { finding: add, notice }: Adders) {
    this.#options = options
    this.#segments = segments
    this.#add = add
    this.#notice = notice
    this.#frontier = Frontier.empty(options.crypto)
    this.#state = new StateCheck(options, add, notice)
    this.#index = new IndexCheck(options, add)
    this.#notes = new NotesCheck(options, add, notice)
    this.#signer = new SignerCheck(options, add)
  }

  get summary(): { blocks: number; entries: number; root: Bytes } {
    return { blocks: this.#blocks, entries: this.#frontier.size, root: this.#frontier.root() }
  }

  async open(): Promise<void> {
    this.#marker = await readMarker(this.#options.files, `${this.#options.folder}/${folders.log}`)
    for (const part of [this.#state, this.#index, this.#notes, this.#signer]) await part.open()
  }

  /** The snapshot before the first block, if there is one. @returns whether the blocks can be checked against it */
  async base(): Promise<boolean> {
    const { crypto, genesis } = this.#options
    let base: Base | null
    try {
      base = await readBase(this.#options, { crypto, networkId: genesis.tip.networkId })
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      this.#whole = false
      this.#add('segment', baseName, error.message)
      return false
    }
    if (base === null) return true
    const { height, timeMs, size, previousBlockIndex } = base.tip
    const whole = await checkHistory({
      base,
      read: (path) => this.#options.files.readFile(`${this.#options.folder}/${folders.log}/${path}`),
      grow: (entries) => this.#growHistory(entries),
      root: () => this.#frontier.root(),
      add: this.#add,
      notice: this.#notice,
    })
    const { edge, frontier } = baseEdge(crypto, base)
    if (!whole) this.#index.skip()
    this.#edge = edge
    this.#frontier = frontier
    this.#chain = { previousBlockIndex, height, timeMs }
    await this.#state.base(base)
    await this.#notes.base(base)
    this.#signer.size(size, base.root)
    return true
  }

  async #growHistory(entries: readonly Bytes[]): Promise<void> {
    const extension = new Extension(this.#options.crypto, this.#frontier, entries)
    this.#frontier = extension.frontier
    await this.#compareTiles(entries, extension, (path, detail) => this.#add('tile', path, detail))
    await this.#index.block(entries)
  }

  /** All blocks in order, and everything that can be checked with one block at hand. */
  async blocks(): Promise<void> {
    try {
      for await (const { position, payload } of this.#segments.scan(null)) {
        const block = decodeBlock(payload)
        const entries = block.entries()
        this.#chain = checkBlock(this.#options.crypto, this.#chain, block, entries, (detail) =>
          this.#add('block', `block ${block.height}`, detail),
        )
        await this.#grow(block, entries)
        await this.#state.block(block, position)
        await this.#index.block(entries)
        await this.#notes.size(block.treeSizeAfter, block.rootAfter)
        this.#signer.size(block.treeSizeAfter, block.rootAfter)
        this.#blocks += 1
        if (this.#blocks % progressBlocks === 0) this.#options.progress?.(block.height)
      }
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      this.#whole = false
      this.#add('segment', folders.segments, error.message)
    }
  }

  async finish(): Promise<void> {
    const size = this.#frontier.size
    this.#tail(size)
    // What is missing in the truth is said once, not by everything that knew it.
    if (!this.#whole) return
    await this.#state.finish()
    await this.#index.finish(size)
    await this.#notes.finish(size)
  }

  async close(): Promise<void> {
    for (const part of [this.#state, this.#index, this.#notes]) await part.close()
  }

  /** Bytes behind the last block: left by a crash, or blocks that were durable. */
  #tail(size: number): void {
    const { tornBytes } = this.#segments.tail
    const durable = Math.max(this.#signer.signedSize, tornBytes > 0 ? this.#state.size : 0)
    if (this.#whole && durable > size) {
      this.#whole = false
      const damaged =
        tornBytes > 0 ? `the ${tornBytes} bytes behind them are damaged` : 'the blocks behind them are missing'
      const detail = `${durable} entries were durable, and only ${size} can be read: ${damaged}`
      this.#add('segment', folders.segments, detail)
    } else if (tornBytes > 0) {
      const detail = `${tornBytes} bytes behind the last block: a crash left them, the next start cuts them`
      this.#notice('tail', `${folders.segments}, last file`, detail)
    }
  }

  async #grow(block: StoredBlock, entries: readonly Bytes[]): Promise<void> {
    const where = `block ${block.height}`
    if (block.firstIndex !== this.#frontier.size) this.#add('block', where, 'does not begin where the log ends')
    const extension = new Extension(this.#options.crypto, this.#frontier, entries)
    if (extension.size !== block.treeSizeAfter || !equal(extension.root, block.rootAfter)) {
      this.#add('block', where, `its entries give the root ${toHex(extension.root)}, not that of its record`)
    }
    this.#frontier = extension.frontier
    await this.#compareTiles(entries, extension, (path, detail, completeAt) => {
      // Above the marker a loss of power may leave anything: the next start writes these tiles again.
      const add = completeAt > this.#marker ? this.#notice : this.#add
      add('tile', path, detail)
    })
  }

  async #compareTiles(
    entries: readonly Bytes[],
    { hashes }: Extension,
    add: (path: string, detail: string, completeAt: number) => void,
  ): Promise<void> {
    for (const { path, data, completeAt } of this.#edge.append(entries, hashes)) {
      const file = await this.#options.files.readFile(`${this.#options.folder}/${folders.log}/${path}`)
      if (file !== null && equal(file, data)) continue
      add(path, file === null ? 'is missing' : 'is not what the entries give', completeAt)
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
