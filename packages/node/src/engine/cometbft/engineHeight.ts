/**
 * The engine's height, which also counts blocks without transactions. It stands outside the ledger and is never ahead of
 * it: blocks without transactions change nothing, so a height that is too low only has CometBFT deliver some of them again.
 * The file is therefore written in passing, and believed only when it names the very tree that is there. docs/spec/engine.md.
 * @module
 */
import { equal, fromHex, fromText, toHex, type Bytes } from '@jurat/core/bytes'
import type { Timers } from '../../platform/clock.ts'
import type { Files } from '../../platform/files.ts'
import { crc32c } from '../../store/crc32c.ts'

/** Folder and name of the file, inside the data folder. */
export const engineFolderName = 'engine'
const fileName = 'height'

/** The file is written so much later, so that a busy chain does not keep the disk busy with it. */
const writeDelayMs = 1_000

const head = 'jurat-engine-height/1'
const line = /^jurat-engine-height\/1 (\d{1,16}) (\d{1,16}) ([0-9a-f]{64}) ([0-9a-f]{8})\n$/

/** A height and the tree that belongs to it. */
export interface PlacedHeight {
  readonly height: number
  readonly size: number
  readonly root: Bytes
}

/** What it needs. */
export interface EngineHeightOptions {
  readonly files: Files
  readonly dataFolder: string
  readonly timers: Timers
  /** Told when the file cannot be written: that only costs time at the next start. */
  readonly warn: (error: unknown) => void
}

/** The height up to which the application has committed the engine's blocks. */
export class EngineHeight {
  readonly #options: EngineHeightOptions
  readonly #path: string
  #kept: PlacedHeight
  #written: PlacedHeight
  #cancel: (() => void) | null = null

  private constructor(options: EngineHeightOptions, path: string, kept: PlacedHeight) {
    this.#options = options
    this.#path = path
    this.#kept = kept
    this.#written = kept
  }

  /**
   * Opens it beside an application that stands at `info`.
   * @param baseHeight - the engine's height of the snapshot from which the ledger began, below which the engine has no blocks
   */
  static async open(options: EngineHeightOptions, info: PlacedHeight, baseHeight = 0): Promise<EngineHeight> {
    const { size, root } = info
    const height = Math.max(info.height, baseHeight)
    const folder = `${options.dataFolder}/${engineFolderName}`
    await options.files.makeFolder(folder)
    const path = `${folder}/${fileName}`
    const content = await options.files.readFile(path)
    const kept = content === null ? null : decode(content)
    const fits = kept !== null && kept.size === size && equal(kept.root, root) && kept.height > height
    return new EngineHeight(options, path, fits ? kept : { height, size, root })
  }

  get height(): number {
    return this.#kept.height
  }

  /** Notes a committed block, and the ledger after it. One with transactions says its height itself: it is not written. */
  reached(height: number, ledger: PlacedHeight): void {
    this.#kept = { height, size: ledger.size, root: ledger.root }
    if (ledger.height === height) return
    this.#cancel ??= this.#options.timers.after(writeDelayMs, () => void this.write())
  }

  /** Writes the height if it is not written. Never rejects. */
  async write(): Promise<void> {
    this.#cancel?.()
    this.#cancel = null
    const kept = this.#kept
    if (kept === this.#written) return
    this.#written = kept
    try {
      await this.#options.files.replaceFile(this.#path, encode(kept))
    } catch (error) {
      this.#options.warn(error)
    }
  }
}

function encode({ height, size, root }: PlacedHeight): Bytes {
  const text = `${head} ${height} ${size} ${toHex(root)}`
  return fromText(`${text} ${checksum(text)}\n`)
}

function decode(content: Bytes): PlacedHeight | null {
  const match = line.exec(Buffer.from(content).toString('latin1'))
  if (match === null) return null
  const [, height = '', size = '', root = '', sum = ''] = match
  if (sum !== checksum(`${head} ${height} ${size} ${root}`)) return null
  return { height: Number(height), size: Number(size), root: fromHex(root) }
}

function checksum(text: string): string {
  return crc32c(fromText(text)).toString(16).padStart(8, '0')
}
