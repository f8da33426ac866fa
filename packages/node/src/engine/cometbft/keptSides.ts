/**
 * What must be stored with transactions that are given to CometBFT and stand in no durable block yet: their idempotency keys. A
 * block tells only the transactions, and it may come after this process has ended, so each stands on the disk before its
 * transaction leaves. docs/spec/engine.md, Submissions under a key.
 * @module
 */
import { type Bytes, toHex } from '@jurat/core/bytes'
import { CborReader } from '@jurat/core/cbor/reader'
import { CborWriter } from '@jurat/core/cbor/writer'
import type { FileHandle, Files } from '../../platform/files.ts'
import { frameRecords, readRecord, recordHeadBytes } from '../../store/record.ts'
import type { BlockSide, FinalizedBlock } from '../application.ts'
import type { SubmissionSide } from '../engine.ts'
import { engineFolderName } from './engineHeight.ts'

const fileName = 'sides'

/** The file is written anew without what is settled when it is longer than this, and than twice what is not. */
const rewriteBytesMin = 1_048_576

/** What a record has beside its transaction and its keys, at most. */
const recordOverheadBytes = 128
const keyBytes = 32
const idempotencyBytesMax = 2 * (keyBytes + 2) + 20

/** A transaction with what is to be stored beside it. */
export interface KeptSide {
  readonly tx: Bytes
  readonly txHash: Bytes
  /** Last block time at which a block may hold it, milliseconds since 1970 UTC. */
  readonly deadlineMs: number
  readonly idempotency: SubmissionSide['idempotency']
}

/** The sides of transactions in flight, on the disk. */
export class KeptSides {
  readonly #files: Files
  readonly #path: string
  #handle: FileHandle
  #length: number
  readonly #kept: Map<string, KeptSide>
  /** Transactions by the keys that they carry. */
  readonly #byKey = new Map<string, string>()
  #keptBytes = 0
  #queue: KeptSide[] = []
  /** The write that takes what is queued; null when none is to come. */
  #next: Promise<void> | null = null
  #last: Promise<void> = Promise.resolve()

  private constructor(files: Files, path: string, handle: FileHandle, read: ReadSides) {
    this.#files = files
    this.#path = path
    this.#handle = handle
    this.#length = read.length
    this.#kept = new Map()
    for (const side of read.sides) this.#add(side)
  }

  /** Opens the file in a data folder, and cuts what a crash left half written: no such transaction was given away. */
  static async open(files: Files, dataFolder: string): Promise<KeptSides> {
    const folder = `${dataFolder}/${engineFolderName}`
    await files.makeFolder(folder)
    await files.syncFolder(dataFolder)
    const path = `${folder}/${fileName}`
    const read = readSides((await files.readFile(path)) ?? new Uint8Array(0))
    const handle = await files.open(path, 'write')
    await handle.truncate(read.length)
    await handle.sync()
    await files.syncFolder(folder)
    return new KeptSides(files, path, handle, read)
  }

  /** All of them. */
  all(): KeptSide[] {
    return [...this.#kept.values()]
  }

  holds(txHash: Bytes): boolean {
    return this.#kept.has(toHex(txHash))
  }

  /** Whether a transaction under this key may still come into a block, or stands in one since a moment. */
  has(keyHash: Bytes): boolean {
    return this.#byKey.has(toHex(keyHash))
  }

  /** Keeps one; it is durable then. Those that come while the disk writes share its next write. @throws what the disk throws */
  keep(side: KeptSide): Promise<void> {
    this.#queue.push(this.#add(side))
    if (this.#next === null) {
      this.#next = this.#last.then(() => this.#write())
      this.#last = this.#next
    }
    return this.#next
  }

  /** What is stored with a block of the transactions in it. */
  sideOf({ outcome }: Pick<FinalizedBlock, 'outcome'>): BlockSide {
    const idempotency = outcome.results.flatMap(({ txHash }, transaction) =>
      (this.#kept.get(toHex(txHash))?.idempotency ?? []).map((record) => ({ ...record, transaction })),
    )
    return { idempotency }
  }

  /** Lets go of one that stands in a durable block, or was never given to CometBFT. A file that still has it does no harm. */
  forget(txHash: Bytes): void {
    const name = toHex(txHash)
    const side = this.#kept.get(name)
    if (side === undefined) return
    this.#kept.delete(name)
    this.#keptBytes -= bytesOf(side)
    for (const { keyHash } of side.idempotency) {
      if (this.#byKey.get(toHex(keyHash)) === name) this.#byKey.delete(toHex(keyHash))
    }
  }

  /** Lets go of those that no later block can hold. @param timeMs - no later block has a time before this one */
  passed(timeMs: number): void {
    for (const { txHash, deadlineMs } of this.all()) if (deadlineMs < timeMs) this.forget(txHash)
  }

  /** After the last `keep`. */
  async close(): Promise<void> {
    await this.#last.catch(() => undefined)
    await this.#handle.close()
  }

  #add(side: KeptSide): KeptSide {
    const name = toHex(side.txHash)
    const known = this.#kept.get(name)?.idempotency ?? []
    const added = side.idempotency.filter(({ keyHash }) => this.#byKey.get(toHex(keyHash)) !== name)
    const whole = { ...side, idempotency: [...known, ...added] }
    this.forget(side.txHash)
    this.#kept.set(name, whole)
    this.#keptBytes += bytesOf(whole)
    for (const { keyHash } of whole.idempotency) this.#byKey.set(toHex(keyHash), name)
    return whole
  }

  async #write(): Promise<void> {
    this.#next = null
    const queue = this.#queue.splice(0)
    if (this.#length > Math.max(rewriteBytesMin, 2 * this.#keptBytes)) return this.#rewrite()
    const framed = frameRecords(queue.map(encode))
    await this.#handle.write(framed, this.#length)
    await this.#handle.sync()
    this.#length += framed.length
  }

  /** What is queued is among what is kept. */
  async #rewrite(): Promise<void> {
    const framed = frameRecords(this.all().map(encode))
    await this.#handle.close()
    await this.#files.replaceFile(this.#path, framed)
    this.#handle = await this.#files.open(this.#path, 'write')
    this.#length = framed.length
  }
}

const bytesOf = ({ tx, idempotency }: KeptSide): number =>
  recordHeadBytes + recordOverheadBytes + tx.length + idempotency.length * idempotencyBytesMax

function encode(side: KeptSide): Bytes {
  const writer = new CborWriter(bytesOf(side)).array(4).bytes(side.txHash).uint(side.deadlineMs).bytes(side.tx)
  writer.array(side.idempotency.length)
  for (const { keyHash, requestHash, firstItem, itemCount } of side.idempotency) {
    writer.array(4).bytes(keyHash).bytes(requestHash).uint(firstItem).uint(itemCount)
  }
  return writer.finish()
}

function decode(payload: Bytes): KeptSide {
  const reader = new CborReader(payload, { bytesMax: payload.length })
  reader.array(4)
  const head = { txHash: reader.bytesUpTo(keyBytes), deadlineMs: reader.uint(), tx: reader.bytesUpTo(payload.length) }
  const idempotency = Array.from({ length: reader.array() }, () => {
    reader.array(4)
    const hashes = { keyHash: reader.bytesUpTo(keyBytes), requestHash: reader.bytesUpTo(keyBytes) }
    return { ...hashes, firstItem: reader.uint(), itemCount: reader.uint() }
  })
  reader.end()
  return { ...head, idempotency }
}

interface ReadSides {
  readonly sides: readonly KeptSide[]
  /** Bytes of whole records. */
  readonly length: number
}

function readSides(bytes: Bytes): ReadSides {
  const sides: KeptSide[] = []
  let length = 0
  while (length < bytes.length) {
    const payload = readRecord(bytes, length)
    if (!(payload instanceof Uint8Array)) break
    sides.push(decode(payload))
    length += recordHeadBytes + payload.length
  }
  return { sides, length }
}
