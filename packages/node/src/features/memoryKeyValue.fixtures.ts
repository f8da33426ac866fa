/**
 * An ordered map in memory behind the interface of the store, for tests of features.
 * @module
 */
import { compare, fromHex, toHex, type Bytes } from '@jurat/core/bytes'
import type { KeyValueStore } from '../store/keyValue.ts'

/** An empty map. */
export function memoryKeyValue(): KeyValueStore {
  const map = new Map<string, Bytes>()
  return {
    get: (key) => map.get(toHex(key)) ?? null,
    async write(changes) {
      for (const { key, value } of changes) {
        if (value === null) map.delete(toHex(key))
        else map.set(toHex(key), Uint8Array.from(value))
      }
    },
    async *range({ from, to, reverse = false, limit = Infinity }) {
      const keys = [...map.keys()].map(fromHex).filter((key) => compare(key, from) >= 0 && compare(key, to) < 0)
      keys.sort(compare)
      if (reverse) keys.reverse()
      for (const key of keys.slice(0, limit)) yield [key, map.get(toHex(key)) ?? new Uint8Array(0)]
    },
    async close() {},
  }
}
