/**
 * A map that forgets what was not used for longest, bounded by number and by size.
 * @module
 */

/** Values by text key, least recently used first. */
export class LruCache<Value> {
  readonly #entriesMax: number
  readonly #bytesMax: number
  readonly #entries = new Map<string, { readonly value: Value; readonly bytes: number }>()
  #bytes = 0

  constructor(limits: { readonly entriesMax: number; readonly bytesMax: number }) {
    this.#entriesMax = limits.entriesMax
    this.#bytesMax = limits.bytesMax
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry.value
  }

  /** Keeps a value that holds about `bytes` of memory. */
  set(key: string, value: Value, bytes: number): void {
    this.delete(key)
    this.#entries.set(key, { value, bytes })
    this.#bytes += bytes
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#entriesMax && this.#bytes <= this.#bytesMax) return
      this.delete(oldest)
    }
  }

  delete(key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#entries.delete(key)
    this.#bytes -= entry.bytes
  }
}
