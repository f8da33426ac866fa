/**
 * A bounded cache of imported keys, the least recently used going first. Importing a key costs as much as verifying
 * with it, and an account signs more than once.
 * @module
 */
import { Buffer } from 'node:buffer'
import type { Bytes } from '@jurat/core/bytes'

/** Keeps at most `keysMax` results of `load`, refusals included, by the bytes of the key. */
export class KeyCache<T> {
  readonly #entries = new Map<string, T>()
  readonly #keysMax: number
  readonly #load: (rawKey: Bytes) => T

  constructor(keysMax: number, load: (rawKey: Bytes) => T) {
    this.#keysMax = keysMax
    this.#load = load
  }

  /** What `load` gives for this key. `load` runs once as long as the key stays in the cache. */
  get(rawKey: Bytes): T {
    const name = Buffer.from(rawKey.buffer, rawKey.byteOffset, rawKey.length).toString('latin1')
    const known = this.#entries.get(name)
    if (known !== undefined) {
      this.#entries.delete(name)
      this.#entries.set(name, known)
      return known
    }
    const loaded = this.#load(rawKey)
    this.#entries.set(name, loaded)
    if (this.#entries.size > this.#keysMax) this.#dropOldest()
    return loaded
  }

  #dropOldest(): void {
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest)
      return
    }
  }
}
