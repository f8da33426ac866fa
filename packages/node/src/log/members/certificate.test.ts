import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { nodeCrypto } from '../../crypto/nodeCrypto.ts'
import { secretKey } from '../publisher.fixtures.ts'
import { holdsKey, transportIdentity } from './certificate.ts'

test('a certificate holds the transport key that made it, and no other', async () => {
  for (const algorithm of [1, 2]) {
    const secret = secretKey('transport', algorithm)
    const { certificate, key } = await transportIdentity(secret)
    const parsed = new X509Certificate(certificate)
    const der = new Uint8Array(parsed.raw)
    assert.ok(holdsKey(der, nodeCrypto.publicKeyOf(secret)))
    assert.ok(!holdsKey(der, nodeCrypto.publicKeyOf(secretKey('another', algorithm))))
    assert.ok(!holdsKey(der, nodeCrypto.publicKeyOf(secretKey('transport', 3 - algorithm))))
    assert.ok(!holdsKey(der.subarray(0, 60), nodeCrypto.publicKeyOf(secret)))
    assert.ok(parsed.verify(parsed.publicKey))
    assert.match(key, /PRIVATE KEY/)
  }
})
