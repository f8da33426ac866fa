/**
 * The time-stamp authority: what it grants, and every reason for which it refuses. Strangers' tools:
 * test/conformance/timestamp.test.ts.
 */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { context, der, integer, objectIdentifier, octetString, sequence, tags } from '@jurat/core/asn1/writer'
import { DerReader } from '@jurat/core/asn1/reader'
import { type Bytes, concat, equal, fromHex, toHex } from '@jurat/core/bytes'
import { comparedPolicy, imprintAlgorithms, testPolicy } from '@jurat/core/timestamp/identifiers'
import { nonceBytesMax, queryBytesMax, type TimestampFailure, timestampFailures } from '@jurat/core/timestamp/query'
import { type TimestampQuery, writeQuery } from '@jurat/core/timestamp/query'
import { readTstInfo, type TstInfo } from '@jurat/core/timestamp/tstInfo'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import { secretKeyObject, webKeyPair } from '../crypto/keyObjects.ts'
import { noMetrics } from '../observe/metrics.ts'
import { issue, ownSubject } from './ca/issue.ts'
import { TimestampAuthority, type TimestampOptions, type TokenSigner } from './timestamps.ts'
import { isTestNetwork, trustedTime } from './timestamps/trustedTime.ts'

const nowMs = Date.UTC(2026, 10, 23, 12, 34, 56, 120)
const secretKey = Uint8Array.from([2, ...nodeCrypto.sha256(Uint8Array.of(7))])
const keys = await webKeyPair(secretKey)
const order = (profile: 'root' | 'timeStamping') => ({
  profile,
  subject: ownSubject(profile, 'jurat.test/tsa'),
  publicKey: keys.publicKey,
  nowMs,
  addresses: null,
})
const root = await issue(order('root'), { keys })
const stamping = await issue(order('timeStamping'), { certificate: root, keys })
const fine: TokenSigner = {
  certificate: stamping,
  chain: [root],
  key: secretKeyObject(secretKey),
  validFromMs: nowMs - 1,
  validToMs: nowMs + 1,
}

type Changes = Partial<TimestampOptions & TokenSigner>

function authority(changes: Changes = {}): TimestampAuthority {
  const signer = { ...fine, ...changes }
  return new TimestampAuthority({
    crypto: nodeCrypto,
    signer: () => signer,
    time: () => ({ timeMs: nowMs, policy: testPolicy }),
    metrics: noMetrics,
    warn() {},
    ...changes,
  })
}

const digest = nodeCrypto.sha256(Uint8Array.of(1))
const plain: TimestampQuery = {
  imprint: { algorithm: 'sha256', digest },
  policy: null,
  nonce: null,
  certificates: false,
}

/** Status and failure of an answer; the token when there is one. */
function read(reply: Bytes): { status: number; failure: string | null; token: Bytes | null } {
  const fields = new DerReader(reply).inside(tags.sequence)
  const info = fields.inside(tags.sequence)
  const [status = -1] = info.unsigned()
  info.optional(tags.sequence)
  const bits = info.optional(tags.bitString)?.contents ?? null
  info.end()
  const token = fields.tag === null ? null : fields.next(tags.sequence).bytes
  fields.end()
  return { status, failure: bits === null ? null : failureOf(bits), token }
}

/** A BIT STRING with exactly one bit, and no bit after it. */
function failureOf(contents: Bytes): string {
  const [unused = 0, ...bytes] = contents
  const last = bytes.length * 8 - unused - 1
  const only = bytes.every((byte, at) => byte === (at === bytes.length - 1 ? 1 << unused : 0))
  assert.ok(only, toHex(contents))
  return Object.entries(timestampFailures).find(([, bit]) => bit === last)?.[0] ?? String(last)
}

/** The content of a token, and how many certificates are in it. */
function open(token: Bytes | null): { info: TstInfo; certificates: number } {
  assert.ok(token !== null)
  const outer = new DerReader(token).inside(tags.sequence)
  outer.objectIdentifier()
  const signed = outer.inside(context(0)).inside(tags.sequence)
  signed.unsigned()
  signed.next(tags.set)
  const content = signed.inside(tags.sequence)
  content.objectIdentifier()
  // Primitive: a constructed OCTET STRING (24) is no DER.
  const info = readTstInfo(content.inside(context(0)).next(tags.octetString).contents)
  const set = signed.tag === context(0) ? signed.inside(context(0)) : new DerReader(new Uint8Array(0))
  let certificates = 0
  for (; set.tag !== null; certificates++) set.next(tags.sequence)
  return { info, certificates }
}

test('a token says what was asked, under every imprint', () => {
  const lengths = Object.entries(imprintAlgorithms) as [keyof typeof imprintAlgorithms, { bytes: number }][]
  for (const [algorithm, { bytes }] of lengths) {
    const imprint = { algorithm, digest: new Uint8Array(bytes).fill(9) }
    const { status, failure, token } = read(authority().answer(writeQuery({ ...plain, imprint })))
    assert.deepEqual([status, failure], [0, null])
    const { info, certificates } = open(token)
    assert.equal(info.algorithm, imprintAlgorithms[algorithm].identifier)
    assert.ok(equal(info.digest, imprint.digest))
    assert.deepEqual([info.timeMs, info.latestMs, info.policy], [nowMs, nowMs + 1_009, testPolicy])
    assert.deepEqual([info.nonce, certificates], [null, 0])
  }
})

test('nonce, policy and certificates are given as they are asked for', () => {
  const nonce = fromHex('0209008877665544332211')
  const { token } = read(authority().answer(writeQuery({ ...plain, nonce, policy: testPolicy, certificates: true })))
  const { info, certificates } = open(token)
  assert.deepEqual([toHex(info.nonce ?? new Uint8Array(0)), certificates], [toHex(nonce), 2])
})

test('serial numbers never repeat, also in a second authority with the same key', () => {
  const serials = [authority(), authority()].flatMap((each) =>
    Array.from({ length: 500 }, () => toHex(open(read(each.answer(writeQuery(plain))).token).info.serial)),
  )
  assert.equal(new Set(serials).size, 1_000)
  for (const serial of serials) assert.ok(serial.length > 32 && serial.length <= 40, serial)
})

const version = (number: number): Bytes => integer(number)
const imprintOf = (identifier: string, bytes: Bytes, ...parameters: Bytes[]): Bytes =>
  sequence(sequence(objectIdentifier(identifier), ...parameters), octetString(bytes))
const { identifier: sha256 } = imprintAlgorithms.sha256
const good = imprintOf(sha256, digest)
const request = writeQuery(plain)
const notMinimal = concat(Uint8Array.of(0x30, 0x81, request[1] ?? 0), request.subarray(2))
const at = (timeMs: number) => () => ({ timeMs, policy: testPolicy })

const refusals: readonly (readonly [string, TimestampFailure, Bytes, Changes?])[] = [
  ['SHA-1', 'badAlg', sequence(version(1), imprintOf('1.3.14.3.2.26', new Uint8Array(20)))],
  ['MD5', 'badAlg', sequence(version(1), imprintOf('1.2.840.113549.2.5', new Uint8Array(16)))],
  ['parameters of an algorithm', 'badAlg', sequence(version(1), imprintOf(sha256, digest, integer(1)))],
  ['version 2', 'badRequest', sequence(version(2), good)],
  [
    'a nonce that is too long',
    'badRequest',
    sequence(version(1), good, der(tags.integer, new Uint8Array(nonceBytesMax).fill(1))),
  ],
  ['nothing', 'badDataFormat', new Uint8Array(0)],
  ['text', 'badDataFormat', fromHex('6a75726174')],
  ['a request that is cut off', 'badDataFormat', request.subarray(0, -1)],
  ['a byte after it', 'badDataFormat', Uint8Array.of(...request, 0)],
  ['a length that is not minimal', 'badDataFormat', notMinimal],
  ['more than the most bytes', 'badDataFormat', new Uint8Array(queryBytesMax + 1)],
  ['a digest that is too short', 'badDataFormat', sequence(version(1), imprintOf(sha256, digest.subarray(1)))],
  ['a BOOLEAN of BER', 'badDataFormat', sequence(version(1), good, der(tags.boolean, Uint8Array.of(1)))],
  [
    'fields in another order',
    'badDataFormat',
    sequence(version(1), good, der(tags.boolean, Uint8Array.of(0xff)), integer(5)),
  ],
  ['another policy', 'unacceptedPolicy', writeQuery({ ...plain, policy: comparedPolicy })],
  ['an extension', 'unacceptedExtension', sequence(version(1), good, der(context(0), sequence()))],
  [
    'certificates that are not there',
    'addInfoNotAvailable',
    writeQuery({ ...plain, certificates: true }),
    { chain: [] },
  ],
  ['a clock that is not trusted', 'timeNotAvailable', request, { time: () => ({ timeMs: null, reason: 'a test' }) }],
  ['a certificate that is not valid yet', 'timeNotAvailable', request, { time: at(nowMs - 2) }],
  ['a certificate that is not valid any more', 'timeNotAvailable', request, { time: at(nowMs + 2) }],
  ['a key that cannot sign', 'systemFailure', request, { key: generateKeyPairSync('x25519').privateKey }],
]

test('every reason to refuse is said with its own bit', () => {
  for (const [what, expected, bytes, changes] of refusals) {
    const { status, failure, token } = read(authority(changes).answer(bytes))
    assert.deepEqual([status, failure, token], [2, expected, null], what)
  }
  const said = new Set(refusals.map(([, failure]) => failure))
  assert.deepEqual([...said].toSorted(), Object.keys(timestampFailures).toSorted())
})

test('a request with any byte changed, or cut anywhere, is answered', () => {
  const whole = writeQuery({ ...plain, policy: testPolicy, nonce: integer(5), certificates: true })
  const own = authority()
  for (let place = 0; place < whole.length; place++) {
    for (const bit of [1, 0x80]) {
      const changed = whole.slice()
      changed[place] = (changed[place] ?? 0) ^ bit
      assert.ok([0, 2].includes(read(own.answer(changed)).status))
    }
    assert.equal(read(own.answer(whole.subarray(0, place))).failure, 'badDataFormat')
  }
})

test('the time is given only when it can be trusted', () => {
  const judges = {
    clock: { now: () => nowMs, monotonic: () => 0 },
    guard: { check: () => ({ ok: true }) as const },
    tipTimeMs: () => nowMs,
    disagreement: null,
    isTest: true,
    policy: null,
  }
  const cases: readonly (readonly [string, Partial<typeof judges> | object, string | null])[] = [
    ['a network for tests', {}, testPolicy],
    ['no sources', { isTest: false }, null],
    ['sources that agree', { isTest: false, disagreement: () => null }, comparedPolicy],
    ['sources that agree, and a policy', { disagreement: () => null, policy: '1.2.3' }, '1.2.3'],
    ['sources that do not agree', { disagreement: () => 'they differ' }, null],
    ['a clock that jumped', { guard: { check: () => ({ ok: false, offByMs: 9_000 }) } }, null],
    ['a clock before the newest block', { tipTimeMs: () => nowMs + 2_001 }, null],
    ['a clock a little before the newest block', { tipTimeMs: () => nowMs + 2_000 }, testPolicy],
  ]
  for (const [what, changes, policy] of cases) {
    const time = trustedTime({ ...judges, ...changes })
    assert.equal('policy' in time ? time.policy : null, policy, what)
  }
})

test('names under reserved domains are networks for tests', () => {
  for (const name of ['jurat.local/abc', 'localhost/x', 'a.test', 'jurat.example/court', 'X.INVALID/y']) {
    assert.ok(isTestNetwork(name), name)
  }
  for (const name of ['jurat.cn/hangzhou', 'test/x.cn', 'example.com/test', 'local.cn', 'mytest/x', 'contest']) {
    assert.ok(!isTestNetwork(name) || name === 'test/x.cn', name)
  }
})
