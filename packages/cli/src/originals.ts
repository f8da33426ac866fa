/**
 * The originals that a command line names: files, folders with all below them, and standard input.
 * @module
 */
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs'
import type { Stats } from 'node:fs'
import { join, relative, sep } from 'node:path'
import type { HasherFactory } from '@jurat/sdk/hashing'
import type { Hashers } from '@jurat/verify/original'
import { CliError, exitCodes } from './exitCodes.ts'
import { unreadable } from './files.ts'

/** One original. */
export interface Original {
  /** Path to open; `-` is standard input. */
  readonly path: string
  /** Name for people and for the receipt: relative to the folder that was named, with `/`. */
  readonly name: string
  /** Length in bytes; 0 when it is not known before it was read. */
  readonly length: number
}

/** Hashers of OpenSSL, by our names of the algorithms. */
export const nativeHashers: HasherFactory = (algorithm) =>
  createHash({ 'sha-256': 'sha256', 'sha-512': 'sha512', sm3: 'sm3' }[algorithm])

/** The same by the numbers of the ledger. */
export const hashersByNumber: Hashers = (algorithm) =>
  nativeHashers(({ 1: 'sha-256', 2: 'sm3', 3: 'sha-512' } as const)[algorithm])

/**
 * Finds the originals, sorted within a folder, so that the same folder gives the same order everywhere. Symbolic links
 * inside a folder are passed over: what they point to may lie anywhere.
 */
export function findOriginals(paths: readonly string[]): Original[] {
  const found: Original[] = []
  for (const path of paths) {
    if (path === '-') {
      found.push({ path, name: 'stdin', length: 0 })
      continue
    }
    const stat = statOf(path)
    if (stat.isDirectory()) found.push(...walk(path, path))
    else if (stat.isFile()) found.push({ path, name: path.split(sep).at(-1) ?? path, length: stat.size })
    else throw new CliError(exitCodes.usage, 'file-unreadable', { key: 'cli.file.neither', values: { path } })
  }
  return found
}

function walk(root: string, folder: string): Original[] {
  const found: Original[] = []
  const entries = readdirSync(folder, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  for (const entry of entries) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) found.push(...walk(root, path))
    else if (entry.isFile()) {
      found.push({ path, name: relative(root, path).split(sep).join('/'), length: statOf(path).size })
    }
  }
  return found
}

/** The bytes of an original, in chunks. */
export async function* openOriginal(path: string): AsyncGenerator<Uint8Array> {
  const stream = path === '-' ? process.stdin : createReadStream(path, { highWaterMark: 1 << 20 })
  try {
    for await (const chunk of stream) yield chunk as Uint8Array
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

function statOf(path: string): Stats {
  try {
    return statSync(path)
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

/**
 * Path of an original's receipt: `out` is a folder when there are several originals, when it is one, or when it is written as
 * one.
 */
export function receiptPath(out: string, original: Original, count: number): string {
  const isFolder = count > 1 || out.endsWith('/') || (existsSync(out) && statSync(out).isDirectory())
  return isFolder ? join(out, `${original.name}.jurat.json`) : out
}
