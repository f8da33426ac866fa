/**
 * The digest of an original, read once from its beginning to its end, so that its length does not matter.
 * @module
 */
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import type { Bytes } from '@jurat/core/bytes'
import { Sm3 } from '@jurat/core/crypto/sm3'
import { JuratError } from '@jurat/core/errors'

/** What is verified: the bytes, or chunks of them. */
export type Original = Bytes | AsyncIterable<Bytes> | Iterable<Bytes>

/** Digest algorithms of originals, by their number in an item: 1 SHA-256, 2 SM3, 3 SHA-512. */
export type PlainAlgorithm = 1 | 2 | 3

/** What somebody says the digest of an original is; without an algorithm, the one of the deposit. */
export interface StatedDigest {
  readonly algorithm: PlainAlgorithm | null
  readonly digest: Bytes
}

/** A digest in the making. `digest` is called once. */
export interface Hasher {
  update(chunk: Bytes): unknown
  digest(): Bytes
}

/** Makes hashers; a platform may bring faster ones than these. */
export type Hashers = (algorithm: PlainAlgorithm) => Hasher

/** An original that could not be read to its end. `cause` says why. */
export class OriginalError extends JuratError<'original-unreadable'> {}

/** Hashers in plain JavaScript. */
export const plainHashers: Hashers = (algorithm) => {
  if (algorithm === 2) return new Sm3()
  return algorithm === 1 ? sha256.create() : sha512.create()
}

/** Whether a number is that of a digest algorithm of originals. */
export function isPlainAlgorithm(algorithm: number): algorithm is PlainAlgorithm {
  return algorithm === 1 || algorithm === 2 || algorithm === 3
}

/** The digest of an original. @throws {OriginalError} when its chunks do not come to an end. */
export async function digestOf(original: Original, hasher: Hasher): Promise<Bytes> {
  try {
    if (original instanceof Uint8Array) hasher.update(original)
    else for await (const chunk of original) hasher.update(chunk)
  } catch (cause) {
    throw new OriginalError('original-unreadable', 'The original cannot be read to its end.', { cause })
  }
  return new Uint8Array(hasher.digest())
}
