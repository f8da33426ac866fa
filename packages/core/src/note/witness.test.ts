import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { concat, fromText, toText } from '../bytes.ts'
import type { Bytes } from '../bytes.ts'
import { nobleCrypto as crypto } from '../crypto/noble.ts'
import { emptyRoot, treeHash } from '../merkle/hash.ts'
import { makeLeaves, naiveConsistency } from '../merkle/naive.cases.ts'
import {
  addCheckpointBytesMax,
  formatAddCheckpoint,
  formatCosignatureLines,
  formatSizeConflict,
  parseAddCheckpoint,
  parseCosignatureLines,
  parseSizeConflict,
} from './addCheckpoint.ts'
import { formatCheckpoint } from './checkpoint.ts'
import { NoteError } from './error.ts'
import { ed25519Cosigner, logSigner, mldsaCosigner, origin, otherLog, timeSeconds, verifiersOf } from './keys.cases.ts'
import { formatNote, openNote, verifySignatures } from './note.ts'
import { addCheckpoint, cosignatureAnswer } from './witness.ts'
import type { WitnessDecision, WitnessLookup, WitnessState } from './witness.ts'

const leaves = makeLeaves(40)
const rootAt = (size: number): Bytes => treeHash(crypto, leaves.slice(0, size))
const stateAt = (size: number): WitnessState => ({ size, root: rootAt(size) })
const proofOf = (oldSize: number, size: number): Bytes[] =>
  oldSize === 0 ? [] : naiveConsistency(oldSize, leaves.slice(0, size))
const wrongRoot = new Uint8Array(32).fill(3)

function noteOf(size: number, root: Bytes = rootAt(size), signer = logSigner): Bytes {
  const body = formatCheckpoint({ origin, size, root })
  return formatNote(body, [signer.sign(body)])
}

const lookupOf =
  (state: WitnessState | null): WitnessLookup =>
  (name) =>
    name === origin ? { kind: 'witnessed', verifiers: verifiersOf(logSigner), state } : null

const request = (oldSize: number, size: number, proof = proofOf(oldSize, size), note = noteOf(size)): Bytes =>
  formatAddCheckpoint(oldSize, proof, note)

const decide = (bytes: Bytes, state: WitnessState | null): WitnessDecision =>
  addCheckpoint(crypto, bytes, lookupOf(state))

test('the request of the specification (C2SP tlog-witness) is read and written', () => {
  const text =
    'old 20852014\n' +
    'PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n' +
    'jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n' +
    '5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n' +
    '/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n' +
    '\n' +
    'example.com/behind-the-sofa\n' +
    '20852163\n' +
    'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n' +
    '\n' +
    '— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n' +
    '— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=\n'
  const parsed = parseAddCheckpoint(fromText(text))
  assert.deepEqual([parsed.oldSize, parsed.proof.length, parsed.checkpoint.size], [20_852_014, 4, 20_852_163])
  const note = formatNote(parsed.note.body, parsed.note.signatures)
  assert.equal(toText(formatAddCheckpoint(parsed.oldSize, parsed.proof, note)), text)
})

test('every code in the order of the checks', () => {
  const spoiled = fromText(toText(noteOf(8)).replace('\n8\n', '\n9\n'))
  const unsigned = noteOf(8, rootAt(8), otherLog)
  const foreignBody = formatCheckpoint({ origin: 'else.example', size: 8, root: rootAt(8) })
  const foreign = formatNote(foreignBody, [logSigner.sign(foreignBody)])
  const cases: [bytes: Bytes, state: WitnessState | null, status: number, why: string][] = [
    [fromText('old x\n\n'), stateAt(5), 400, 'no request'],
    [request(5, 8, proofOf(5, 8), foreign), stateAt(5), 404, 'an unknown origin'],
    [request(9, 8, [], foreign), stateAt(5), 404, 'an unknown origin comes before the old size'],
    [request(5, 8, proofOf(5, 8), unsigned), stateAt(5), 403, 'no signature of a trusted key'],
    [request(5, 8, proofOf(5, 8), spoiled), stateAt(5), 403, 'a bad signature of a trusted key'],
    [request(9, 8, [], unsigned), stateAt(5), 403, 'a missing signature comes before the old size'],
    [request(9, 8, []), stateAt(5), 400, 'an old size above the new one'],
    [request(4, 8), stateAt(5), 409, 'another old size'],
    [request(0, 8), stateAt(5), 409, 'old size 0 of a client that knows nothing'],
    [request(5, 8, [wrongRoot]), stateAt(4), 409, 'the old size comes before the proof'],
    [request(4, 5, proofOf(4, 5), noteOf(5, wrongRoot)), stateAt(5), 409, 'the old size comes before the root'],
    [request(5, 8, []), stateAt(5), 422, 'no proof'],
    [request(5, 8, [...proofOf(5, 8), wrongRoot]), stateAt(5), 422, 'a proof that is too long'],
    [request(5, 8, proofOf(5, 8).with(0, wrongRoot)), stateAt(5), 422, 'a wrong proof'],
    [request(5, 8, proofOf(5, 8), noteOf(8, wrongRoot)), stateAt(5), 422, 'a wrong new root'],
    [request(5, 8), { size: 5, root: wrongRoot }, 422, 'a log that does not continue what was cosigned'],
    [request(8, 8, [], noteOf(8, wrongRoot)), stateAt(8), 422, 'another root for the same size'],
    [request(8, 8, [wrongRoot]), stateAt(8), 422, 'a proof for the same size'],
    [request(0, 8, [wrongRoot]), null, 422, 'a proof from size 0'],
    [request(0, 0, [], noteOf(0, wrongRoot)), null, 422, 'size 0 with another root than the empty one'],
    [request(5, 8), stateAt(5), 200, 'growth'],
    [request(0, 8), null, 200, 'the first checkpoint'],
    [request(0, 0), null, 200, 'an empty log'],
    [request(0, 8), { size: 0, root: emptyRoot(crypto) }, 200, 'after an empty log'],
    [request(8, 8), stateAt(8), 200, 'the same checkpoint again'],
  ]
  for (const [bytes, state, status, why] of cases) {
    const decision = decide(bytes, state)
    assert.equal(decision.status, status, why)
    const alarm = why === 'another root for the same size'
    if (decision.kind === 'answer') assert.equal(decision.alarm, alarm, why)
    if (status === 409) {
      assert.ok(decision.kind === 'answer')
      assert.equal(decision.contentType, 'text/x.tlog.size')
      assert.equal(parseSizeConflict(decision.body), state?.size)
    }
  }
})

test('a cosignature is made over the body, and the client opens it', () => {
  const decision = decide(request(5, 8), stateAt(5))
  assert.ok(decision.kind === 'cosign')
  assert.deepEqual(decision.newState, stateAt(8))
  const cosigners = [ed25519Cosigner('w.example', 4), mldsaCosigner('w.example', 4)]
  const answer = cosignatureAnswer(cosigners, decision.body, timeSeconds)
  const lines = parseCosignatureLines(answer)
  assert.deepEqual(formatCosignatureLines(lines), answer)
  const verified = verifySignatures(decision.body, lines, verifiersOf(...cosigners))
  assert.deepEqual(
    verified.map(({ name, timeSeconds: time }) => [name, time]),
    [
      ['w.example', timeSeconds],
      ['w.example', timeSeconds],
    ],
  )
  // The way that the specification proposes: lines behind the checkpoint, then open the note.
  const whole = concat(noteOf(8), answer)
  assert.equal(openNote(whole, verifiersOf(logSigner, ...cosigners)).verified.length, 3)
  assert.throws(() => cosignatureAnswer(cosigners, decision.body, 0), { name: 'AssertionFailure' })
})

test('a log that the node executes is never signed, only its existing cosignature is given', () => {
  const lines = formatCosignatureLines([ed25519Cosigner(`${origin}/m1`, 5).cosign(noteBody(8), timeSeconds)])
  const lookup: WitnessLookup = () => ({
    kind: 'executed',
    verifiers: verifiersOf(logSigner),
    own: stateAt(8),
    lines,
  })
  const cases: [bytes: Bytes, status: number, alarm: boolean, why: string][] = [
    [request(5, 8), 200, false, 'its own checkpoint'],
    [request(8, 8), 200, false, 'its own checkpoint again'],
    [request(5, 7), 409, false, 'a smaller one'],
    [request(5, 9), 409, false, 'a larger one'],
    [request(5, 8, [], noteOf(8, wrongRoot)), 422, true, 'another root under a valid log signature'],
    [request(5, 8, [], noteOf(8, wrongRoot, otherLog)), 403, false, 'another root under no log signature'],
    [request(9, 8, []), 400, false, 'an old size above the new one'],
  ]
  for (const [bytes, status, alarm, why] of cases) {
    const decision = addCheckpoint(crypto, bytes, lookup)
    assert.ok(decision.kind === 'answer', why)
    assert.deepEqual([decision.status, decision.alarm], [status, alarm], why)
    if (status === 200) assert.deepEqual(decision.body, lines)
    if (status === 409) assert.equal(toText(decision.body), '8\n')
  }

  function noteBody(size: number): Bytes {
    return formatCheckpoint(Object.assign({ origin }, stateAt(size)))
  }
})

test('a witness never goes back and never signs two roots for a size, whatever the order of requests', () => {
  const step = fc.record({
    oldSize: fc.nat(40),
    size: fc.nat(40),
    fork: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      let state: WitnessState | null = null
      const signed = new Map<number, string>()
      let largest = 0
      for (const { oldSize, size, fork } of steps) {
        const old: number = steps.length % 2 === 0 ? (state?.size ?? 0) : oldSize
        if (old > size) continue
        const root = fork && size > 0 ? treeHash(crypto, [...leaves.slice(0, size - 1), wrongRoot]) : rootAt(size)
        const decision = decide(request(old, size, proofOf(old, size), noteOf(size, root)), state)
        if (decision.kind !== 'cosign') continue
        state = decision.newState
        assert.ok(state.size >= largest)
        largest = state.size
        const text = toText(decision.body)
        assert.equal(signed.get(size) ?? text, text)
        signed.set(size, text)
      }
    }),
    { numRuns: 60 },
  )
})

test('what is no request', () => {
  const text = toText(request(5, 8))
  const hash = 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n'
  const cases: [text: string, why: string][] = [
    ['', 'nothing'],
    ['old 5\n', 'no empty line'],
    ['old 5\n\n', 'no checkpoint'],
    [text.replace('old 5', 'old 05'), 'a leading zero'],
    [text.replace('old 5', 'old -5'), 'a negative size'],
    [text.replace('old 5', 'old'), 'no size'],
    [text.replace('old 5', 'Old 5'), 'another spelling'],
    [text.replace('old 5\n', ''), 'no old line'],
    [text.replace('old 5', 'old 5 '), 'a space at the end'],
    [text.replace('old 5', 'old 9007199254740992'), 'a size of 2^53'],
    [text.replace('old 5\n', `old 5\n${hash.repeat(64)}`), 'more than 63 hashes'],
    [text.replace('old 5\n', 'old 5\nAQID\n'), 'a short hash'],
    [text.replaceAll('\n', '\r\n'), 'carriage returns'],
    [text.trimEnd(), 'no last newline'],
    ['x'.repeat(addCheckpointBytesMax + 1), 'too long'],
  ]
  for (const [bad, why] of cases) assert.equal(decide(fromText(bad), stateAt(5)).status, 400, why)
  const most = parseAddCheckpoint(
    formatAddCheckpoint(
      5,
      Array.from({ length: 63 }, () => wrongRoot),
      noteOf(8),
    ),
  )
  assert.equal(most.proof.length, 63)
})

test('answers: sizes and lines', () => {
  for (const size of [0, 1, 2 ** 53 - 1]) assert.equal(parseSizeConflict(formatSizeConflict(size)), size)
  for (const bad of ['', '5', '05\n', '-1\n', '5\n\n', '5 \n', `${'9'.repeat(40)}\n`]) {
    assert.throws(() => parseSizeConflict(fromText(bad)), { code: 'request-malformed' })
  }
  for (const bad of ['', '\n', 'ok\n', '— w AAAA\n', '— w AAAAAAAA']) {
    assert.throws(() => parseCosignatureLines(fromText(bad)), { code: 'note-malformed' })
  }
})

test('any bytes get a decision: no exception, and never a cosignature of what the log did not sign', () => {
  const good = request(5, 8)
  const at = fc.nat(good.length - 1)
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.tuple(at, fc.integer({ min: 1, max: 255 })).map(([i, mask]) => good.with(i, (good[i] ?? 0) ^ mask)),
    at.map((i) => concat(good.subarray(0, i), good.subarray(i + 1))),
    at.map((i) => good.subarray(0, i)),
  )
  fc.assert(
    fc.property(bytes, (mutated) => {
      assert.notEqual(decide(mutated, stateAt(5)).status, 200)
      try {
        const { oldSize, proof, note } = parseAddCheckpoint(mutated)
        assert.deepEqual(formatAddCheckpoint(oldSize, proof, formatNote(note.body, note.signatures)), mutated)
      } catch (error) {
        assert.ok(error instanceof NoteError)
      }
    }),
    { numRuns: 600 },
  )
})
