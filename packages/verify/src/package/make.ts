/**
 * Makes an evidence package: originals, their receipts, pages that say how to check, the list of them all, and a time-stamp
 * token over the list. The same parts and token give the same bytes. docs/spec/package.md.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import { fromText } from '@jurat/core/bytes'
import { Uint8ArrayReader, ZipWriter, BlobReader, type Reader } from '@zip.js/zip.js'
import { languages } from '../messages/language.ts'
import { digestOf, type Hashers } from '../original.ts'
import { formatManifest, type Reference } from './manifest.ts'
import {
  attachmentPath,
  flowPath,
  manifestPath,
  mimetypePath,
  originalPath,
  packageMimetype,
  readmePath,
  receiptPath,
  tokenPath,
} from './places.ts'
import { readmes } from './readme.ts'

/** An original with its receipt; without the original when its holder keeps it back. */
export interface PackagePart {
  /** Name for people, once in a package; `/` makes folders. */
  readonly name: string
  readonly original: Blob | null
  /** Text of the receipt. */
  readonly receipt: string
}

/** A file that belongs to the affair: a certificate, an identity statement, an evidence record, the verifier itself. */
export interface Attachment {
  /** Name for people, once in a package; `/` makes folders. */
  readonly name: string
  readonly content: Blob
}

/** What goes into a package. */
export interface PackageContents {
  readonly parts: readonly PackagePart[]
  /** Gives a time-stamp token (RFC 3161) over the SHA-256 of these bytes. */
  readonly stamp: (bytes: Bytes) => Promise<Bytes>
  readonly hashers: Hashers
  /** Text of the file of the flow to which the parts belong (core/flow/flowFile.ts). */
  readonly flow?: string
  readonly attachments?: readonly Attachment[]
}

/** Why a package cannot be made of these parts. */
export class PackageError extends Error {
  override readonly name = 'PackageError'
}

/** The first day that a ZIP archive can name, as it writes it: the time of a package is that of its token. */
const noDate = 0x0021_0000

/** What every file has: no extra fields, which the container's first file must not have, and no time. */
const plain = { level: 0, extendedTimestamp: false, rawLastModDate: noDate } as const

/** Writes a package and closes `output`. @throws {PackageError} when names cannot stand beside one another */
export async function makePackage(contents: PackageContents, output: WritableStream<Uint8Array>): Promise<void> {
  try {
    await write(contents, output)
  } catch (error) {
    await output.abort(error).catch(() => undefined)
    throw error
  }
}

async function write(contents: PackageContents, output: WritableStream<Uint8Array>): Promise<void> {
  const files = filesOf(contents)
  const references: Reference[] = []
  for (const [path, content] of files) references.push({ path, sha256: await sha256Of(content, contents.hashers) })
  const manifest = fromText(formatManifest({ token: tokenPath, references }))
  const token = await contents.stamp(manifest)
  const writer = new ZipWriter(output, { useWebWorkers: false, keepOrder: true })
  await writer.add(mimetypePath, readerOf(fromText(packageMimetype)), { ...plain, dataDescriptor: false })
  for (const [path, content] of [...files, [manifestPath, manifest] as const, [tokenPath, token] as const]) {
    await writer.add(path, readerOf(content), plain)
  }
  await writer.close()
}

/** All files but those of the container itself, in their order. */
function filesOf({ parts, flow, attachments = [] }: PackageContents): Map<string, Blob | Bytes> {
  const files = new Map<string, Blob | Bytes>()
  for (const language of languages) {
    files.set(readmePath(language), fromText(readmes[language]))
  }
  for (const { name, original, receipt } of parts) {
    checkName(name, files.has(receiptPath(name)))
    if (original !== null) files.set(originalPath(name), original)
    files.set(receiptPath(name), fromText(receipt))
  }
  if (flow !== undefined) files.set(flowPath, fromText(flow))
  for (const { name, content } of attachments) {
    checkName(name, files.has(attachmentPath(name)))
    files.set(attachmentPath(name), content)
  }
  return files
}

/** @throws {PackageError} for a name that cannot stand in a package, or stands there already */
function checkName(name: string, isTaken: boolean): void {
  if (!isPlain(name)) throw new PackageError(`${JSON.stringify(name)} cannot be the name of a file in a package`)
  if (isTaken) throw new PackageError(`${JSON.stringify(name)} stands twice in the package`)
}

/** Whether a name is a path that means the same everywhere, and leads nowhere else. */
function isPlain(name: string): boolean {
  const parts = name.split('/')
  return !/[\\\p{Cc}:]/u.test(name) && parts.every((part) => part !== '' && part !== '.' && part !== '..')
}

async function sha256Of(content: Blob | Bytes, hashers: Hashers): Promise<Bytes> {
  return digestOf(content instanceof Blob ? content.stream() : content, hashers(1))
}

const readerOf = (content: Blob | Bytes): Reader<Blob> | Reader<Uint8Array> =>
  content instanceof Blob ? new BlobReader(content) : new Uint8ArrayReader(content)
