/**
 * What is wrong with a transaction whatever the state: every stateless refusal, and the shape of every payload.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concat, fromText } from '../bytes.ts'
import { CborWriter } from '../cbor/writer.ts'
import { codes, type CodeName } from './codes.ts'
import { gasTable } from './gas.ts'
import { encodePayload, operationBytesMax } from './payloads.ts'
import { decodeTransaction, encodeTransaction, signaturesMax, txHash } from './transaction.ts'
import { crypto, type Draft, idOf, itemOf, keyOf, keys, proposal, TestLedger } from './network.cases.ts'

const zeros = new Uint8Array(32)
const items = [itemOf('a')]
const byAdmin = { from: 'admin', by: ['m1/ballot'] } as const
const bytes = (write: (writer: CborWriter) => CborWriter): Uint8Array => write(new CborWriter()).finish()
const invalidKey = concat(Uint8Array.of(1), new Uint8Array(32).fill(2))
const weighted = (...rows: readonly (readonly [Uint8Array, number])[]): Uint8Array => {
  const writer = new CborWriter().array(1).array(rows.length)
  for (const [key, weight] of rows) writer.array(2).bytes(key).uint(weight)
  return writer.finish()
}
const [low, high] = keys({ a: 50, b: 50 }).map(({ publicKey }) => publicKey) as [Uint8Array, Uint8Array]

/** A draft of an operation with payload bytes of our own, under a header that names them rightly. */
const raw = (type: number, payload: Uint8Array, changes: Partial<Draft> = {}): Draft => {
  // The payload of 30 is taken as it is, so it carries any bytes.
  return { from: 'alice', payload: { type: 30, operation: payload }, type, ...changes }
}

const table: readonly (readonly [string, Draft | ((ledger: TestLedger) => Uint8Array), CodeName])[] = [
  ['one byte too many', () => new Uint8Array(1_048_577), 'tooBig'],
  ['no bytes', () => new Uint8Array(), 'malformed'],
  ['a time item', () => bytes((w) => w.array(2).uint(0).uint(5)), 'malformed'],
  [
    'a byte after the end',
    (l) => concat(l.sign({ from: 'alice', payload: { type: 14 } }), zeros.subarray(31)),
    'malformed',
  ],
  ['a nonce of 11 bytes', { from: 'alice', payload: { type: 16 }, nonce: new Uint8Array(11) }, 'malformed'],
  [
    'another version',
    (l) => {
      const signed = l.sign({ from: 'alice', payload: { type: 16 } })
      return signed.with(2, 2)
    },
    'malformed',
  ],
  ['another network', { from: 'alice', payload: { type: 16 }, networkId: zeros }, 'wrongNetwork'],
  [
    'another payload',
    { from: 'alice', payload: { type: 16 }, payloadBytes: bytes((w) => w.array(1).null()) },
    'wrongNetwork',
  ],
  [
    'other items',
    { from: 'alice', payload: { type: 40, items }, payloadBytes: encodePayload({ type: 40, items: [itemOf('b')] }) },
    'wrongNetwork',
  ],
  [
    'items in another order',
    {
      from: 'alice',
      payload: { type: 40, items: [itemOf('a'), itemOf('b')] },
      payloadBytes: encodePayload({ type: 40, items: [itemOf('b'), itemOf('a')] }),
    },
    'wrongNetwork',
  ],
  ...[0, 1, 9, 23, 29, 33, 39, 42, 49, 50, 51, 52, 53, 54, 55, 59, 61, 70, 75, 79, 255, 2 ** 53 - 1].map(
    (type) => [`operation ${type}`, raw(type, Uint8Array.of(0x80)), 'typeUnknown'] as const,
  ),
  ...[50, 55].map(
    (type) =>
      [
        `a proposal of ${type}`,
        raw(
          30,
          bytes((w) => w.array(5).uint(type).null().uint(0).uint(0).bytes(zeros)),
        ),
        'typeUnknown',
      ] as const,
  ),
  // Payloads
  [
    '10: admin is no name',
    {
      from: 'registrar',
      payload: {
        type: 10,
        name: 'admin',
        authMap: keys({ a: 100 }),
        recoverKey: low,
        encryptionKey: null,
        custody: 0,
      },
    },
    'malformed',
  ],
  ...[
    'ab',
    'a'.repeat(65),
    'Alice',
    'a lice',
    '.alice',
    'alice.',
    'al\u00edce',
    'alic\u0065\u0301',
    'a\u200bb',
    'a\uff21b',
    '\u212bb',
    'αβγ',
  ].map(
    (name) =>
      [
        `10: ${JSON.stringify(name)} is no name`,
        {
          from: 'registrar',
          payload: { type: 10, name, authMap: keys({ a: 100 }), recoverKey: low, encryptionKey: null, custody: 0 },
        },
        'malformed',
      ] as const,
  ),
  [
    '10: custody 2',
    {
      from: 'registrar',
      payload: { type: 10, name: 'new', authMap: keys({ a: 100 }), recoverKey: low, encryptionKey: null, custody: 2 },
    },
    'malformed',
  ],
  ['11: no key', raw(11, weighted()), 'malformed'],
  ['11: weights of 99', raw(11, weighted([low, 49], [high, 50])), 'malformed'],
  ['11: weights of 100', raw(11, weighted([low, 50], [high, 50])), 'success'],
  ['11: a weight of 0', raw(11, weighted([low, 0], [high, 100])), 'malformed'],
  ['11: a weight of 101', raw(11, weighted([low, 101])), 'malformed'],
  ['11: a key twice', raw(11, weighted([low, 50], [low, 50])), 'malformed'],
  ['11: keys in falling order', raw(11, weighted([high, 50], [low, 50])), 'malformed'],
  ['11: a key that is no point', raw(11, weighted([invalidKey, 100])), 'malformed'],
  ['11: a key of an unknown algorithm', raw(11, weighted([concat(Uint8Array.of(6), zeros), 100])), 'malformed'],
  [
    '11: more keys than the parameter',
    (l) =>
      l.sign(
        raw(
          11,
          weighted(
            ...Array.from({ length: 33 }, (_, at) => [keyOf(`k${at}`), 4] as const).toSorted(([a], [b]) =>
              Buffer.compare(a, b),
            ),
          ),
        ),
      ),
    'malformed',
  ],
  ['12: a key that is no point', { from: 'alice', payload: { type: 12, recoverKey: invalidKey } }, 'malformed'],
  ['13: a key that is no point', { from: 'alice', payload: { type: 13, encryptionKey: invalidKey } }, 'malformed'],
  [
    '19: a key that is no point',
    { ...byAdmin, to: 'alice', payload: { type: 19, authMap: keys({ a: 100 }), recoverKey: invalidKey } },
    'malformed',
  ],
  [
    '14: a payload that is not empty',
    raw(
      14,
      bytes((w) => w.array(1).uint(0)),
    ),
    'malformed',
  ],
  ['20: nothing moved', { from: 'alice', to: 'bob', value: 0, payload: { type: 20 } }, 'malformed'],
  [
    '20: more than 2^53 - 1',
    (l) => {
      const signed = l.sign({ from: 'alice', to: 'bob', value: Number.MAX_SAFE_INTEGER, payload: { type: 20 } })
      const at = Buffer.from(signed).indexOf(Buffer.from('1b001fffffffffffff', 'hex'))
      return signed.with(at + 2, 0x20)
    },
    'malformed',
  ],
  ['a value where none is used', { from: 'alice', value: 1, payload: { type: 16 } }, 'malformed'],
  ['a destination where none is used', { from: 'alice', to: 'bob', payload: { type: 40, items } }, 'malformed'],
  [
    '30: what needs no proposal',
    raw(
      30,
      bytes((w) => w.array(5).uint(40).null().uint(0).uint(0).bytes(zeros)),
    ),
    'malformed',
  ],
  [
    '30: no such operation',
    raw(
      30,
      bytes((w) => w.array(5).uint(99).null().uint(0).uint(0).bytes(zeros)),
    ),
    'malformed',
  ],
  [
    '30: an operation with a destination that it does not use',
    { from: 'pair', by: ['pair/1'], payload: proposal({ type: 13, encryptionKey: null }, { to: zeros }) },
    'malformed',
  ],
  [
    '30: an operation whose payload is malformed',
    { from: 'pair', by: ['pair/1'], payload: proposal({ type: 12, recoverKey: invalidKey }) },
    'malformed',
  ],
  [
    '30: too long',
    raw(
      30,
      bytes((w) => w.array(5).uint(60).null().uint(0).uint(0).bytes(new Uint8Array(operationBytesMax))),
    ),
    'malformed',
  ],
  [
    '30: gas for what it proposes',
    { from: 'pair', by: ['pair/1'], payload: proposal({ type: 13, encryptionKey: null }, { gasLimit: 1 }) },
    'gasTooBig',
  ],
  ['40: no item', { from: 'alice', payload: { type: 40, items: [] } }, 'malformed'],
  [
    '40: more items than the parameter',
    (l) => l.sign({ from: 'alice', payload: { type: 40, items: Array.from({ length: 5_001 }, () => itemOf('a')) } }),
    'malformed',
  ],
  ['40: an item that is none', { from: 'alice', payload: { type: 40, items: [Uint8Array.of(0x80)] } }, 'malformed'],
  ['41: another kind', { from: 'alice', payload: { type: 41, kind: 1, bodies: [fromText('x')] } }, 'malformed'],
  ['60: a document that is none', { ...byAdmin, payload: { type: 60, document: zeros, replaces: zeros } }, 'malformed'],
  ['a gas limit', { from: 'alice', payload: { type: 13, encryptionKey: null }, gasLimit: 1 }, 'gasTooBig'],
  [
    '33 signatures',
    (l) => {
      const { headerBytes, payload, signatures } = decodeTransaction(
        l.sign({ from: 'alice', payload: { type: 16 } }),
        10_000,
      )
      const many = Array.from({ length: signaturesMax }, () => signatures[0] ?? assert.fail())
      const full = encodeTransaction(headerBytes, payload, many)
      const at = full.length - many.length * 102
      assert.deepEqual(full.subarray(at - 2, at), Uint8Array.of(0x98, 32))
      return concat(full.subarray(0, at - 1), Uint8Array.of(33), full.subarray(at), full.subarray(-102))
    },
    'malformed',
  ],
]

for (const [name, draft, code] of table) {
  test(`${name}: ${codes[code]}`, () => {
    const ledger = new TestLedger()
    assert.equal(ledger.send(typeof draft === 'function' ? draft(ledger) : draft), codes[code])
  })
}

test('without the parameter there is no raw front', () => {
  const ledger = new TestLedger({ parameters: { rawAllowed: 0 } })
  assert.equal(
    ledger.send({ from: 'alice', payload: { type: 41, kind: 0, bodies: [fromText('x')] } }),
    codes.typeUnknown,
  )
})

test('the identity of a transaction does not depend on who signed it; its hash with signatures does', () => {
  const ledger = new TestLedger()
  const draft: Draft = { from: 'pair', payload: { type: 13, encryptionKey: null }, nonce: new Uint8Array(12) }
  const [one, two] = [['pair/1'], ['pair/2']].map((by) => ledger.parse(ledger.sign({ ...draft, by })))
  assert.ok(one !== undefined && two !== undefined)
  assert.deepEqual(one.txHash, two.txHash)
  assert.deepEqual(one.txHash, txHash(crypto, one.headerBytes))
  assert.notDeepEqual(one.signedHash, two.signedHash)
})

test('gas is the sum of what is done', () => {
  const ledger = new TestLedger()
  const gas = (draft: Draft): number => ledger.parse(ledger.sign(draft)).gas
  const { transaction, item, signature, kibibyte } = gasTable
  assert.equal(gas({ from: 'alice', payload: { type: 16 } }), transaction + signature[1])
  assert.equal(
    gas({ from: 'pair', by: ['pair/1', 'p256:k', 'sm2:k'], payload: { type: 16 } }),
    transaction + signature[1] + signature[2] + signature[4],
  )
  const hundred = Array.from({ length: 100 }, () => itemOf('a'))
  assert.equal(
    gas({ from: 'alice', payload: { type: 40, items: hundred } }),
    transaction + signature[1] + 100 * item + 3 * kibibyte,
  )
})

test('accounts of every algorithm sign', () => {
  for (const algorithm of ['ed25519', 'p256', 'secp256k1', 'sm2', 'mldsa44']) {
    const ledger = new TestLedger()
    const key = `${algorithm}:key`
    assert.equal(ledger.send({ from: 'alice', payload: { type: 11, authMap: keys({ [key]: 100 }) } }), codes.success)
    assert.equal(ledger.send({ from: 'alice', by: [key], payload: { type: 40, items } }), codes.success, algorithm)
    assert.equal(ledger.send({ from: 'alice', by: ['alice'], payload: { type: 40, items } }), codes.signatureInvalid)
  }
  assert.equal(idOf('alice').length, 32)
})
