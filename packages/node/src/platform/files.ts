/**
 * The file operations that the node's truth stands on. Everything that writes gets `Files` as an argument, so that the
 * fault tests can run the production code over a disk that fails, lies or loses power.
 * @module
 */

/** An open file. */
export interface FileHandle {
  /** Writes all of `data` at `position`. @throws the system's error; the content is then unknown. */
  write(data: Uint8Array, position: number): Promise<void>
  /** Reads up to `length` bytes at `position`; shorter at the end of the file. */
  read(position: number, length: number): Promise<Uint8Array>
  /** Makes content and size durable (`fdatasync`). A failure must end the process: it is never retried. */
  sync(): Promise<void>
  /** Cuts the file to `length` bytes. */
  truncate(length: number): Promise<void>
  size(): Promise<number>
  close(): Promise<void>
}

/** A whole file to be written. */
export interface FileContent {
  readonly path: string
  readonly data: Uint8Array
}

/** Another process holds the lock of the data folder. */
export class FolderLockedError extends Error {
  override readonly name = 'FolderLockedError'
  /** The process that holds it, as far as it told; null when unknown. */
  readonly pid: number | null

  constructor(folder: string, pid: number | null) {
    super(`another process${pid === null ? '' : ` (pid ${pid})`} uses the data folder ${folder}; stop it first`)
    this.pid = pid
  }
}

/** A folder tree on a disk. Paths are absolute. */
export interface Files {
  /** `read`: the file must exist. `write`: read and write, made when missing. */
  open(path: string, mode: 'read' | 'write'): Promise<FileHandle>
  /** Whole content, or null when there is no such file. */
  readFile(path: string): Promise<Uint8Array | null>
  /** Writes a file that may be torn by a crash: for derived data only. */
  writeFile(path: string, data: Uint8Array): Promise<void>
  /** Replaces a file so that a crash leaves the old or the new content: temporary file, sync, rename, folder sync. */
  replaceFile(path: string, data: Uint8Array, options?: { mode?: number }): Promise<void>
  /**
   * Makes a file unless there is one, so that a crash leaves none or all of it: temporary file, sync, a second name for
   * it, folder sync. Of several that do this at once one succeeds.
   * @param options - `maker` is part of the temporary file's name: no two that may be at it at once have the same.
   * @returns whether it was made; false leaves the one that is there.
   */
  createFile(path: string, data: Uint8Array, options: { mode?: number; maker: string }): Promise<boolean>
  /**
   * Writes many whole files and makes their folders, off the main thread where that is possible. Like `writeFile`, it
   * is not durable before `syncFiles`. Repeating it with the same content is harmless.
   */
  writeFiles(batch: readonly FileContent[]): Promise<void>
  /** Makes whole files and all names from `root` (a folder above them) down to them durable. */
  syncFiles(paths: readonly string[], root: string): Promise<void>
  /** Makes a folder and its parents; those that are made get the mode. */
  makeFolder(path: string, options?: { mode?: number }): Promise<void>
  /** Makes names in a folder durable. */
  syncFolder(path: string): Promise<void>
  /** Names in a folder, sorted; empty when there is none of that name. */
  list(path: string): Promise<string[]>
  /** Removes a file, or a folder with everything in it; nothing happens when there is none. */
  remove(path: string): Promise<void>
  /**
   * Takes an exclusive lock; `path` is a folder of its own inside the data folder. It ends with the process, however
   * that ends, and survives nothing.
   * @throws {FolderLockedError} when another process (or this one) holds it
   */
  lock(path: string): Promise<{ release(): Promise<void> }>
}
