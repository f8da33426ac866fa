/**
 * Consortium documents: what admission refuses, how far one may differ from the last, and operation 60.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { equal, fromText, toHex } from '../bytes.ts'
import { keyId, signatureTypes } from '../note/vkey.ts'
import { parsePolicy } from '../note/policy.ts'
import { codes } from './codes.ts'
import {
  type ConsortiumDocument,
  decodeDocument,
  documentHash,
  encodeDocument,
  type OutsideWitness,
} from './consortium.ts'
import { changeOverFault, type DocumentFault, documentFault, isOrigin } from './consortiumRules.ts'
import { decodeEntry } from './entry.ts'
import { checkGenesis, decodeGenesis, encodeGenesis, type Genesis, GenesisError } from './genesis.ts'
import { defaultParameters, parameterTable } from './parameters.ts'
import { operationHash } from './payloads.ts'
import { policyText } from './policyText.ts'
import { arePossessed } from './possession.ts'
import {
  crypto,
  documentOf,
  type Draft,
  firstAccount,
  idOf,
  keyOf,
  keys,
  member,
  origin,
  proposal,
  testGenesis,
  TestLedger,
} from './network.cases.ts'

const witness = (name: string, changes: Partial<OutsideWitness> = {}): OutsideWitness => ({
  name: `witness.example/${name}`,
  url: `https://${name}.example`,
  keys: [keyOf(name)],
  ...changes,
})
const named = (name: string): ConsortiumDocument => documentOf(1, { members: [member(name)] })
const four = documentOf(4)
const [first, second, third] = four.members
assert.ok(first !== undefined && second !== undefined && third !== undefined)
const swapped = (changes: Partial<typeof first.keys>): ConsortiumDocument => ({
  ...four,
  members: [{ ...first, keys: { ...first.keys, ...changes } }, ...four.members.slice(1)],
})

const faults: readonly (readonly [string, ConsortiumDocument, DocumentFault | null])[] = [
  ['solo', documentOf(1), null],
  ['4 members', four, null],
  ['31 members', documentOf(31), null],
  ['no member', documentOf(0, { quorum: 1 }), 'member-count'],
  ['2 members', documentOf(2), 'member-count'],
  ['3 members', documentOf(3), 'member-count'],
  ['a name with a space', named('m 1'), 'name'],
  ['a name with a plus', named('m+1'), 'name'],
  ['a name with a hash', named('m#1'), 'name'],
  ['a name with a control character', named('m\u00851'), 'name'],
  ['a name with a Unicode space', named('m\u30001'), 'name'],
  ['a name with an invisible mark', named('m\ufeff1'), 'name'],
  ['an empty name', named(''), 'name'],
  ['a name of 100 bytes', named('m'.repeat(100)), null],
  ['a name of 101 bytes', named('m'.repeat(101)), 'name'],
  [
    'a name twice',
    { ...four, members: [first, { ...second, name: first.name }, ...four.members.slice(2)] },
    'name-twice',
  ],
  [
    'a consortium member without address',
    { ...four, members: [{ ...first, addresses: [] }, ...four.members.slice(1)] },
    'address',
  ],
  [
    'an address that is no URL',
    { ...four, members: [{ ...first, addresses: ['m1'] }, ...four.members.slice(1)] },
    'address',
  ],
  [
    'an address with a hash',
    { ...four, members: [{ ...first, addresses: ['https://m1/#'] }, ...four.members.slice(1)] },
    'address',
  ],
  ['a log key of another algorithm', swapped({ log: keyOf('p256:log') }), 'key-algorithm'],
  ['a validator key of another algorithm', swapped({ validator: keyOf('secp256k1:v') }), 'key-algorithm'],
  ['an SM2 ballot key', swapped({ ballot: keyOf('sm2:ballot') }), null],
  ['a P-256 transport key', swapped({ transport: keyOf('p256:t') }), null],
  ['one key in two roles', swapped({ log: first.keys.ballot }), 'key-twice'],
  ['one key of two members', swapped({ ballot: second.keys.ballot }), 'key-twice'],
  ['one key of two members in two roles', swapped({ ballot: third.keys.transport }), 'key-twice'],
  ['a key of a witness', { ...four, witnesses: [witness('w', { keys: [first.keys.log] })] }, 'key-twice'],
  ['a witness', { ...four, witnesses: [witness('w')], witnessQuorum: 1 }, null],
  ['a witness with two keys', { ...four, witnesses: [witness('w', { keys: [keyOf('w'), keyOf('mldsa44:w')] })] }, null],
  [
    'a witness with two Ed25519 keys',
    { ...four, witnesses: [witness('w', { keys: [keyOf('w'), keyOf('v')] })] },
    'key-algorithm',
  ],
  ['a witness without URL', { ...four, witnesses: [witness('w', { url: 'w' })] }, 'address'],
  [
    'two witnesses with one name',
    { ...four, witnesses: [witness('w'), witness('w', { keys: [keyOf('v')] })] },
    'name-twice',
  ],
  ['a quorum of too few members', { ...four, quorum: 2 }, 'quorum'],
  ['a quorum of all members', { ...four, quorum: 4 }, null],
  ['a quorum of more than the members', { ...four, quorum: 5 }, 'quorum'],
  ['a quorum of more than the witnesses', { ...four, witnesses: [witness('w')], witnessQuorum: 2 }, 'witness-quorum'],
  ['a parameter below its bound', { ...four, parameters: { ...defaultParameters, keysMax: 0 } }, 'parameters'],
]

for (const [name, document, fault] of faults) {
  test(`document: ${name}: ${fault ?? 'accepted'}`, () => {
    assert.equal(documentFault(crypto, origin, document), fault)
  })
}

test('two log keys with one key id could not be told apart', () => {
  // A provider whose hash is short, so that ids collide without a search of 2^32 keys.
  const weak = { sha256: (data: Uint8Array) => Uint8Array.of(0, 0, 0, data.length & 1, ...new Uint8Array(28)) }
  assert.equal(documentFault(weak, origin, four), 'note-key-ambiguous')
  const ids = four.members.map(({ keys: { log } }) => keyId(crypto, origin, signatureTypes.ed25519, log.subarray(1)))
  assert.equal(new Set(ids).size, 4)
})

test('names of networks are schema-less URLs of at most 100 bytes', () => {
  for (const good of ['jurat.example', 'jurat.example/hangzhou', '法院.example', 'a'.repeat(100)])
    assert.ok(isOrigin(good), good)
  for (const bad of ['', 'https://jurat.example', 'a b', 'a+b', 'a#b', 'a\nb', 'a'.repeat(101)])
    assert.ok(!isOrigin(bad), bad)
})

test('a document is its bytes, and every key proves that it is there by its will', () => {
  for (const document of [four, documentOf(1, { witnesses: [witness('w')] })]) {
    const bytes = encodeDocument(document)
    assert.deepEqual(decodeDocument(bytes), document)
    assert.ok(arePossessed(crypto, origin, document))
    assert.ok(!arePossessed(crypto, 'jurat.example/other', document), 'a proof counts in one network only')
  }
  const stolen = { ...four, members: [{ ...first, name: 'thief' }, ...four.members.slice(1)] }
  assert.ok(!arePossessed(crypto, origin, stolen), 'a proof counts for one member only')
  const swappedRoles = swapped({ ballot: first.keys.log, log: first.keys.ballot })
  assert.ok(!arePossessed(crypto, origin, swappedRoles), 'a proof counts for one role only')
})

test('change-over: how many validators may go and come at once', () => {
  const of = (...names: string[]): ConsortiumDocument => documentOf(0, { members: names.map((name) => member(name)) })
  const m = (...numbers: number[]): ConsortiumDocument => of(...numbers.map((number) => `m${number}`))
  const rows: readonly (readonly [ConsortiumDocument, ConsortiumDocument, DocumentFault | null])[] = [
    [m(1), m(1), null],
    [m(1), m(2), 'validators-removed'],
    [m(1), m(1, 2, 3, 4), 'validators-added'],
    [m(1, 2, 3, 4), m(1, 2, 3, 5), null],
    [m(1, 2, 3, 4), m(1, 2, 5, 6), 'validators-removed'],
    [m(1, 2, 3, 4), m(1, 2, 3, 4, 5), null],
    [m(1, 2, 3, 4), m(1, 2, 3, 4, 5, 6), 'validators-added'],
    [m(1, 2, 3, 4, 5), m(1, 2, 3, 4), null],
    [m(1, 2, 3, 4, 5, 6), m(1, 2, 3, 4), 'validators-removed'],
    [m(1, 2, 3, 4, 5, 6, 7), m(1, 2, 3, 4, 5, 8, 9), null],
    [m(1, 2, 3, 4, 5, 6, 7), m(1, 2, 3, 4, 8, 9, 10), 'validators-removed'],
  ]
  for (const [at, [before, after, fault]] of rows.entries())
    assert.equal(changeOverFault(before, after), fault, `row ${at}`)
})

const byAdmin = { from: 'admin', by: ['m1/ballot', 'm2/ballot', 'm3/ballot'] } as const

function replacement(ledger: TestLedger, document: ConsortiumDocument, changes: Partial<Draft> = {}): Draft {
  const replaces = documentHash(crypto, ledger.consortium().documentBytes)
  return { ...byAdmin, payload: { type: 60, document: encodeDocument(document), replaces }, ...changes }
}

test('60: guards', () => {
  const next = documentOf(4, { quorum: 4, parameters: { ...defaultParameters, itemsMax: 7 } })
  const ledger = new TestLedger({ members: 4 })
  const rows: readonly (readonly [string, Draft, number])[] = [
    [
      'another document than the one in force',
      { ...byAdmin, payload: { type: 60, document: encodeDocument(next), replaces: new Uint8Array(32) } },
      codes.contradictsState,
    ],
    ['a document that breaks a rule', replacement(ledger, { ...next, quorum: 2 }), codes.contradictsState],
    ['too many new validators', replacement(ledger, documentOf(6)), codes.contradictsState],
    [
      'a key without proof',
      replacement(ledger, { ...next, members: [{ ...first, proofs: second.proofs }, ...next.members.slice(1)] }),
      codes.contradictsState,
    ],
    ['not by the consortium', replacement(ledger, next, { from: 'alice', by: ['alice'] }), codes.notAllowed],
    ['too few ballots', replacement(ledger, next, { by: ['m1/ballot', 'm2/ballot'] }), codes.signatureInvalid],
    ['success', replacement(ledger, next), codes.success],
    ['the next one', replacement(ledger, four), codes.contradictsState],
  ]
  for (const [name, draft, code] of rows) assert.equal(ledger.send(draft), code, name)
  assert.equal(ledger.consortium().sequence, 1)
  assert.equal(ledger.rules().parameters.itemsMax, 7)
})

test('60: at most one a block; the old document is in force until its end', () => {
  const ledger = new TestLedger({ members: 4 })
  const next = documentOf(4, { parameters: { ...defaultParameters, proposalLifeMs: 1_000, rawAllowed: 0 } })
  const drafts: Draft[] = [
    replacement(ledger, next),
    replacement(ledger, documentOf(4, { quorum: 4 })),
    { from: 'alice', payload: { type: 41, kind: 0, bodies: [fromText('x')] } },
  ]
  const { consortiumIndex, size } = ledger.tip
  const outcome = ledger.block(drafts.map((draft) => ledger.sign(draft)))
  assert.deepEqual(
    outcome.results.map(({ code }) => code),
    [codes.success, codes.contradictsState, codes.success],
  )
  const change = decodeEntry(ledger.entries[size] ?? new Uint8Array())
  assert.ok(change.kind === 0 && change.sequence === 1 && change.previousIndex === 0)
  assert.deepEqual(outcome.consortium, { document: encodeDocument(next), index: size, sequence: 1 })
  const block = decodeEntry(outcome.entries.at(-1) ?? new Uint8Array())
  assert.ok(
    block.kind === 3 && block.consortiumIndex === consortiumIndex,
    'it names the document from before the block',
  )
  assert.equal(ledger.tip.consortiumIndex, size)
  assert.equal(
    ledger.send({ from: 'alice', payload: { type: 41, kind: 0, bodies: [fromText('x')] } }),
    codes.typeUnknown,
  )
})

test('60: the members who sign are those in force', () => {
  const ledger = new TestLedger({ members: 4 })
  const next = documentOf(0, { members: ['m1', 'm2', 'm3', 'm5'].map((name) => member(name)), quorum: 3 })
  assert.equal(ledger.send(replacement(ledger, next)), codes.success)
  const freeze = (by: string): Draft => ({
    from: 'admin',
    by: ['m1/ballot', 'm2/ballot', by],
    to: 'alice',
    payload: { type: 17 },
  })
  assert.equal(ledger.send(freeze('m4/ballot')), codes.signatureInvalid)
  assert.equal(ledger.send(freeze('m5/ballot')), codes.success)
})

/** Opens a proposal and gives the vote for it of another key. */
function opened(
  ledger: TestLedger,
  draft: Draft & { readonly payload: { readonly type: 30; readonly operation: Uint8Array } },
) {
  const bytes = ledger.sign(draft)
  assert.equal(ledger.send(bytes), codes.success)
  const { txHash } = ledger.parse(bytes)
  return (by: string): Draft => ({
    from: draft.from,
    by: [by],
    payload: { type: 31, proposal: txHash, operationHash: operationHash(crypto, draft.payload.operation) },
  })
}

test('60: by proposal and votes; the entry is that of the consortium', () => {
  const ledger = new TestLedger({ members: 4 })
  const { payload } = replacement(ledger, documentOf(4, { quorum: 4 }))
  assert.ok(payload.type === 60)
  const operation = proposal(payload)
  assert.ok(operation.type === 30)
  const vote = opened(ledger, { from: 'admin', by: ['m1/ballot'], payload: operation })
  assert.equal(ledger.send(vote('m2/ballot')), codes.success)
  assert.equal(ledger.consortium().sequence, 0)
  const { size } = ledger.tip
  assert.equal(ledger.send(vote('m4/ballot')), codes.success)
  assert.deepEqual([ledger.consortium().sequence, ledger.tip.consortiumIndex, ledger.tip.size], [1, size, size + 2])
})

test('31: what new parameters would refuse contradicts the state, and the proposal stays', () => {
  const ledger = new TestLedger()
  const operation = proposal({ type: 11, authMap: keys({ a: 50, b: 25, c: 25 }) })
  assert.ok(operation.type === 30)
  const vote = opened(ledger, { from: 'pair', by: ['pair/1'], payload: operation })
  const solo = ledger.consortium().document
  const withKeys = (keysMax: number): Draft =>
    replacement(ledger, { ...solo, parameters: { ...solo.parameters, keysMax } }, { by: ['m1/ballot'] })
  assert.equal(ledger.send(withKeys(2)), codes.success)
  assert.equal(ledger.send(vote('pair/2')), codes.contradictsState)
  assert.equal(ledger.send(withKeys(3)), codes.success)
  assert.equal(ledger.send(vote('pair/2')), codes.success)
})

test('votes of a member that has gone count no more, even when it comes back', () => {
  const ledger = new TestLedger({ members: 4 })
  const operation = proposal({ type: 17 }, { to: idOf('alice') })
  assert.ok(operation.type === 30)
  const vote = opened(ledger, { from: 'admin', by: ['m4/ballot'], payload: operation })
  assert.equal(ledger.send(vote('m1/ballot')), codes.success)
  const without = documentOf(0, { members: ['m1', 'm2', 'm3', 'm5'].map((name) => member(name)), quorum: 3 })
  assert.equal(ledger.send(replacement(ledger, without)), codes.success)
  assert.equal(ledger.send(vote('m2/ballot')), codes.success)
  assert.ok(!ledger.account('alice').frozen, 'two of four')
  assert.equal(ledger.send(replacement(ledger, documentOf(4))), codes.success)
  assert.equal(ledger.send(vote('m4/ballot')), codes.success, 'its vote was dropped, so it votes again')
  assert.ok(ledger.account('alice').frozen)
})

test('a solo operator changes witnesses, parameters and addresses, but not its validator key', () => {
  const ledger = new TestLedger()
  const solo = ledger.consortium().document
  const by = { by: ['m1/ballot'] }
  const next = {
    ...solo,
    witnesses: [witness('w')],
    witnessQuorum: 1,
    parameters: { ...defaultParameters, keysMax: 2 },
  }
  assert.equal(ledger.send(replacement(ledger, next, by)), codes.success)
  const moved = { ...next, members: [member('m1', { log: 'm2', ballot: 'm2' })] }
  assert.equal(ledger.send(replacement(ledger, moved, by)), codes.success)
  const other = { ...next, members: [member('m1', { validator: 'm2' })] }
  assert.equal(ledger.send(replacement(ledger, other, { by: ['m2/ballot'] })), codes.contradictsState)
  assert.equal(ledger.send(replacement(ledger, documentOf(4), { by: ['m2/ballot'] })), codes.contradictsState)
})

test('policy texts: a quorum of members, each a group of its two keys; solo of outside witnesses, or none', () => {
  const [{ keys: { log } } = first] = four.members
  const text = policyText(crypto, origin, four, { logKey: log, algorithms: 'all' })
  const policy = parsePolicy(crypto, text)
  assert.equal(policy.witnesses.length, 8)
  assert.deepEqual(policy.groups.at(-1), { name: 'members', threshold: 3, members: ['m1', 'm2', 'm3', 'm4'] })
  assert.ok(
    policy.witnesses.every(({ url }) => url !== null),
    'some readers want a URL on every line',
  )
  const short = parsePolicy(crypto, policyText(crypto, origin, four, { logKey: log, algorithms: 'ed25519' }))
  assert.deepEqual([short.witnesses.length, short.groups.length], [4, 1])
  const solo = documentOf(1, { witnesses: [witness('w'), witness('v', { keys: [keyOf('v'), keyOf('mldsa44:v')] })] })
  const none = policyText(crypto, origin, solo, { logKey: log, algorithms: 'all' })
  assert.match(none, /\nquorum none\n$/)
  const asked = policyText(crypto, origin, { ...solo, witnessQuorum: 2 }, { logKey: log, algorithms: 'all' })
  assert.match(asked, /\ngroup witnesses 2 w1-ed25519 w2\nquorum witnesses\n$/)
  parsePolicy(crypto, asked)
})

test('every parameter is refused one step beyond its bounds', () => {
  for (const { name, min, max } of parameterTable) {
    for (const [value, good] of [
      [min, true],
      [max, true],
      [min - 1, false],
      [max + 1, false],
    ] as const) {
      const document = documentOf(1, { parameters: { ...defaultParameters, [name]: value } })
      assert.equal(documentFault(crypto, origin, document) === null, good, `${name} ${value}`)
    }
  }
  const bound = (name: string): number => parameterTable.find((row) => row.name === name)?.max ?? 0
  assert.ok(bound('periodMaxMs') + bound('futureSkewMaxMs') <= 630_000, 'the replay window covers what can be accepted')
})

test('genesis: rules', () => {
  const good = testGenesis()
  const rows: readonly (readonly [string, Genesis])[] = [
    ['a name that is a URL', { ...good, name: 'https://jurat.example' }],
    ['another name than the one that the keys have signed', { ...good, name: 'jurat.example/other' }],
    ['an account twice', { ...good, accounts: [firstAccount('alice'), firstAccount('alice')] }],
    [
      'more money than can be counted',
      {
        ...good,
        accounts: [firstAccount('alice', { balance: Number.MAX_SAFE_INTEGER }), firstAccount('bob', { balance: 1 })],
      },
    ],
    [
      'a key that is no point',
      { ...good, accounts: [firstAccount('alice', { recoverKey: new Uint8Array(33).fill(1) })] },
    ],
    ['a document that breaks a rule', { ...good, document: encodeDocument(documentOf(2)) }],
  ]
  for (const [name, genesis] of rows) assert.throws(() => checkGenesis(crypto, genesis), GenesisError, name)
  assert.deepEqual(decodeGenesis(encodeGenesis(good)), good)
  const continued = {
    ...good,
    predecessor: { networkId: new Uint8Array(32), origin: 'jurat.example/lost', checkpoint: fromText('x\n') },
  }
  assert.deepEqual(decodeGenesis(encodeGenesis(continued)), continued)
  checkGenesis(crypto, continued)
})

test('a network id is that of its genesis: a signature of one network is not valid on another', () => {
  const one = new TestLedger()
  const other = new TestLedger({ accounts: [firstAccount('alice', { balance: 1, authMap: keys({ alice: 100 }) })] })
  assert.ok(!equal(one.networkId, other.networkId), toHex(one.networkId))
  const bytes = one.sign({ from: 'alice', payload: { type: 13, encryptionKey: null } })
  assert.equal(one.send(bytes), codes.success)
  assert.equal(other.send(bytes), codes.wrongNetwork)
})
