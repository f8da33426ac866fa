/**
 * The recursive definitions of RFC 6962, word for word and without regard to speed: what the real code is held to.
 * @module
 */
import type { Bytes } from '../bytes.ts'
import { nobleCrypto } from '../crypto/noble.ts'
import type { HashReader } from './tree.ts'

/** Test leaves: leaf i is the two bytes of i. */
export function makeLeaves(count: number): Bytes[] {
  return Array.from({ length: count }, (_, i) => Uint8Array.of(i >> 8, i & 0xff))
}

/** MTH(D[n]), section 2.1. */
export function naiveRoot(leaves: readonly Bytes[]): Bytes {
  const [first] = leaves
  if (first === undefined) return nobleCrypto.sha256(new Uint8Array(0))
  if (leaves.length === 1) return hash(Uint8Array.of(0), first)
  const k = naiveSplit(leaves.length)
  return hash(Uint8Array.of(1), naiveRoot(leaves.slice(0, k)), naiveRoot(leaves.slice(k)))
}

/** PATH(m, D[n]), section 2.1.1. */
export function naivePath(m: number, leaves: readonly Bytes[]): Bytes[] {
  if (leaves.length === 1) return []
  const k = naiveSplit(leaves.length)
  return m < k
    ? [...naivePath(m, leaves.slice(0, k)), naiveRoot(leaves.slice(k))]
    : [...naivePath(m - k, leaves.slice(k)), naiveRoot(leaves.slice(0, k))]
}

/** PROOF(m, D[n]), section 2.1.2. */
export function naiveConsistency(m: number, leaves: readonly Bytes[]): Bytes[] {
  return naiveSubproof(m, leaves, true)
}

/** Hashes of complete subtrees straight from the leaves. `reads` counts how often one was asked for. */
export function naiveReader(leaves: readonly Bytes[]): HashReader & { reads: number } {
  const read = Object.assign(
    (level: number, index: number): Bytes => {
      read.reads += 1
      const width = 2 ** level
      if ((index + 1) * width > leaves.length) throw new Error('a hash of an incomplete subtree was asked for')
      return naiveRoot(leaves.slice(index * width, (index + 1) * width))
    },
    { reads: 0 },
  )
  return read
}

function naiveSubproof(m: number, leaves: readonly Bytes[], known: boolean): Bytes[] {
  const n = leaves.length
  if (m === n) return known ? [] : [naiveRoot(leaves)]
  const k = naiveSplit(n)
  return m <= k
    ? [...naiveSubproof(m, leaves.slice(0, k), known), naiveRoot(leaves.slice(k))]
    : [...naiveSubproof(m - k, leaves.slice(k), false), naiveRoot(leaves.slice(0, k))]
}

function naiveSplit(n: number): number {
  let k = 1
  while (k * 2 < n) k *= 2
  return k
}

function hash(...parts: Bytes[]): Bytes {
  return nobleCrypto.sha256(Uint8Array.from(parts.flatMap((part) => [...part])))
}
