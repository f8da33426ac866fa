/**
 * Where the digest stands in a deposit entry: `[1, 1, timeMs, txHash, itemIndex, account, accountVersion, [algorithm,
 * digest, …]]` behind tag 55799 (ledger.md, Deposit item and entries). No objects are made: every entry passes here.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import { skipItem } from './cborSkip.ts'

const depositHead = [0xd9, 0xd9, 0xf7, 0x88, 0x01, 0x01]

/** Fields between the kind and the item: time, transaction, item index, account, account version. */
const fieldsBefore = 5

const arrayOf4 = 0x84

/** Longest and shortest digests of the item algorithms, in bytes. */
const digestBytesMax = 64
const digestBytesMin = 32

/** Start and end of the digest in an entry's bytes, or null when it is no deposit entry. */
export function digestOffset(entry: Bytes): { start: number; end: number } | null {
  for (let i = 0; i < depositHead.length; i++) if (entry[i] !== depositHead[i]) return null
  let at: number | null = depositHead.length
  for (let i = 0; i < fieldsBefore && at !== null; i++) at = skipItem(entry, at)
  if (at === null || entry[at] !== arrayOf4) return null
  const start = skipItem(entry, at + 1)
  const end = start === null ? null : skipItem(entry, start)
  if (start === null || end === null) return null
  // Digests have 32 to 64 bytes, so the head of the byte string has two.
  const length = end - start - 2
  return length >= digestBytesMin && length <= digestBytesMax ? { start: start + 2, end } : null
}
