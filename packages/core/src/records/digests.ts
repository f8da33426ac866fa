/**
 * Digests of evidence records: one algorithm after the other, as the older ones age.
 * docs/spec/evidence-record.md.
 * @module
 */
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js'
import { type Bytes, compare, concat } from '../bytes.ts'
import type { ImprintAlgorithm } from '../timestamp/identifiers.ts'

/** Algorithms of records: those that a time-stamp token may have. */
export type RecordAlgorithm = ImprintAlgorithm

const functions: Readonly<Record<RecordAlgorithm, (bytes: Bytes) => Bytes>> = { sha256, sha384, sha512 }

/** Digest of some bytes. */
export const recordDigest = (algorithm: RecordAlgorithm, bytes: Bytes): Bytes => functions[algorithm](bytes)

/** Digest of digests: in ascending order of their bytes, joined; one alone stands for itself (RFC 4998, 4.2). */
export function digestOfAll(algorithm: RecordAlgorithm, digests: readonly Bytes[]): Bytes {
  const [first] = digests
  if (first !== undefined && digests.length === 1) return first
  return recordDigest(algorithm, concat(...digests.toSorted(compare)))
}
