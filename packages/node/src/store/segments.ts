/**
 * The segment files: every block of this node, in order, append-only. Format and rules: docs/spec/segments.md.
 * @module
 */
import { assert } from '@jurat/core/assert'
import { equal, fromText, type Bytes } from '@jurat/core/bytes'
import type { FileHandle, Files } from '../platform/files.ts'
import { StoreError } from './errors.ts'
import { frameRecords, readRecord, recordHeadBytes } from './record.ts'

/** First bytes of every segment file: format and version. */
export const segmentMagic: Bytes = fromText('jurat-segment/1\n')

/** A segment file that reached this length is followed by a new one. */
export const segmentBytesDefault: number = 64 * 1024 * 1024

/** How much is read at once when blocks are read in order. */
const scanChunkBytes = 1024 * 1024

/** Segments that are kept open for reading. */
const openHandlesMax = 16

/** Where a record stands. */
export interface Position {
  /** Height of the first block of the file: its name. */
  readonly segment: number
  readonly offset: number
}

/** A record with its place. */
export interface SegmentRecord {
  readonly position: Position
  readonly payload: Bytes
}

/** What opening found at the end of the last file. */
export interface SegmentTail {
  /** Bytes behind the last whole record, cut off when the file is opened for writing. */
  readonly tornBytes: number
}

/** The segments of a folder, opened for appending. */
export class SegmentStore {
  readonly #files: Files
  readonly #folder: string
  readonly #segmentBytes: number
  readonly #readers = new Map<number, Promise<FileHandle>>()
  #segments: number[]
  #writer: FileHandle | null = null
  /** Durable length of the last file. */
  #length = 0
  /** Where the next record will stand; null before the first file. */
  #reserved: Position | null = null
  #lastRecord: SegmentRecord | null = null
  #tail: SegmentTail = { tornBytes: 0 }

  private constructor(files: Files, folder: string, segmentBytes: number, segments: number[]) {
    this.#files = files
    this.#folder = folder
    this.#segmentBytes = segmentBytes
    this.#segments = segments
  }

  /**
   * Opens the folder and finds the end of the last file. Nothing is changed before `cutTail`.
   * @throws {StoreError} `damaged` when a file is no segment; `other-format` when the newest is one of another version
   */
  static async open(files: Files, folder: string, segmentBytes: number = segmentBytesDefault): Promise<SegmentStore> {
    const store = new SegmentStore(files, folder, segmentBytes, await listSegments(files, folder))
    await store.#findEnd()
    return store
  }

  /** The last whole record, or null when there is none. */
  get last(): SegmentRecord | null {
    return this.#lastRecord
  }

  get tail(): SegmentTail {
    return this.#tail
  }

  /** Whether a position lies before the durable end. */
  holds(position: Position): boolean {
    const last = this.#segments.at(-1)
    if (!this.#segments.includes(position.segment)) return false
    return position.segment !== last || position.offset < this.#length
  }

  /** First heights of the files, ascending. */
  get segments(): readonly number[] {
    return this.#segments
  }

  /**
   * Cuts what a crash left behind the last whole record, and makes the rest durable. Must be called before `append`, and
   * before anything that was found here is called durable.
   * @param settled - a record that was durable before the crash, as was everything in front of it; null when unknown
   */
  async cutTail(settled: Position | null): Promise<void> {
    const last = this.#segments.at(-1)
    if (last === undefined) return
    this.#writer = await this.#files.open(this.#path(last), 'write')
    this.#reserved = { segment: last, offset: this.#length }
    if (this.#length === 0) {
      // A new file whose head did not survive: it holds no record, and its name is free again.
      await this.#writer.close()
      this.#writer = null
      this.#reserved = null
      // A handle of the removed file would be read in place of the new one that gets its name.
      const reader = this.#readers.get(last)
      this.#readers.delete(last)
      await (await reader)?.close()
      await this.#files.remove(this.#path(last))
      await this.#files.syncFolder(this.#folder)
      this.#segments = this.#segments.slice(0, -1)
      await this.#findEnd()
      return this.cutTail(settled)
    }
    if ((await this.#writer.size()) !== this.#length) await this.#writer.truncate(this.#length)
    await this.#settle(this.#writer, settled?.segment === last ? settled.offset : 0)
    this.#tail = { tornBytes: 0 }
  }

  /**
   * A process that ended between a write and its sync leaves what only the system's cache holds: it can be read, and a loss
   * of power takes it. After a sync that failed a second one lies, so the end of the file is written again.
   */
  async #settle(writer: FileHandle, from: number): Promise<void> {
    for (let offset = from; offset < this.#length;) {
      const chunk = await writer.read(offset, Math.min(scanChunkBytes, this.#length - offset))
      assert(chunk.length > 0, 'a file does not shrink while it is opened')
      await writer.write(chunk, offset)
      offset += chunk.length
    }
    await writer.sync()
    await this.#files.syncFolder(this.#folder)
  }

  /** Reserves the place of the next record. What is reserved must be appended, in this order. */
  reserve(height: number, payloadBytes: number): Position {
    if (this.#reserved === null || this.#reserved.offset >= this.#segmentBytes) {
      this.#reserved = { segment: height, offset: segmentMagic.length }
    }
    const position = this.#reserved
    this.#reserved = { segment: position.segment, offset: position.offset + recordHeadBytes + payloadBytes }
    return position
  }

  /**
   * Appends reserved records with one write and one sync a file; they are durable when it resolves. One call at a time. After
   * an error the content of the file is unknown: the process must end.
   */
  async append(records: readonly SegmentRecord[]): Promise<void> {
    for (let done = 0; done < records.length;) {
      const first = records[done]
      if (first === undefined) return
      const { segment, offset } = first.position
      const group = records.slice(done).filter(({ position }) => position.segment === segment)
      if (segment !== this.#segments.at(-1) || this.#writer === null) await this.#startSegment(segment)
      await this.#appendGroup(offset, group)
      done += group.length
    }
  }

  async #appendGroup(offset: number, group: readonly SegmentRecord[]): Promise<void> {
    const writer = this.#writer
    assert(writer !== null && offset === this.#length, 'records are appended where they were reserved')
    const framed = frameRecords(group.map(({ payload }) => payload))
    await writer.write(framed, offset)
    await writer.sync()
    this.#length = offset + framed.length
    this.#lastRecord = group.at(-1) ?? this.#lastRecord
  }

  /** The payload at a position. @throws {StoreError} `damaged` */
  async read(position: Position): Promise<Bytes> {
    const handle = await this.#reader(position.segment)
    const first = await handle.read(position.offset, scanChunkBytes / 16)
    let record = readRecord(first, 0)
    if (isPartial(record)) record = readRecord(await handle.read(position.offset, record.needed), 0)
    if (isPartial(record)) record = readRecord(await handle.read(position.offset, record.needed), 0)
    if (record instanceof Uint8Array) return record
    throw damaged(this.#path(position.segment), position.offset)
  }

  /** Bytes within a record's payload, without checking the record's checksum: the caller has one of its own. */
  async readWithin(position: Position, offset: number, length: number): Promise<Bytes> {
    const handle = await this.#reader(position.segment)
    return handle.read(position.offset + recordHeadBytes + offset, length)
  }

  /**
   * Reads in order.
   * @yields all records from a position (or the very first) to the last one of the moment of the call
   * @throws {StoreError} `damaged` at the first that is none
   */
  async *scan(from: Position | null): AsyncIterableIterator<SegmentRecord> {
    const end = { segments: this.#segments, length: this.#length }
    for (const [i, segment] of end.segments.entries()) {
      if (from !== null && segment < from.segment) continue
      const start = from?.segment === segment ? from.offset : segmentMagic.length
      const isLast = i === end.segments.length - 1
      const stop = isLast ? end.length : Number.MAX_SAFE_INTEGER
      const reached = yield* this.#scanFile(segment, start, stop)
      const size = isLast ? end.length : await (await this.#reader(segment)).size()
      if (reached < size) throw damaged(this.#path(segment), reached)
    }
  }

  async close(): Promise<void> {
    for (const reader of this.#readers.values()) await (await reader).close()
    this.#readers.clear()
    await this.#writer?.close()
    this.#writer = null
  }

  /**
   * Reads one file.
   * @yields whole records
   * @returns the offset behind the last
   */
  async *#scanFile(segment: number, start: number, stop: number): AsyncGenerator<SegmentRecord, number> {
    const handle = await this.#reader(segment)
    let [base, offset, chunkBytes] = [start, start, scanChunkBytes]
    let chunk = await handle.read(base, Math.min(chunkBytes, stop - base))
    while (offset < stop) {
      const record = readRecord(chunk, offset - base)
      if (record instanceof Uint8Array) {
        yield { position: { segment, offset }, payload: record }
        offset += recordHeadBytes + record.length
        continue
      }
      if (record === 'damaged') return offset
      const atEnd = chunk.length < Math.min(chunkBytes, stop - base)
      if (atEnd || (base === offset && chunk.length >= record.needed)) return offset
      base = offset
      chunkBytes = Math.max(scanChunkBytes, record.needed)
      chunk = await handle.read(base, Math.min(chunkBytes, stop - base))
      if (chunk.length === 0) return offset
    }
    return offset
  }

  async #findEnd(): Promise<void> {
    this.#lastRecord = null
    this.#length = 0
    const last = this.#segments.at(-1)
    if (last === undefined) return
    const handle = await this.#reader(last)
    const size = await handle.size()
    const head = await handle.read(0, segmentMagic.length)
    if (equal(head, segmentMagic)) {
      this.#length = await this.#findLast(last)
    } else if (size > segmentMagic.length) {
      throw otherFormat(this.#path(last), head) ?? damaged(this.#path(last), 0)
    }
    this.#tail = { tornBytes: size - this.#length }
    const before = this.#segments.at(-2)
    if (this.#lastRecord === null && before !== undefined) await this.#findLast(before)
  }

  async #findLast(segment: number): Promise<number> {
    const records = this.#scanFile(segment, segmentMagic.length, Number.MAX_SAFE_INTEGER)
    for (;;) {
      const next = await records.next()
      if (next.done === true) return next.value
      this.#lastRecord = { position: next.value.position, payload: next.value.payload.slice() }
    }
  }

  async #startSegment(height: number): Promise<void> {
    await this.#writer?.close()
    const handle = await this.#files.open(this.#path(height), 'write')
    await handle.write(segmentMagic, 0)
    await handle.sync()
    await this.#files.syncFolder(this.#folder)
    this.#writer = handle
    this.#segments = [...this.#segments, height]
    this.#length = segmentMagic.length
  }

  #reader(segment: number): Promise<FileHandle> {
    const found = this.#readers.get(segment)
    if (found !== undefined) return found
    const opened = this.#files.open(this.#path(segment), 'read')
    this.#readers.set(segment, opened)
    for (const [oldest, handle] of this.#readers) {
      if (this.#readers.size <= openHandlesMax) break
      this.#readers.delete(oldest)
      // A read that is under way holds the handle; it is closed when the next turn of the event loop has come.
      setTimeout(() => void handle.then((file) => file.close()), 10_000).unref()
    }
    return opened
  }

  #path(segment: number): string {
    return `${this.#folder}/${segmentName(segment)}`
  }
}

/** File name of the segment that begins with a height. */
export function segmentName(height: number): string {
  return `${String(height).padStart(12, '0')}.seg`
}

/** First heights of the segment files in a folder, ascending. */
export async function listSegments(files: Files, folder: string): Promise<number[]> {
  const names = await files.list(folder)
  return names
    .filter((name) => /^\d{12,16}\.seg$/.test(name))
    .map((name) => Number(name.slice(0, -4)))
    .toSorted((a, b) => a - b)
}

function isPartial(record: ReturnType<typeof readRecord>): record is { readonly needed: number } {
  return typeof record === 'object' && 'needed' in record
}

/** A head that is ours but for its version. */
function otherFormat(path: string, head: Bytes): StoreError | null {
  const [, version] = /^jurat-segment\/([1-9][0-9]{0,2})\n?$/.exec(Buffer.from(head).toString('latin1')) ?? []
  if (version === undefined) return null
  const why = `${path} is of version ${version} of the format, and this program reads version 1`
  return new StoreError('other-format', `${why}: start it with the version of Jurat that made it`)
}

function damaged(path: string, offset: number): StoreError {
  return new StoreError('damaged', `${path} is damaged at byte ${offset}`)
}
