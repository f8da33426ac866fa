/**
 * An evidence package for tests, and packages that somebody has changed.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import { BlobReader, Uint8ArrayReader, Uint8ArrayWriter, ZipReader, ZipWriter } from '@zip.js/zip.js'
import { makerOf, stamp } from '../authority.fixtures.ts'
import { type MadeEvidence, original, stampedEvidence, witnessedEvidence } from '../evidence.fixtures.ts'
import { startMs } from '../network.fixtures.ts'
import { plainHashers } from '../original.ts'
import { makePackage, type PackageContents, type PackagePart } from './make.ts'

export const stamped: MadeEvidence = stampedEvidence()
export const witnessed: MadeEvidence = witnessedEvidence()

/** Two originals, one below a folder. */
export const parts: readonly PackagePart[] = [
  { name: 'contract.txt', original: new Blob([original.slice()]), receipt: stamped.receipt },
  { name: 'annex/合同 1.txt', original: new Blob([original.slice()]), receipt: witnessed.receipt },
]

/** The trust file of a receipt of these. */
export const trustOf = (receipt: string): string => (receipt === stamped.receipt ? stamped.trust : witnessed.trust)

const maker = makerOf('independent')

/** A token over these bytes. */
export const stampOver = (bytes: Bytes): Promise<Bytes> => Promise.resolve(stamp(maker, bytes, startMs))

/** The bytes of a package. */
export async function packed(changes: Partial<PackageContents> = {}): Promise<Bytes> {
  const output = new TransformStream<Uint8Array, Uint8Array>()
  const [buffer] = await Promise.all([
    new Response(output.readable).arrayBuffer(),
    makePackage({ parts, stamp: stampOver, hashers: plainHashers, ...changes }, output.writable),
  ])
  return new Uint8Array(buffer)
}

/** The files of a package by path. */
export async function unpacked(bytes: Bytes): Promise<Map<string, Bytes>> {
  const entries = await new ZipReader(new BlobReader(new Blob([bytes.slice()]))).getEntries()
  const files = new Map<string, Bytes>()
  for (const entry of entries) {
    if (!entry.directory) files.set(entry.filename, await entry.getData(new Uint8ArrayWriter()))
  }
  return files
}

/** Puts files into a container as it is expected, whatever they are. */
export async function repacked(files: ReadonlyMap<string, Bytes>, level = 0): Promise<Bytes> {
  const writer = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false, keepOrder: true })
  for (const [path, content] of files) {
    const first = path === 'mimetype'
    const options = { level: first ? 0 : level, extendedTimestamp: false, dataDescriptor: !first }
    await writer.add(path, new Uint8ArrayReader(content), options)
  }
  return writer.close()
}
