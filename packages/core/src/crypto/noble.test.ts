import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { toHex } from '../bytes.ts'
import { keyCases, signatureCases } from './hostile.cases.ts'
import { nobleCrypto } from './noble.ts'
import { providerCases } from './provider.cases.ts'

const path = new URL('../../../../vectors/hostile-keys-and-signatures.json', import.meta.url)

const computed = {
  source: 'packages/core/src/crypto/hostile.cases.ts computes them; docs/spec/keys-and-signatures.md gives the rules.',
  keys: keyCases().map((key) => ({ ...key, publicKey: toHex(key.publicKey) })),
  signatures: signatureCases().map(({ name, publicKey, message, signature, valid }) => ({
    name,
    publicKey: toHex(publicKey),
    message: toHex(message),
    signature: toHex(signature),
    valid,
  })),
}

if (process.env['JURAT_WRITE_VECTORS'] === '1') writeFileSync(path, `${JSON.stringify(computed, null, 2)}\n`)

test('the hostile vectors are those that are computed', () => {
  assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), computed)
})

providerCases('noble', nobleCrypto)
