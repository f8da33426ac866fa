/**
 * How a block record holds the log entries of a transaction: not as bytes, since items and bodies stand in the
 * transaction already, but as what is needed to make them again without the state. docs/spec/segments.md, Entries.
 *
 * Whatever the compact forms do not reproduce byte for byte is held verbatim, so this file need not know every operation.
 * @module
 */
import { CborWriter } from '@jurat/core/cbor/writer'
import { CborReader } from '@jurat/core/cbor/reader'
import type { Bytes } from '@jurat/core/bytes'
import { bodyAt, skipItem } from './cborSkip.ts'
import { StoreError } from './errors.ts'

/** What is stored for the entries of one transaction. */
export type EntrySource =
  | { readonly kind: 'none' }
  /** Deposit entries: `head ‖ item index ‖ middle ‖ item`, the items one after the other in the transaction. */
  | { readonly kind: 'items'; readonly offset: number; readonly count: number; readonly middle: Bytes }
  /** Raw entries: the contents of byte strings one after the other in the transaction. */
  | { readonly kind: 'bodies'; readonly offset: number; readonly count: number }
  | { readonly kind: 'verbatim'; readonly entries: readonly Bytes[] }

/** What the entries of a deposit have in common with their block and transaction. */
export interface EntryContext {
  readonly timeMs: number
  readonly txHash: Bytes
  /** The signed transaction. */
  readonly transaction: Bytes
}

const kinds = { items: 0, bodies: 1, verbatim: 2 } as const

/** The start of every deposit entry: tag 55799, array of 8, version 1, kind 1 (ledger.md, Entries). */
const depositHead = Uint8Array.of(0xd9, 0xd9, 0xf7, 0x88, 0x01, 0x01)

/** Length of a hash with its CBOR head. */
const hashItemBytes = 34

/** Finds the shortest form of a transaction's entries. */
export function sourceOfEntries(context: EntryContext, entries: readonly Bytes[]): EntrySource {
  if (entries.length === 0) return { kind: 'none' }
  return asItems(context, entries) ?? asBodies(context, entries) ?? { kind: 'verbatim', entries }
}

/** The entries again. @throws {StoreError} `damaged` when source and transaction do not belong together */
export function entriesOfSource(context: EntryContext, source: EntrySource): Bytes[] {
  if (source.kind === 'none') return []
  if (source.kind === 'verbatim') return [...source.entries]
  if (source.kind === 'bodies') return walkBodies(context.transaction, source.offset, source.count)
  return walkItems(context, source)
}

/** Writes a source. */
export function writeSource(writer: CborWriter, source: EntrySource): void {
  switch (source.kind) {
    case 'none':
      writer.null()
      return
    case 'items':
      writer.array(4).uint(kinds.items).uint(source.offset).uint(source.count).bytes(source.middle)
      return
    case 'bodies':
      writer.array(3).uint(kinds.bodies).uint(source.offset).uint(source.count)
      return
    case 'verbatim':
      writer.array(2).uint(kinds.verbatim).array(source.entries.length)
      for (const entry of source.entries) writer.bytes(entry)
      return
  }
}

/** Reads a source. @throws {CborError} */
export function readSource(reader: CborReader): EntrySource {
  if (reader.isNull()) return { kind: 'none' }
  reader.array()
  const kind = reader.uint(kinds.verbatim)
  if (kind === kinds.items) {
    return { kind: 'items', offset: reader.uint(), count: reader.uint(), middle: reader.bytes() }
  }
  if (kind === kinds.bodies) return { kind: 'bodies', offset: reader.uint(), count: reader.uint() }
  return { kind: 'verbatim', entries: Array.from({ length: reader.array() }, () => reader.bytes()) }
}

/** The number of entries that a source stands for. */
export function entryCountOf(source: EntrySource): number {
  if (source.kind === 'none') return 0
  return source.kind === 'verbatim' ? source.entries.length : source.count
}

function asItems(context: EntryContext, entries: readonly Bytes[]): EntrySource | null {
  const first = entries[0]
  const head = headOf(context)
  if (first === undefined || !startsWith(first, head)) return null
  // Behind the head: item index 0 (one byte), the account, its version, the item.
  const version = head.length + 1 + hashItemBytes
  const itemStart = skipItem(first, version)
  if (itemStart === null) return null
  const offset = Buffer.from(
    context.transaction.buffer,
    context.transaction.byteOffset,
    context.transaction.length,
  ).indexOf(first.subarray(itemStart))
  if (offset < 0) return null
  const middle = first.slice(head.length + 1, itemStart)
  const source: EntrySource = { kind: 'items', offset, count: entries.length, middle }
  return reproduces(context, source, entries) ? source : null
}

function asBodies(context: EntryContext, entries: readonly Bytes[]): EntrySource | null {
  const first = entries[0]
  if (first === undefined) return null
  const body = new CborWriter(first.length + 9).bytes(first).finish()
  const { transaction } = context
  const offset = Buffer.from(transaction.buffer, transaction.byteOffset, transaction.length).indexOf(body)
  if (offset < 0) return null
  const source: EntrySource = { kind: 'bodies', offset, count: entries.length }
  return reproduces(context, source, entries) ? source : null
}

function reproduces(context: EntryContext, source: EntrySource, entries: readonly Bytes[]): boolean {
  try {
    return entriesOfSource(context, source).every((made, i) => Buffer.compare(made, entries[i] ?? made) === 0)
  } catch {
    return false
  }
}

function walkItems(context: EntryContext, source: { offset: number; count: number; middle: Bytes }): Bytes[] {
  const head = headOf(context)
  const { transaction } = context
  const entries: Bytes[] = []
  // All entries of the transaction in one buffer: one allocation instead of a thousand.
  const room = (head.length + 9 + source.middle.length) * source.count + transaction.length - source.offset
  const buffer = new Uint8Array(room)
  let [offset, at] = [source.offset, 0]
  for (let index = 0; index < source.count; index++) {
    const end = skipItem(transaction, offset)
    if (end === null) throw new StoreError('damaged', 'a block record names items that its transaction does not hold')
    const start = at
    buffer.set(head, at)
    at = writeUint(buffer, at + head.length, index)
    buffer.set(source.middle, at)
    at += source.middle.length
    for (let i = offset; i < end; i++) buffer[at++] = transaction[i] ?? 0
    entries.push(buffer.subarray(start, at))
    offset = end
  }
  return entries
}

function walkBodies(transaction: Bytes, offset: number, count: number): Bytes[] {
  const entries: Bytes[] = []
  let at = offset
  for (let i = 0; i < count; i++) {
    const body = bodyAt(transaction, at)
    if (body === null) throw new StoreError('damaged', 'a block record names bodies that its transaction does not hold')
    entries.push(body)
    at = body.byteOffset - transaction.byteOffset + body.length
  }
  return entries
}

function headOf(context: EntryContext): Bytes {
  return new CborWriter(64).raw(depositHead).uint(context.timeMs).bytes(context.txHash).finish()
}

function startsWith(bytes: Bytes, head: Bytes): boolean {
  if (bytes.length < head.length) return false
  for (let i = 0; i < head.length; i++) if (bytes[i] !== head[i]) return false
  return true
}

/** Writes the minimal CBOR integer (up to 2^16 − 1: an item index) and gives the offset behind it. */
function writeUint(buffer: Bytes, at: number, value: number): number {
  if (value < 24) {
    buffer[at] = value
    return at + 1
  }
  if (value < 0x100) {
    buffer[at] = 24
    buffer[at + 1] = value
    return at + 2
  }
  buffer[at] = 25
  buffer[at + 1] = value >>> 8
  buffer[at + 2] = value & 0xff
  return at + 3
}
