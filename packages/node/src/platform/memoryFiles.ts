/**
 * `Files` in memory, with the failures of real disks: operations that fail, operations that fail and were done nevertheless,
 * flipped bits, and loss of power, after which only what was synced is certain: each unsynced write may be
 * there, absent or torn, and each unsynced name old or new. One seed decides, so a failure can be played again.
 * @module
 */
import { FolderLockedError, type FileHandle, type Files } from './files.ts'
import { MemoryFile, MemoryFolder, type Random } from './memoryDisk.ts'

/** How an operation fails. */
export interface InjectedFailure {
  /** Whether the operation takes effect although it fails. */
  readonly persisted: boolean
  /** The system's error code. */
  readonly code: 'EIO' | 'ENOSPC'
}

/** A disk in memory. */
export class MemoryFiles implements Files {
  #root = new MemoryFolder()
  #ended = false
  readonly #locked = new Set<string>()
  readonly #failures = new Map<number, InjectedFailure>()
  /** Counts the operations that change something or make it durable; failures are injected by this number. */
  operations = 0
  /** A disk that says it has synced files and has not: the control of the tests that cut the power. */
  lies = false
  /** Called before each such operation. */
  onOperation: ((name: string, path: string) => void) | null = null

  /** Lets the operation of that number fail (the next one has the number `operations`). */
  failAt(operation: number, failure: InjectedFailure): void {
    this.#failures.set(operation, failure)
  }

  /**
   * The process ended, the machine did not: everything written is there, locks are gone. Gives the disk for the next
   * process; whatever the old one still tries fails.
   */
  processEnded(): MemoryFiles {
    return this.#succeededBy(this.#root)
  }

  /** The machine lost power: what was not synced survives as `random` decides. Gives the disk for the next process. */
  powerLost(random: Random): MemoryFiles {
    return this.#succeededBy(this.#root.afterPowerLoss(random))
  }

  /** Flips one bit of a file, on the disk and in the cache. */
  flipBit(path: string, bit: number): void {
    this.#file(path)?.flipBit(bit)
  }

  /** All paths of files, sorted. */
  paths(): string[] {
    return [...this.#root.files('')].map(([path]) => path).toSorted()
  }

  async open(path: string, mode: 'read' | 'write'): Promise<FileHandle> {
    const file =
      this.#file(path) ?? (mode === 'write' ? await this.#change('create', path, () => this.#create(path)) : null)
    if (file === null) throw systemError('ENOENT', path)
    return this.#handle(path, file)
  }

  async readFile(path: string): Promise<Uint8Array | null> {
    return this.#file(path)?.read(0, Number.MAX_SAFE_INTEGER) ?? null
  }

  async writeFile(path: string, data: Uint8Array): Promise<void> {
    await this.#change('write', path, () => {
      const file = this.#create(path)
      file.truncate(0)
      file.write(data, 0)
    })
  }

  async replaceFile(path: string, data: Uint8Array): Promise<void> {
    const temporary = `${path}.new`
    await this.writeFile(temporary, data)
    await this.#change('sync', temporary, () => this.#file(temporary)?.sync())
    await this.#change('rename', path, () => this.#folder(parentOf(path)).rename(nameOf(temporary), nameOf(path)))
    await this.syncFolder(parentOf(path))
  }

  async createFile(path: string, data: Uint8Array, { maker }: { maker: string }): Promise<boolean> {
    const temporary = `${path}.${maker}.new`
    await this.remove(temporary)
    await this.writeFile(temporary, data)
    await this.#change('sync', temporary, () => this.#file(temporary)?.sync())
    const made = await this.#change('link', path, () => {
      if (this.#find(path) !== null) return false
      this.#folder(parentOf(path)).rename(nameOf(temporary), nameOf(path))
      return true
    })
    await this.remove(temporary)
    await this.syncFolder(parentOf(path))
    return made
  }

  async writeFiles(batch: readonly { path: string; data: Uint8Array }[]): Promise<void> {
    for (const { path, data } of batch) {
      await this.makeFolder(parentOf(path))
      await this.writeFile(path, data)
    }
  }

  async syncFiles(paths: readonly string[], root: string): Promise<void> {
    const folders = new Set([root])
    for (const path of paths) {
      await this.#change('sync', path, () => this.#file(path)?.sync())
      for (let folder = parentOf(path); folder.length > root.length; folder = parentOf(folder)) folders.add(folder)
    }
    for (const folder of folders) await this.syncFolder(folder)
  }

  async makeFolder(path: string): Promise<void> {
    if (this.#find(path) instanceof MemoryFolder) return
    await this.#change('makeFolder', path, () => {
      let folder = this.#root
      for (const name of namesOf(path)) folder = folder.makeFolder(name)
    })
  }

  async syncFolder(path: string): Promise<void> {
    await this.#change('syncFolder', path, () => this.#folder(path).sync())
  }

  async list(path: string): Promise<string[]> {
    const found = this.#find(path)
    return found instanceof MemoryFolder ? found.names().toSorted() : []
  }

  async remove(path: string): Promise<void> {
    if (this.#find(path) === null) return
    await this.#change('remove', path, () => this.#folder(parentOf(path)).remove(nameOf(path)))
  }

  async lock(path: string): Promise<{ release(): Promise<void> }> {
    if (this.#locked.has(path)) throw new FolderLockedError(parentOf(path), null)
    this.#locked.add(path)
    return { release: async () => void this.#locked.delete(path) }
  }

  #handle(path: string, file: MemoryFile): FileHandle {
    return {
      write: (data, position) => this.#change('write', path, () => file.write(data, position)),
      read: async (position, length) => file.read(position, length),
      sync: () => this.#change('sync', path, () => file.sync()),
      truncate: (length) => this.#change('truncate', path, () => file.truncate(length)),
      size: async () => file.size,
      close: async () => undefined,
    }
  }

  async #change<T>(name: string, path: string, action: () => T): Promise<T> {
    this.onOperation?.(name, path)
    if (this.#ended) throw systemError('EIO', path)
    const failure = this.#failures.get(this.operations++)
    if (failure === undefined) return this.lies && name === 'sync' ? (undefined as T) : action()
    if (failure.persisted) action()
    // After a failed sync a real kernel forgets that the pages are dirty: a second sync would lie.
    else if (name === 'sync') this.#file(path)?.syncFailed()
    throw systemError(failure.code, path)
  }

  #succeededBy(root: MemoryFolder): MemoryFiles {
    this.#ended = true
    const next = new MemoryFiles()
    next.#root = root
    return next
  }

  #create(path: string): MemoryFile {
    return this.#folder(parentOf(path)).makeFile(nameOf(path))
  }

  #file(path: string): MemoryFile | null {
    const found = this.#find(path)
    return found instanceof MemoryFile ? found : null
  }

  #folder(path: string): MemoryFolder {
    const found = this.#find(path)
    if (found instanceof MemoryFolder) return found
    throw systemError('ENOENT', path)
  }

  #find(path: string): MemoryFile | MemoryFolder | null {
    let found: MemoryFile | MemoryFolder | null = this.#root
    for (const name of namesOf(path)) found = found instanceof MemoryFolder ? found.get(name) : null
    return found
  }
}

function namesOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '')
}

function nameOf(path: string): string {
  return namesOf(path).at(-1) ?? ''
}

function parentOf(path: string): string {
  return `/${namesOf(path).slice(0, -1).join('/')}`
}

function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code })
}
