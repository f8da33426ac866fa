/**
 * Both implementations against the vectors of C2SP Wycheproof, fetched at test time. The verdicts must be theirs, with
 * one difference that our rules demand: ECDSA signatures with a high s, which Wycheproof calls valid, are refused.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { concat, fromHex, toHex } from '@jurat/core/bytes'
import type { Bytes } from '@jurat/core/bytes'
import { isLowS } from '@jurat/core/crypto/ecdsa'
import { joinKey } from '@jurat/core/crypto/keys'
import { nobleCrypto } from '@jurat/core/crypto/noble'
import { algorithms } from '@jurat/core/crypto/provider'
import type { Algorithm } from '@jurat/core/crypto/provider'
import { nodeCrypto } from '@jurat/node/crypto/nodeCrypto'
import { verifyAsync } from '@jurat/node/crypto/verifyAsync'
import { goModule } from './tools.ts'

const vectors = goModule('github.com/c2sp/wycheproof@v0.0.0-20260902155932-3fa63dd0344a')
const skip = vectors === null ? 'the Go module github.com/c2sp/wycheproof is not here' : false

interface Group {
  publicKey: string | { pk?: string; uncompressed?: string }
  tests: { tcId: number; comment: string; msg: string; sig: string; ctx?: string; result: string }[]
}

const files: readonly (readonly [string, Algorithm])[] = [
  ['ed25519_test.json', algorithms.ed25519],
  ['ecdsa_secp256r1_sha256_p1363_test.json', algorithms.p256],
  ['ecdsa_secp256k1_sha256_p1363_test.json', algorithms.secp256k1],
  ['mldsa_44_verify_test.json', algorithms.mldsa44],
]

for (const [file, algorithm] of files) {
  test(`${file}: our verdicts are Wycheproof's`, { skip }, async () => {
    const { testGroups } = JSON.parse(readFileSync(join(vectors ?? '', 'testvectors_v1', file), 'utf8')) as {
      testGroups: Group[]
    }
    let looked = 0
    for (const group of testGroups) {
      const publicKey = joinKey(algorithm, rawKey(group.publicKey))
      for (const { tcId, comment, msg, sig, ctx, result } of group.tests) {
        // We sign with an empty context only.
        if (ctx !== undefined && ctx !== '') continue
        const expected = result === 'valid' && isAllowed(algorithm, fromHex(sig))
        const check = [publicKey, fromHex(msg), fromHex(sig)] as const
        const what = `case ${tcId}: ${comment}`
        assert.equal(nobleCrypto.verify(...check), expected, `noble, ${what}`)
        assert.equal(nodeCrypto.verify(...check), expected, `node, ${what}`)
        assert.equal(await verifyAsync(...check), expected, `node in the pool, ${what}`)
        looked++
      }
    }
    assert.ok(looked >= 60, `only ${looked} cases were looked at`)
  })
}

interface SeedGroup {
  privateSeed: string
  publicKey: string | null
  tests: { tcId: number; comment: string; msg?: string; ctx?: string; sig: string; result: string }[]
}

test("mldsa_44_sign_seed_test.json: our keys and our deterministic signatures are Wycheproof's", { skip }, () => {
  const path = join(vectors ?? '', 'testvectors_v1', 'mldsa_44_sign_seed_test.json')
  const { testGroups } = JSON.parse(readFileSync(path, 'utf8')) as { testGroups: SeedGroup[] }
  let looked = 0
  for (const { privateSeed, publicKey, tests } of testGroups) {
    if (publicKey === null || privateSeed.length !== 64) continue
    const secretKey = joinKey(algorithms.mldsa44, fromHex(privateSeed))
    for (const crypto of [nobleCrypto, nodeCrypto]) {
      assert.equal(toHex(crypto.publicKeyOf(secretKey).subarray(1)), publicKey)
    }
    for (const { tcId, comment, msg, ctx, sig, result } of tests) {
      // We sign messages with an empty context and without randomness.
      if (result !== 'valid' || msg === undefined || (ctx ?? '') !== '' || comment.startsWith('randomized')) continue
      assert.equal(toHex(nobleCrypto.sign(secretKey, fromHex(msg))), sig, `case ${tcId}: ${comment}`)
      looked++
    }
  }
  assert.ok(looked >= 60, `only ${looked} cases were looked at`)
})

function isAllowed(algorithm: Algorithm, signature: Bytes): boolean {
  if (algorithm !== algorithms.p256 && algorithm !== algorithms.secp256k1) return true
  return isLowS(algorithm, signature)
}

function rawKey(key: Group['publicKey']): Bytes {
  if (typeof key === 'string') return fromHex(key)
  if (key.pk !== undefined) return fromHex(key.pk)
  const uncompressed = fromHex(key.uncompressed ?? '')
  const parity = (uncompressed[64] ?? 0) & 1
  return concat(new Uint8Array([2 + parity]), uncompressed.subarray(1, 33))
}
