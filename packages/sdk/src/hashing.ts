/**
 * Digests of originals, made in a stream: an original of any size needs a few kilobytes of memory.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import { sha256, sha512 } from '@noble/hashes/sha2.js'

/** An incremental hash. `digest` is called once. */
export interface Hasher {
  update(chunk: Bytes): unknown
  digest(): Bytes
}

/** Names of the digest algorithms of originals, as the HTTP interface spells them. */
export type FileDigestAlgorithm = 'sha-256' | 'sha-512' | 'sm3'

/** Makes hashers. Programs on Node hand in OpenSSL's, which are faster and know SM3. */
export type HasherFactory = (algorithm: FileDigestAlgorithm) => Hasher

/** The portable hashers. @throws {RangeError} for SM3, of which there is no incremental portable one. */
export const portableHashers: HasherFactory = (algorithm) => {
  if (algorithm === 'sm3') throw new RangeError('SM3 in a stream needs a hasher of the platform')
  return algorithm === 'sha-256' ? sha256.create() : sha512.create()
}

/** What was hashed. */
export interface FileDigest {
  readonly algorithm: FileDigestAlgorithm
  readonly digest: Bytes
  /** Length of the original in bytes. */
  readonly length: number
}

/**
 * Hashes a stream.
 * @param onBytes - called with the number of bytes of each chunk, for a progress bar.
 */
export async function digestStream(
  algorithm: FileDigestAlgorithm,
  chunks: AsyncIterable<Bytes>,
  hashers: HasherFactory = portableHashers,
  onBytes: (count: number) => void = () => undefined,
): Promise<FileDigest> {
  const hasher = hashers(algorithm)
  let length = 0
  for await (const chunk of chunks) {
    hasher.update(chunk)
    length += chunk.length
    onBytes(chunk.length)
  }
  return { algorithm, digest: new Uint8Array(hasher.digest()), length }
}

/** The chunks of a `File`, `Blob` or response body. */
export async function* streamChunks(stream: ReadableStream<Bytes>): AsyncGenerator<Bytes> {
  const reader = stream.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    reader.releaseLock()
  }
}
