/**
 * Blocks: what stands in the log after them, and that the same blocks give the same bytes.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AssertionFailure } from '../assert.ts'
import { type Bytes, compare, concat, equal, fromText, toHex } from '../bytes.ts'
import { CborWriter } from '../cbor/writer.ts'
import { domainHash } from '../crypto/domain.ts'
import { itemsHash } from '../deposit/item.ts'
import { hashLeaf, treeHash } from '../merkle/hash.ts'
import { rootFromInclusion, treePath } from '../merkle/proof.ts'
import { recordHash } from './account.ts'
import { applyBlock, buildBlock, proposeBlock } from './block.ts'
import { codes } from './codes.ts'
import { emptyLanes, stateDigest, updateLanes } from './digest.ts'
import { decodeEntry, encodeEntry, type Entry, isOurEntry } from './entry.ts'
import { defaultParameters, replayWindowMs } from './parameters.ts'
import { type ParsedTransaction, parseTransaction } from './parse.ts'
import { crypto, type Draft, firstAccount, idOf, itemOf, keyOf, keys, TestLedger } from './network.cases.ts'

const deposit = (from: string, ...texts: string[]): Draft => ({ from, payload: { type: 40, items: texts.map(itemOf) } })
const none = new Uint8Array()
const entryAt = (ledger: TestLedger, index: number): Entry => decodeEntry(ledger.entries[index] ?? none)

test('genesis: the consortium entry, the accounts by ascending id, the block of height 0', () => {
  const ledger = new TestLedger()
  const kinds = ledger.entries.map((leaf) => decodeEntry(leaf).kind)
  assert.deepEqual(kinds, [0, 2, 2, 2, 2, 3])
  const ids = ledger.entries.slice(1, 5).map((leaf) => {
    const entry = decodeEntry(leaf)
    assert.ok(entry.kind === 2 && entry.type === 0 && entry.txHash === null && entry.version === 1)
    return entry.account
  })
  assert.deepEqual(ids, ids.toSorted(compare))
  const block = entryAt(ledger, 5)
  assert.ok(block.kind === 3 && block.height === 0 && block.previousBlockIndex === null && block.txCount === 0)
  assert.deepEqual(block.transactionsRoot, treeHash(crypto, []))
  assert.equal(ledger.tip.size, 6)
})

test('entries of a block: items, changed accounts by ascending id, the block last', () => {
  const ledger = new TestLedger()
  const { size, previousBlockIndex } = ledger.tip
  const signed = [
    ledger.sign(deposit('alice', 'a', 'b')),
    ledger.sign({ from: 'alice', to: 'bob', value: 7, payload: { type: 20 } }),
    ledger.sign({ from: 'bob', to: 'alice', payload: { type: 21 } }),
    ledger.sign({ from: 'bob', to: 'nobody', payload: { type: 21 } }),
    ledger.sign(deposit('alice', 'c')),
  ]
  const outcome = ledger.block(signed)
  assert.deepEqual(
    outcome.results.map(({ code, firstIndex, entryCount }) => [code, firstIndex - size, entryCount]),
    [
      [0, 0, 2],
      [0, 2, 2],
      [0, 4, 1],
      [codes.objectMissing, 5, 0],
      [0, 5, 1],
    ],
  )
  const kinds = outcome.entries.map((leaf) => decodeEntry(leaf).kind)
  assert.deepEqual(kinds, [1, 1, 2, 2, 5, 1, 3])
  const [before, after] = [entryAt(ledger, size), entryAt(ledger, size + 5)]
  assert.ok(before.kind === 1 && before.accountVersion === 1 && before.itemIndex === 0)
  assert.ok(after.kind === 1 && after.accountVersion === 2, 'the version of the account as it is at the deposit')
  const accounts = [entryAt(ledger, size + 2), entryAt(ledger, size + 3)].map((entry) => {
    assert.ok(entry.kind === 2 && entry.type === 20)
    return entry.account
  })
  assert.deepEqual(accounts, [idOf('alice'), idOf('bob')].toSorted(compare))
  const attestation = entryAt(ledger, size + 4)
  const alice = outcome.accounts.find(({ id }) => equal(id, idOf('alice')))
  assert.ok(attestation.kind === 5 && attestation.version === 2 && alice !== undefined)
  assert.deepEqual(attestation.recordHash, recordHash(crypto, alice.record))
  const block = entryAt(ledger, ledger.tip.size - 1)
  assert.ok(block.kind === 3 && block.firstIndex === size && block.txCount === 5 && block.secondRoot === null)
  assert.equal(block.previousBlockIndex, previousBlockIndex)
  const leaves = outcome.results.map(({ txHash, code }, at) =>
    new CborWriter()
      .array(3)
      .bytes(txHash)
      .bytes(domainHash(crypto, 'signed', signed[at] ?? none))
      .uint(code)
      .finish(),
  )
  assert.deepEqual(block.transactionsRoot, treeHash(crypto, leaves))
})

test('a block without transactions adds no entry and changes nothing', () => {
  const ledger = new TestLedger().wait(1_000)
  const outcome = applyBlock(ledger.input([]))
  assert.deepEqual([outcome.entries, outcome.changes, outcome.results, outcome.accounts], [[], [], [], []])
  assert.equal(outcome.tip, ledger.tip)
  assert.equal(outcome.stateLanes, ledger.lanes)
})

test('the state digest is that of the whole state', () => {
  const ledger = new TestLedger()
  ledger.block([
    ledger.sign({ from: 'alice', to: 'bob', value: 7, payload: { type: 20 } }),
    ledger.sign({ from: 'bob', to: 'alice', value: 7, payload: { type: 20 } }),
    ledger.sign(deposit('alice', 'a')),
  ])
  const whole = [...ledger.state].map(([key, after]) => ({ key, before: null, after }))
  const block = entryAt(ledger, ledger.tip.size - 1)
  assert.ok(block.kind === 3)
  assert.deepEqual(block.stateDigest, stateDigest(crypto, updateLanes(crypto, emptyLanes(), whole)))
})

test('a repeated transaction is applied once: in a block, after it, and until its time is over', () => {
  const ledger = new TestLedger()
  const bytes = ledger.sign({ ...deposit('alice', 'a'), periodMs: 600_000, timestampMs: ledger.timeMs + 5_000 })
  const parsed = ledger.parse(bytes)
  assert.equal(proposeBlock(ledger.input([parsed, parsed])).length, 1)
  assert.throws(() => applyBlock(ledger.input([parsed, parsed])), AssertionFailure)
  ledger.block([bytes])
  assert.equal(ledger.check(bytes), codes.replay)
  ledger.wait(605_000)
  ledger.block([ledger.sign(deposit('alice', 'b'))])
  assert.equal(ledger.check(bytes), codes.replay)
  assert.equal(ledger.wait(1).check(bytes), codes.timestampInvalid)
  assert.ok(replayWindowMs > 605_001)
})

test('a copy with other signatures does not burn the genuine one, and a failed one cannot be repeated', () => {
  const ledger = new TestLedger()
  const draft: Draft = { from: 'bob', to: 'alice', value: 1, payload: { type: 20 }, nonce: new Uint8Array(12) }
  assert.equal(ledger.send({ ...draft, by: ['alice'] }), codes.signatureInvalid)
  assert.equal(ledger.send({ ...draft, by: [] }), codes.signatureInvalid)
  assert.equal(ledger.send(draft), codes.balanceInsufficient)
  assert.equal(ledger.send({ from: 'alice', to: 'bob', value: 5, payload: { type: 20 } }), codes.success)
  assert.equal(ledger.send(draft), codes.replay)
})

test('what is refused enters no block; the proposer drops it, and a block that holds it stops the node', () => {
  const ledger = new TestLedger()
  const good = ledger.parse(ledger.sign(deposit('alice', 'a')))
  const refused: Draft[] = [
    { ...deposit('alice', 'b'), by: ['bob'] },
    deposit('nobody', 'b'),
    { ...deposit('alice', 'b'), timestampMs: 0 },
    { ...deposit('alice', 'b'), timestampMs: ledger.timeMs + 5_001 },
    { ...deposit('alice', 'b'), timestampMs: ledger.timeMs - 60_001 },
    { ...deposit('alice', 'b'), periodMs: 600_001 },
  ]
  for (const draft of refused) {
    const bad = ledger.parse(ledger.sign(draft))
    const { transactions, outcome } = buildBlock(ledger.input([bad, good]))
    assert.deepEqual(transactions, [good])
    assert.deepEqual(outcome.entries, applyBlock(ledger.input([good])).entries)
    assert.throws(() => applyBlock(ledger.input([good, bad])), AssertionFailure)
  }
  for (const timestampMs of [ledger.timeMs + 5_000, ledger.timeMs - 60_000]) {
    assert.equal(ledger.check(ledger.sign({ ...deposit('alice', 'b'), timestampMs })), codes.success)
  }
})

test('new keys in a block decide about the next transaction in it', () => {
  const ledger = new TestLedger()
  const change = ledger.parse(ledger.sign({ from: 'alice', payload: { type: 11, authMap: keys({ new: 100 }) } }))
  const [old, fresh] = ['alice', 'new'].map((by) => ledger.parse(ledger.sign({ ...deposit('alice', 'a'), by: [by] })))
  assert.ok(old !== undefined && fresh !== undefined)
  assert.deepEqual(proposeBlock(ledger.input([change, old, fresh])), [change, fresh])
})

test('a block holds no more gas than its parameter; what does not fit is left out', () => {
  const ledger = new TestLedger({ parameters: { gasBlockMax: 100_000 } })
  const many = Array.from({ length: 5_000 }, (_, at) => itemOf(String(at)))
  const sign = (): ReturnType<TestLedger['parse']> =>
    ledger.parse(ledger.sign({ from: 'alice', payload: { type: 40, items: many } }))
  const all = [sign(), sign(), sign(), sign()]
  const [{ gas }] = all as [(typeof all)[0]]
  const fitting = Math.floor(100_000 / (gas ?? 1))
  assert.deepEqual(proposeBlock(ledger.input(all)), all.slice(0, fitting))
})

test('parameters that changed after a transaction was read judge it again', () => {
  const ledger = new TestLedger({ parameters: { itemsMax: 1 } })
  const before = { networkId: ledger.networkId, parameters: defaultParameters }
  const read = (draft: Draft): ParsedTransaction => {
    const parsed = parseTransaction(crypto, ledger.sign(draft), before)
    assert.ok(!('refused' in parsed))
    return parsed
  }
  const [one, two] = [read(deposit('alice', 'a')), read(deposit('alice', 'a', 'b'))]
  assert.deepEqual(proposeBlock(ledger.input([one, two])), [one])
  assert.throws(() => applyBlock(ledger.input([two])), AssertionFailure)
})

test('an item is proven under the transaction that signed it, and under no other', () => {
  const ledger = new TestLedger()
  const items = ['a', 'b', 'c'].map(itemOf)
  const parsed = ledger.parse(ledger.sign({ from: 'alice', payload: { type: 40, items } }))
  const path = treePath(crypto, items, 1)
  const root = rootFromInclusion(crypto, { leafHash: hashLeaf(crypto, items[1] ?? none), index: 1, size: 3, path })
  const bound = (count: number, value: Bytes): Bytes =>
    domainHash(crypto, 'items', concat(Uint8Array.of(0, 0, 0, count), value))
  assert.deepEqual(bound(3, root), parsed.header.payloadHash)
  const strange = rootFromInclusion(crypto, { leafHash: hashLeaf(crypto, itemOf('x')), index: 1, size: 3, path })
  assert.notDeepEqual(bound(3, strange), parsed.header.payloadHash)
  assert.notDeepEqual(bound(2, root), parsed.header.payloadHash, 'a root is bound with its count')
  assert.notDeepEqual(itemsHash(crypto, items.slice(0, 2)), parsed.header.payloadHash)
})

test('a raw entry never reads as one of ours', () => {
  const ledger = new TestLedger()
  const deposited = ledger.block([ledger.sign(deposit('alice', 'a'))]).entries[0] ?? none
  for (let first = 0; first < 256; first++) {
    const body = concat(Uint8Array.of(first), deposited.subarray(1))
    const code = ledger.send({ from: 'alice', payload: { type: 41, kind: 0, bodies: [body] } })
    const free = first >= 0x20 && first <= 0x7a && first !== 0x5b
    assert.equal(code, free ? codes.success : codes.malformed, first.toString(16))
    if (free) assert.ok(!isOurEntry(ledger.entries.at(-2) ?? none))
  }
  const rows: readonly (readonly [Bytes[], number])[] = [
    [[new Uint8Array(4_096).fill(0x20)], codes.success],
    [[new Uint8Array(4_097).fill(0x20)], codes.malformed],
    [[new Uint8Array()], codes.malformed],
    [[], codes.malformed],
  ]
  for (const [bodies, code] of rows)
    assert.equal(ledger.send({ from: 'alice', payload: { type: 41, kind: 0, bodies } }), code)
})

test('entries are their bytes', () => {
  const ledger = new TestLedger()
  ledger.block([ledger.sign(deposit('alice', 'a')), ledger.sign({ from: 'alice', to: 'bob', payload: { type: 21 } })])
  ledger.block([ledger.sign({ from: 'alice', to: 'alice', payload: { type: 17 } })])
  for (const leaf of ledger.entries) {
    assert.deepEqual(encodeEntry(decodeEntry(leaf)), leaf)
    assert.deepEqual(leaf.subarray(0, 3), Uint8Array.of(0xd9, 0xd9, 0xf7))
  }
})

const actors = ['alice', 'bob', 'pair', 'registrar', 'admin', 'nobody'] as const
const signers: Readonly<Record<(typeof actors)[number], readonly string[]>> = {
  alice: ['alice'],
  bob: ['bob'],
  pair: ['pair/1', 'pair/2'],
  registrar: ['registrar'],
  admin: ['m1/ballot'],
  nobody: ['alice'],
}
const payloads = fc.constantFrom<Draft['payload']>(
  { type: 11, authMap: keys({ alice: 100, bob: 100 }) },
  { type: 12, recoverKey: keyOf('other') },
  { type: 13, encryptionKey: null },
  { type: 14 },
  { type: 16 },
  { type: 17 },
  { type: 18 },
  { type: 20 },
  { type: 21 },
  { type: 22, quota: 2 },
  { type: 40, items: [itemOf('a'), itemOf('b')] },
  { type: 41, kind: 0, bodies: [fromText('x')] },
  {
    type: 10,
    name: 'newcomer',
    authMap: keys({ alice: 100 }),
    recoverKey: keyOf('x'),
    encryptionKey: null,
    custody: 1,
  },
)
const withTo = new Set([17, 18, 20, 21, 22])
const drafts = fc
  .record({
    from: fc.constantFrom(...actors),
    to: fc.constantFrom(...actors),
    payload: payloads,
    recovery: fc.boolean(),
  })
  .map(({ from, to, payload, recovery }): Draft => {
    const by = recovery || payload.type === 14 ? [`${from}/recovery`] : signers[from]
    const value = payload.type === 20 ? 3 : 0
    return { from, by, value, to: withTo.has(payload.type) ? to : null, payload }
  })

test('the same genesis and the same blocks give the same bytes, and money stays as much as it was', () => {
  fc.assert(
    fc.property(fc.array(fc.array(drafts, { minLength: 1, maxLength: 4 }), { maxLength: 5 }), (blocks) => {
      const [one, other] = [new TestLedger(), new TestLedger()]
      for (const block of blocks) {
        const candidates = block.map((draft) => one.parse(one.sign(draft)))
        const chosen = proposeBlock(one.wait(1_000).input(candidates))
        if (chosen.length === 0) continue
        one.block(chosen.map(({ bytes }) => bytes))
        // The other node gets only bytes, reads them afresh, and never saw what was dropped.
        other.timeMs = one.timeMs
        other.block(chosen.map(({ bytes }) => bytes.slice()))
      }
      assert.deepEqual(other.entries.map(toHex), one.entries.map(toHex))
      assert.deepEqual(other.tip, one.tip)
      const names = ['alice', 'bob', 'pair', 'registrar']
      const newcomer = one.view.get(`account/${toHex(idOf('newcomer'))}`) === null ? 0 : one.account('newcomer').balance
      assert.equal(
        names.reduce((sum, name) => sum + one.account(name).balance, newcomer),
        1_110,
      )
    }),
    { numRuns: 25 },
  )
})

test('the largest balance of all moves without losing one', () => {
  const all = Number.MAX_SAFE_INTEGER
  const ledger = new TestLedger({ accounts: [firstAccount('alice', { balance: all }), firstAccount('bob')] })
  assert.equal(ledger.send({ from: 'alice', to: 'bob', value: all - 1, payload: { type: 20 } }), codes.success)
  assert.equal(ledger.send({ from: 'alice', to: 'bob', value: 1, payload: { type: 20 } }), codes.success)
  assert.deepEqual([ledger.account('alice').balance, ledger.account('bob').balance], [0, all])
})
