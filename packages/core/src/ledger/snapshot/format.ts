/**
 * The bytes of a snapshot: all that a member needs to go on from a tree without having executed its blocks. Nothing that is read
 * here is verified; `verify.ts` does that. Format: docs/spec/snapshot.md.
 * @module
 */
import type { Bytes } from '../../bytes.ts'
import { CborError } from '../../cbor/error.ts'
import { CborReader } from '../../cbor/reader.ts'
import { CborWriter } from '../../cbor/writer.ts'
import { hashBytes } from '../../merkle/hash.ts'
import { proofHashesMax } from '../../merkle/proof.ts'
import { tileBytes, tileLevelMax, tileWidth } from '../../merkle/tile.ts'
import { recordBytesMax } from '../account.ts'
import { documentBytesMax } from '../consortium.ts'
import { entryBytesMax } from '../rawBodies.ts'
import { SnapshotError } from './error.ts'

/** Longest snapshot, in bytes: whoever takes one holds it in memory. */
export const snapshotBytesMax: number = 256 * 1_048_576

/** Longest consensus key, in bytes: the longest prefix and 64 hexadecimal digits are less. */
const keyBytesMax = 128

/** Longest consensus value, in bytes: a consortium document with its frame, a record, a proposal of one transaction's length. */
const valueBytesMax: number = Math.max(documentBytesMax, recordBytesMax) + 1_048_576

/** Most result codes there are. */
const codeMax = 65_535

/** An entry of the tree and its path to the root. */
export interface ProvenEntry {
  readonly entry: Bytes
  /** Hashes from the leaf's sibling upwards. */
  readonly path: readonly Bytes[]
}

/** A transaction, as `transactionsRoot` binds it. */
export interface SnapshotTransaction {
  readonly txHash: Bytes
  readonly signedHash: Bytes
  readonly code: number
}

/** A block of the replay window; its place follows from the block after it. */
export interface SnapshotBlock extends ProvenEntry {
  /** Null for the first block before the window: its transactions can be repeated by nobody any more. */
  readonly transactions: readonly SnapshotTransaction[] | null
}

/** One consensus key. */
export interface SnapshotValue {
  readonly key: string
  readonly value: Bytes
}

/** Where the present version of an account stands. */
export interface SnapshotAccount extends ProvenEntry {
  readonly index: number
}

/** A consortium document, its entry, and the block that brought it. */
export interface SnapshotDocument extends ProvenEntry {
  readonly document: Bytes
  readonly blockIndex: number
  readonly block: ProvenEntry
}

/** What a snapshot holds. */
export interface Snapshot {
  readonly networkId: Bytes
  /** Entries in the tree. */
  readonly size: number
  /** The right edge, as tlog-tiles cut it: leaf bytes of the partial bundle; empty when the last bundle is full. */
  readonly bundle: readonly Bytes[]
  /** The rest of the edge: for each tile level from 1 the hashes of its partial tile, joined. */
  readonly tiles: readonly Bytes[]
  /** The newest first, without a gap. */
  readonly blocks: readonly SnapshotBlock[]
  /** Every consensus key, ascending. */
  readonly state: readonly SnapshotValue[]
  /** For each account of the state, in its order. */
  readonly accounts: readonly SnapshotAccount[]
  /** The newest first, back to that of the genesis. */
  readonly documents: readonly SnapshotDocument[]
}

const version = 1
const fields = 9

/** The bytes of a snapshot. @throws {SnapshotError} `too-big` */
export function encodeSnapshot(snapshot: Snapshot): Bytes {
  const writer = new CborWriter(65_536).array(fields).uint(version).bytes(snapshot.networkId).uint(snapshot.size)
  const list = <T>(items: readonly T[], write: (item: T) => void): void => {
    writer.array(items.length)
    for (const item of items) {
      write(item)
      checkLength(writer.length)
    }
  }
  const proven = ({ entry, path }: ProvenEntry): void => void writer.bytes(entry).bytes(joined(path))
  list(snapshot.bundle, (entry) => writer.bytes(entry))
  list(snapshot.tiles, (hashes) => writer.bytes(hashes))
  list(snapshot.blocks, (block) => {
    writer.array(3)
    proven(block)
    writer.nullable(block.transactions, (transactions) =>
      list(transactions, ({ txHash, signedHash, code }) => writer.array(3).bytes(txHash).bytes(signedHash).uint(code)),
    )
  })
  list(snapshot.state, ({ key, value }) => writer.array(2).text(key).bytes(value))
  list(snapshot.accounts, (account) => {
    writer.array(3).uint(account.index)
    proven(account)
  })
  list(snapshot.documents, (document) => {
    writer.array(6)
    proven(document)
    writer.bytes(document.document).uint(document.blockIndex)
    proven(document.block)
  })
  return writer.finish()
}

/** Reads a snapshot. Untrusted. @throws {SnapshotError} `too-big` or `malformed` */
export function decodeSnapshot(bytes: Bytes): Snapshot {
  checkLength(bytes.length)
  try {
    const reader = new CborReader(bytes, { bytesMax: snapshotBytesMax })
    reader.array(fields)
    if (reader.uint() !== version) throw new SnapshotError('malformed', 'the snapshot has an unknown version')
    const snapshot: Snapshot = {
      networkId: reader.bytes(hashBytes),
      size: reader.uint(),
      bundle: list(reader, () => reader.bytesUpTo(entryBytesMax), tileWidth - 1),
      tiles: list(reader, () => reader.bytesUpTo(tileBytes), tileLevelMax),
      blocks: list(reader, () => readBlock(reader)),
      state: list(reader, () => readValue(reader)),
      accounts: list(reader, () => {
        reader.array(3)
        return { index: reader.uint(), ...readProven(reader) }
      }),
      documents: list(reader, () => readDocument(reader)),
    }
    reader.end()
    return snapshot
  } catch (cause) {
    if (!(cause instanceof CborError)) throw cause
    throw new SnapshotError('malformed', `the snapshot cannot be read: ${cause.message}`, { cause })
  }
}

/** Every item has at least one byte, so that a length beyond the bytes is refused before anything is made of it. */
function list<T>(reader: CborReader, read: () => T, lengthMax: number = snapshotBytesMax): T[] {
  const length = reader.arrayUpTo(lengthMax)
  const items: T[] = []
  for (let at = 0; at < length; at++) items.push(read())
  return items
}

function readBlock(reader: CborReader): SnapshotBlock {
  reader.array(3)
  const proven = readProven(reader)
  const transactions = reader.nullOr(() =>
    list(reader, () => {
      reader.array(3)
      return { txHash: reader.bytes(hashBytes), signedHash: reader.bytes(hashBytes), code: reader.uint(codeMax) }
    }),
  )
  return { ...proven, transactions }
}

function readValue(reader: CborReader): SnapshotValue {
  reader.array(2)
  return { key: reader.text(keyBytesMax), value: reader.bytesUpTo(valueBytesMax) }
}

function readDocument(reader: CborReader): SnapshotDocument {
  reader.array(6)
  const proven = readProven(reader)
  const document = reader.bytesUpTo(documentBytesMax)
  return { ...proven, document, blockIndex: reader.uint(), block: readProven(reader) }
}

function readProven(reader: CborReader): ProvenEntry {
  return { entry: reader.bytesUpTo(entryBytesMax), path: split(reader.bytesUpTo(proofHashesMax * hashBytes)) }
}

/** The hashes of a joined list. @throws {SnapshotError} `malformed` when the last one is cut short */
export function split(hashes: Bytes): Bytes[] {
  if (hashes.length % hashBytes !== 0) throw new SnapshotError('malformed', 'a list of hashes is cut short')
  return Array.from({ length: hashes.length / hashBytes }, (_, at) =>
    hashes.subarray(at * hashBytes, (at + 1) * hashBytes),
  )
}

/** Hashes one after the other. */
export function joined(hashes: readonly Bytes[]): Bytes {
  const bytes = new Uint8Array(hashes.length * hashBytes)
  for (const [at, hash] of hashes.entries()) bytes.set(hash, at * hashBytes)
  return bytes
}

function checkLength(length: number): void {
  if (length > snapshotBytesMax) throw new SnapshotError('too-big', `a snapshot has at most ${snapshotBytesMax} bytes`)
}
