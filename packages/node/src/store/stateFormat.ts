/**
 * Keys and values of the state database. docs/spec/state-store.md.
 * @module
 */
import { CborReader } from '@jurat/core/cbor/reader'
import { CborWriter } from '@jurat/core/cbor/writer'
import { fromText, type Bytes } from '@jurat/core/bytes'
import type { VerifiedSnapshot } from '@jurat/core/ledger/snapshot/verify'
import { crc32c } from './crc32c.ts'
import { keyOf, numberOf } from './keys.ts'
import type { KeyValueChange } from './keyValue.ts'
import { recordBytesMax } from './record.ts'
import type { Position } from './segments.ts'
import type { FinalizedBlock, LedgerTip } from './store.ts'

/** Version of the format; a state of another version is thrown away and made again. */
export const stateVersion = 1

/** Prefix of the consensus keys (`stateKeys` of core). */
export const consensusPrefix = 's/'

/** First letters of the keys that are read by range only, after a flush. */
export const uint48Keys: ReadonlySet<number> = new Set(fromText('hbedw'))

/** Bytes of a transaction's hash that its key holds. The whole hash is compared when the transaction is read. */
const transactionKeyBytes = 16

const hashBytes = 32

/** The position of the state: the ledger's tip, the root of its tree, and where its block stands. */
export interface StateTip {
  readonly tip: LedgerTip
  readonly root: Bytes
  readonly position: Position
}

/** Where a transaction is. */
export interface TransactionPlace {
  readonly height: number
  readonly timeMs: number
  readonly ordinal: number
  readonly code: number
  readonly firstIndex: number
  readonly entryCount: number
  readonly position: Position
  /** Offset of the signed transaction in the record's payload, its length, and its CRC-32C. */
  readonly offset: number
  readonly length: number
  readonly checksum: number
}

/** Where a block is. */
export interface BlockPlace {
  readonly height: number
  readonly timeMs: number
  readonly firstIndex: number
  readonly sizeAfter: number
  readonly position: Position
}

/** Where an idempotency key was used. */
export interface IdempotencyPlace {
  readonly requestHash: Bytes
  readonly height: number
  readonly transaction: number
  readonly firstItem: number
  readonly itemCount: number
}

/** The place of a tip whose block is in no segment: that of a snapshot. Segments are named by heights above 0 then. */
const noPosition: Position = { segment: 0, offset: 0 }

/** Whether a place is that of no block. */
export const isNowhere = ({ offset }: Position): boolean => offset === noPosition.offset

/** The key of the tip. */
export const tipKey: Bytes = fromText('tip')

/** The key of the state digest's lanes. */
export const lanesKey: Bytes = fromText('lanes')

/** The keys. */
export const keys = {
  consensus: (key: string): Bytes => fromText(consensusPrefix + key),
  /** The end of the consensus keys' range: their prefix with its last byte one higher. */
  consensusEnd: fromText('s0'),
  transaction: (txHash: Bytes): Bytes => keyOf('t/', txHash.subarray(0, transactionKeyBytes)),
  account: (id: Bytes, version: number): Bytes => keyOf('h/', id, version),
  idempotency: (keyHash: Bytes): Bytes => keyOf('i/', keyHash),
  block: (height: number): Bytes => keyOf('b/', height),
  entry: (firstIndex: number): Bytes => keyOf('e/', firstIndex),
  document: (sequence: number): Bytes => keyOf('d/', sequence),
  seen: (timeMs: number, height: number): Bytes => keyOf('w/', timeMs, height),
} as const

/** All changes that a block makes to the map, its new tip last. */
export function changesOfBlock(
  block: FinalizedBlock,
  place: { firstIndex: number; position: Position; transactionOffsets: readonly number[] },
): KeyValueChange[] {
  const { outcome, height, timeMs, extension } = block
  const { position, firstIndex } = place
  const sizeAfter = extension.size
  return [
    ...outcome.changes.map(({ key, after }) => ({ key: keys.consensus(key), value: after })),
    ...transactionChanges(block, place),
    ...outcome.accounts.map(({ id, version, entryIndex, record }) => ({
      key: keys.account(id, version),
      value: encodeIndexed(entryIndex, record),
    })),
    ...idempotencyChanges(block),
    ...documentChanges(block),
    { key: keys.block(height), value: encodeBlockPlace({ height, timeMs, firstIndex, sizeAfter, position }) },
    { key: keys.entry(firstIndex), value: keyOf('', height) },
    { key: keys.seen(timeMs, height), value: joinHashes(outcome.results.map(({ txHash }) => txHash)) },
    { key: lanesKey, value: outcome.stateLanes },
    { key: tipKey, value: encodeTip({ tip: outcome.tip, root: extension.root, position }) },
  ]
}

/** All values of a state that begins with a snapshot, its tip last. No block of it stands in the segments. */
export function baseChanges(base: VerifiedSnapshot): KeyValueChange[] {
  const { tip, root, lanes } = base
  return [
    ...base.state.map(({ key, value }) => ({ key: keys.consensus(key), value })),
    ...base.accounts.map(({ id, version, entryIndex, record }) => ({
      key: keys.account(id, version),
      value: encodeIndexed(entryIndex, record),
    })),
    ...base.documents.map(({ sequence, entryIndex, document }) => ({
      key: keys.document(sequence),
      value: encodeIndexed(entryIndex, document),
    })),
    ...base.blocks.map(({ timeMs, height, txHashes }) => ({
      key: keys.seen(timeMs, height),
      value: joinHashes(txHashes),
    })),
    { key: lanesKey, value: lanes },
    { key: tipKey, value: encodeTip({ tip, root, position: noPosition }) },
  ]
}

/** Reads the tip. */
export function decodeTip(value: Bytes): StateTip {
  const reader = new CborReader(value, { bytesMax: recordBytesMax })
  reader.array(10)
  const version = reader.uint()
  const tip = {
    networkId: reader.bytes(hashBytes),
    height: reader.uint(),
    timeMs: reader.uint(),
    size: reader.uint(),
    previousBlockIndex: reader.nullOr(() => reader.uint()),
    consortiumIndex: reader.uint(),
  }
  const root = reader.bytes(hashBytes)
  const position = { segment: reader.uint(), offset: reader.uint() }
  if (version !== stateVersion) throw new Error(`the state has version ${version}`)
  return { tip, root, position }
}

/** Reads where a transaction is. */
export function decodeTransactionPlace(value: Bytes): TransactionPlace {
  const reader = new CborReader(value, { bytesMax: recordBytesMax })
  reader.array(11)
  return {
    height: reader.uint(),
    timeMs: reader.uint(),
    ordinal: reader.uint(),
    code: reader.uint(),
    firstIndex: reader.uint(),
    entryCount: reader.uint(),
    position: { segment: reader.uint(), offset: reader.uint() },
    offset: reader.uint(),
    length: reader.uint(),
    checksum: reader.uint(),
  }
}

/** Reads where a block is. */
export function decodeBlockPlace(height: number, value: Bytes): BlockPlace {
  const reader = new CborReader(value, { bytesMax: recordBytesMax })
  reader.array(5)
  const [timeMs, firstIndex, sizeAfter] = [reader.uint(), reader.uint(), reader.uint()]
  return { height, timeMs, firstIndex, sizeAfter, position: { segment: reader.uint(), offset: reader.uint() } }
}

/** Reads where an idempotency key was used. */
export function decodeIdempotency(value: Bytes): IdempotencyPlace {
  const reader = new CborReader(value, { bytesMax: recordBytesMax })
  reader.array(5)
  const [requestHash, height] = [reader.bytes(hashBytes), reader.uint()]
  return { requestHash, height, transaction: reader.uint(), firstItem: reader.uint(), itemCount: reader.uint() }
}

/** Reads an index and bytes: an account version, a consortium document. */
export function decodeIndexed(value: Bytes): { index: number; bytes: Bytes } {
  const reader = new CborReader(value, { bytesMax: recordBytesMax })
  reader.array(2)
  return { index: reader.uint(), bytes: reader.bytes() }
}

/** The hashes of a `seen` value. */
export function splitHashes(value: Bytes): Bytes[] {
  return Array.from({ length: value.length / hashBytes }, (_, i) => value.slice(i * hashBytes, (i + 1) * hashBytes))
}

/** The height in an `entry` value. */
export function heightOfEntryValue(value: Bytes): number {
  return numberOf(value, 0)
}

function transactionChanges(
  block: FinalizedBlock,
  { position, transactionOffsets }: { position: Position; transactionOffsets: readonly number[] },
): KeyValueChange[] {
  return block.outcome.results.map(({ txHash, code, firstIndex, entryCount }, ordinal) => {
    const bytes = block.transactions[ordinal] ?? new Uint8Array(0)
    const value = new CborWriter(64).array(11).uint(block.height).uint(block.timeMs).uint(ordinal).uint(code)
    value
      .uint(entryCount === 0 ? 0 : firstIndex)
      .uint(entryCount)
      .uint(position.segment)
      .uint(position.offset)
    value
      .uint(transactionOffsets[ordinal] ?? 0)
      .uint(bytes.length)
      .uint(crc32c(bytes))
    return { key: keys.transaction(txHash), value: value.finish() }
  })
}

function idempotencyChanges(block: FinalizedBlock): KeyValueChange[] {
  return block.idempotency.map(({ keyHash, requestHash, transaction, firstItem, itemCount }) => {
    const value = new CborWriter(64).array(5).bytes(requestHash).uint(block.height).uint(transaction)
    return { key: keys.idempotency(keyHash), value: value.uint(firstItem).uint(itemCount).finish() }
  })
}

function documentChanges({ outcome }: FinalizedBlock): KeyValueChange[] {
  if (outcome.consortium === null) return []
  const { document, index, sequence } = outcome.consortium
  return [{ key: keys.document(sequence), value: encodeIndexed(index, document) }]
}

function encodeBlockPlace({ timeMs, firstIndex, sizeAfter, position }: BlockPlace): Bytes {
  const writer = new CborWriter(48).array(5).uint(timeMs).uint(firstIndex).uint(sizeAfter)
  return writer.uint(position.segment).uint(position.offset).finish()
}

function encodeTip({ tip, root, position }: StateTip): Bytes {
  const writer = new CborWriter().array(10).uint(stateVersion).bytes(tip.networkId).uint(tip.height).uint(tip.timeMs)
  writer
    .uint(tip.size)
    .nullable(tip.previousBlockIndex, (index) => writer.uint(index))
    .uint(tip.consortiumIndex)
  return writer.bytes(root).uint(position.segment).uint(position.offset).finish()
}

function encodeIndexed(index: number, bytes: Bytes): Bytes {
  return new CborWriter(bytes.length + 16).array(2).uint(index).bytes(bytes).finish()
}

function joinHashes(hashes: readonly Bytes[]): Bytes {
  const joined = new Uint8Array(hashes.length * hashBytes)
  for (const [i, hash] of hashes.entries()) joined.set(hash, i * hashBytes)
  return joined
}
