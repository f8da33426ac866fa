/**
 * The hashers of the pages give what the plain ones give, also when one follows another.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { plainHashers } from '../original.ts'
import { makeHashers } from './hashers.ts'

const names = { 1: 'sha256', 2: 'sm3', 3: 'sha512' } as const

test('digests of pieces are those of OpenSSL, one original after another', async () => {
  const hashers = await makeHashers()
  assert.notEqual(hashers, plainHashers)
  const bytes = new Uint8Array(200_001).map((_, at) => at * 31)
  for (const length of [0, 1, 200_001]) {
    for (const algorithm of [1, 2, 3] as const) {
      const hasher = hashers(algorithm)
      for (let at = 0; at < length; at += 70_000) hasher.update(bytes.subarray(at, Math.min(at + 70_000, length)))
      const expected = createHash(names[algorithm]).update(bytes.subarray(0, length)).digest()
      assert.deepEqual(Buffer.from(hasher.digest()), expected, `${names[algorithm]} of ${length}`)
    }
  }
})
