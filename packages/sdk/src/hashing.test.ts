import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { fromText, toHex } from '@jurat/core/bytes'
import { nobleCrypto } from '@jurat/core/crypto/noble'
import { digestStream, streamChunks } from './hashing.ts'

const original = fromText('the same bytes, however they are cut '.repeat(1000))

/** The original in pieces of different lengths, an empty one among them. */
async function* pieces(): AsyncGenerator<Uint8Array> {
  for (let at = 0, length = 0; at < original.length; at += length, length = (length * 7 + 1) % 4096) {
    yield original.slice(at, at + length)
  }
}

test('a stream has the digest of its bytes, with portable hashers and with OpenSSL', async () => {
  const one = await digestStream('sha-256', pieces())
  assert.equal(toHex(one.digest), toHex(nobleCrypto.sha256(original)))
  assert.equal(one.length, original.length)
  assert.equal(toHex((await digestStream('sha-512', pieces())).digest), toHex(nobleCrypto.sha512(original)))
  const native = await digestStream('sm3', pieces(), () => createHash('sm3'))
  assert.equal(toHex(native.digest), toHex(nobleCrypto.sm3(original)))
})

test('a web stream is read to its end, and the bytes are counted', async () => {
  let counted = 0
  const stream = new Blob([original.slice()]).stream()
  const { digest } = await digestStream('sha-256', streamChunks(stream), undefined, (count) => (counted += count))
  assert.equal(toHex(digest), toHex(nobleCrypto.sha256(original)))
  assert.equal(counted, original.length)
})
