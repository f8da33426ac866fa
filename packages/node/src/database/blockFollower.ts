/**
 * Follows the segment files that another process appends to: reads every durable block once, in order. Reads only; it
 * is told up to which height blocks are durable and never looks beyond.
 * @module
 */
import type { Files } from '../platform/files.ts'
import { decodeBlock } from '../store/blockRecord.ts'
import { readRecord, recordHeadBytes } from '../store/record.ts'
import { listSegments, segmentMagic, segmentName } from '../store/segments.ts'
import type { StoredBlock } from '../store/store.ts'

/** How much is read at once, in bytes. */
const chunkBytes = 4 * 1024 * 1024

/** Reads blocks after a height, in order. */
export class BlockFollower {
  readonly #files: Files
  readonly #folder: string
  #height: number
  #segment: number | null = null
  #offset = 0

  /** @param folder - the folder of segments; @param height - of the last block that is known already, or -1 */
  constructor(files: Files, folder: string, height: number) {
    this.#files = files
    this.#folder = folder
    this.#height = height
  }

  /** The next blocks with heights up to `durableHeight`: about one chunk of them; empty when there are no more. */
  async next(durableHeight: number): Promise<StoredBlock[]> {
    const found: StoredBlock[] = []
    while (found.length === 0 && this.#height < durableHeight) {
      if (this.#segment === null && !(await this.#enter())) return []
      const moved = await this.#read(durableHeight, found)
      if (!moved && !(await this.#enter())) return []
    }
    return found
  }

  /** Enters the first file, or the one after the present one. */
  async #enter(): Promise<boolean> {
    const segments = await listSegments(this.#files, this.#folder)
    const present = this.#segment
    const next =
      present === null
        ? (segments.findLast((segment) => segment <= this.#height + 1) ?? segments[0])
        : segments.find((segment) => segment > present)
    if (next === undefined) return false
    this.#segment = next
    this.#offset = segmentMagic.length
    return true
  }

  /** Reads one chunk of the present file; gives whether there was a whole record in it. */
  async #read(durableHeight: number, found: StoredBlock[]): Promise<boolean> {
    const handle = await this.#files.open(`${this.#folder}/${segmentName(this.#segment ?? 0)}`, 'read')
    try {
      let chunk = await handle.read(this.#offset, chunkBytes)
      let at = 0
      for (;;) {
        const record = readRecord(chunk, at)
        if (!(record instanceof Uint8Array)) {
          const longer = typeof record === 'object' && record.needed > chunkBytes && at === 0
          if (!longer || chunk.length >= record.needed) return at > 0
          chunk = await handle.read(this.#offset, record.needed)
          continue
        }
        const block = decodeBlock(record)
        if (block.height > durableHeight) return at > 0
        const length = recordHeadBytes + record.length
        at += length
        this.#offset += length
        if (block.height <= this.#height) continue
        this.#height = block.height
        found.push(block)
      }
    } finally {
      await handle.close()
    }
  }
}
