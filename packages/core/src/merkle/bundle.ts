/**
 * Entry bundles: C2SP tlog-tiles, "Log entries". Each entry is its length as a big-endian uint16, then its bytes.
 * Rules: docs/spec/tree.md.
 * @module
 */
import { assert } from '../assert.ts'
import type { Bytes } from '../bytes.ts'
import { ProofError } from './error.ts'
import { tileWidth } from './tile.ts'

/** Longest entry that a bundle can hold, in bytes. The ledger's own entries are much shorter. */
export const bundleEntryBytesMax = 65_535

const lengthBytes = 2

/** The bytes of a bundle of 1 to 256 entries. @throws {ProofError} `entry-too-long`. */
export function encodeBundle(entries: readonly Bytes[]): Bytes {
  assert(entries.length >= 1 && entries.length <= tileWidth, 'a bundle holds 1 to 256 entries')
  let length = 0
  for (const entry of entries) length += lengthBytes + checkedLength(entry)
  const bundle = new Uint8Array(length)
  let offset = 0
  for (const entry of entries) {
    bundle[offset] = entry.length >>> 8
    bundle[offset + 1] = entry.length & 0xff
    bundle.set(entry, offset + lengthBytes)
    offset += lengthBytes + entry.length
  }
  return bundle
}

/** The entries of a bundle that is `width` entries wide (views of its bytes). @throws {ProofError} `bundle`. */
export function decodeBundle(bundle: Bytes, width: number): Bytes[] {
  const entries: Bytes[] = []
  let offset = 0
  while (offset < bundle.length && entries.length < width) {
    const start = offset + lengthBytes
    const end = start + ((bundle[offset] ?? 0) << 8) + (bundle[offset + 1] ?? 0)
    if (end > bundle.length) throw new ProofError('bundle', 'the last entry of the bundle is cut short')
    entries.push(bundle.subarray(start, end))
    offset = end
  }
  if (entries.length !== width || offset !== bundle.length) {
    throw new ProofError('bundle', `the bundle does not hold exactly ${width} entries`)
  }
  return entries
}

function checkedLength(entry: Bytes): number {
  if (entry.length > bundleEntryBytesMax) {
    throw new ProofError('entry-too-long', `an entry of a bundle has at most ${bundleEntryBytesMax} bytes`)
  }
  return entry.length
}
