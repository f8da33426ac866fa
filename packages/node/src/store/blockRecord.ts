/**
 * The block record: what a segment file holds of a block. docs/spec/segments.md.
 * @module
 */
import { CborError } from '@jurat/core/cbor/error'
import { CborReader } from '@jurat/core/cbor/reader'
import { CborWriter } from '@jurat/core/cbor/writer'
import { assert } from '@jurat/core/assert'
import type { Bytes } from '@jurat/core/bytes'
import type { EntrySource } from './entrySource.ts'
import { entriesOfSource, entryCountOf, readSource, sourceOfEntries, writeSource } from './entrySource.ts'
import { StoreError } from './errors.ts'
import { recordBytesMax } from './record.ts'
import type { FinalizedBlock, IdempotencyRecord, StoredBlock, StoredTransaction } from './store.ts'

/** Version of the format. */
export const blockRecordVersion = 1

const blockRecordFields = 9

/** An encoded record, and where each transaction's bytes stand in it. */
export interface EncodedBlock {
  readonly payload: Bytes
  readonly transactionOffsets: readonly number[]
}

/** Encodes a block. @param firstIndex - log index of its first entry */
export function encodeBlock(block: FinalizedBlock, firstIndex: number): EncodedBlock {
  const { outcome, extension, transactions } = block
  assert(outcome.results.length === transactions.length, 'a block has one result for each transaction')
  const transactionOffsets: number[] = []
  const sizeGuess = transactions.reduce((sum, transaction) => sum + transaction.length + 256, 1024)
  const writer = new CborWriter(sizeGuess)
    .array(blockRecordFields)
    .uint(blockRecordVersion)
    .uint(block.height)
    .uint(block.timeMs)
  writer.uint(firstIndex).uint(extension.size).bytes(extension.root).array(transactions.length)
  let done = 0
  for (const [i, result] of outcome.results.entries()) {
    const transaction = transactions[i]
    assert(transaction !== undefined, 'a block has one result for each transaction')
    const entries = outcome.entries.slice(done, done + result.entryCount)
    assert(entries.length === 0 || result.firstIndex === firstIndex + done, 'entries follow the order of transactions')
    done += entries.length
    writer.array(4).bytes(transaction)
    transactionOffsets.push(writer.length - transaction.length)
    writer.bytes(result.txHash).uint(result.code)
    writeSource(writer, sourceOfEntries({ timeMs: block.timeMs, txHash: result.txHash, transaction }, entries))
  }
  writer.array(block.idempotency.length)
  for (const record of block.idempotency) writeIdempotency(writer, record)
  const tail = outcome.entries.slice(done)
  writer.array(tail.length)
  for (const entry of tail) writer.bytes(entry)
  return { payload: writer.finish(), transactionOffsets }
}

/** Decodes a record. @throws {StoreError} `damaged` */
export function decodeBlock(payload: Bytes): StoredBlock & { readonly transactionOffsets: readonly number[] } {
  try {
    return readBlock(payload)
  } catch (cause) {
    if (cause instanceof CborError) throw new StoreError('damaged', 'a block record is malformed', { cause })
    throw cause
  }
}

/** The height in a record, without reading the rest. */
export function heightOf(payload: Bytes): number {
  const reader = new CborReader(payload, { bytesMax: recordBytesMax })
  readVersion(reader)
  return reader.uint()
}

/** A record has a checksum, so another version was written as such. @throws {StoreError} `other-format` */
function readVersion(reader: CborReader): void {
  const fields = reader.array()
  const version = reader.uint()
  if (version === blockRecordVersion && fields !== blockRecordFields) {
    throw new StoreError('damaged', `a block record has ${fields} fields`)
  }
  if (version === blockRecordVersion) return
  const why = `a block is of version ${version} of the format, and this program reads version ${blockRecordVersion}`
  throw new StoreError('other-format', `${why}: start it with the version of Jurat that made it`)
}

function readBlock(payload: Bytes): StoredBlock & { readonly transactionOffsets: readonly number[] } {
  const reader = new CborReader(payload, { bytesMax: recordBytesMax })
  readVersion(reader)
  const [height, timeMs, firstIndex, treeSizeAfter] = [reader.uint(), reader.uint(), reader.uint(), reader.uint()]
  const rootAfter = reader.bytes(32)
  const transactionOffsets: number[] = []
  const sources: EntrySource[] = []
  let index = firstIndex
  const transactions = Array.from({ length: reader.array() }, (_, ordinal): StoredTransaction => {
    reader.array(4)
    const bytes = reader.bytes()
    transactionOffsets.push(reader.offset - bytes.length)
    const [txHash, code, source] = [reader.bytes(32), reader.uint(), readSource(reader)]
    sources.push(source)
    const entryCount = entryCountOf(source)
    index += entryCount
    return { txHash, bytes, height, timeMs, ordinal, code, firstIndex: index - entryCount, entryCount }
  })
  const idempotency = Array.from({ length: reader.array() }, () => readIdempotency(reader))
  const tail = Array.from({ length: reader.array() }, () => reader.bytes())
  reader.end()
  const entries = (): Bytes[] => {
    const made = transactions.flatMap(({ txHash, bytes }, i) =>
      entriesOfSource({ timeMs, txHash, transaction: bytes }, sources[i] ?? { kind: 'none' }),
    )
    return [...made, ...tail]
  }
  return {
    height,
    timeMs,
    firstIndex,
    treeSizeAfter,
    rootAfter,
    transactions,
    idempotency,
    entries,
    transactionOffsets,
  }
}

function writeIdempotency(writer: CborWriter, record: IdempotencyRecord): void {
  writer.array(5).bytes(record.keyHash).bytes(record.requestHash)
  writer.uint(record.transaction).uint(record.firstItem).uint(record.itemCount)
}

function readIdempotency(reader: CborReader): IdempotencyRecord {
  reader.array(5)
  const [keyHash, requestHash] = [reader.bytes(32), reader.bytes(32)]
  return { keyHash, requestHash, transaction: reader.uint(), firstItem: reader.uint(), itemCount: reader.uint() }
}
