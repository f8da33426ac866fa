/**
 * Receipts and trust files as they are pinned in vectors/receipts: read, written, exported, refreshed, continued.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { equal, fromText, toHex, toText } from '../bytes.ts'
import { nobleCrypto as crypto } from '../crypto/noble.ts'
import { decodeEntry } from '../ledger/entry.ts'
import { parseCheckpoint } from '../note/checkpoint.ts'
import { parseNote } from '../note/note.ts'
import { refreshReceipt } from './build.ts'
import { exportFiles } from './exportFiles.ts'
import { formatReceipt, parseReceipt, type Receipt } from './receipt.ts'
import { isStepName, sortSteps, steps } from './steps.ts'
import { parseTrustFile } from './trust.ts'
import { continuesTrust, formatTrust, openTrust, parseTrust } from './trustChain.ts'

interface Vector {
  readonly receipt: string
  readonly trust: string
}

const folder = join(dirname(fileURLToPath(import.meta.url)), '../../../../vectors/receipts')
const vector = (name: string): Vector => JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Vector
const witnessed = vector('witnessed')
const before = vector('consortium')
const after = vector('consortium-changed')
const retired = vector('consortium-retired')

test('what was read is written as it was', () => {
  for (const { receipt, trust } of [vector('solo'), vector('listed'), witnessed, before, after]) {
    assert.equal(formatReceipt(parseReceipt(receipt)), receipt)
    assert.equal(formatTrust(crypto, parseTrust(crypto, trust).file), trust)
  }
})

test('parts may be missing or null, and are written as null or empty', () => {
  const receipt = parseReceipt(witnessed.receipt)
  const bare: Receipt = {
    ...receipt,
    disclosure: null,
    signature: null,
    account: null,
    head: null,
    witnesses: [],
    timestamps: [],
    finality: null,
    statements: [],
  }
  const { format, networkId, entry, index, proof } = JSON.parse(witnessed.receipt) as Record<string, unknown>
  assert.deepEqual(parseReceipt(JSON.stringify({ format, networkId, entry, index, proof })), bare)
  assert.deepEqual(parseReceipt(formatReceipt(bare)), bare)
})

test('parts that this version only carries are carried', () => {
  const bytes = fromText('token')
  const receipt: Receipt = {
    ...parseReceipt(witnessed.receipt),
    witnesses: ['a note\n'],
    timestamps: [
      { over: 'note', token: bytes },
      { over: 'digest', token: bytes },
    ],
    statements: [{ kind: 'identity', content: bytes }],
  }
  assert.deepEqual(parseReceipt(formatReceipt(receipt)), receipt)
  assert.deepEqual(
    exportFiles(receipt).map(({ name }) => name),
    ['entry.cbor', 'entry.tlog-proof', 'checkpoint.note', 'token.tsr', 'token-2.tsr'],
  )
})

test('exported parts are what other tools read', () => {
  const receipt = parseReceipt(witnessed.receipt)
  const [entry, proof, note] = exportFiles(receipt)
  assert.ok(entry !== undefined && proof !== undefined && note !== undefined)
  assert.equal(decodeEntry(entry.bytes).kind, 1)
  assert.equal(toText(proof.bytes), receipt.proof)
  assert.equal(parseCheckpoint(parseNote(note.bytes).body).origin, 'jurat.example/court')
  assert.ok(receipt.proof.endsWith(toText(note.bytes)))
})

test('a fresh proof keeps what was disclosed and stated, and only of the same entry', () => {
  const old = parseReceipt(before.receipt)
  const fresh = parseReceipt(retired.receipt)
  const disclosure = { blindingSalt: null, list: null, fields: null, flow: { key: fresh.networkId, sequence: 1 } }
  const statements = [{ kind: 'remark', content: fresh.networkId }]
  const refreshed = refreshReceipt({ ...old, disclosure, statements }, fresh)
  assert.deepEqual(refreshed, { ...fresh, disclosure, statements })
  assert.equal(refreshReceipt(old, parseReceipt(after.receipt)), null)
  assert.equal(refreshReceipt(old, { ...fresh, index: fresh.index + 1 }), null)
})

test('a trust file continues another of the same fingerprint that knows no document more', () => {
  const [first, second, other] = [before, after, witnessed].map(({ trust }) => parseTrust(crypto, trust))
  assert.ok(first !== undefined && second !== undefined && other !== undefined)
  assert.ok(equal(first.fingerprint, second.fingerprint))
  assert.deepEqual(
    second.chain.map(({ sequence, document }) => [sequence, document.members.map(({ name }) => name).join(' ')]),
    [
      [0, 'm1 m2 m3 m4'],
      [1, 'm1 m2 m3 m5'],
    ],
  )
  assert.equal(continuesTrust(first, second), true)
  assert.equal(continuesTrust(first, first), true)
  assert.equal(continuesTrust(second, first), false)
  assert.equal(continuesTrust(first, other), false)
})

test('the fingerprint binds everything but the documents', () => {
  const file = parseTrustFile(witnessed.trust)
  const certificate = Uint8Array.of(1)
  const { stated: _, ...plain } = file
  const requires = [...plain.profile.requires, 'time' as const]
  const variants = [
    plain,
    { ...plain, roots: [certificate] },
    { ...plain, authorities: [{ certificate, independent: true }] },
    { ...plain, authorities: [{ certificate, independent: false }] },
    { ...plain, profile: { requires } },
  ].map((each) => toHex(openTrust(crypto, each).fingerprint))
  assert.equal(new Set(variants).size, variants.length)
  assert.equal((JSON.parse(witnessed.trust) as { fingerprint: string }).fingerprint, variants[0])
})

test('steps have one order', () => {
  assert.deepEqual(sortSteps(steps.toReversed()), [...steps])
  assert.deepEqual(sortSteps(['time', 'shape', 'time']), ['shape', 'time'])
  assert.equal(isStepName('log-signature'), true)
  assert.equal(isStepName('constructor'), false)
})
