import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nobleCrypto } from '@jurat/core/crypto/noble'
import { SdkError } from './errors.ts'
import { formatKeyFile, openKey, parseKeyFile, platformRandom, sealKey } from './keyFile.ts'
import { algorithmName, algorithmNames, generateKey } from './keys.ts'

/** The cheapest cost that a reader accepts: the tests are about the format, not about the price of guessing. */
const cost = 2 ** 10

const codeOf = (code: string) => (error: unknown) => error instanceof SdkError && error.code === code

test('every algorithm: a sealed key opens with its passphrase and with no other', async () => {
  for (const algorithm of algorithmNames) {
    const key = generateKey(nobleCrypto, algorithm, platformRandom)
    assert.equal(algorithmName(key.publicKey), algorithm)
    const text = formatKeyFile(await sealKey('mine', key, 'pass 密碼', { cost }))
    const file = parseKeyFile(text)
    assert.deepEqual(await openKey(nobleCrypto, file, 'pass 密碼'), key)
    await assert.rejects(openKey(nobleCrypto, file, 'pass'), codeOf('passphrase-wrong'))
  }
})

test('the same characters in another normal form are the same passphrase', async () => {
  const key = generateKey(nobleCrypto, 'ed25519', platformRandom)
  const file = await sealKey('mine', key, 'caf\u00e9', { cost })
  assert.deepEqual(await openKey(nobleCrypto, file, 'cafe\u0301'), key)
})

test('a ciphertext under another public key does not open', async () => {
  const [mine, other] = [1, 2].map(() => generateKey(nobleCrypto, 'ed25519', platformRandom))
  assert.ok(mine && other)
  const file = await sealKey('mine', mine, 'pass', { cost })
  const foreign = await sealKey('other', other, 'pass', { cost })
  await assert.rejects(
    openKey(nobleCrypto, { ...file, publicKey: foreign.publicKey }, 'pass'),
    codeOf('passphrase-wrong'),
  )
})

test('what is no key file is refused, and so is one that would exhaust the memory', async () => {
  const key = generateKey(nobleCrypto, 'ed25519', platformRandom)
  const good = await sealKey('mine', key, 'pass', { cost })
  const change = (change: object): string => JSON.stringify({ ...good, ...change })
  const cases: readonly [string, string][] = [
    ['not JSON', '{'],
    ['an array', '[]'],
    ['null', 'null'],
    ['another format', change({ format: 'jurat-key/v2' })],
    ['no name', change({ name: 7 })],
    ['a public key that is not hexadecimal', change({ publicKey: 'xx' })],
    ['a cost beyond the limit', change({ kdf: { ...good.kdf, n: 2 ** 21 } })],
    ['a cost that is no power of two', change({ kdf: { ...good.kdf, n: 3000 } })],
    ['a cost below the limit', change({ kdf: { ...good.kdf, n: 2 } })],
    ['another block size', change({ kdf: { ...good.kdf, r: 1024 } })],
    ['a short salt', change({ kdf: { ...good.kdf, salt: 'AAAA' } })],
    ['a nonce that is not base64', change({ cipher: { ...good.cipher, nonce: '???' } })],
    ['another cipher', change({ cipher: { ...good.cipher, name: 'none' } })],
    ['too long', ' '.repeat(20_000)],
  ]
  for (const [name, text] of cases) {
    assert.throws(() => parseKeyFile(text), codeOf('key-file-malformed'), name)
  }
})
