/**
 * Reading and writing the small files that commands are given: bounded, and with errors a person understands.
 * @module
 */
import {
  closeSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  openAsBlob,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { CliError, exitCodes } from './exitCodes.ts'

/** Longest text file that is read whole: receipts, trust files, transaction files. */
const textBytesMax = 64 * 1024 * 1024

/** Content of a text file; `-` is standard input. @throws {CliError} when it cannot be read. */
export function readText(path: string): string {
  return Buffer.from(readBytes(path)).toString('utf8')
}

/** Content of a file; `-` is standard input. @throws {CliError} when it cannot be read or is too long. */
export function readBytes(path: string): Uint8Array {
  try {
    if (path !== '-' && statSync(path).size > textBytesMax) throw tooLong(path, textBytesMax)
    return new Uint8Array(readFileSync(path === '-' ? 0 : path))
  } catch (cause) {
    if (cause instanceof CliError) throw cause
    throw unreadable(path, cause)
  }
}

/** A file to read from anywhere in it, however long. @throws {CliError} when it cannot be read */
export async function openBlob(path: string): Promise<Blob> {
  try {
    return await openAsBlob(path)
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

/** The error for a file that is longer than the command can use. */
export const tooLong = (path: string, bytesMax: number): CliError =>
  new CliError(exitCodes.usage, 'file-too-long', { key: 'cli.file.tooLong', values: { path, bytes: bytesMax } })

/** The error for a file that cannot be read. */
export function unreadable(path: string, cause: unknown): CliError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new CliError(
    exitCodes.usage,
    'file-unreadable',
    { key: 'cli.file.unusable', values: { path, why } },
    { cause },
  )
}

/** Writes a file that only its owner reads, whole or not at all, and never over another one. */
export function writeNewFile(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.new`
  try {
    writeSynced(temporary, text, 0o600)
    try {
      linkSync(temporary, path)
    } catch (cause) {
      if (!hasNoLinks(cause) || exists(path)) throw cause
      renameSync(temporary, path)
    }
  } catch (cause) {
    throw unwritable(path, cause)
  } finally {
    rmSync(temporary, { force: true })
  }
}

/** Writes a file so that a crash leaves the old content or the new; folders on the way are made. */
export function writeText(path: string, text: string | Uint8Array, mode = 0o644): void {
  try {
    mkdirSync(dirname(path), { recursive: true })
    // A terminal or a pipe is written to; a file is replaced.
    if (statSync(path, { throwIfNoEntry: false })?.isFile() === false) return writeFileSync(path, text)
    writeSynced(`${path}.new`, text, mode)
    renameSync(`${path}.new`, path)
  } catch (cause) {
    throw unwritable(path, cause)
  }
}

/** Writes a file as a stream, so that its length does not matter: the whole of it or, after an error, none. */
export async function writeStream(
  path: string,
  write: (output: WritableStream<Uint8Array>) => Promise<void>,
): Promise<void> {
  const temporary = `${path}.new`
  try {
    mkdirSync(dirname(path), { recursive: true })
    const file = await open(temporary, 'w')
    try {
      await write(new WritableStream({ write: (chunk) => file.writeFile(chunk) }))
      await file.sync()
    } finally {
      await file.close()
    }
    renameSync(temporary, path)
  } catch (cause) {
    rmSync(temporary, { force: true })
    throw cause instanceof Error && 'syscall' in cause ? unwritable(path, cause) : cause
  }
}

function writeSynced(path: string, content: string | Uint8Array, mode: number): void {
  const descriptor = openSync(path, 'w', mode)
  try {
    writeFileSync(descriptor, content)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

const exists = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined

/** Whether this is what a file system says that gives no file a second name, such as a memory stick's. */
const hasNoLinks = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && ['EPERM', 'ENOTSUP', 'ENOSYS'].includes(String(cause.code))

function unwritable(path: string, cause: unknown): CliError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new CliError(
    exitCodes.usage,
    'file-unwritable',
    { key: 'cli.file.unusable', values: { path, why } },
    { cause },
  )
}
