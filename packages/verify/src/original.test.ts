/**
 * Digests of originals: the same whether the bytes come at once or in chunks of any size.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Bytes, toHex } from '@jurat/core/bytes'
import { digestOf, isPlainAlgorithm, plainHashers } from './original.ts'

const algorithms = [
  [1, 'sha256'],
  [2, 'sm3'],
  [3, 'sha512'],
] as const

test('chunks of any size give the digest of the whole, as OpenSSL has it', async () => {
  for (const [algorithm, name] of algorithms) {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 }), async (chunks) => {
        const hash = createHash(name)
        for (const chunk of chunks) hash.update(chunk)
        const expected = hash.digest('hex')
        const stream = async function* (): AsyncGenerator<Bytes> {
          for (const chunk of chunks) yield await Promise.resolve(chunk)
        }
        assert.equal(toHex(await digestOf(chunks, plainHashers(algorithm))), expected)
        assert.equal(toHex(await digestOf(stream(), plainHashers(algorithm))), expected)
        assert.equal(toHex(await digestOf(Buffer.concat(chunks), plainHashers(algorithm))), expected)
      }),
      { numRuns: 60 },
    )
  }
})

test('only the algorithms of originals are known', () => {
  assert.deepEqual([0, 1, 2, 3, 4, 9, 17].filter(isPlainAlgorithm), [1, 2, 3])
})
