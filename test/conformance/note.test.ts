/**
 * Notes, cosignatures, policies and proof files, each written by us and read by Go's sumdb/note and by torchwood, and
 * the other way round.
 * @module
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concat, fromText, toBase64, toText } from '@jurat/core/bytes'
import type { Bytes } from '@jurat/core/bytes'
import { nobleCrypto as crypto } from '@jurat/core/crypto/noble'
import { algorithms } from '@jurat/core/crypto/provider'
import { hashLeaf, treeHash } from '@jurat/core/merkle/hash'
import { treePath } from '@jurat/core/merkle/proof'
import { formatCheckpoint } from '@jurat/core/note/checkpoint'
import { cosignerOf, signerOf, verifierOf } from '@jurat/core/note/cosignature'
import { formatNote, openNote } from '@jurat/core/note/note'
import { parsePolicy } from '@jurat/core/note/policy'
import { formatTlogProof, parseTlogProof, verifyTlogProof } from '@jurat/core/note/tlogProof'
import { formatVkey, parseVkey } from '@jurat/core/note/vkey'
import { goHelper, noGoHelper } from './goHelper.ts'

const helper = goHelper()
const skip = helper === null && noGoHelper

const origin = 'jurat.example/hangzhou'
const seedOf = (fill: number): Bytes => new Uint8Array(32).fill(fill)
const secret = (algorithm: number, fill: number): Bytes => concat(Uint8Array.of(algorithm), seedOf(fill))
const logSigner = signerOf(crypto, origin, secret(algorithms.ed25519, 1))
const witnesses = [2, 3, 4].map((fill) => cosignerOf(crypto, `w${fill}.example`, secret(algorithms.ed25519, fill)))
const mldsa = cosignerOf(crypto, 'w2.example', secret(algorithms.mldsa44, 2))
const timeSeconds = 1_790_000_000

const leaves = Array.from({ length: 21 }, (_, i) => fromText(`entry ${i}`))
const index = 13
const leafHash = hashLeaf(crypto, leaves[index] ?? new Uint8Array(0))
const body = formatCheckpoint({ origin, size: leaves.length, root: treeHash(crypto, leaves) })
const cosigned = witnesses.map((witness, i) => witness.cosign(body, timeSeconds + i))
// An ML-DSA-44 line too: readers that do not know its type must pass over it.
const note = formatNote(body, [logSigner.sign(body), ...cosigned, mldsa.cosign(body, timeSeconds)])

interface OpenAnswer {
  error: string
  text: string
  names: string[] | null
  times: number[] | null
}

test("our checkpoint and cosignatures open with Go's sumdb/note and torchwood", { skip }, () => {
  assert.ok(helper !== null)
  const vkeys = [logSigner, ...witnesses].map(({ vkey }) => formatVkey(vkey))
  const answer = helper.ask('open-note', { note: toText(note), vkeys }) as OpenAnswer
  assert.deepEqual([answer.error, answer.text], ['', toText(body)])
  assert.deepEqual(answer.names, [origin, 'w2.example', 'w3.example', 'w4.example'])
  // The first signature is the log's, which carries no time.
  assert.deepEqual(answer.times?.slice(1), [timeSeconds, timeSeconds + 1, timeSeconds + 2])
  const changed = toText(note).replace('\n21\n', '\n22\n')
  assert.match((helper.ask('open-note', { note: changed, vkeys }) as OpenAnswer).error, /invalid signature/)
})

test('notes and cosignatures made by Go open with ours', { skip }, () => {
  assert.ok(helper !== null)
  const names = ['plain.example', '法院.example/日志', 'x'.repeat(200)]
  for (const [i, name] of names.entries()) {
    const question = { name, seed: toBase64(seedOf(40 + i)), text: toText(body) }
    for (const [command, hasTime] of [
      ['sign-note', false],
      ['cosign', true],
    ] as const) {
      const made = helper.ask(command, question) as { note: string; vkey: string }
      const opened = openNote(fromText(made.note), [verifierOf(crypto, parseVkey(crypto, made.vkey))])
      assert.deepEqual(opened.body, body)
      assert.equal(opened.verified[0]?.name, name)
      assert.equal((opened.verified[0]?.timeSeconds ?? 0) > 1_700_000_000, hasTime)
    }
  }
})

test('both sides agree on what is a note', { skip }, () => {
  assert.ok(helper !== null)
  const vkey = formatVkey(logSigner.vkey)
  const line = toText(formatNote(body, [logSigner.sign(body)])).slice(toText(body).length + 1)
  const text = toText(body)
  const cases = [
    `${text}\n${line}`,
    `${text}\n${line}${line}`,
    `${text}\n${line.repeat(16)}`,
    `${text}${line}`,
    `${text}\n\n${line}`,
    `${text}\n${line}\n`,
    `${text}\n${line.trimEnd()}`,
    `${text}\n${line.replace('— ', '- ')}`,
    `${text}\n${line.replace(origin, `${origin}\u00a0`)}`,
    `${text}\n${line.replace(origin, `${origin}+`)}`,
    `${text}\t\n${line}`,
    `${text}\u007F\n\n${line}`,
    `${text}\n— other.example AAAAAAA=\n${line}`,
    `${text}\n— other.example AAAA\n${line}`,
    `${text}\n— other.example AAAAAAA= \n${line}`,
    `${text}\n${line}— ${origin} ${line.slice(-20)}`,
  ]
  const verifiers = [verifierOf(crypto, logSigner.vkey)]
  for (const candidate of cases) {
    const theirs: boolean = (helper.ask('open-note', { note: candidate, vkeys: [vkey] }) as OpenAnswer).error === ''
    let ours: boolean = true
    try {
      openNote(fromText(candidate), verifiers)
    } catch {
      ours = false
    }
    assert.equal(ours, theirs, JSON.stringify(candidate))
  }
})

/** Two of three witnesses are needed, and one of them is always the first. */
const policyText = [
  `log ${formatVkey(logSigner.vkey)} https://log.example`,
  ...witnesses.map(({ vkey }, i) => `witness w${i + 1} ${formatVkey(vkey)} https://w${i + 1}.example`),
  'group others any w2 w3',
  'group both all w1 others',
  'quorum both\n',
].join('\n')

const proof = formatTlogProof({ extra: fromText('extra'), index, path: treePath(crypto, leaves, index), note })

test('our proof file verifies with torchwood, under our policy text', { skip }, () => {
  assert.ok(helper !== null)
  const question = { policy: policyText, proof: toText(proof), leafHash: toBase64(leafHash) }
  assert.deepEqual(helper.ask('verify-proof', question), { error: '' })
  verifyTlogProof(crypto, parsePolicy(crypto, policyText), leafHash, proof)
  const wrongLeaf = { ...question, leafHash: toBase64(treeHash(crypto, leaves.slice(12, 14))) }
  assert.notDeepEqual(helper.ask('verify-proof', wrongLeaf), { error: '' })
  const wrongIndex = { ...question, proof: question.proof.replace('index 13', 'index 12') }
  assert.notDeepEqual(helper.ask('verify-proof', wrongIndex), { error: '' })
})

test('a proof file made by torchwood is byte for byte ours', { skip }, () => {
  assert.ok(helper !== null)
  const { path, extra } = parseTlogProof(proof)
  const question = {
    index,
    path: path.map((hash) => toBase64(hash)),
    extra: toBase64(extra ?? new Uint8Array(0)),
    note: toText(note),
  }
  assert.equal(helper.ask('make-proof', question), toText(proof))
})

test('torchwood judges every set of cosignatures as we do', { skip }, () => {
  assert.ok(helper !== null)
  const policy = parsePolicy(crypto, policyText)
  for (let set = 0; set < 8; set++) {
    const lines = cosigned.filter((_, i) => (set & (1 << i)) !== 0)
    const candidate = formatNote(body, [logSigner.sign(body), ...lines])
    const theirs = helper.ask('open-checkpoint', { policy: policyText, note: toText(candidate) }) as { error: string }
    let ours: boolean = true
    try {
      verifyTlogProof(crypto, policy, leafHash, { ...parseTlogProof(proof), note: candidate })
    } catch {
      ours = false
    }
    assert.equal(ours, theirs.error === '', `set ${set}`)
  }
})
