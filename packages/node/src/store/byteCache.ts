/**
 * A cache of byte strings that forgets what was used longest ago.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'

/** What an entry costs beside its bytes, roughly. */
const overheadBytes = 128

/** Holds byte strings up to a number of bytes. */
export class ByteCache {
  readonly #bytesMax: number
  readonly #entries = new Map<string, Bytes>()
  #bytes = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  get(key: string): Bytes | undefined {
    const found = this.#entries.get(key)
    if (found !== undefined) {
      this.#entries.delete(key)
      this.#entries.set(key, found)
    }
    return found
  }

  set(key: string, value: Bytes): void {
    this.delete(key)
    this.#entries.set(key, value)
    this.#bytes += value.length + overheadBytes
    for (const [oldest] of this.#entries) {
      if (this.#bytes <= this.#bytesMax) break
      this.delete(oldest)
    }
  }

  delete(key: string): void {
    const found = this.#entries.get(key)
    if (found === undefined) return
    this.#bytes -= found.length + overheadBytes
    this.#entries.delete(key)
  }
}
