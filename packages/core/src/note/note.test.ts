import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { concat, fromText, toText } from '../bytes.ts'
import type { Bytes } from '../bytes.ts'
import { nobleCrypto as crypto } from '../crypto/noble.ts'
import { formatCheckpoint } from './checkpoint.ts'
import { signerOf, verifierOf } from './cosignature.ts'
import { NoteError } from './error.ts'
import { checkpoint, ed25519Cosigner, logSigner, origin, otherLog, timeSeconds, verifiersOf } from './keys.cases.ts'
import {
  canonicalSignatures,
  formatNote,
  noteBytesMax,
  openNote,
  parseNote,
  parseSignatureLines,
  signaturesMax,
} from './note.ts'
import { formatVkey, isKeyName, parseVkey } from './vkey.ts'

// The example of C2SP signed-note.md, "Example".
const exampleVkey = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'
const exampleLine =
  '— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n'
const exampleNote = `This is an example message.\n\n${exampleLine}`

// golang.org/x/mod sumdb/note, note_test.go: the key and the note of the Go checksum database's example.
const peterVkey = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'
const peterNote =
  'If you think cryptography is the answer to your problem,\n' +
  "then you don't know what your problem is.\n" +
  '\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n'

const verifierOfText = (vkey: string) => verifierOf(crypto, parseVkey(crypto, vkey))
const body = formatCheckpoint(checkpoint)
const code = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    if (error instanceof NoteError) return error.code
    throw error
  }
  return 'accepted'
}

test('notes of others open', () => {
  for (const [vkey, note] of [
    [exampleVkey, exampleNote],
    [peterVkey, peterNote],
  ] as const) {
    const opened = openNote(fromText(note), [verifierOfText(vkey)])
    assert.equal(opened.verified.length, 1)
    assert.equal(opened.verified[0]?.timeSeconds, null)
    assert.deepEqual(formatNote(opened.body, opened.signatures), fromText(note))
    assert.equal(formatVkey(parseVkey(crypto, vkey)), vkey)
  }
})

test('the text ends at the last empty line', () => {
  const note = parseNote(fromText(`a\n\nb\n\n\nc\n\n${exampleLine}`))
  assert.equal(toText(note.body), 'a\n\nb\n\n\nc\n')
  assert.equal(note.signatures.length, 1)
})

test('what is no note', () => {
  const line = exampleLine
  const cases = [
    ['', 'nothing'],
    ['text\n', 'no signatures'],
    ['text\n\n', 'no signature line'],
    [`text\n${line}`, 'no empty line'],
    [`\n${line}`, 'no text'],
    [`text\n\n${line}x`, 'text after the signatures'],
    [`text\n\n${line.trimEnd()}`, 'no last newline'],
    [`text\r\n\r\n${line}`, 'control characters'],
    [`te\txt\n\n${line}`, 'a tab'],
    [`te\u0000xt\n\n${line}`, 'a zero byte'],
    [`text\n\n${line.replace('—', '-')}`, 'another dash'],
    [`text\n\n\uFEFF${line}`, 'a byte order mark before the dash'],
    [`text\n\n${line.replace('foo ', 'foo  ')}`, 'two spaces'],
    [`text\n\n${line.replace('foo', 'f+o')}`, 'a plus in the name'],
    [`text\n\n${line.replace('foo', 'f\u3000o')}`, 'a wide space in the name'],
    [`text\n\n— Uw2QOkn8\n`, 'no name'],
    [`text\n\n— foo \n`, 'no signature'],
    [`text\n\n— foo Uw2QOg==\n`, 'only a key id'],
    [`text\n\n— foo Uw2QOl\n`, 'no padding'],
    [`text\n\n— foo Uw2QOlF=\n`, 'unused bits that are not zero'],
    [`text\n\n— foo Uw2Q_kn8\n`, 'another alphabet'],
  ]
  for (const [text = '', what] of cases)
    assert.equal(
      code(() => parseNote(fromText(text))),
      'note-malformed',
      what,
    )
  const notUtf8 = concat(Uint8Array.of(0xff), fromText(`text\n\n${line}`))
  assert.equal(
    code(() => parseNote(notUtf8)),
    'note-malformed',
  )
})

test('limits: bytes and signatures', () => {
  const many = (count: number): Bytes => fromText(`text\n\n${'— foo Uw2QOkn8\n'.repeat(count)}`)
  assert.equal(parseNote(many(16)).signatures.length, 16)
  assert.equal(parseNote(many(signaturesMax)).signatures.length, signaturesMax)
  assert.equal(
    code(() => parseNote(many(signaturesMax + 1))),
    'too-big',
  )
  assert.equal(
    code(() => parseNote(new Uint8Array(noteBytesMax + 1))),
    'too-big',
  )
  assert.equal(
    code(() => parseSignatureLines(new Uint8Array(noteBytesMax + 1))),
    'too-big',
  )
})

test('a bad signature of a known key spoils the whole note, one of an unknown key nothing', () => {
  const cosigner = ed25519Cosigner('w.example', 2)
  const good = logSigner.sign(body)
  const cosigned = cosigner.cosign(body, timeSeconds)
  const bad = { ...cosigned, blob: cosigned.blob.with(20, (cosigned.blob[20] ?? 0) ^ 1) }
  const both = verifiersOf(logSigner, cosigner)
  assert.equal(openNote(formatNote(body, [good, cosigned]), both).verified.length, 2)
  for (const signatures of [
    [good, bad],
    [bad, good],
    [good, cosigned, bad],
  ]) {
    assert.equal(
      code(() => openNote(formatNote(body, signatures), both)),
      'signature-invalid',
    )
  }
  assert.equal(openNote(formatNote(body, [good, bad]), verifiersOf(logSigner)).verified.length, 1)
  assert.equal(
    code(() => openNote(formatNote(body, [cosigned]), verifiersOf(logSigner))),
    'no-known-signature',
  )
  assert.equal(
    code(() => openNote(formatNote(body, [good]), [])),
    'no-known-signature',
  )
})

test('name and id must both match; the same id under another name is unknown', () => {
  const good = logSigner.sign(body)
  const renamed = { ...good, name: 'jurat.example/else' }
  assert.equal(
    code(() => openNote(formatNote(body, [renamed]), verifiersOf(logSigner))),
    'no-known-signature',
  )
  const other = { ...good, id: (good.id ^ 1) >>> 0 }
  assert.equal(
    code(() => openNote(formatNote(body, [other]), verifiersOf(logSigner))),
    'no-known-signature',
  )
  const twice = verifiersOf(logSigner, logSigner)
  assert.equal(
    code(() => openNote(formatNote(body, [good]), twice)),
    'key-ambiguous',
  )
})

test('a key is counted once, and of several times the earliest counts', () => {
  const cosigner = ed25519Cosigner('w.example', 2)
  const late = cosigner.cosign(body, timeSeconds + 10)
  const early = cosigner.cosign(body, timeSeconds)
  for (const signatures of [
    [late, early],
    [early, late, early],
  ]) {
    const { verified } = openNote(formatNote(body, signatures), verifiersOf(cosigner))
    assert.deepEqual(verified, [{ name: 'w.example', id: cosigner.vkey.id, timeSeconds }])
  }
})

test('canonical order: the log first, then by the bytes of the name and by id, no key twice', () => {
  const names = ['z.example', 'a.example', 'ß.example', 'a.example/2']
  const cosigned = names.map((name, i) => ed25519Cosigner(name, i + 2).cosign(body, timeSeconds))
  const second = ed25519Cosigner('a.example', 8).cosign(body, timeSeconds)
  const sorted = canonicalSignatures(origin, [...cosigned, second, logSigner.sign(body), ...cosigned])
  assert.deepEqual(
    sorted.map(({ name }) => name),
    [origin, 'a.example', 'a.example', 'a.example/2', 'z.example', 'ß.example'],
  )
  assert.ok((sorted[1]?.id ?? 0) < (sorted[2]?.id ?? 0))
  assert.deepEqual(canonicalSignatures(origin, sorted.toReversed()), sorted)
})

test('verifier keys: what is refused', () => {
  const key = exampleVkey.slice(exampleVkey.lastIndexOf('+') + 1)
  const cases: [vkey: string, code: string][] = [
    ['', 'key-malformed'],
    ['example.com/foo', 'key-malformed'],
    ['example.com/foo+530d903a', 'key-malformed'],
    ['example.com/foo+530d903a+', 'key-malformed'],
    [exampleVkey.replace('530d903a', '530D903A'), 'key-malformed'],
    [exampleVkey.replace('530d903a', '530d903b'), 'key-malformed'],
    [exampleVkey.replace('530d903a', '0530d903a'), 'key-malformed'],
    [exampleVkey.replace('foo', 'bar'), 'key-malformed'],
    [exampleVkey.replace('foo', 'f o'), 'key-malformed'],
    [`+530d903a+${key}`, 'key-malformed'],
    [`${'x'.repeat(256)}+530d903a+${key}`, 'key-malformed'],
    [exampleVkey.replace('+Aek', '+Auk'), 'key-unsupported'],
    [exampleVkey.slice(0, -4), 'key-malformed'],
    [`${exampleVkey}\n`, 'key-malformed'],
    [`${exampleVkey}${'A'.repeat(3000)}`, 'too-big'],
    // Type 1 with the neutral element as key: never a valid key.
    ['a+00000000+AQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 'key-malformed'],
  ]
  for (const [vkey, expected] of cases)
    assert.equal(
      code(() => parseVkey(crypto, vkey)),
      expected,
      vkey,
    )
})

test('a signature of one type, body or key is none of another', () => {
  const good = logSigner.sign(body)
  const [verifier] = verifiersOf(logSigner)
  assert.deepEqual(verifier?.verify(body, good.blob), { timeSeconds: null })
  assert.equal(verifier?.verify(body.slice(1), good.blob), null)
  assert.equal(verifier?.verify(body, good.blob.subarray(1)), null)
  assert.equal(verifier?.verify(body, new Uint8Array(0)), null)
  assert.equal(verifiersOf(otherLog)[0]?.verify(body, good.blob), null)
  assert.throws(() => signerOf(crypto, 'has space', new Uint8Array(33).fill(1)), { code: 'key-malformed' })
})

test('names of keys', () => {
  for (const name of ['a', 'example.com/foo', '法院.example', '\uFEFF', 'a\u200Bb']) assert.ok(isKeyName(name), name)
  for (const name of ['', ' ', 'a b', 'a+b', 'a\u0085b', 'a\u00A0b', 'a\u2028b', '\uD800']) {
    assert.ok(!isKeyName(name), JSON.stringify(name))
  }
})

test('any bytes are a note or a documented error, and a note is written back byte for byte', () => {
  const lineish = fc.stringMatching(/^— [a-z.+ ]{0,6} [A-Za-z0-9+/=]{0,12}\n$/)
  const noteish = fc
    .tuple(fc.string({ unit: 'grapheme' }), fc.array(lineish, { maxLength: 3 }))
    .map(([text, lines]) => fromText(`${text}\n\n${lines.join('')}`))
  fc.assert(
    fc.property(fc.oneof(noteish, fc.uint8Array({ maxLength: 200 }), mutations(fromText(exampleNote))), (bytes) => {
      try {
        const note = parseNote(bytes)
        assert.deepEqual(formatNote(note.body, note.signatures), bytes)
      } catch (error) {
        assert.ok(error instanceof NoteError)
      }
    }),
    { numRuns: 1000 },
  )
})

test('no flipped bit of a note is accepted', () => {
  const verifier = verifierOfText(exampleVkey)
  const bytes = fromText(exampleNote)
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const at = Math.floor(bit / 8)
    const flipped = bytes.with(at, (bytes[at] ?? 0) ^ (1 << (bit % 8)))
    assert.notEqual(
      code(() => openNote(flipped, [verifier])),
      'accepted',
      `bit ${bit}`,
    )
  }
})

/** One byte changed, removed or doubled. */
function mutations(bytes: Bytes): fc.Arbitrary<Bytes> {
  const index = fc.nat(bytes.length - 1)
  return fc.oneof(
    fc.tuple(index, fc.nat(255)).map(([at, value]) => bytes.with(at, value)),
    index.map((at) => concat(bytes.subarray(0, at), bytes.subarray(at + 1))),
    index.map((at) => concat(bytes.subarray(0, at + 1), bytes.subarray(at))),
  )
}
