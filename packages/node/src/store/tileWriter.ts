/**
 * Brings full tiles to the disk behind the back of the commits: written in bulk, synced some seconds later, when the
 * system has long done the work. The marker `log/synced` says up to which size all files are synced; what lies above it is made again
 * from the blocks at the next start. docs/spec/tiles-store.md.
 * @module
 */
import { fromText, toText } from '@jurat/core/bytes'
import type { Clock } from '../platform/clock.ts'
import type { Files } from '../platform/files.ts'
import { crc32c } from './crc32c.ts'
import type { FullTile } from './tileEdge.ts'

/** Files of one write request. */
const writeFilesMax = 512

/** Written files wait so long for their sync, unless too many wait. */
const syncDelayMs = 2_000

/** Files of one sync request: bounds how long a sync may take. */
const syncFilesMax = 256

/** So many written files may be unsynced before the delay is skipped: about a million entries to make again. */
const unsyncedFilesMax = 8_192

const markerHead = 'jurat-tiles/1'

interface WrittenFile {
  readonly path: string
  readonly completeAt: number
  readonly writtenAt: number
}

/** Writes the full tiles of one log folder. */
export class TileWriter {
  readonly #files: Files
  readonly #folder: string
  readonly #clock: Clock
  readonly #fail: (error: Error) => void
  #queue: FullTile[] = []
  #unsynced: WrittenFile[] = []
  #waiters: { size: number; resolve: () => void; reject: (error: Error) => void }[] = []
  #writing = false
  #syncing: Promise<void> | null = null
  #marker: number
  #failure: Error | null = null
  /** Called with the tiles that now stand in files. */
  onWritten: (tiles: readonly FullTile[]) => void = () => undefined
  /** Bytes that wait to be written. */
  backlogBytes = 0

  constructor(options: { files: Files; folder: string; clock: Clock; marker: number; fail: (error: Error) => void }) {
    this.#files = options.files
    this.#folder = options.folder
    this.#clock = options.clock
    this.#fail = options.fail
    this.#marker = options.marker
  }

  /** Every full tile of the tree of this size is on the disk, come what may. */
  get syncedSize(): number {
    return this.#marker
  }

  /** Queues tiles whose blocks are durable, in the order of `completeAt`. Those below the marker are on the disk already. */
  enqueue(tiles: readonly FullTile[]): void {
    for (const tile of tiles) {
      if (tile.completeAt <= this.#marker) continue
      this.#queue.push(tile)
      this.backlogBytes += tile.data.length
    }
    void this.#pump()
  }

  /** Resolves when everything queued that is complete at `size` is written. */
  written(size: number): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure)
    const next = this.#queue[0]
    if (next === undefined || next.completeAt > size) return Promise.resolve()
    return new Promise((resolve, reject) => this.#waiters.push({ size, resolve, reject }))
  }

  /** Writes and syncs everything. */
  async flush(): Promise<void> {
    await this.written(Number.MAX_SAFE_INTEGER)
    while (this.#failure === null && (this.#unsynced.length > 0 || this.#syncing !== null)) {
      await (this.#syncing ?? this.#sync())
    }
  }

  async #pump(): Promise<void> {
    if (this.#writing) return
    this.#writing = true
    try {
      while (this.#queue.length > 0 && this.#failure === null) {
        const batch = this.#queue.slice(0, writeFilesMax)
        await this.#files.writeFiles(batch.map(({ path, data }) => ({ path: `${this.#folder}/${path}`, data })))
        this.#done(batch)
      }
    } catch (error) {
      this.#failedWith(error)
    } finally {
      this.#writing = false
    }
  }

  #failedWith(cause: unknown): void {
    this.#failure ??= cause instanceof Error ? cause : new Error(String(cause))
    for (const { reject } of this.#waiters.splice(0)) reject(this.#failure)
    this.#fail(this.#failure)
  }

  #done(batch: readonly FullTile[]): void {
    this.#queue = this.#queue.slice(batch.length)
    this.onWritten(batch)
    const writtenAt = this.#clock.monotonic()
    for (const { path, completeAt, data } of batch) {
      this.backlogBytes -= data.length
      this.#unsynced.push({ path: `${this.#folder}/${path}`, completeAt, writtenAt })
    }
    const next = this.#queue[0]?.completeAt ?? Number.MAX_SAFE_INTEGER + 1
    const ready = this.#waiters.filter(({ size }) => size < next)
    this.#waiters = this.#waiters.filter(({ size }) => size >= next)
    for (const { resolve } of ready) resolve()
    const oldest = this.#unsynced[0]
    const due = oldest !== undefined && writtenAt - oldest.writtenAt > syncDelayMs
    if (this.#syncing === null && (due || this.#unsynced.length > unsyncedFilesMax)) void this.#sync()
  }

  #sync(): Promise<void> {
    this.#syncing = this.#syncSome()
      .catch((error: unknown) => {
        this.#failedWith(error)
      })
      .finally(() => {
        this.#syncing = null
      })
    return this.#syncing
  }

  async #syncSome(): Promise<void> {
    const batch = this.#unsynced.slice(0, syncFilesMax)
    const last = batch.at(-1)
    if (last === undefined) return
    await this.#files.syncFiles(
      batch.map(({ path }) => path),
      this.#folder,
    )
    this.#unsynced = this.#unsynced.slice(batch.length)
    // Tiles of several levels are complete at one size: the marker moves only when all of them are synced.
    const next = this.#unsynced[0] ?? this.#queue[0]
    const marker = next?.completeAt === last.completeAt ? last.completeAt - 1 : last.completeAt
    await writeMarker(this.#files, this.#folder, marker)
    this.#marker = marker
  }
}

/** Reads the marker: 0 when there is none or it is damaged, so that everything is made again. */
export async function readMarker(files: Files, folder: string): Promise<number> {
  const bytes = await files.readFile(markerPath(folder))
  if (bytes === null) return 0
  try {
    const [head, size, checksum] = toText(bytes).trimEnd().split(' ')
    const marker = Number(size)
    if (head !== markerHead || checksum !== checksumOf(marker) || !Number.isSafeInteger(marker)) return 0
    return marker
  } catch {
    return 0
  }
}

/** Writes the marker durably. */
export function writeMarker(files: Files, folder: string, size: number): Promise<void> {
  return files.replaceFile(markerPath(folder), fromText(`${markerHead} ${size} ${checksumOf(size)}\n`))
}

function checksumOf(size: number): string {
  return crc32c(fromText(`${markerHead} ${size}`))
    .toString(16)
    .padStart(8, '0')
}

function markerPath(folder: string): string {
  return `${folder}/synced`
}
