/**
 * Changes of a consortium document: what each makes, what the people who vote are told, what is refused before any vote.
 * @module
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { algorithms } from '@jurat/core/crypto/provider'
import { addressBytesMax, addressesMax, type ConsortiumDocument, type Member } from '@jurat/core/ledger/consortium'
import { defaultParameters } from '@jurat/core/ledger/parameters'
import { proveMember } from '@jurat/core/ledger/possession'
import { nodeCrypto } from '../../crypto/nodeCrypto.ts'
import { operationBytesMax } from '@jurat/core/ledger/payloads'
import { ballotBytes, ballotFault } from './ballotSize.ts'
import { changedDocument, checkChange, type DocumentChange } from './documentChange.ts'
import { describeChange, documentDiff } from './documentDiff.ts'

const origin = 'jurat.example/changes'

function member(name: string, seed: number): Member {
  const key = (role: number, algorithm: number): Uint8Array =>
    Uint8Array.from([algorithm, ...new Uint8Array(32).fill(16 * seed + role)])
  const { ed25519, mldsa44 } = algorithms
  const keys = {
    ballot: key(1, ed25519),
    log: key(2, ed25519),
    executorEd25519: key(3, ed25519),
    executorMldsa44: key(4, mldsa44),
    validator: key(5, ed25519),
    transport: key(6, ed25519),
  }
  return proveMember(nodeCrypto, origin, { name, addresses: [`https://${name}.example`] }, keys)
}

const ofMembers = (names: readonly string[], quorum: number): ConsortiumDocument => ({
  members: names.map((name, at) => member(name, at + 1)),
  quorum,
  witnesses: [],
  witnessQuorum: 0,
  parameters: defaultParameters,
})
const four = ofMembers(['a', 'b', 'd', 'e'], 3)
const joining = member('c', 9)

test('a member is admitted, at its place by name, and the quorum follows', () => {
  const after = changedDocument(four, { kind: 'admit', member: joining, quorum: null })
  assert.deepEqual(
    after.members.map(({ name }) => name),
    ['a', 'b', 'c', 'd', 'e'],
  )
  assert.equal(after.quorum, 4)
  checkChange(nodeCrypto, origin, four, after)
  const lines = describeChange(nodeCrypto, four, after)
  assert.match(lines.join('\n'), /\+ c {2}https:\/\/c\.example\n.*\+ c {2}key ballot/)
  assert.match(lines.join('\n'), /~ quorum {2}3 of 4 becomes 4 of 5/)
  assert.match(lines.at(-1) ?? '', /^approval {2}3 of 4 members, the proposer counted: a, b, d, e$/)
})

test('a member leaves, rotates its keys, the rules change: each difference is one line', () => {
  const five = changedDocument(four, { kind: 'admit', member: joining, quorum: null })
  const rotated = { ...member('a', 10), keys: { ...member('a', 10).keys } }
  const table: readonly [DocumentChange, readonly RegExp[]][] = [
    [{ kind: 'remove', name: 'b', quorum: null }, [/^- b$/, /^~ quorum {2}4 of 5 becomes 4 of 4$/]],
    [{ kind: 'remove', name: 'b', quorum: 3 }, [/^- b$/, /^~ quorum {2}4 of 5 becomes 3 of 4$/]],
    [{ kind: 'rotate', member: rotated }, Array.from({ length: 6 }, () => /^~ a {2}key \w+ {2}\w{16} becomes \w{16}$/)],
    [{ kind: 'rules', quorum: 5, parameters: {} }, [/^~ quorum {2}4 of 5 becomes 5 of 5$/]],
    [{ kind: 'rules', quorum: null, parameters: { itemsMax: 7 } }, [/^~ itemsMax {2}5000 becomes 7$/]],
    [{ kind: 'rules', quorum: null, parameters: {} }, []],
  ]
  for (const [change, expected] of table) {
    const after = changedDocument(five, change)
    checkChange(nodeCrypto, origin, five, after)
    const lines = documentDiff(five, after)
    assert.equal(lines.length, expected.length, lines.join('\n'))
    for (const [at, line] of lines.entries()) assert.match(line, expected[at] ?? /never/)
  }
})

test('what the ledger would refuse is refused with its reason', () => {
  const foreign = { ...joining, proofs: { ...joining.proofs, log: joining.proofs.ballot } }
  const table: readonly [DocumentChange, RegExp][] = [
    [{ kind: 'admit', member: member('a', 9), quorum: null }, /a is a member already/],
    [{ kind: 'admit', member: member('c', 1), quorum: null }, /a key stands twice/],
    [{ kind: 'admit', member: foreign, quorum: null }, /a key is not proven/],
    [{ kind: 'admit', member: joining, quorum: 3 }, /more than two thirds/],
    [{ kind: 'remove', name: 'x', quorum: null }, /x is no member: a, b, d, e/],
    [{ kind: 'remove', name: 'a', quorum: null }, /4 to 31 members/],
    [{ kind: 'rules', quorum: 2, parameters: {} }, /more than two thirds/],
    [{ kind: 'rules', quorum: null, parameters: { keysMax: 0 } }, /out of its bounds/],
  ]
  for (const [change, reason] of table) {
    assert.throws(() => checkChange(nodeCrypto, origin, four, changedDocument(four, change)), reason)
  }
  const two = { ...four, members: [member('a', 10), member('b', 11), ...four.members.slice(2)] }
  assert.throws(() => checkChange(nodeCrypto, origin, four, two), /takes away at most a third/)
})

/** So many members, each with these addresses. */
function wide(count: number, addresses: readonly string[] = ['https://a.example']): ConsortiumDocument {
  const names = Array.from({ length: count }, (_, at) => `m${String(at).padStart(2, '0')}`)
  const document = ofMembers(names, Math.floor((2 * count) / 3) + 1)
  // Only lengths are asked with these: the proofs are over other addresses.
  return { ...document, members: document.members.map((each) => ({ ...each, addresses })) }
}

test('how many members a ballot can carry, by the length of what they say', () => {
  const usual = [
    'https://node.notary.example',
    'consensus://node.notary.example:26656',
    'members://node.notary.example:26657',
  ]
  const rows: readonly [readonly string[], number][] = [
    [['https://a.example'], 15],
    [usual, 15],
    [Array.from({ length: addressesMax }, () => 'x'.repeat(addressBytesMax)), 12],
  ]
  for (const [addresses, most] of rows) {
    assert.equal(ballotFault(wide(most, addresses)), null)
    assert.match(ballotFault(wide(most + 1, addresses)) ?? '', new RegExp(`of ${most + 1} members has 6\\d{4} bytes`))
  }
})

test('a change that no ballot can carry is refused with its bytes and the bound', () => {
  const before = ofMembers(
    wide(15).members.map(({ name }) => name),
    11,
  )
  const after = changedDocument(before, { kind: 'admit', member: member('x', 0), quorum: null })
  const sentence = `the ballot for a document of 16 members has ${ballotBytes(after)} bytes, and may have ${operationBytesMax}`
  assert.throws(
    () => checkChange(nodeCrypto, origin, before, after),
    (error: Error) => error.message === sentence,
  )
})

test('the last byte that a ballot may have', () => {
  const filled = (bytes: number): ConsortiumDocument => wide(4, ['x'.repeat(bytes)])
  // Four times the same address: of four lengths that follow one another in one member, one meets the bound exactly.
  const long = Math.floor((operationBytesMax - ballotBytes(filled(1_000))) / 4) + 1_000
  const { members, ...rest } = filled(long - 1)
  const exact = [...Array(32).keys()].map((more) => {
    const [first, ...others] = members
    return { ...rest, members: [...others, { ...(first as Member), addresses: ['x'.repeat(long + more)] }] }
  })
  const last = exact.find((each) => ballotBytes(each) === operationBytesMax)
  const over = exact.find((each) => ballotBytes(each) === operationBytesMax + 1)
  assert.ok(last !== undefined && over !== undefined)
  assert.equal(ballotFault(last), null)
  assert.notEqual(ballotFault(over), null)
})
