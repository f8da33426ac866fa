/**
 * Reads a ZIP archive of strangers: strictly, so that no two tools see different files in it, and within bounds. Files are read
 * as streams, so that their length does not matter.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import { type FileEntry, ZipReader } from '@zip.js/zip.js/lib/zip-core-reader.js'
import { StepFailure } from '../error.ts'
import { mimetypePath, packageMimetype } from './places.ts'

/** Most files of a package. */
export const packageFilesMax: number = 4_096

/** Longest directory of a package, in bytes: a thousand for each file. */
export const directoryBytesMax: number = 4 * 1_048_576

/** What the files may hold together beyond the size of the package: so many times its size, and these bytes. */
export const expansionMax: number = 100
export const expansionBytesMin: number = 16 * 1_048_576

/** An opened package: which files there are, and their bytes. */
export class Archive {
  /** Paths of all files, in their order. */
  readonly paths: readonly string[]
  readonly #entries: ReadonlyMap<string, FileEntry>
  readonly #read: (bytes: number) => void

  private constructor(entries: readonly FileEntry[], read: (bytes: number) => void) {
    this.#entries = new Map(entries.map((entry) => [entry.filename, entry]))
    this.#read = read
    this.paths = [...this.#entries.keys()]
  }

  /**
   * Opens it.
   * @param read - told of every piece of a file that was unpacked.
   * @throws {StepFailure} when it is no such package, or more than one reading of it is possible
   */
  static async open(file: Blob, read: (bytes: number) => void = () => undefined): Promise<Archive> {
    const files = await unpacking(() => filesOf(file))
    const bytes = files.reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0)
    if (bytes > expansionBytesMin + expansionMax * file.size) throw unreadable(`it would unpack to ${bytes} bytes`)
    const odd = files.find((entry) => entry.encrypted || entry.symlink)
    if (odd !== undefined) throw unreadable(`${odd.filename} is encrypted or a link`)
    const [first] = files
    if (first?.filename !== mimetypePath || first.compressionMethod !== 0) throw new StepFailure('container-mimetype')
    const archive = new Archive(files, read)
    const mimetype = await archive.text(mimetypePath, packageMimetype.length)
    if (mimetype !== packageMimetype) throw new StepFailure('container-mimetype')
    return archive
  }

  /** Whether there is such a file. */
  has(path: string): boolean {
    return this.#entries.has(path)
  }

  /** The length of a file, unpacked, as the package says it; 0 when there is none. */
  size(path: string): number {
    return this.#entries.get(path)?.uncompressedSize ?? 0
  }

  /** The bytes of a file, in chunks. @throws {StepFailure} when it cannot be unpacked */
  async *chunks(path: string): AsyncGenerator<Bytes> {
    const entry = this.#entries.get(path)
    if (entry === undefined) throw new StepFailure('contents-missing', { path })
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const unpacked = entry.getData(writable, { checkSignature: true })
    // What fails before the first byte does not end the stream.
    const failed = new Promise<never>((_, reject) => void unpacked.catch(reject))
    failed.catch(() => undefined)
    const reader = readable.getReader()
    try {
      for (;;) {
        const { done, value } = await unpacking(() => Promise.race([reader.read(), failed]))
        if (done) break
        yield new Uint8Array(value)
        this.#read(value.length)
      }
      await unpacking(() => unpacked)
    } finally {
      await reader.cancel().catch(() => undefined)
    }
  }

  /** A small file whole. @throws {StepFailure} when it is longer than `bytesMax`, or cannot be unpacked */
  async bytes(path: string, bytesMax: number): Promise<Bytes> {
    const size = this.size(path)
    if (size > bytesMax) throw unreadable(`${path} has ${size} bytes, more than ${bytesMax}`)
    const whole = new Uint8Array(size)
    let length = 0
    for await (const chunk of this.chunks(path)) {
      if (length + chunk.length > size) throw unreadable(`${path} is longer than it says`)
      whole.set(chunk, length)
      length += chunk.length
    }
    return whole.subarray(0, length)
  }

  /** A small file as text. */
  async text(path: string, bytesMax: number): Promise<string> {
    const bytes = await this.bytes(path, bytesMax)
    return unpacking(() => Promise.resolve(new TextDecoder('utf-8', { fatal: true }).decode(bytes)))
  }
}

/** A file for the library, which is never read in more bytes at once than a directory may have: that one is read whole. */
class BlobReader {
  readonly #blob: Blob
  readonly size: number

  constructor(blob: Blob) {
    this.#blob = blob
    this.size = blob.size
  }

  init(): Promise<void> {
    return Promise.resolve()
  }

  get readable(): ReadableStream<Uint8Array> {
    return this.#blob.stream()
  }

  createReadable({ offset, size }: { offset: number; size: number }): ReadableStream<Uint8Array> {
    return this.#blob.slice(offset, offset + size).stream()
  }

  async readUint8Array(offset: number, length: number): Promise<Uint8Array> {
    if (length > directoryBytesMax) throw new Error(`a directory of ${length} bytes, more than ${directoryBytesMax}`)
    return new Uint8Array(await this.#blob.slice(offset, offset + length).arrayBuffer())
  }
}

/** What a directory must be; a page that works from a file has no workers to load. */
const strictly = { strictness: 'strict', checkOverlappingEntry: true, useWebWorkers: false } as const

/** The files of an archive, as its directory names them. @throws when it is broken, or there are too many */
async function filesOf(file: Blob): Promise<FileEntry[]> {
  const reader = new ZipReader(new BlobReader(file), strictly)
  const files: FileEntry[] = []
  let count = 0
  for await (const entry of reader.getEntriesGenerator()) {
    if (++count > packageFilesMax) throw new Error(`more than ${packageFilesMax} files`)
    if (!entry.directory) files.push(entry)
  }
  return files
}

const unreadable = (reason: string, cause?: unknown): StepFailure =>
  new StepFailure('container-unreadable', { reason }, cause)

/** Runs what the library reads: whatever it throws says that the package cannot be read. */
async function unpacking<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    throw unreadable(error instanceof Error ? error.message : String(error), error)
  }
}
