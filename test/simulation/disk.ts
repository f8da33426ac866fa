/**
 * A disk that takes its time, so that other things happen, crashes included, between any two of its operations. What
 * it holds, and what a loss of power leaves, is that of `MemoryFiles`.
 * @module
 */
import type { Timers } from '@jurat/node/platform/clock'
import type { FileContent, FileHandle, Files } from '@jurat/node/platform/files'
import type { Chance } from './chance.ts'

/** Share of operations that take long enough for something else to happen. */
const waitingShare = 0.25

/** Mean time of such an operation, milliseconds; a sync takes more. */
const writeMs = 0.3
const syncMs = 2

/** `Files` over others, with latencies. */
export class SlowFiles implements Files {
  readonly #files: Files
  readonly #timers: Timers
  readonly #chance: Chance

  constructor(files: Files, timers: Timers, chance: Chance) {
    this.#files = files
    this.#timers = timers
    this.#chance = chance
  }

  async open(path: string, mode: 'read' | 'write'): Promise<FileHandle> {
    const handle = await this.#files.open(path, mode)
    return {
      write: (data, position) => this.#slow(writeMs, () => handle.write(data, position)),
      read: (position, length) => handle.read(position, length),
      sync: () => this.#slow(syncMs, () => handle.sync()),
      truncate: (length) => this.#slow(writeMs, () => handle.truncate(length)),
      size: () => handle.size(),
      close: () => handle.close(),
    }
  }

  readFile(path: string): Promise<Uint8Array | null> {
    return this.#files.readFile(path)
  }

  writeFile(path: string, data: Uint8Array): Promise<void> {
    return this.#slow(writeMs, () => this.#files.writeFile(path, data))
  }

  replaceFile(path: string, data: Uint8Array, options?: { mode?: number }): Promise<void> {
    return this.#slow(syncMs, () => this.#files.replaceFile(path, data, options))
  }

  createFile(path: string, data: Uint8Array, options: { mode?: number; maker: string }): Promise<boolean> {
    return this.#slow(syncMs, () => this.#files.createFile(path, data, options))
  }

  writeFiles(batch: readonly FileContent[]): Promise<void> {
    return this.#slow(writeMs, () => this.#files.writeFiles(batch))
  }

  syncFiles(paths: readonly string[], root: string): Promise<void> {
    return this.#slow(syncMs, () => this.#files.syncFiles(paths, root))
  }

  makeFolder(path: string): Promise<void> {
    return this.#files.makeFolder(path)
  }

  syncFolder(path: string): Promise<void> {
    return this.#slow(syncMs, () => this.#files.syncFolder(path))
  }

  list(path: string): Promise<string[]> {
    return this.#files.list(path)
  }

  remove(path: string): Promise<void> {
    return this.#files.remove(path)
  }

  lock(path: string): Promise<{ release(): Promise<void> }> {
    return this.#files.lock(path)
  }

  /** The waiting comes before or after the effect, so that a crash meets both cases. */
  async #slow<T>(meanMs: number, action: () => Promise<T>): Promise<T> {
    const waits = this.#chance.often(waitingShare)
    const before = waits && this.#chance.often(0.5)
    if (before) await this.#timers.sleep(this.#chance.wait(meanMs))
    const result = await action()
    if (waits && !before) await this.#timers.sleep(this.#chance.wait(meanMs))
    return result
  }
}
