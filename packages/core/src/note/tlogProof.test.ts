import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { concat, fromText, toBase64, toText } from '../bytes.ts'
import type { Bytes } from '../bytes.ts'
import { nobleCrypto as crypto } from '../crypto/noble.ts'
import { JuratError } from '../errors.ts'
import { hashLeaf, treeHash } from '../merkle/hash.ts'
import { makeLeaves } from '../merkle/naive.cases.ts'
import { treePath } from '../merkle/proof.ts'
import { formatCheckpoint } from './checkpoint.ts'
import { NoteError } from './error.ts'
import { ed25519Cosigner, logSigner, origin, otherLog, timeSeconds } from './keys.cases.ts'
import { formatNote } from './note.ts'
import { parsePolicy } from './policy.ts'
import { extraBytesMax, formatTlogProof, parseTlogProof, tlogProofBytesMax, verifyTlogProof } from './tlogProof.ts'
import type { TlogProof } from './tlogProof.ts'
import { formatVkey } from './vkey.ts'

const leaves = makeLeaves(21)
const index = 13
const leafHash = hashLeaf(crypto, leaves[index] ?? new Uint8Array(0))
const witness = ed25519Cosigner('w.example', 2)
const policy = parsePolicy(
  crypto,
  `log ${formatVkey(logSigner.vkey)}\nwitness w ${formatVkey(witness.vkey)}\nquorum w\n`,
)

function noteOf(size: number, root: Bytes = treeHash(crypto, leaves.slice(0, size))): Bytes {
  const body = formatCheckpoint({ origin, size, root })
  return formatNote(body, [logSigner.sign(body), witness.cosign(body, timeSeconds)])
}

const note = noteOf(21)
const good: TlogProof = { extra: null, index, path: treePath(crypto, leaves, index), note }
const proof = formatTlogProof(good)

const code = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    if (error instanceof JuratError) return error.code
    throw error
  }
  return 'accepted'
}

test('the layout of the specification (C2SP tlog-proof)', () => {
  const hashes = good.path.map((hash) => `${toBase64(hash)}\n`).join('')
  assert.equal(toText(proof), `c2sp.org/tlog-proof@v1\nindex 13\n${hashes}\n${toText(note)}`)
  const extra = Uint8Array.of(1, 2, 3)
  assert.ok(toText(formatTlogProof({ ...good, extra })).startsWith('c2sp.org/tlog-proof@v1\nextra AQID\nindex 13\n'))
})

test('a proof verifies, with and without extra data, and gives its checkpoint', () => {
  for (const extra of [null, new Uint8Array(0), new Uint8Array(300).fill(5)]) {
    const bytes = formatTlogProof({ ...good, extra })
    assert.deepEqual(parseTlogProof(bytes), { ...good, extra })
    const verified = verifyTlogProof(crypto, policy, leafHash, bytes)
    assert.deepEqual([verified.index, verified.checkpoint.size], [index, 21])
    assert.equal(verified.verdict.quorumTimeSeconds, timeSeconds)
  }
  const single = formatTlogProof({ extra: null, index: 0, path: [], note: noteOf(1) })
  verifyTlogProof(crypto, policy, hashLeaf(crypto, leaves[0] ?? new Uint8Array(0)), single)
})

test('what is refused, and by which rule', () => {
  const bodyOfOther = formatCheckpoint({ origin: otherLog.vkey.name, size: 21, root: treeHash(crypto, leaves) })
  const body = formatCheckpoint({ origin, size: 21, root: treeHash(crypto, leaves) })
  const cases: [change: Partial<TlogProof>, code: string, why: string][] = [
    [{ index: index + 1 }, 'root-mismatch', 'another index'],
    [{ index: 21 }, 'out-of-range', 'an index beyond the tree'],
    [{ path: good.path.slice(1) }, 'path-length', 'an inner node as leaf'],
    [{ path: [...good.path, ...good.path.slice(0, 1)] }, 'path-length', 'a longer path'],
    [{ path: good.path.toReversed() }, 'root-mismatch', 'another order'],
    [{ note: noteOf(20) }, 'root-mismatch', 'the same path for another size'],
    [{ note: noteOf(16) }, 'path-length', 'the same path for a size of other depth'],
    [{ note: formatNote(body, [witness.cosign(body, timeSeconds)]) }, 'origin-unknown', 'no log signature'],
    [{ note: formatNote(body, [logSigner.sign(body)]) }, 'quorum-missing', 'no cosignature'],
    [{ note: formatNote(body, [otherLog.sign(body)]) }, 'no-known-signature', 'a foreign log'],
    [
      { note: formatNote(bodyOfOther, [logSigner.sign(bodyOfOther), witness.cosign(bodyOfOther, timeSeconds)]) },
      'origin-unknown',
      'our key under a foreign origin',
    ],
    [{ note: fromText(toText(note).replace('\n21\n', '\n22\n')) }, 'signature-invalid', 'another size in the note'],
    [{ note: new Uint8Array(0) }, 'note-malformed', 'no note'],
  ]
  for (const [change, expected, why] of cases) {
    const bytes = formatTlogProof({ ...good, ...change })
    assert.equal(
      code(() => verifyTlogProof(crypto, policy, leafHash, bytes)),
      expected,
      why,
    )
  }
  const nodeHash = treeHash(crypto, leaves.slice(12, 14))
  assert.notEqual(
    code(() => verifyTlogProof(crypto, policy, nodeHash, proof)),
    'accepted',
  )
})

test('what is no proof file', () => {
  const text = toText(proof)
  const cases: [text: string, code: string, why: string][] = [
    ['', 'proof-malformed', 'nothing'],
    [text.replace('@v1', '@v2'), 'proof-malformed', 'another version'],
    [text.slice(1), 'proof-malformed', 'a cut first line'],
    [text.replace('index 13', 'index 013'), 'proof-malformed', 'a leading zero'],
    [text.replace('index 13', 'index -1'), 'proof-malformed', 'a negative index'],
    [text.replace('index 13', 'index'), 'proof-malformed', 'no index'],
    [text.replace('index 13\n', ''), 'proof-malformed', 'no index line'],
    [text.replace('index 13', 'index 13\nextra AQID'), 'proof-malformed', 'extra data behind the index'],
    [text.replace('index 13', 'extra AQI\nindex 13'), 'proof-malformed', 'extra data without padding'],
    [text.replace('index 13', 'extra AQID\nextra AQID\nindex 13'), 'proof-malformed', 'extra data twice'],
    [text.replace('index 13', 'index 13\n '), 'proof-malformed', 'a space as hash'],
    [text.replace('index 13', 'index 13\nAQID'), 'proof-malformed', 'a short hash'],
    [text.replaceAll('\n', '\r\n'), 'proof-malformed', 'carriage returns'],
    [text.replace('index 13', `index 13${`\n${toBase64(leafHash)}`.repeat(64)}`), 'too-big', '64 hashes and more'],
    [text.replace('index 13', `extra ${'A'.repeat(extraBytesMax * 2)}\nindex 13`), 'too-big', 'long extra data'],
    ['x'.repeat(tlogProofBytesMax + 1), 'too-big', 'a long file'],
  ]
  for (const [bad, expected, why] of cases)
    assert.equal(
      code(() => parseTlogProof(fromText(bad))),
      expected,
      why,
    )
})

test('any bytes are a proof file or a documented error, and are written back as they were', () => {
  const at = fc.nat(proof.length - 1)
  const mutated = fc.oneof(
    fc.tuple(at, fc.nat(255)).map(([i, value]) => proof.with(i, value)),
    at.map((i) => concat(proof.subarray(0, i), proof.subarray(i + 1))),
    fc.uint8Array({ maxLength: 200 }),
    fc.string().map((text) => fromText(`c2sp.org/tlog-proof@v1\nindex 1\n${text}\n\n`)),
  )
  fc.assert(
    fc.property(mutated, (bytes) => {
      try {
        assert.deepEqual(formatTlogProof(parseTlogProof(bytes)), bytes)
      } catch (error) {
        assert.ok(error instanceof NoteError)
      }
    }),
    { numRuns: 1000 },
  )
})
