/**
 * Entries: the leaves of the log. CBOR tag 55799 (first bytes d9 d9 f7), then an array. docs/spec/entry.md.
 * @module
 */
import { assert, unreachable } from '../assert.ts'
import type { Bytes } from '../bytes.ts'
import { CborError } from '../cbor/error.ts'
import { CborReader } from '../cbor/reader.ts'
import { CborWriter } from '../cbor/writer.ts'
import { decodeItem, type Item } from '../deposit/item.ts'
import { entryBytesMax } from './rawBodies.ts'

/** The kinds of entries. 4 (contract receipt) and 6 (cross-chain) are reserved. */
export const entryKinds = { consortium: 0, deposit: 1, account: 2, block: 3, attestation: 5 } as const

/** A consortium document came into force. */
export interface ConsortiumEntry {
  readonly kind: 0
  readonly timeMs: number
  readonly networkId: Bytes
  /** 0 is the genesis' document. */
  readonly sequence: number
  readonly previousIndex: number | null
  readonly documentHash: Bytes
  readonly txHash: Bytes | null
}

/** One item was deposited. */
export interface DepositEntry {
  readonly kind: 1
  readonly timeMs: number
  readonly txHash: Bytes
  readonly itemIndex: number
  readonly account: Bytes
  readonly accountVersion: number
  readonly item: Item
  /** The item's own bytes, as they were signed. */
  readonly itemBytes: Bytes
}

/** An account changed. */
export interface AccountEntry {
  readonly kind: 2
  readonly timeMs: number
  /** null in the genesis. */
  readonly txHash: Bytes | null
  /** The operation that changed it; 0 in the genesis. */
  readonly type: number
  readonly account: Bytes
  readonly version: number
  readonly recordHash: Bytes
}

/** A block ended. */
export interface BlockEntry {
  readonly kind: 3
  readonly timeMs: number
  readonly height: number
  /** Index of the block's first entry; the block entry itself counts when it is the only one. */
  readonly firstIndex: number
  readonly txCount: number
  readonly transactionsRoot: Bytes
  readonly stateDigest: Bytes
  /** Entry of the document that was in force before the block. */
  readonly consortiumIndex: number
  readonly previousBlockIndex: number | null
  /** Reserved: root of the same entries under another hash. */
  readonly secondRoot: Bytes | null
}

/** What an account's record was, for others who know only the log. */
export interface AttestationEntry {
  readonly kind: 5
  readonly timeMs: number
  readonly txHash: Bytes
  readonly account: Bytes
  readonly version: number
  readonly recordHash: Bytes
}

/** An entry of ours. */
export type Entry = ConsortiumEntry | DepositEntry | AccountEntry | BlockEntry | AttestationEntry

const entryTag = 55_799
const entryVersion = 1
const hashBytes = 32
const fieldCounts: Readonly<Record<Entry['kind'], number>> = { 0: 8, 1: 8, 2: 8, 3: 11, 5: 7 }

/** The leaf bytes of an entry. */
export function encodeEntry(entry: Entry): Bytes {
  const writer = new CborWriter().tag(entryTag).array(fieldCounts[entry.kind]).uint(entryVersion)
  writer.uint(entry.kind).uint(entry.timeMs)
  const optionalHash = (hash: Bytes | null): unknown => writer.nullable(hash, (value) => writer.bytes(value))
  const optionalIndex = (index: number | null): unknown => writer.nullable(index, (value) => writer.uint(value))
  switch (entry.kind) {
    case 0:
      writer.bytes(entry.networkId).uint(entry.sequence)
      optionalIndex(entry.previousIndex)
      writer.bytes(entry.documentHash)
      optionalHash(entry.txHash)
      break
    case 1:
      writer.bytes(entry.txHash).uint(entry.itemIndex).bytes(entry.account)
      writer.uint(entry.accountVersion).raw(entry.itemBytes)
      break
    case 2:
      optionalHash(entry.txHash)
      writer.uint(entry.type).bytes(entry.account).uint(entry.version).bytes(entry.recordHash)
      break
    case 3:
      writer.uint(entry.height).uint(entry.firstIndex).uint(entry.txCount).bytes(entry.transactionsRoot)
      writer.bytes(entry.stateDigest).uint(entry.consortiumIndex)
      optionalIndex(entry.previousBlockIndex)
      optionalHash(entry.secondRoot)
      break
    case 5:
      writer.bytes(entry.txHash).bytes(entry.account).uint(entry.version).bytes(entry.recordHash)
      break
  }
  assert(writer.length <= entryBytesMax, `an entry has at most ${entryBytesMax} bytes`)
  return writer.finish()
}

/** Whether leaf bytes are an entry of ours, by their first byte; otherwise they are a raw body. */
export function isOurEntry(leaf: Bytes): boolean {
  return leaf[0] === 0xd9
}

/** An entry from its leaf bytes. @throws {CborError} when they are none of ours. */
export function decodeEntry(bytes: Bytes): Entry {
  const reader = new CborReader(bytes, { bytesMax: entryBytesMax })
  reader.tag(entryTag)
  const fields = reader.array()
  if (reader.uint() !== entryVersion) throw new CborError('out-of-range', 'The entry has an unknown version.')
  const kind = reader.uint()
  if (!isEntryKind(kind)) throw new CborError('out-of-range', 'The entry has an unknown kind.')
  if (fields !== fieldCounts[kind]) throw new CborError('wrong-length', 'The entry has another number of fields.')
  const timeMs = reader.uint()
  if (kind === entryKinds.deposit) return readDeposit(reader, bytes, timeMs)
  const entry = readFields(reader, kind, timeMs)
  reader.end()
  return entry
}

const isEntryKind = (kind: number): kind is Entry['kind'] => Object.hasOwn(fieldCounts, kind)

function readFields(reader: CborReader, kind: Exclude<Entry['kind'], 1>, timeMs: number): Entry {
  const hash = (): Bytes => reader.bytes(hashBytes)
  switch (kind) {
    case 0: {
      const head = { kind, timeMs, networkId: hash(), sequence: reader.uint() }
      const previousIndex = reader.nullOr(() => reader.uint())
      return { ...head, previousIndex, documentHash: hash(), txHash: reader.nullOr(hash) }
    }
    case 2: {
      const head = { kind, timeMs, txHash: reader.nullOr(hash), type: reader.uint() }
      return { ...head, account: hash(), version: reader.uint(), recordHash: hash() }
    }
    case 3: {
      const head = { kind, timeMs, height: reader.uint(), firstIndex: reader.uint(), txCount: reader.uint() }
      const roots = { transactionsRoot: hash(), stateDigest: hash(), consortiumIndex: reader.uint() }
      const previousBlockIndex = reader.nullOr(() => reader.uint())
      return { ...head, ...roots, previousBlockIndex, secondRoot: reader.nullOr(hash) }
    }
    case 5:
      return { kind, timeMs, txHash: hash(), account: hash(), version: reader.uint(), recordHash: hash() }
    default:
      return unreachable(kind)
  }
}

function readDeposit(reader: CborReader, bytes: Bytes, timeMs: number): DepositEntry {
  const head = { kind: 1, timeMs, txHash: reader.bytes(hashBytes), itemIndex: reader.uint() } as const
  const account = reader.bytes(hashBytes)
  const accountVersion = reader.uint()
  // The item is the last field: all that follows is its bytes, and its own decoder refuses whatever is none.
  const itemBytes = bytes.subarray(reader.offset)
  return { ...head, account, accountVersion, item: decodeItem(itemBytes), itemBytes }
}

/** Makes the deposit entries of one transaction: what is the same in all of them is encoded once. */
export function depositEntries(
  deposit: Pick<DepositEntry, 'timeMs' | 'txHash' | 'account' | 'accountVersion'>,
  items: readonly Bytes[],
): Bytes[] {
  const before = new CborWriter().tag(entryTag).array(fieldCounts[1]).uint(entryVersion)
  const head = before.uint(entryKinds.deposit).uint(deposit.timeMs).bytes(deposit.txHash).finish()
  const middle = new CborWriter().bytes(deposit.account).uint(deposit.accountVersion).finish()
  const writer = new CborWriter()
  return items.map((item, at) => writer.clear().raw(head).uint(at).raw(middle).raw(item).finish())
}
