import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { concat, fromBase64, fromHex, fromText, toHex, toText } from '../bytes.ts'
import type { Bytes } from '../bytes.ts'
import { nobleCrypto as crypto } from '../crypto/noble.ts'
import { algorithms } from '../crypto/provider.ts'
import { formatCheckpoint, parseCheckpoint, parseForeignCheckpoint } from './checkpoint.ts'
import { cosignedMessage, cosignerOf, timeSecondsMax } from './cosignature.ts'
import { NoteError } from './error.ts'
import {
  checkpoint,
  ed25519Cosigner,
  mldsaCosigner,
  origin,
  secretKey,
  timeSeconds,
  verifiersOf,
} from './keys.cases.ts'
import { formatVkey, parseVkey } from './vkey.ts'

const body = formatCheckpoint(checkpoint)

// The example of C2SP tlog-checkpoint.md and tlog-cosignature.md.
const sofa = 'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n'

test('the checkpoint of the specification, there and back', () => {
  const parsed = parseCheckpoint(fromText(sofa))
  assert.deepEqual(parsed, {
    origin: 'example.com/behind-the-sofa',
    size: 20_852_163,
    root: fromBase64('CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I='),
  })
  assert.equal(toText(formatCheckpoint(parsed)), sofa)
})

test('what is no checkpoint', () => {
  const root = 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I='
  const cases = [
    ['', 'nothing'],
    ['o\n1\n', 'no root'],
    [`o\n1\n${root}`, 'no last newline'],
    [`\n1\n${root}\n`, 'no origin'],
    [`${'o'.repeat(256)}\n1\n${root}\n`, 'a long origin'],
    [`o\n01\n${root}\n`, 'a leading zero'],
    [`o\n+1\n${root}\n`, 'a sign'],
    [`o\n-1\n${root}\n`, 'a negative size'],
    [`o\n1e3\n${root}\n`, 'an exponent'],
    [`o\n 1\n${root}\n`, 'a space'],
    [`o\n9007199254740992\n${root}\n`, 'a size of 2^53'],
    [`o\n99999999999999999999\n${root}\n`, 'a size beyond 64 bits'],
    [`o\n1\n${root.slice(0, -4)}\n`, 'a short root'],
    [`o\n1\n${root}AAAA\n`, 'a long root'],
    [`o\n1\n${root.replace('2I=', '2J=')}\n`, 'unused bits that are not zero'],
    [`o\n1\n${root}\n\n`, 'an empty extension line'],
    [`o\n1\n${root}\next\n\n`, 'an empty line at the end'],
    [`o\r\n1\r\n${root}\r\n`, 'carriage returns'],
    [`o\n1\n${root}\n${'x\n'.repeat(65)}`, 'too many extension lines'],
  ]
  for (const [text = '', what] of cases) {
    assert.throws(() => parseForeignCheckpoint(fromText(text)), { code: 'checkpoint-malformed' }, what)
  }
  const extended = fromText(`o\n0\n${root}\nextension\n`)
  assert.deepEqual(parseForeignCheckpoint(extended).extensions, ['extension'])
  assert.throws(() => parseCheckpoint(extended), { code: 'checkpoint-malformed' })
})

test('any bytes are a checkpoint or a documented error, and are written back as they were', () => {
  const texts = fc.oneof(
    fc.uint8Array({ maxLength: 80 }),
    fc.tuple(fc.nat(body.length - 1), fc.nat(255)).map(([at, value]) => body.with(at, value)),
  )
  fc.assert(
    fc.property(texts, (bytes) => {
      try {
        assert.deepEqual(formatCheckpoint(parseCheckpoint(bytes)), bytes)
      } catch (error) {
        assert.ok(error instanceof NoteError && error.code === 'checkpoint-malformed')
      }
    }),
    { numRuns: 1000 },
  )
})

test('the message of an Ed25519 cosignature is that of the specification', () => {
  const { vkey } = ed25519Cosigner('witness.example.com/w1', 3)
  assert.equal(toText(cosignedMessage(vkey, fromText(sofa), 1_679_315_147)), `cosignature/v1\ntime 1679315147\n${sofa}`)
})

test('the message of an ML-DSA-44 cosignature is the cosigned_message of the specification', () => {
  const { vkey } = mldsaCosigner('w', 3)
  const expected =
    '737562747265652f76310a00' + // "subtree/v1\n\0"
    '0177' + // cosigner_name
    '00000000641850cb' + // timestamp: 1,679,315,147
    `1b${toHex(fromText('example.com/behind-the-sofa'))}` + // log_origin
    '0000000000000000' + // start
    '00000000013e2dc3' + // end: 20,852,163
    '0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62'
  assert.equal(toHex(cosignedMessage(vkey, fromText(sofa), timeSeconds)), expected)
})

test('both kinds verify, give their time, and have the sizes of the specification', () => {
  const cosigners = [ed25519Cosigner('w.example', 3), mldsaCosigner('w.example', 3)]
  const sizes = [8 + 64, 8 + 2420]
  for (const [i, cosigner] of cosigners.entries()) {
    const { name, id, blob } = cosigner.cosign(body, timeSeconds)
    assert.deepEqual([name, id, blob.length], ['w.example', cosigner.vkey.id, sizes[i]])
    assert.deepEqual(verifiersOf(cosigner)[0]?.verify(body, blob), { timeSeconds })
    assert.deepEqual(parseVkey(crypto, formatVkey(cosigner.vkey)), cosigner.vkey)
  }
  assert.notEqual(cosigners[0]?.vkey.id, cosigners[1]?.vkey.id)
})

test('time 0 is no time; a time beyond the limit is no signature', () => {
  const cosigner = ed25519Cosigner('w.example', 3)
  const [verifier] = verifiersOf(cosigner)
  assert.deepEqual(verifier?.verify(body, cosigner.cosign(body, 0).blob), { timeSeconds: null })
  assert.ok(verifier?.verify(body, cosigner.cosign(body, timeSecondsMax).blob))
  // A genuine signature over a time that we do not read.
  const late = timeSecondsMax + 1
  const message = concat(fromText(`cosignature/v1\ntime ${late}\n`), body)
  const blob = concat(fromHex(late.toString(16).padStart(16, '0')), crypto.sign(secretKey(1, 3), message))
  assert.equal(verifier?.verify(body, blob), null)
  assert.throws(() => cosigner.cosign(body, late), { name: 'AssertionFailure' })
  assert.throws(() => cosigner.cosign(body, 1.5), { name: 'AssertionFailure' })
})

test('no other body, time, name, origin, size or root under the same signature', () => {
  for (const cosigner of [ed25519Cosigner('w.example', 3), mldsaCosigner('w.example', 3)]) {
    const [verifier] = verifiersOf(cosigner)
    const { blob } = cosigner.cosign(body, timeSeconds)
    const others: Bytes[] = [
      formatCheckpoint({ ...checkpoint, origin: `${origin}x` }),
      formatCheckpoint({ ...checkpoint, size: checkpoint.size + 1 }),
      formatCheckpoint({ ...checkpoint, root: checkpoint.root.with(0, 0) }),
      fromText('no checkpoint\n'),
    ]
    for (const other of others) assert.equal(verifier?.verify(other, blob), null)
    assert.equal(verifier?.verify(body, blob.with(7, (blob[7] ?? 0) ^ 1)), null)
    assert.equal(verifier?.verify(body, blob.subarray(0, -1)), null)
    assert.equal(verifier?.verify(body, concat(blob, Uint8Array.of(0))), null)
    assert.equal(verifier?.verify(body, blob.subarray(0, 8)), null)
    assert.equal(verifier?.verify(body, new Uint8Array(3)), null)
  }
  const named = mldsaCosigner('v.example', 3)
  const { blob } = mldsaCosigner('w.example', 3).cosign(body, timeSeconds)
  assert.equal(verifiersOf(named)[0]?.verify(body, blob), null)
})

test('extension lines are covered by type 4 and not by type 6', () => {
  const extended = concat(body, fromText('extension\n'))
  const verdicts = [ed25519Cosigner('w.example', 3), mldsaCosigner('w.example', 3)].map((cosigner) =>
    verifiersOf(cosigner)[0]?.verify(extended, cosigner.cosign(body, timeSeconds).blob),
  )
  assert.deepEqual(verdicts, [null, { timeSeconds }])
})

test('only Ed25519 and ML-DSA-44 keys cosign', () => {
  assert.throws(() => cosignerOf(crypto, 'w', secretKey(algorithms.p256, 3)), { code: 'key-unsupported' })
})
