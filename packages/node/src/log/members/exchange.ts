/**
 * What members tell one another: heads that they have executed, cosignatures, and sizes whose cosignatures they lack.
 * Request and answer have one form. Format and limits: docs/spec/members.md.
 * @module
 */
import { equal, type Bytes } from '@jurat/core/bytes'
import { CborReader } from '@jurat/core/cbor/reader'
import { CborWriter } from '@jurat/core/cbor/writer'
import { memberNameBytesMax } from '@jurat/core/ledger/consortium'
import type { NoteSignature } from '@jurat/core/note/note'
import { isKeyName } from '@jurat/core/note/vkey'
import type { TreeHead } from '../checkpointSigner.ts'

/** Longest message, bytes. */
export const exchangeBytesMax = 1_048_576

/** Most reports, most cosigned heads and most wanted sizes of a message. */
export const reportsMax = 128
export const cosignedHeadsMax = 64
export const wantedMax = 32

/** Most signature lines of a head: two of each of 31 members, and one of the log. */
export const linesMax = 63

/** Longest signature, bytes: a time and an ML-DSA-44 signature. */
export const blobBytesMax = 2_428

/** Room in a message beside cosignatures, bytes. */
const otherBytesMax = 16_384

const version = 1
const rootBytes = 32
const networkIdBytes = 32
const keyIdMax = 0xffff_ffff

/** A head that the sender has executed. */
export interface ReportedHead extends TreeHead {
  readonly height: number
}

/** Signature lines of members over the checkpoint of a head. Nothing of it is verified. */
export interface CosignedHead extends TreeHead {
  readonly lines: readonly NoteSignature[]
}

/** One message. */
export interface Exchange {
  readonly reports: readonly ReportedHead[]
  readonly cosigned: readonly CosignedHead[]
  /** Tree sizes of which the sender lacks reports or cosignatures. */
  readonly wanted: readonly number[]
}

/** A message that is no exchange of this network. Whoever sends such is cut off for a while. */
export class ExchangeError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'ExchangeError'
  }
}

/** The bytes of a message. */
export function encodeExchange(networkId: Bytes, { reports, cosigned, wanted }: Exchange): Bytes {
  const writer = new CborWriter(256).array(5).uint(version).bytes(networkId).array(reports.length)
  for (const { height, size, root } of reports) writer.array(3).uint(height).uint(size).bytes(root)
  writer.array(cosigned.length)
  for (const { size, root, lines } of cosigned) {
    writer.array(3).uint(size).bytes(root).array(lines.length)
    for (const { name, id, blob } of lines) writer.array(3).text(name).uint(id).bytes(blob)
  }
  writer.array(wanted.length)
  for (const size of wanted) writer.uint(size)
  return writer.finish()
}

/** Reads a message. Untrusted. @throws {ExchangeError} when it is malformed, too big, or of another network. */
export function decodeExchange(networkId: Bytes, bytes: Bytes): Exchange {
  try {
    const reader = new CborReader(bytes, { bytesMax: exchangeBytesMax })
    reader.array(5)
    if (reader.uint() !== version) throw new ExchangeError('the version is unknown')
    if (!equal(reader.bytes(networkIdBytes), networkId)) throw new ExchangeError('it is of another network')
    const exchange: Exchange = {
      reports: list(reader, reportsMax, readReport),
      cosigned: list(reader, cosignedHeadsMax, readCosigned),
      wanted: list(reader, wantedMax, (from) => from.uint()),
    }
    reader.end()
    return exchange
  } catch (error) {
    if (error instanceof ExchangeError) throw error
    throw new ExchangeError('it is malformed', { cause: error })
  }
}

/** One message out of several, as much as a message may hold; what comes first stays. */
export function bounded(parts: readonly Exchange[]): Exchange {
  let room = exchangeBytesMax - otherBytesMax
  const cosigned = distinct(parts.flatMap((part) => part.cosigned)).slice(0, cosignedHeadsMax)
  return {
    reports: distinct(parts.flatMap((part) => part.reports)).slice(0, reportsMax),
    cosigned: cosigned.filter((head) => {
      room -= cosignedBytes(head)
      return room >= 0
    }),
    wanted: [...new Set(parts.flatMap(({ wanted }) => wanted))].slice(0, wantedMax),
  }
}

function distinct<T extends { readonly size: number }>(items: readonly T[]): T[] {
  const sizes = new Set<number>()
  return items.filter(({ size }) => !sizes.has(size) && sizes.add(size))
}

/** At most so many bytes a cosigned head takes in a message. */
function cosignedBytes({ lines }: CosignedHead): number {
  return lines.reduce((sum, { name, blob }) => sum + 16 + 3 * name.length + blob.length, 64)
}

function readReport(reader: CborReader): ReportedHead {
  reader.array(3)
  return { height: reader.uint(), size: reader.uint(), root: reader.bytes(rootBytes) }
}

function readCosigned(reader: CborReader): CosignedHead {
  reader.array(3)
  const head = { size: reader.uint(), root: reader.bytes(rootBytes) }
  return { ...head, lines: list(reader, linesMax, readLine) }
}

function readLine(reader: CborReader): NoteSignature {
  reader.array(3)
  const name = reader.text(memberNameBytesMax)
  if (!isKeyName(name)) throw new ExchangeError('a signature has the name of a key')
  const line = { name, id: reader.uint(keyIdMax), blob: reader.bytesUpTo(blobBytesMax) }
  if (line.blob.length === 0) throw new ExchangeError('a signature is not empty')
  return line
}

function list<T>(reader: CborReader, lengthMax: number, read: (reader: CborReader) => T): T[] {
  const length = reader.arrayUpTo(lengthMax)
  return Array.from({ length }, () => read(reader))
}
