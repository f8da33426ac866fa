/**
 * Hostile bytes: whatever is changed in them, every decoder of the ledger gives a value with exactly these bytes, or its
 * documented error, in bounded time.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Bytes, equal } from '../bytes.ts'
import { CborError } from '../cbor/error.ts'
import { decodeItem, encodeItem } from '../deposit/item.ts'
import { decodeAccount, encodeAccount } from './account.ts'
import { codes } from './codes.ts'
import { decodeDocument, encodeDocument } from './consortium.ts'
import { decodeEntry, encodeEntry } from './entry.ts'
import { decodeGenesis, encodeGenesis } from './genesis.ts'
import { decodeProposal, encodeProposal } from './operations/proposals.ts'
import { decodeOperation, decodePayload, encodeOperation, encodePayload } from './payloads.ts'
import { defaultParameters } from './parameters.ts'
import { parseTransaction } from './parse.ts'
import { decodeHeader, encodeHeader } from './transaction.ts'
import {
  crypto,
  type Draft,
  documentOf,
  idOf,
  itemOf,
  keyOf,
  keys,
  proposal,
  testGenesis,
  TestLedger,
} from './network.cases.ts'

const ledger = new TestLedger()
const waiting = proposal({ type: 13, encryptionKey: keyOf('box') })
const signed = ledger.sign({ from: 'pair', by: ['pair/1'], payload: waiting })
ledger.block([
  signed,
  ledger.sign({ from: 'alice', payload: { type: 40, items: [itemOf('a')] } }),
  ledger.sign({ from: 'alice', payload: { type: 12, recoverKey: keyOf('next') } }),
  ledger.sign({ from: 'bob', to: 'alice', payload: { type: 21 } }),
])
const valueOf = (prefix: string): Bytes => {
  const [, value] = [...ledger.state].find(([key]) => key.startsWith(prefix)) ?? assert.fail(prefix)
  return value
}
const transfer = { type: 20, to: idOf('bob'), value: 7, gasLimit: 0, payload: Uint8Array.of(0x80) }
const { headerBytes } = ledger.parse(signed)
const item = encodeItem({ algorithm: 9, digest: new Uint8Array(40).fill(1, 2), commitment: idOf('a'), flow: idOf('b') })

/** Bytes, and how they are read and written again. */
const decoders: readonly (readonly [string, readonly Bytes[], (bytes: Bytes) => Bytes])[] = [
  ['account', [valueOf('account/')], (bytes) => encodeAccount(decodeAccount(bytes))],
  ['proposal', [valueOf('proposal/')], (bytes) => encodeProposal(decodeProposal(bytes))],
  ['genesis', [encodeGenesis(testGenesis())], (bytes) => encodeGenesis(decodeGenesis(bytes))],
  ['document', [encodeDocument(documentOf(1))], (bytes) => encodeDocument(decodeDocument(bytes))],
  ['entry', ledger.entries, (bytes) => encodeEntry(decodeEntry(bytes))],
  ['header', [headerBytes], (bytes) => encodeHeader(decodeHeader(bytes))],
  ['item', [item, itemOf('a')], (bytes) => encodeItem(decodeItem(bytes))],
  ['operation', [encodeOperation(transfer)], (bytes) => encodeOperation(decodeOperation(bytes))],
]

const payloads: readonly Exclude<Draft['payload'], { type: 30 }>[] = [
  { type: 10, name: 'name', authMap: keys({ a: 100 }), recoverKey: keyOf('a'), encryptionKey: keyOf('b'), custody: 1 },
  { type: 11, authMap: keys({ a: 50, b: 60 }) },
  { type: 12, recoverKey: keyOf('a') },
  { type: 13, encryptionKey: null },
  { type: 14 },
  { type: 15, authMap: keys({ 'p256:a': 100 }) },
  { type: 19, authMap: keys({ a: 100 }), recoverKey: keyOf('b') },
  { type: 22, quota: 70_000 },
  { type: 31, proposal: idOf('a'), operationHash: idOf('b') },
  { type: 32, proposal: idOf('a') },
  { type: 40, items: [itemOf('a'), item] },
  { type: 41, kind: 0, bodies: [Uint8Array.of(0x20, 1, 2)] },
  { type: 60, document: encodeDocument(documentOf(1)), replaces: idOf('a') },
]

const change = fc.record({
  place: fc.nat(),
  how: fc.constantFrom('set', 'insert', 'delete', 'cut', 'copy'),
  byte: fc.oneof(fc.constantFrom(0x00, 0x18, 0x1b, 0x5b, 0x80, 0x9b, 0x9f, 0xbf, 0xf6, 0xff), fc.nat(255)),
})
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never

function mutate(bytes: Bytes, { place, how, byte }: Change): Bytes {
  const at = place % (bytes.length + 1)
  const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)]
  if (how === 'set') return Uint8Array.from([...head, byte, ...tail.subarray(1)])
  if (how === 'insert') return Uint8Array.from([...head, byte, ...tail])
  if (how === 'delete') return Uint8Array.from([...head, ...tail.subarray(1)])
  return how === 'cut' ? head.slice() : Uint8Array.from([...head, ...tail, ...tail])
}

const changes = fc.array(change, { minLength: 1, maxLength: 3 })

function hold(sources: readonly Bytes[], readAndWrite: (bytes: Bytes) => Bytes, runs: number): void {
  for (const source of sources) assert.deepEqual(readAndWrite(source), source)
  fc.assert(
    fc.property(fc.constantFrom(...sources), changes, (source, each) => {
      const bytes = each.reduce(mutate, source)
      let again: Bytes
      try {
        again = readAndWrite(bytes)
      } catch (error) {
        assert.ok(error instanceof CborError, String(error))
        return
      }
      assert.ok(equal(again, bytes), 'a structure has one encoding')
    }),
    { numRuns: runs },
  )
}

for (const [name, sources, readAndWrite] of decoders) {
  test(`hostile bytes: ${name}`, () => hold(sources, readAndWrite, 1_500))
}

for (const payload of payloads) {
  test(`hostile bytes: payload of ${payload.type}`, () => {
    const readAndWrite = (bytes: Bytes): Bytes => {
      const decoded = decodePayload(payload.type, bytes, defaultParameters)
      assert.ok(decoded.type !== 30)
      return encodePayload(decoded)
    }
    hold([encodePayload(payload)], readAndWrite, 400)
  })
}

test('hostile bytes: a whole transaction is read, or refused with a code; never more', () => {
  const refused: ReadonlySet<number> = new Set([
    codes.malformed,
    codes.wrongNetwork,
    codes.typeUnknown,
    codes.gasTooBig,
  ])
  const sources = payloads.map((payload) => ledger.sign({ from: 'alice', payload }))
  fc.assert(
    fc.property(fc.constantFrom(signed, ...sources), changes, (source, each) => {
      const bytes = each.reduce(mutate, source)
      const parsed = parseTransaction(crypto, bytes, ledger.rules())
      if ('refused' in parsed) assert.ok(refused.has(parsed.refused), String(parsed.refused))
      else assert.deepEqual(parsed.bytes, bytes)
    }),
    { numRuns: 1_500 },
  )
})

test('a header of arrays that claims more than there is allocates nothing for it', () => {
  const claims = Uint8Array.of(0x9b, 0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)
  for (const [name, , readAndWrite] of decoders) assert.throws(() => readAndWrite(claims), CborError, name)
})
