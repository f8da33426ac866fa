import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { fromBase64, fromText } from '../bytes.ts'
import { nobleCrypto as crypto } from '../crypto/noble.ts'
import { verifierOf } from './cosignature.ts'
import { openNote } from './note.ts'
import { parsePolicy } from './policy.ts'
import { verifyTlogProof } from './tlogProof.ts'
import { noteVectors } from './vectors.cases.ts'
import { parseVkey } from './vkey.ts'
import { addCheckpoint } from './witness.ts'

const place = (name: string): URL => new URL(`../../../../vectors/${name}`, import.meta.url)
const read = (name: string): unknown => JSON.parse(readFileSync(place(name), 'utf8'))

interface Pinned {
  keys: Record<'log' | 'ed25519' | 'mldsa44', { vkey: string }>
  timeSeconds: number
  body: string
  note: string
  policy: string
  leafHash: string
  proof: string
  addCheckpoint: { oldSize: number; oldRoot: string; request: string }
}

test('the pinned texts are made as they always were (JURAT_WRITE_VECTORS=1 writes them)', () => {
  const vectors = noteVectors()
  if (process.env['JURAT_WRITE_VECTORS'] === '1') {
    writeFileSync(place('note.json'), `${JSON.stringify(vectors, null, 2)}\n`)
  }
  assert.deepEqual(vectors, read('note.json'))
})

test('the pinned texts verify', () => {
  const pinned = read('note.json') as Pinned
  const policy = parsePolicy(crypto, pinned.policy)
  const { verdict, checkpoint } = verifyTlogProof(crypto, policy, fromBase64(pinned.leafHash), fromText(pinned.proof))
  assert.deepEqual([verdict.quorumTimeSeconds, checkpoint.size], [pinned.timeSeconds, 21])
  const { oldSize, oldRoot, request } = pinned.addCheckpoint
  const verifiers = [verifierOf(crypto, parseVkey(crypto, pinned.keys.log.vkey))]
  const state = { size: oldSize, root: fromBase64(oldRoot) }
  const decision = addCheckpoint(crypto, fromText(request), () => ({ kind: 'witnessed', verifiers, state }))
  assert.equal(decision.status, 200)
})

test('an ML-DSA-44 signature that others made verifies', () => {
  const { vkey, note } = read('tlog-cosignature-ml-dsa-44.json') as { vkey: string; note: string }
  const verifier = verifierOf(crypto, parseVkey(crypto, vkey))
  const { verified } = openNote(fromText(note), [verifier])
  // Its time is 0, so it makes no statement about time.
  assert.deepEqual(verified, [{ name: 'example.com/mldsa-log', id: 0xb5df45c5, timeSeconds: null }])
  const changed = fromText(note.replace('\n1\n', '\n2\n'))
  assert.throws(() => openNote(changed, [verifier]), { code: 'signature-invalid' })
})
