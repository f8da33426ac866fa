import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { nobleCrypto as crypto } from '../crypto/noble.ts'
import { formatCheckpoint } from './checkpoint.ts'
import type { Cosigner } from './cosignature.ts'
import { NoteError } from './error.ts'
import { checkpoint, ed25519Cosigner, logSigner, mldsaCosigner, origin, otherLog, timeSeconds } from './keys.cases.ts'
import { formatNote } from './note.ts'
import {
  formatPolicy,
  parsePolicy,
  policyCharactersMax,
  policyGroupsMax,
  policyLogsMax,
  policyWitnessesMax,
} from './policy.ts'
import type { Policy } from './policy.ts'
import { openCheckpoint } from './policyVerdict.ts'
import { formatVkey, makeVkey } from './vkey.ts'

const body = formatCheckpoint(checkpoint)
const log = formatVkey(logSigner.vkey)
const other = formatVkey(otherLog.vkey)

// Four members with both keys, in groups of `all`, three of which are the quorum: what a consortium document gives.
const members = [1, 2, 3, 4].map((number) => {
  const name = `${origin}/m${number}`
  return { name: `m${number}`, ed: ed25519Cosigner(name, 20 + number), pq: mldsaCosigner(name, 20 + number) }
})
const memberLines = members.flatMap(({ name, ed, pq }) => [
  `witness ${name}-ed25519 ${formatVkey(ed.vkey)} https://${name}.example/witness`,
  `witness ${name}-ml-dsa-44 ${formatVkey(pq.vkey)} https://${name}.example/witness`,
])
const consortiumText = [
  `log ${log} https://log.example`,
  ...memberLines,
  ...members.map(({ name }) => `group ${name} all ${name}-ed25519 ${name}-ml-dsa-44`),
  'group members 3 m1 m2 m3 m4',
  'quorum members\n',
].join('\n')
const consortium = parsePolicy(crypto, consortiumText)

const [w1, w2, w3] = [11, 12, 13].map((seed) => ed25519Cosigner(`w${seed}.example`, seed)) as [
  Cosigner,
  Cosigner,
  Cosigner,
]
const witnessLines = [w1, w2, w3].map(({ vkey }, i) => `witness w${i + 1} ${formatVkey(vkey)}\n`).join('')

const code = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    if (error instanceof NoteError) return error.code
    throw error
  }
  return 'accepted'
}

test('a policy is written as it was read', () => {
  assert.equal(formatPolicy(consortium), consortiumText)
  const spaced = `# comment\n\n \t\n  log\t${log}  \n${witnessLines}group g any w1 w2\n\t# more\nquorum g\n`
  const plain = `log ${log}\n${witnessLines}group g any w1 w2\nquorum g\n`
  assert.equal(formatPolicy(parsePolicy(crypto, spaced)), plain)
  assert.equal(formatPolicy(parsePolicy(crypto, 'quorum none\n')), 'quorum none\n')
  // Names are opaque (tlog-policy, "Character set").
  const kelvin = witnessLines.replaceAll('w1 ', '\u212A ').replaceAll('w2 ', 'K ')
  assert.deepEqual(parsePolicy(crypto, `${kelvin}group 组 2 K \u212A\nquorum 组\n`).groups[0]?.members, ['K', '\u212A'])
})

test('what is no policy', () => {
  const start = `log ${log}\n${witnessLines}`
  const cases: [text: string, why: string][] = [
    ['', 'nothing'],
    [start, 'no quorum'],
    [`${start}quorum none`, 'no last newline'],
    [`${start}quorum none\nquorum none\n`, 'two quorums'],
    [`${start}quorum w1\nquorum none\n`, 'two different quorums'],
    [`${start}quorum\n`, 'a quorum without a name'],
    [`${start}quorum w1 w2\n`, 'a quorum of two names'],
    [`${start}quorum w4\n`, 'an unknown quorum'],
    [`quorum w1\n${start}`, 'a quorum before its definition'],
    [`${start}quorum None\n`, 'another spelling of none'],
    [`${start}group g 0 w1\nquorum g\n`, 'a threshold of 0'],
    [`${start}group g 3 w1 w2\nquorum g\n`, 'a threshold above the members'],
    [`${start}group g 01 w1\nquorum g\n`, 'a leading zero'],
    [`${start}group g -1 w1\nquorum g\n`, 'a negative threshold'],
    [`${start}group g some w1\nquorum g\n`, 'an unknown threshold'],
    [`${start}group g any\nquorum g\n`, 'no members'],
    [`${start}group g all\nquorum g\n`, 'no members, all of them'],
    [`${start}group g any w4\nquorum g\n`, 'an unknown member'],
    [`${start}group g any g\nquorum g\n`, 'itself as member'],
    [`${start}group g any none\nquorum g\n`, 'none as member'],
    [`${start}group g 2 w1 w1\nquorum g\n`, 'a member twice'],
    [`${start}group g any w1\ngroup h 2 g w1\nquorum h\n`, 'a member of two groups'],
    [`${start}group w1 any w2\nquorum w1\n`, 'a name twice'],
    [`${start}group none any w2\nquorum none\n`, 'a group named none'],
    [`${start}witness w1 ${formatVkey(ed25519Cosigner('x', 50).vkey)}\nquorum none\n`, 'a witness name twice'],
    [`${start}witness w4 ${formatVkey(ed25519Cosigner('x', 11).vkey)}\nquorum none\n`, 'a key under two names'],
    [`${start}witness none ${formatVkey(ed25519Cosigner('x', 50).vkey)}\nquorum none\n`, 'a witness named none'],
    [`${start}witness w4 ${other}\nquorum none\n`, 'a log key as witness'],
    [`${start}witness w4 ${formatVkey(ed25519Cosigner('x', 50).vkey)} u v\nquorum none\n`, 'too many words'],
    [`${start}log ${log}\nquorum none\n`, 'a log twice'],
    [`${start}log ${formatVkey(w1.vkey)}\nquorum none\n`, 'a witness key as log'],
    [`${start}log ${other} u v\nquorum none\n`, 'too many words for a log'],
    [`${start}Quorum none\n`, 'another spelling of a keyword'],
    [`${start}quorum none # why\n`, 'a comment behind a line'],
    [`${start}quorum none\r\n`, 'a carriage return'],
    [`${start}quorum none\n\0\n`, 'a zero byte'],
    [`${start}quorum none\n#\u007F\n`, 'a control character in a comment'],
    [`${start}quorum none\n#\uD800\n`, 'a lone surrogate'],
  ]
  for (const [text, why] of cases)
    assert.equal(
      code(() => parsePolicy(crypto, text)),
      'policy-malformed',
      why,
    )
  assert.equal(
    code(() => parsePolicy(crypto, 'log x\nquorum none\n')),
    'key-malformed',
  )
  assert.equal(
    code(() => parsePolicy(crypto, 'witness w\nquorum none\n')),
    'key-malformed',
  )
})

test('limits: characters, logs, witnesses, groups, at least 32 of each', () => {
  const keys = Array.from({ length: policyWitnessesMax + 1 }, (_, i) => ed25519Cosigner(`k${i}`, i))
  const witnesses = keys.map(({ vkey }, i) => `witness k${i} ${formatVkey(vkey)}\n`)
  const groups = keys.map((_, i) => `group g${i} any k${i}\n`)
  const logs = keys.map(({ vkey }) => `log ${formatVkey(makeVkey(crypto, vkey.name, 1, vkey.publicKey))}\n`)
  const text = (w: number, g: number, l: number): string =>
    [...witnesses.slice(0, w), ...groups.slice(0, g), ...logs.slice(0, l), 'quorum none\n'].join('')
  assert.ok(policyLogsMax >= 32 && policyWitnessesMax >= 32 && policyGroupsMax >= 32)
  assert.equal(
    code(() => parsePolicy(crypto, text(policyWitnessesMax, policyGroupsMax, policyLogsMax))),
    'accepted',
  )
  assert.equal(
    code(() => parsePolicy(crypto, text(policyWitnessesMax + 1, 0, 0))),
    'too-big',
  )
  assert.equal(
    code(() => parsePolicy(crypto, text(policyWitnessesMax, policyGroupsMax + 1, 0))),
    'too-big',
  )
  assert.equal(
    code(() => parsePolicy(crypto, text(0, 0, policyLogsMax + 1))),
    'too-big',
  )
  assert.equal(
    code(() => parsePolicy(crypto, `quorum none\n${'#'.repeat(policyCharactersMax)}\n`)),
    'too-big',
  )
})

/** Judges the checkpoint under the log's signature and these cosignatures, `delay` seconds apart. */
function judge(policy: Policy, cosigners: readonly Cosigner[]) {
  const lines = cosigners.map((cosigner, delay) => cosigner.cosign(body, timeSeconds + delay))
  return openCheckpoint(crypto, policy, formatNote(body, [logSigner.sign(body), ...lines])).verdict
}

test('a quorum counts members, not keys', () => {
  const [m1, m2, m3, m4] = members
  assert.ok(m1 !== undefined && m2 !== undefined && m3 !== undefined && m4 !== undefined)
  const cases: [cosigners: Cosigner[], complete: string[], satisfied: boolean][] = [
    [[], [], false],
    [[m1.ed, m1.pq, m2.ed, m2.pq], ['m1', 'm2'], false],
    // Six keys of four members, but only two members with both.
    [[m1.ed, m1.pq, m2.ed, m2.pq, m3.ed, m4.pq], ['m1', 'm2'], false],
    [[m1.ed, m2.ed, m3.ed, m4.ed], [], false],
    [[m1.pq, m2.pq, m3.pq, m4.pq], [], false],
    // The same keys again and again.
    [[m1.ed, m1.pq, m1.ed, m1.pq, m1.ed, m1.pq], ['m1'], false],
    [[m1.ed, m1.pq, m2.ed, m2.pq, m4.pq, m4.ed], ['m1', 'm2', 'm4'], true],
  ]
  for (const [cosigners, complete, satisfied] of cases) {
    const verdict = judge(consortium, cosigners)
    const present = verdict.members.filter(({ timeSeconds: time }) => time !== null).map(({ name }) => name)
    assert.deepEqual(present, complete)
    assert.equal(verdict.satisfied, satisfied)
    assert.equal(verdict.quorumReached, satisfied)
    assert.equal(verdict.members.length, 4)
    assert.equal(verdict.threshold, 3)
  }
})

test('times: a member has its later one, the quorum the one that completed it', () => {
  const [m1, m2, m3, m4] = members
  assert.ok(m1 !== undefined && m2 !== undefined && m3 !== undefined && m4 !== undefined)
  const verdict = judge(consortium, [m1.ed, m2.ed, m3.ed, m4.ed, m1.pq, m2.pq, m3.pq, m4.pq])
  assert.deepEqual(
    verdict.members.map(({ timeSeconds: time }) => (time ?? 0) - timeSeconds),
    [4, 5, 6, 7],
  )
  assert.equal(verdict.quorumTimeSeconds, timeSeconds + 6)
})

test('any, all, a number, a single witness, and none', () => {
  const policy = (rest: string): Policy => parsePolicy(crypto, `log ${log}\n${witnessLines}${rest}`)
  const cases: [rest: string, cosigners: Cosigner[], time: number | null, satisfied: boolean][] = [
    ['quorum none\n', [], null, true],
    ['quorum none\n', [w1], null, true],
    ['quorum w2\n', [w1, w3], null, false],
    ['quorum w2\n', [w1, w2], 1, true],
    ['group g any w1 w2\nquorum g\n', [w3], null, false],
    ['group g any w1 w2\nquorum g\n', [w3, w2], 1, true],
    ['group g all w1 w2\nquorum g\n', [w2], null, false],
    ['group g all w1 w2\nquorum g\n', [w2, w1], 1, true],
    ['group g 2 w1 w2 w3\nquorum g\n', [w3, w1, w2], 1, true],
    ['group g 2 w1 w2 w3\nquorum g\n', [w3], null, false],
    ['group g any w1 w2\ngroup h all g w3\nquorum h\n', [w1, w2], null, false],
    ['group g any w1 w2\ngroup h all g w3\nquorum h\n', [w1, w2, w3], 2, true],
  ]
  for (const [rest, cosigners, time, satisfied] of cases) {
    const verdict = judge(policy(rest), cosigners)
    assert.equal(verdict.quorumTimeSeconds, time === null ? null : timeSeconds + time, rest)
    assert.equal(verdict.satisfied, satisfied, rest)
    assert.equal(verdict.log?.name, origin)
  }
})

test('a log key counts for its own origin only, and without one nothing is satisfied', () => {
  const cosigned = w1.cosign(body, timeSeconds)
  const verdictOf = (text: string, signatures: Parameters<typeof formatNote>[1]) =>
    openCheckpoint(crypto, parsePolicy(crypto, text), formatNote(body, signatures)).verdict
  const both = `log ${other}\n${witnessLines}quorum w1\n`
  const wrongName = verdictOf(both, [otherLog.sign(body), cosigned])
  assert.deepEqual([wrongName.log, wrongName.quorumReached, wrongName.satisfied], [null, true, false])
  const noLog = verdictOf(`log ${log}\n${witnessLines}quorum w1\n`, [cosigned])
  assert.deepEqual([noLog.log, noLog.satisfied], [null, false])
  const anyOf = verdictOf(`log ${other}\nlog ${log}\n${witnessLines}quorum w1\n`, [logSigner.sign(body), cosigned])
  assert.deepEqual([anyOf.log?.name, anyOf.satisfied], [origin, true])
})

test('a cosignature without a time does not count', () => {
  const policy = parsePolicy(crypto, `log ${log}\n${witnessLines}quorum w1\n`)
  const note = formatNote(body, [logSigner.sign(body), w1.cosign(body, 0)])
  const { verdict } = openCheckpoint(crypto, policy, note)
  assert.deepEqual([verdict.quorumReached, verdict.quorumTimeSeconds], [false, null])
})

test('leaving out a signature never improves a verdict', () => {
  const [m1, m2, m3, m4] = members
  assert.ok(m1 !== undefined && m2 !== undefined && m3 !== undefined && m4 !== undefined)
  const signatures = [m1, m2, m3, m4].flatMap(({ ed, pq }, i) => [
    ed.cosign(body, timeSeconds + i),
    ed.cosign(body, timeSeconds + 100 + i),
    pq.cosign(body, timeSeconds + 3 - i),
  ])
  const judgeAll = (list: typeof signatures) => {
    const { verdict } = openCheckpoint(crypto, consortium, formatNote(body, [logSigner.sign(body), ...list]))
    return verdict.quorumTimeSeconds ?? Number.POSITIVE_INFINITY
  }
  const whole = judgeAll(signatures)
  for (const at of signatures.keys()) assert.ok(judgeAll(signatures.toSpliced(at, 1)) >= whole)
})

test('any text is a policy or a documented error, and a policy is written back equal', () => {
  const word = fc.constantFrom(
    'log',
    'witness',
    'group',
    'quorum',
    'none',
    'any',
    'all',
    '1',
    '2',
    'w1',
    'w2',
    'g',
    '#',
  )
  const lines = fc
    .array(fc.array(fc.oneof(word, fc.string()), { maxLength: 5 }), { maxLength: 4 })
    .map((rows) => `${witnessLines}${rows.map((row) => `${row.join(' ')}\n`).join('')}quorum w1\n`)
  fc.assert(
    fc.property(fc.oneof(lines, fc.string()), (text) => {
      try {
        const policy = parsePolicy(crypto, text)
        if (!/#/.test(text)) assert.deepEqual(parsePolicy(crypto, formatPolicy(policy)), policy)
      } catch (error) {
        assert.ok(error instanceof NoteError)
      }
    }),
    { numRuns: 300 },
  )
})
