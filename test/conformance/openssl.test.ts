/**
 * The openssl program, which nobody here wrote, verifies our signatures, and we verify its own, for the algorithms that
 * it knows.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { concat, fromHex, fromText } from '@jurat/core/bytes'
import type { Bytes } from '@jurat/core/bytes'
import { secretKeyFrom } from '@jurat/core/crypto/keys'
import { nobleCrypto } from '@jurat/core/crypto/noble'
import { algorithms } from '@jurat/core/crypto/provider'
import type { Algorithm } from '@jurat/core/crypto/provider'
import { nodeCrypto } from '@jurat/node/crypto/nodeCrypto'
import { compressedKey, derSignature, lowS, pem, plainSignature, uncompressedKey } from './der.ts'
import { tool } from './tools.ts'

const openssl = tool('openssl')
const skip = openssl === null ? 'openssl is not installed' : false
const folder = mkdtempSync(join(tmpdir(), 'jurat-openssl-'))
after(() => rmSync(folder, { recursive: true }))

const message = fromText('jurat/transaction/v1\nwhat the openssl program is asked about')

interface Case {
  readonly algorithm: Algorithm
  /** Head of the SubjectPublicKeyInfo in front of the key. */
  readonly keyHead: string
  /** Options of `openssl genpkey`. */
  readonly generate: readonly string[]
  /** Options of `openssl pkeyutl` when it signs or verifies. */
  readonly options: readonly string[]
}

const cases: Readonly<Record<string, Case>> = {
  Ed25519: {
    algorithm: algorithms.ed25519,
    keyHead: '302a300506032b6570032100',
    generate: ['-algorithm', 'ED25519'],
    options: [],
  },
  'P-256': {
    algorithm: algorithms.p256,
    keyHead: '3059301306072a8648ce3d020106082a8648ce3d030107034200',
    generate: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
    options: ['-digest', 'sha256'],
  },
  secp256k1: {
    algorithm: algorithms.secp256k1,
    keyHead: '3056301006072a8648ce3d020106052b8104000a034200',
    generate: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:secp256k1'],
    options: ['-digest', 'sha256'],
  },
  SM2: {
    algorithm: algorithms.sm2,
    keyHead: '3059301306072a8648ce3d020106082a811ccf5501822d034200',
    generate: ['-algorithm', 'SM2'],
    options: ['-digest', 'sm3', '-pkeyopt', 'distid:1234567812345678'],
  },
}

for (const [name, { algorithm, keyHead, generate, options }] of Object.entries(cases)) {
  const isEd25519 = algorithm === algorithms.ed25519

  test(`openssl accepts our ${name} signature, and no other`, { skip }, () => {
    const secretKey = secretKeyFrom(algorithm, new Uint8Array(32).fill(42))
    const rawKey = nobleCrypto.publicKeyOf(secretKey).subarray(1)
    const publicKey = file(
      'key.pem',
      pem(concat(fromHex(keyHead), isEd25519 ? rawKey : uncompressedKey(algorithm, rawKey))),
    )
    for (const crypto of [nobleCrypto, nodeCrypto]) {
      const signature = crypto.sign(secretKey, message)
      const sigfile = file('signature', isEd25519 ? signature : derSignature(signature))
      const verify = ['-verify', '-pubin', '-inkey', publicKey, '-rawin', ...options, '-sigfile', sigfile, '-in']
      assert.equal(run('pkeyutl', ...verify, file('message', message)), 0)
      assert.notEqual(run('pkeyutl', ...verify, file('other', fromText('another message'))), 0)
    }
  })

  test(`we accept the ${name} signature of openssl, and no other`, { skip }, () => {
    const secret = join(folder, 'secret.pem')
    const der = join(folder, 'key.der')
    const sigfile = join(folder, 'signature.of.openssl')
    assert.equal(run('genpkey', ...generate, '-out', secret), 0)
    assert.equal(run('pkey', '-in', secret, '-pubout', '-outform', 'DER', '-out', der), 0)
    const sign = ['-sign', '-inkey', secret, '-rawin', ...options, '-in', file('message', message), '-out', sigfile]
    assert.equal(run('pkeyutl', ...sign), 0)
    const spki = new Uint8Array(readFileSync(der))
    const rawKey = isEd25519 ? spki.subarray(-32) : compressedKey(spki.subarray(-65))
    const publicKey = concat(new Uint8Array([algorithm]), rawKey)
    const made = new Uint8Array(readFileSync(sigfile))
    // OpenSSL does not care for a low s; whoever holds an ECDSA signature can bring it into that form.
    const signature = isEd25519 ? made : lowS(algorithm, plainSignature(made))
    for (const crypto of [nobleCrypto, nodeCrypto]) {
      assert.ok(crypto.isPublicKey(publicKey))
      assert.ok(crypto.verify(publicKey, message, signature))
      assert.ok(!crypto.verify(publicKey, fromText('another message'), signature))
    }
  })
}

function file(name: string, content: Bytes | string): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

function run(...args: string[]): number | null {
  return spawnSync(openssl ?? '', args, { stdio: 'ignore' }).status
}
