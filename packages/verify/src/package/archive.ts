/**
 * Reads a ZIP archive of strangers: strictly, so that no two tools see different files in it, and within bounds. Files are read
 * as streams, so that their length does not matter.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import { BlobReader, configure, type FileEntry, ZipReader } from '@zip.js/zip.js'
import { StepFailure } from '../error.ts'
import { mimetypePath, packageMimetype } from './places.ts'

// A page that works from a file has no workers to load.
configure({ useWebWorkers: false })

/** Most files of a package. */
export const packageFilesMax: number = 4_096

/** What the files may hold together beyond the size of the package: so many times its size, and these bytes. */
export const expansionMax: number = 100
export const expansionBytesMin: number = 16 * 1_048_576

/** An opened package: which files there are, and their bytes. */
export class Archive {
  /** Paths of all files, in their order. */
  readonly paths: readonly string[]
  readonly #entries: ReadonlyMap<string, FileEntry>

  private constructor(entries: readonly FileEntry[]) {
    this.#entries = new Map(entries.map((entry) => [entry.filename, entry]))
    this.paths = [...this.#entries.keys()]
  }

  /** Opens it. @throws {StepFailure} when it is no such package, or more than one reading of it is possible */
  static async open(file: Blob): Promise<Archive> {
    const entries = await unpacking(() =>
      new ZipReader(new BlobReader(file), { strictness: 'strict', checkOverlappingEntry: true }).getEntries(),
    )
    if (entries.length > packageFilesMax) throw unreadable(`${entries.length} files, more than ${packageFilesMax}`)
    const files = entries.filter((entry): entry is FileEntry => !entry.directory)
    const bytes = files.reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0)
    if (bytes > expansionBytesMin + expansionMax * file.size) throw unreadable(`it would unpack to ${bytes} bytes`)
    const odd = files.find((entry) => entry.encrypted || entry.symlink)
    if (odd !== undefined) throw unreadable(`${odd.filename} is encrypted or a link`)
    const [first] = files
    if (first?.filename !== mimetypePath || first.compressionMethod !== 0) throw new StepFailure('container-mimetype')
    const archive = new Archive(files)
    const mimetype = await archive.text(mimetypePath, packageMimetype.length)
    if (mimetype !== packageMimetype) throw new StepFailure('container-mimetype')
    return archive
  }

  has(path: string): boolean {
    return this.#entries.has(path)
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
      }
      await unpacking(() => unpacked)
    } finally {
      await reader.cancel().catch(() => undefined)
    }
  }

  /** A small file whole. @throws {StepFailure} when it is longer than `bytesMax`, or cannot be unpacked */
  async bytes(path: string, bytesMax: number): Promise<Bytes> {
    const size = this.#entries.get(path)?.uncompressedSize ?? 0
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
