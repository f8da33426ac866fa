/**
 * The index from digest to log entries. Entries are grouped into runs of 65,536; a finished run is spread over 1,024 buckets by
 * two bytes of the digest, and each bucket of a run is one value of the database: rows of 8 digest bytes and the entry's place in
 * its run. So an entry costs ten bytes and a sixty-fourth of a database write, and the rate does not fall
 * with the size; looking a digest up reads one bucket of every run, which lie side by side. The run that is not finished is in memory.
 * docs/spec/state-store.md, Digest index; docs/decisions has the alternatives.
 * @module
 */
import { equal, type Bytes } from '@jurat/core/bytes'
import { keyOf, numberOf, uintKeyBytes } from './keys.ts'
import type { KeyValueChange, KeyValueStore } from './keyValue.ts'
import { digestOffset } from './depositDigest.ts'

/** Entries of a run. */
export const runEntries = 65_536

/** Buckets of a run, a power of two. */
const buckets = 1_024

const markBytes = 8
const rowBytes = markBytes + 2
const sizeKey = keyOf('size')
const bucketPrefix = 'r/'

/** Looks up and collects digests. Its answers are candidates: the caller compares the whole digest. */
export class DigestIndex {
  readonly #map: KeyValueStore
  /** Marks of the present run, by place; a place without a deposit has bucket 0xffff. */
  readonly #marks = new Uint8Array(runEntries * markBytes)
  readonly #bucketOf = new Uint16Array(runEntries).fill(0xffff)
  #size: number
  #writing: Promise<void> = Promise.resolve()
  /** Finished runs that are being written. */
  readonly #pending = new Map<number, KeyValueChange[]>()
  /** Set when a write failed. */
  failure: Error | null = null

  constructor(map: KeyValueStore) {
    this.#map = map
    const stored = map.get(sizeKey)
    this.#size = stored === null ? 0 : numberOf(stored, 0)
  }

  /** Number of entries that it knows. After opening, the entries from here on must be added. */
  get size(): number {
    return this.#size
  }

  /** Adds the next entries of the log, in order. */
  add(entries: readonly Bytes[]): void {
    for (const entry of entries) {
      const place = this.#size % runEntries
      const digest = digestOffset(entry)
      if (digest !== null) {
        const start = digest.end - markBytes
        this.#marks.set(entry.subarray(start, digest.end), place * markBytes)
        this.#bucketOf[place] = bucketOf(entry, digest.end)
      }
      this.#size += 1
      if (place === runEntries - 1) this.#finishRun()
    }
  }

  /** @yields indices of entries whose digest may be this one, ascending */
  async *candidates(digest: Bytes): AsyncIterableIterator<number> {
    if (digest.length < markBytes + 2) return
    const bucket = bucketOf(digest, digest.length)
    const mark = digest.subarray(digest.length - markBytes)
    // What is in memory now is looked at first: while the database is read, a run may move there.
    const inMemory = this.#candidatesInMemory(bucket, mark)
    const range = { from: keyOf(bucketPrefix, bucket, 0), to: keyOf(bucketPrefix, bucket + 1, 0) }
    let next = 0
    for await (const [key, rows] of this.#map.range(range)) {
      const run = numberOf(key, bucketPrefix.length + uintKeyBytes)
      next = (run + 1) * runEntries
      yield* rowsOf(run, rows, mark)
    }
    for (const candidate of inMemory) if (candidate >= next) yield candidate
  }

  /** Resolves when the finished runs are written. */
  settled(): Promise<void> {
    return this.#writing
  }

  async close(): Promise<void> {
    await this.#writing
    await this.#map.close()
  }

  #candidatesInMemory(bucket: number, mark: Bytes): number[] {
    const found: number[] = []
    for (const [run, changes] of this.#pending) {
      const key = keyOf(bucketPrefix, bucket, run)
      const rows = changes.find((change) => equal(change.key, key))?.value
      if (rows) found.push(...rowsOf(run, rows, mark))
    }
    const first = this.#size - (this.#size % runEntries)
    for (let place = 0; place < this.#size - first; place++) {
      if (this.#bucketOf[place] === bucket && sameMark(this.#marks, place * markBytes, mark)) found.push(first + place)
    }
    return found
  }

  #finishRun(): void {
    const run = this.#size / runEntries - 1
    this.#pending.set(run, [...this.#bucketChanges(run), { key: sizeKey, value: keyOf('', this.#size) }])
    this.#bucketOf.fill(0xffff)
    // Synced, so that the runs in the database have no gap below its size.
    this.#writing = this.#writing
      .then(() => this.#map.write(this.#pending.get(run) ?? [], { sync: true }))
      .catch((error: unknown) => {
        this.failure ??= error instanceof Error ? error : new Error(String(error))
      })
      .finally(() => this.#pending.delete(run))
  }

  #bucketChanges(run: number): KeyValueChange[] {
    const counts = new Uint32Array(buckets)
    for (const bucket of this.#bucketOf) if (bucket !== 0xffff) counts[bucket] = (counts[bucket] ?? 0) + 1
    const values = Array.from(counts, (count) => new Uint8Array(count * rowBytes))
    const filled = new Uint32Array(buckets)
    for (let place = 0; place < runEntries; place++) {
      const bucket = this.#bucketOf[place] ?? 0xffff
      const value = values[bucket]
      if (value === undefined) continue
      const at = filled[bucket] ?? 0
      filled[bucket] = at + rowBytes
      value.set(this.#marks.subarray(place * markBytes, (place + 1) * markBytes), at)
      value[at + markBytes] = place >>> 8
      value[at + markBytes + 1] = place & 0xff
    }
    return values.flatMap((value, bucket) =>
      value.length === 0 ? [] : [{ key: keyOf(bucketPrefix, bucket, run), value }],
    )
  }
}

/** The ten bits of a digest, before its last eight bytes, that choose the bucket. The end is used since a count may begin it. */
function bucketOf(bytes: Bytes, end: number): number {
  const start = end - markBytes - 2
  return (((bytes[start] ?? 0) << 8) | (bytes[start + 1] ?? 0)) % buckets
}

function* rowsOf(run: number, rows: Bytes, mark: Bytes): IterableIterator<number> {
  for (let i = 0; i < rows.length; i += rowBytes) {
    if (!sameMark(rows, i, mark)) continue
    yield run * runEntries + ((rows[i + markBytes] ?? 0) << 8) + (rows[i + markBytes + 1] ?? 0)
  }
}

function sameMark(rows: Bytes, offset: number, mark: Bytes): boolean {
  for (let i = 0; i < markBytes; i++) if (rows[offset + i] !== mark[i]) return false
  return true
}
