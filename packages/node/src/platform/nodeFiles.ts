/**
 * `Files` over the machine's file system (node:fs). Bulk writes of derived files happen in a worker thread, so that the
 * thousand small tile files a second of a busy node cost the main thread nothing.
 * @module
 */
import * as fs from 'node:fs'
import { dirname, join } from 'node:path'
import { FileWorker } from './fileWorkerClient.ts'
import type { FileHandle, Files } from './files.ts'
import { lockFolder } from './folderLock.ts'
import { FolderSyncs } from './folderSyncs.ts'

/** The machine's file system. */
export function createNodeFiles(): Files {
  const worker = new FileWorker()
  return {
    async open(path, mode) {
      const flags = mode === 'read' ? fs.constants.O_RDONLY : fs.constants.O_RDWR | fs.constants.O_CREAT
      return nodeHandle(await call<number>((done) => fs.open(path, flags, 0o644, done)))
    },
    async readFile(path) {
      try {
        const data = await call<Uint8Array>((done) => fs.readFile(path, done))
        return new Uint8Array(data.buffer, data.byteOffset, data.length)
      } catch (error) {
        if (hasCode(error, 'ENOENT') || hasCode(error, 'EISDIR')) return null
        throw error
      }
    },
    writeFile: (path, data) => call<void>((done) => fs.writeFile(path, data, done)),
    replaceFile,
    createFile,
    writeFiles: (batch) => worker.write(batch),
    syncFiles: (paths, root) => worker.sync(paths, root),
    async makeFolder(path, { mode = 0o777 } = {}) {
      await call<string | undefined>((done) => fs.mkdir(path, { recursive: true, mode }, done))
    },
    syncFolder: (path) => folderSyncs.sync(path),
    async list(path) {
      try {
        return (await call<string[]>((done) => fs.readdir(path, done))).toSorted()
      } catch (error) {
        if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return []
        throw error
      }
    },
    remove,
    lock: lockFolder,
  }
}

function nodeHandle(fd: number): FileHandle {
  return {
    async write(data, position) {
      let done = 0
      while (done < data.length) {
        done += await call<number>((end) => fs.write(fd, data, done, data.length - done, position + done, end))
      }
    },
    async read(position, length) {
      const buffer = new Uint8Array(length)
      let done = 0
      while (done < length) {
        const count = await call<number>((end) => fs.read(fd, buffer, done, length - done, position + done, end))
        if (count === 0) return buffer.subarray(0, done)
        done += count
      }
      return buffer
    },
    sync: () => call<void>((done) => fs.fdatasync(fd, done)),
    truncate: (length) => call<void>((done) => fs.ftruncate(fd, length, done)),
    size: async () => (await call<fs.Stats>((done) => fs.fstat(fd, done))).size,
    close: () => call<void>((done) => fs.close(fd, done)),
  }
}

async function replaceFile(path: string, data: Uint8Array, options?: { mode?: number }): Promise<void> {
  const temporary = `${path}.new`
  await writeSynced(temporary, 'w', data, options?.mode)
  await call<void>((done) => fs.rename(temporary, path, done))
  await folderSyncs.sync(dirname(path))
}

async function createFile(
  path: string,
  data: Uint8Array,
  { mode, maker }: { mode?: number; maker: string },
): Promise<boolean> {
  const temporary = `${path}.${maker}.new`
  await remove(temporary)
  await writeSynced(temporary, 'wx', data, mode)
  const made = await linkUnlessThere(temporary, path)
  await remove(temporary)
  await folderSyncs.sync(dirname(path))
  return made
}

async function writeSynced(path: string, flags: 'w' | 'wx', data: Uint8Array, mode = 0o644): Promise<void> {
  const fd = await call<number>((done) => fs.open(path, flags, mode, done))
  try {
    const handle = nodeHandle(fd)
    await handle.write(data, 0)
    await handle.sync()
  } finally {
    await call<void>((done) => fs.close(fd, done))
  }
}

/** Gives a file a second name, unless something has that name; whether it did. */
async function linkUnlessThere(from: string, to: string): Promise<boolean> {
  try {
    await call<void>((done) => fs.link(from, to, done))
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    if (!noLinksCodes.some((code) => hasCode(error, code))) throw error
  }
  // A memory stick has no second names. There, of two that are at it at the same moment, the later one wins.
  const isThere = await call<fs.Stats>((done) => fs.stat(to, done)).then(
    () => true,
    () => false,
  )
  if (!isThere) await call<void>((done) => fs.rename(from, to, done))
  return !isThere
}

/** What file systems without hard links answer. */
const noLinksCodes = ['EPERM', 'ENOTSUP', 'ENOSYS']

function remove(path: string): Promise<void> {
  return call<void>((done) => fs.rm(path, { recursive: true, force: true }, done))
}

const folderSyncs = new FolderSyncs(syncFolder)

async function syncFolder(path: string): Promise<void> {
  // Windows cannot open a folder; its file systems make names durable with the file.
  if (process.platform === 'win32') return
  const fd = await call<number>((done) => fs.open(join(path, '.'), 'r', done))
  try {
    await call<void>((done) => fs.fsync(fd, done))
  } finally {
    await call<void>((done) => fs.close(fd, done))
  }
}

/** A callback call as a promise: half the cost of fs.promises, which matters at some thousand calls a second. */
function call<T>(start: (done: (error: Error | null, result?: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, result) => {
      if (error) reject(error)
      else resolve(result as T)
    })
  })
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
