/**
 * Reading and writing the small files that commands are given: bounded, and with errors a person understands.
 * @module
 */
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
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
    if (path !== '-' && statSync(path).size > textBytesMax) throw new RangeError('the file is too long')
    return new Uint8Array(readFileSync(path === '-' ? 0 : path))
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

/** The error for a file that cannot be read. */
export function unreadable(path: string, cause: unknown): CliError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new CliError(exitCodes.usage, 'file-unreadable', `${path}: ${why}`, { cause })
}

/** Writes a file so that a crash leaves the old content or the new; folders on the way are made. */
export function writeText(path: string, text: string | Uint8Array, mode = 0o644): void {
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(`${path}.new`, text, { mode })
    renameSync(`${path}.new`, path)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new CliError(exitCodes.usage, 'file-unwritable', `${path}: ${why}`, { cause })
  }
}
