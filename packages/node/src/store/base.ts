/**
 * The snapshot from which a data folder began, in place of a genesis block: the file `base`. The folder's truth is this file and the
 * segments behind it, and what is derived is made from both. It is verified against its root at each start.
 * docs/spec/snapshot.md, Base.
 * @module
 */
import { concat, equal, type Bytes } from '@jurat/core/bytes'
import { CborError } from '@jurat/core/cbor/error'
import { CborReader } from '@jurat/core/cbor/reader'
import { CborWriter } from '@jurat/core/cbor/writer'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { SnapshotError } from '@jurat/core/ledger/snapshot/error'
import { decodeSnapshot, snapshotBytesMax } from '@jurat/core/ledger/snapshot/format'
import { type VerifiedSnapshot, verifySnapshot } from '@jurat/core/ledger/snapshot/verify'
import { hashFromTiles } from '@jurat/core/merkle/tile'
import { Frontier } from '@jurat/core/merkle/tree'
import type { Files } from '../platform/files.ts'
import { crc32c } from './crc32c.ts'
import { StoreError } from './errors.ts'
import type { KeyValueStore } from './keyValue.ts'
import { baseChanges } from './stateFormat.ts'
import { TileEdge } from './tileEdge.ts'
import type { RestoredEdge } from './tileRestore.ts'

/** Name of the file inside the data folder. */
export const baseName = 'base'

const version = 1
const hashBytes = 32
const frameBytes = 128
const checksumBytes = 4

/** What the file holds. */
export interface BaseFile {
  /** The engine's height at which the snapshot was made: blocks without transactions count. */
  readonly engineHeight: number
  readonly size: number
  readonly root: Bytes
  /** The encoded snapshot. */
  readonly snapshot: Bytes
}

/** A base that was read and verified. */
export interface Base extends VerifiedSnapshot {
  readonly engineHeight: number
}

/** Where bases are. */
export interface BasePlace {
  readonly files: Files
  readonly folder: string
}

/** Writes the base of a folder that holds no block yet; a crash leaves the folder without one, or with all of it. */
export function writeBase({ files, folder }: BasePlace, base: BaseFile): Promise<void> {
  const writer = new CborWriter(base.snapshot.length + frameBytes).array(5).uint(version).uint(base.engineHeight)
  const content = writer.uint(base.size).bytes(base.root).bytes(base.snapshot).finish()
  return files.replaceFile(`${folder}/${baseName}`, concat(content, checksumOf(content)))
}

/** Reads and verifies the base; null when the folder began with its genesis. @throws {StoreError} `damaged` */
export async function readBase(
  { files, folder }: BasePlace,
  { crypto, networkId }: { readonly crypto: CryptoProvider; readonly networkId: Bytes },
): Promise<Base | null> {
  const bytes = await files.readFile(`${folder}/${baseName}`)
  if (bytes === null) return null
  try {
    const { engineHeight, snapshot, size, root } = decodeBase(bytes)
    return { engineHeight, ...verifySnapshot(crypto, decodeSnapshot(snapshot), { networkId, size, root }) }
  } catch (cause) {
    if (!(cause instanceof CborError || cause instanceof SnapshotError)) throw cause
    const why = `the snapshot ${folder}/${baseName} is damaged (${cause.message}): restore it from a copy`
    throw new StoreError('damaged', why, { cause })
  }
}

/** Size and engine's height of a base without verifying it; null when there is none. @throws {CborError} */
export async function peekBase({ files, folder }: BasePlace): Promise<Omit<BaseFile, 'snapshot'> | null> {
  const bytes = await files.readFile(`${folder}/${baseName}`)
  if (bytes === null) return null
  const { engineHeight, size, root } = decodeBase(bytes)
  return { engineHeight, size, root }
}

/** Writes the state of the base into an empty map; its tip comes last, so that a broken attempt is made again. */
export async function writeBaseState(map: KeyValueStore, base: Base): Promise<void> {
  const changes = baseChanges(base)
  await map.write(changes.slice(0, -1), { sync: true })
  await map.write(changes.slice(-1), { sync: true })
}

/** The right end of the base's tree. */
export function baseEdge(crypto: CryptoProvider, { tip, tiles, bundle }: Base): RestoredEdge {
  const edge = TileEdge.at(tip.size, tiles, bundle)
  const read = hashFromTiles(crypto, (level, index) => edge.tile(level, index))
  return { edge, frontier: Frontier.read(crypto, tip.size, read) }
}

/** The root binds the snapshot, but not the engine's height beside it. */
function checksumOf(content: Bytes): Bytes {
  const checksum = new Uint8Array(checksumBytes)
  new DataView(checksum.buffer).setUint32(0, crc32c(content))
  return checksum
}

function decodeBase(bytes: Bytes): BaseFile {
  const content = bytes.subarray(0, Math.max(0, bytes.length - checksumBytes))
  const intact = equal(bytes.subarray(content.length), checksumOf(content))
  if (!intact) throw new CborError('out-of-range', 'The base has another checksum.')
  const reader = new CborReader(content, { bytesMax: snapshotBytesMax + frameBytes })
  reader.array(5)
  if (reader.uint() !== version) throw new CborError('out-of-range', 'The base has an unknown version.')
  const base = { engineHeight: reader.uint(), size: reader.uint(), root: reader.bytes(hashBytes) }
  const snapshot = reader.bytesUpTo(snapshotBytesMax)
  reader.end()
  return { ...base, snapshot }
}
