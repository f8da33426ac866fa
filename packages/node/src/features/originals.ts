/**
 * Originals: bytes that a depositor chose to store, addressed by their SHA-256 and checked when written and when read.
 * A folder by default; another place (S3) is another implementation of `BlobStore`.
 * @module
 */
import { createHash, randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream, openAsBlob } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Transform, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { JuratError } from '@jurat/core/errors'

/** Why an original is not stored or not given. */
export class OriginalError extends JuratError<'not-found' | 'digest-mismatch' | 'too-big' | 'damaged'> {}

/** A place for blobs. Keys are lower-case hexadecimal SHA-256. */
export interface BlobStore {
  /**
   * Stores `content` under `sha256`; durable when it resolves. All or nothing.
   * @throws OriginalError `digest-mismatch`, `too-big`
   */
  put(sha256: string, content: Readable, bytesMax: number): Promise<{ bytes: number; made: boolean }>
  /**
   * The bytes, checked while they are read: the stream fails before its end with `damaged` when they have changed.
   * @throws OriginalError `not-found`
   */
  get(sha256: string): Promise<{ bytes: number; content: Readable }>
  /** The same as a `Blob` that is read from its place whenever it is needed; null when there is none. */
  blob(sha256: string): Promise<Blob | null>
  /** Size, or null when there is no such blob. */
  size(sha256: string): Promise<number | null>
}

/** Blobs as files `<first two digits>/<digest>` below `folder`. */
export class FolderBlobStore implements BlobStore {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  async put(sha256: string, content: Readable, bytesMax: number): Promise<{ bytes: number; made: boolean }> {
    const path = this.#path(sha256)
    const temporary = join(this.#folder, 'incoming', randomBytes(16).toString('hex'))
    await mkdir(dirname(temporary), { recursive: true })
    await mkdir(dirname(path), { recursive: true })
    const check = new DigestCheck(sha256, bytesMax, 'digest-mismatch')
    try {
      await pipeline(content, check, createWriteStream(temporary, { flags: 'wx', mode: 0o600 }))
      if ((await this.size(sha256)) !== null) return { bytes: check.bytes, made: false }
      await syncPath(temporary, 'r+')
      await rename(temporary, path)
      await syncPath(dirname(path), 'r')
      await syncPath(this.#folder, 'r')
      return { bytes: check.bytes, made: true }
    } finally {
      await rm(temporary, { force: true })
    }
  }

  async get(sha256: string): Promise<{ bytes: number; content: Readable }> {
    const bytes = await this.size(sha256)
    if (bytes === null) throw new OriginalError('not-found', 'there is no such original')
    const check = new DigestCheck(sha256, bytes, 'damaged')
    const file = createReadStream(this.#path(sha256))
    file.once('error', (error) => check.destroy(error))
    check.once('close', () => file.destroy())
    return { bytes, content: file.pipe(check) }
  }

  async blob(sha256: string): Promise<Blob | null> {
    return (await this.size(sha256)) === null ? null : openAsBlob(this.#path(sha256))
  }

  async size(sha256: string): Promise<number | null> {
    return stat(this.#path(sha256)).then(
      ({ size }) => size,
      () => null,
    )
  }

  #path(sha256: string): string {
    return join(this.#folder, sha256.slice(0, 2), sha256)
  }
}

/** Passes bytes on, but holds back the last chunk until the digest of all is right. */
class DigestCheck extends Transform {
  readonly #expected: string
  readonly #bytesMax: number
  readonly #otherwise: 'digest-mismatch' | 'damaged'
  readonly #hash = createHash('sha256')
  #last: Buffer | null = null
  bytes = 0

  constructor(expected: string, bytesMax: number, otherwise: 'digest-mismatch' | 'damaged') {
    super()
    this.#otherwise = otherwise
    this.#expected = expected
    this.#bytesMax = bytesMax
  }

  override _transform(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.bytes += chunk.length
    if (this.bytes > this.#bytesMax) {
      done(new OriginalError('too-big', `at most ${this.#bytesMax} bytes`))
      return
    }
    this.#hash.update(chunk)
    if (this.#last !== null) this.push(this.#last)
    this.#last = chunk
    done()
  }

  override _flush(done: (error?: Error | null) => void): void {
    const found = this.#hash.digest('hex')
    if (found !== this.#expected) {
      done(new OriginalError(this.#otherwise, `the bytes have the SHA-256 ${found}`))
      return
    }
    if (this.#last !== null) this.push(this.#last)
    done()
  }
}

async function syncPath(path: string, flags: string): Promise<void> {
  const handle = await open(path, flags)
  await handle.sync().finally(() => handle.close())
}

/** Who may read which original. */
export interface Ownership {
  addOwnership(organisation: string, sha256: string): Promise<void>
  ownsOriginal(organisation: string, sha256: string): boolean
}

/** Originals of organisations: each reads what it stored itself. */
export class Originals {
  readonly #blobs: BlobStore
  readonly #ownership: Ownership
  readonly #bytesMax: number

  constructor(blobs: BlobStore, ownership: Ownership, bytesMax: number) {
    this.#blobs = blobs
    this.#ownership = ownership
    this.#bytesMax = bytesMax
  }

  /** Stores an original for an organisation. `made` is false when the organisation had stored it before. */
  async put(organisation: string, sha256: string, content: Readable): Promise<{ bytes: number; made: boolean }> {
    const { bytes } = await this.#blobs.put(sha256, content, this.#bytesMax)
    const made = !this.#ownership.ownsOriginal(organisation, sha256)
    if (made) await this.#ownership.addOwnership(organisation, sha256)
    return { bytes, made }
  }

  /** @throws OriginalError `not-found`, also when another organisation stored it: who asks learns nothing. */
  async get(organisation: string, sha256: string): Promise<{ bytes: number; content: Readable }> {
    if (!this.#ownership.ownsOriginal(organisation, sha256)) {
      throw new OriginalError('not-found', 'there is no such original')
    }
    return this.#blobs.get(sha256)
  }

  /** An original that an organisation stored, for a package; null when it did not. */
  async blob(organisation: string, sha256: string): Promise<Blob | null> {
    return this.#ownership.ownsOriginal(organisation, sha256) ? this.#blobs.blob(sha256) : null
  }
}
