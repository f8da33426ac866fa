import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Bytes, toHex } from '../../bytes.ts'
import { CborWriter } from '../../cbor/writer.ts'
import { crypto, idOf, TestLedger } from '../network.cases.ts'
import { SnapshotError, type SnapshotErrorCode, snapshotErrorCodes } from './error.ts'
import { decodeSnapshot, encodeSnapshot, type Snapshot, snapshotBytesMax } from './format.ts'
import { snapshotCase, snapshotOf, trustedOf } from './snapshot.cases.ts'
import { type TrustedTree, verifySnapshot } from './verify.ts'

const made = snapshotCase()
const { ledger } = made
const snapshot = snapshotOf(made)
const trusted = trustedOf(ledger)

const codeOf = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    if (error instanceof SnapshotError) return error.code
    throw error
  }
  return 'taken'
}

test('a snapshot survives its bytes, and gives everything that a member goes on from', () => {
  const bytes = encodeSnapshot(snapshot)
  const read = decodeSnapshot(bytes)
  assert.deepEqual(encodeSnapshot(read), bytes)
  const { tip, root, lanes, state, blocks, accounts, documents, bundle } = verifySnapshot(crypto, read, trusted)
  assert.deepEqual(tip, ledger.tip)
  assert.deepEqual(root, trusted.root)
  assert.deepEqual(lanes, ledger.lanes)
  assert.deepEqual(new Map(state.map(({ key, value }) => [key, value])), ledger.state)
  assert.equal(bundle.length, ledger.entries.length % 256)
  // Block 3 lies within the window, block 2 before it.
  assert.deepEqual(
    blocks.map(({ height }) => height),
    [3, 4, 5],
  )
  for (const { txHashes } of blocks) for (const txHash of txHashes) assert.ok(ledger.seen.has(txHash))
  const bob = accounts.find(({ id }) => toHex(id) === toHex(idOf('bob')))
  assert.equal(bob?.version, 2)
  assert.deepEqual(
    documents.map(({ sequence }) => sequence),
    [0, 1],
  )
  assert.equal(documents[1]?.block.height, 2)
})

test('the snapshot of a genesis is taken too', () => {
  const fresh = { ledger: new TestLedger(), transactions: new Map() }
  const { tip } = verifySnapshot(crypto, snapshotOf(fresh), trustedOf(fresh.ledger))
  assert.deepEqual(tip, fresh.ledger.tip)
})

/** Another value of the same length. */
const flipped = (bytes: Bytes): Bytes =>
  Uint8Array.from(bytes, (byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte))
const first = <T>(items: readonly T[], change: (item: T) => T): T[] =>
  items.map((item, at) => (at === 0 ? change(item) : item))
const other: Bytes = new Uint8Array(32)

/** Every part of a snapshot, one change of it, and the reason for which it must be refused. */
const tamperings: readonly [what: string, code: SnapshotErrorCode, change: Partial<Snapshot>][] = [
  ['network', 'network-differs', { networkId: other }],
  ['size', 'tree-differs', { size: snapshot.size - 1 }],
  ['an entry of the bundle', 'tree-differs', { bundle: first(snapshot.bundle, flipped) }],
  ['bundle too short', 'tree-differs', { bundle: snapshot.bundle.slice(1) }],
  ['a hash of the edge', 'tree-differs', { tiles: first(snapshot.tiles, flipped) }],
  ['a tile level left out', 'tree-differs', { tiles: [] }],
  ['a tile level too many', 'tree-differs', { tiles: [...snapshot.tiles, other] }],
  ['half a hash', 'malformed', { tiles: first(snapshot.tiles, (hashes) => hashes.subarray(1)) }],
  [
    'the last block entry',
    'block-unproven',
    { blocks: first(snapshot.blocks, (b) => ({ ...b, entry: flipped(b.entry) })) },
  ],
  [
    'the path of the last block',
    'block-unproven',
    { blocks: first(snapshot.blocks, (b) => ({ ...b, path: b.path.slice(1) })) },
  ],
  [
    'another entry in place of the last block',
    'block-unproven',
    { blocks: first(snapshot.blocks, (b) => ({ ...b, ...snapshot.accounts[0] })) },
  ],
  ['a block left out', 'block-unproven', { blocks: snapshot.blocks.filter((_, at) => at !== 1) }],
  ['no blocks', 'window-incomplete', { blocks: [] }],
  ['the block before the window left out', 'window-incomplete', { blocks: snapshot.blocks.slice(0, -1) }],
  [
    'a block of the window without its transactions',
    'window-incomplete',
    { blocks: first(snapshot.blocks, (b) => ({ ...b, transactions: null })) },
  ],
  ['a block too many', 'window-incomplete', { blocks: [...snapshot.blocks, ...snapshot.blocks.slice(-1)] }],
  [
    'a transaction left out',
    'transactions-differ',
    { blocks: first(snapshot.blocks, (b) => ({ ...b, transactions: [] })) },
  ],
  [
    'a transaction hash',
    'transactions-differ',
    {
      blocks: first(snapshot.blocks, (b) => ({
        ...b,
        transactions: first(b.transactions ?? [], (t) => ({ ...t, txHash: other })),
      })),
    },
  ],
  [
    'a result code',
    'transactions-differ',
    {
      blocks: first(snapshot.blocks, (b) => ({
        ...b,
        transactions: first(b.transactions ?? [], (t) => ({ ...t, code: 104 })),
      })),
    },
  ],
  ['a value', 'state-differs', { state: first(snapshot.state, (s) => ({ ...s, value: flipped(s.value) })) }],
  ['a key', 'state-differs', { state: first(snapshot.state, (s) => ({ ...s, key: `${s.key}0` })) }],
  ['a key left out', 'state-differs', { state: snapshot.state.slice(1) }],
  ['a key twice', 'state-differs', { state: [...snapshot.state.slice(0, 1), ...snapshot.state] }],
  ['another order', 'state-differs', { state: snapshot.state.toReversed() }],
  ['an account left out', 'account-unproven', { accounts: snapshot.accounts.slice(1) }],
  ['an account too many', 'account-unproven', { accounts: [...snapshot.accounts, ...snapshot.accounts.slice(-1)] }],
  ['accounts exchanged', 'account-unproven', { accounts: snapshot.accounts.toReversed() }],
  [
    'the place of an account',
    'account-unproven',
    { accounts: first(snapshot.accounts, (a) => ({ ...a, index: a.index + 1 })) },
  ],
  [
    'a document',
    'document-unproven',
    { documents: first(snapshot.documents, (d) => ({ ...d, document: flipped(d.document) })) },
  ],
  ['the newest document left out', 'document-unproven', { documents: snapshot.documents.slice(1) }],
  ['the first document left out', 'document-unproven', { documents: snapshot.documents.slice(0, 1) }],
  ['a document too many', 'document-unproven', { documents: [...snapshot.documents, ...snapshot.documents.slice(-1)] }],
  [
    'another block for a document',
    'document-unproven',
    {
      documents: first(snapshot.documents, (d) => ({
        ...d,
        blockIndex: snapshot.size - 1,
        block: snapshot.blocks[0] ?? d.block,
      })),
    },
  ],
]

test('every part that is changed is refused with its reason', () => {
  for (const [what, code, change] of tamperings) {
    assert.equal(
      codeOf(() => verifySnapshot(crypto, { ...snapshot, ...change }, trusted)),
      code,
      what,
    )
  }
  const parts = new Set(tamperings.flatMap(([, , change]) => Object.keys(change)))
  assert.deepEqual(parts, new Set(Object.keys(snapshot)), 'a part is not in the table')
  const codes = new Set([...tamperings.map(([, code]) => code), 'too-big'])
  assert.deepEqual(codes, new Set(snapshotErrorCodes), 'a code is not in the table')
})

test('it is the snapshot of one tree only', () => {
  const others: Partial<TrustedTree>[] = [{ root: other }, { size: trusted.size + 1 }, { networkId: other }]
  for (const change of others) {
    assert.notEqual(
      codeOf(() => verifySnapshot(crypto, snapshot, { ...trusted, ...change })),
      'taken',
    )
  }
})

test('no byte of a snapshot is without meaning', () => {
  const bytes = encodeSnapshot(snapshot)
  const changes = fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }))
  fc.assert(
    fc.property(changes, ([at, mask]) => {
      const changed = Uint8Array.from(bytes)
      changed[at] = (changed[at] ?? 0) ^ mask
      assert.notEqual(
        codeOf(() => verifySnapshot(crypto, decodeSnapshot(changed), trusted)),
        'taken',
        `byte ${at}`,
      )
    }),
    { numRuns: 150, seed: 20_261 },
  )
})

test('garbage, cut and prolonged bytes are refused without effort', () => {
  const bytes = encodeSnapshot(snapshot)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (garbage) => {
      assert.equal(
        codeOf(() => decodeSnapshot(garbage)),
        'malformed',
      )
    }),
    { numRuns: 200, seed: 20_262 },
  )
  for (const length of [0, 1, 40, bytes.length - 1]) {
    assert.equal(
      codeOf(() => decodeSnapshot(bytes.subarray(0, length))),
      'malformed',
    )
  }
  assert.equal(
    codeOf(() => decodeSnapshot(Uint8Array.of(...bytes, 0))),
    'malformed',
  )
  // An array that says it has four thousand million items makes none of them.
  const head = new CborWriter().array(9).uint(1).bytes(other).uint(1).finish()
  assert.equal(
    codeOf(() => decodeSnapshot(Uint8Array.of(...head, 0x9a, 0xff, 0xff, 0xff, 0xff))),
    'malformed',
  )
})

test('the longest snapshot is named, for whoever makes one and whoever takes one', () => {
  assert.equal(
    codeOf(() => decodeSnapshot(new Uint8Array(snapshotBytesMax + 1))),
    'too-big',
  )
  const value = new Uint8Array(16 * 1_048_576)
  const state = Array.from({ length: 17 }, (_, at) => ({ key: `k${at}`, value }))
  assert.equal(
    codeOf(() => encodeSnapshot({ ...snapshot, state })),
    'too-big',
  )
})
