/**
 * The thread that writes and syncs derived files in bulk, with synchronous calls: one message a batch, no callback a file.
 * Started by fileWorkerClient.ts.
 * @module
 */
import * as fs from 'node:fs'
import { dirname, join } from 'node:path'
import { parentPort } from 'node:worker_threads'
import type { FileWorkerAnswer, FileWorkerRequest } from './fileWorkerClient.ts'

parentPort?.on('message', (request: FileWorkerRequest) => {
  let answer: FileWorkerAnswer
  try {
    if (request.kind === 'write') for (const { path, data } of request.batch) writeWhole(path, data)
    else syncWhole(request.paths, request.root)
    answer = { id: request.id, error: null }
  } catch (error) {
    answer = { id: request.id, error: error instanceof Error ? error : new Error(String(error)) }
  }
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort?.postMessage(answer)
})

function writeWhole(path: string, data: Uint8Array): void {
  const fd = openForWriting(path)
  try {
    for (let done = 0; done < data.length;) done += fs.writeSync(fd, data, done)
  } finally {
    fs.closeSync(fd)
  }
}

/** Opens a file and makes its folder when that is missing: once in 256 files, so nothing is asked before. */
function openForWriting(path: string): number {
  try {
    return fs.openSync(path, 'w', 0o644)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    fs.mkdirSync(dirname(path), { recursive: true })
    return fs.openSync(path, 'w', 0o644)
  }
}

function syncWhole(paths: readonly string[], root: string): void {
  const folders = new Set([root])
  for (const path of paths) {
    syncPath(path)
    for (let folder = dirname(path); folder.length > root.length; folder = dirname(folder)) folders.add(folder)
  }
  if (process.platform === 'win32') return
  for (const folder of folders) syncPath(join(folder, '.'))
}

function syncPath(path: string): void {
  const fd = fs.openSync(path, 'r')
  try {
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}
