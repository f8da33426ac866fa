import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromHex, fromText, toHex } from '@jurat/core/bytes'
import fc from 'fast-check'
import { nodeCrypto } from '../../crypto/nodeCrypto.ts'
import {
  blobBytesMax,
  bounded,
  cosignedHeadsMax,
  decodeExchange,
  encodeExchange,
  type Exchange,
  exchangeBytesMax,
  ExchangeError,
  linesMax,
  reportsMax,
  wantedMax,
} from './exchange.ts'
import { networkId } from './members.fixtures.ts'

const root = nodeCrypto.sha256(fromText('root'))
const line = { name: 'court', id: 7, blob: Uint8Array.of(1, 2, 3) }
const empty: Exchange = { reports: [], cosigned: [], wanted: [] }
const sample: Exchange = {
  reports: [{ height: 3, size: 5, root }],
  cosigned: [{ size: 5, root, lines: [line] }],
  wanted: [5, 9],
}

test('a message is what the specification says, byte for byte', () => {
  const hash = `5820${toHex(root)}`
  assert.equal(
    toHex(encodeExchange(networkId, sample)),
    `85015820${toHex(networkId)}81830305${hash}818305${hash}818365${toHex(fromText('court'))}0743010203820509`,
  )
  assert.deepEqual(decodeExchange(networkId, encodeExchange(networkId, sample)), sample)
})

test('what is over a limit or of another network is refused', () => {
  const report = { height: 0, size: 0, root }
  const cosigned = { size: 0, root, lines: [] }
  const cases: [string, Exchange][] = [
    ['reports', { ...empty, reports: Array.from({ length: reportsMax + 1 }, () => report) }],
    ['cosigned heads', { ...empty, cosigned: Array.from({ length: cosignedHeadsMax + 1 }, () => cosigned) }],
    ['wanted sizes', { ...empty, wanted: Array.from({ length: wantedMax + 1 }, (_, at) => at) }],
    ['lines', { ...empty, cosigned: [{ ...cosigned, lines: Array.from({ length: linesMax + 1 }, () => line) }] }],
    [
      'a long signature',
      { ...empty, cosigned: [{ ...cosigned, lines: [{ ...line, blob: new Uint8Array(blobBytesMax + 1) }] }] },
    ],
    ['no signature', { ...empty, cosigned: [{ ...cosigned, lines: [{ ...line, blob: new Uint8Array(0) }] }] }],
    ['a name with a space', { ...empty, cosigned: [{ ...cosigned, lines: [{ ...line, name: 'the court' }] }] }],
  ]
  for (const [what, exchange] of cases) {
    assert.throws(() => decodeExchange(networkId, encodeExchange(networkId, exchange)), ExchangeError, what)
  }
  assert.throws(() => decodeExchange(root, encodeExchange(networkId, sample)), ExchangeError)
  assert.throws(() => decodeExchange(networkId, new Uint8Array(exchangeBytesMax + 1)), ExchangeError)
  assert.throws(() => decodeExchange(networkId, fromHex('8502')), ExchangeError)
})

test('every change of a byte and every cut is another message or an error of one kind', () => {
  const bytes = encodeExchange(networkId, sample)
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), fc.boolean(), (at, by, cut) => {
      const changed = cut ? bytes.slice(0, at) : bytes.map((byte, place) => (place === at ? byte ^ by : byte))
      try {
        assert.deepEqual(encodeExchange(networkId, decodeExchange(networkId, changed)), changed)
      } catch (error) {
        assert.ok(error instanceof ExchangeError, String(error))
      }
    }),
    { seed: 1, numRuns: 2_000 },
  )
})

test('however much there is to say, a message holds no more than it may', () => {
  const lines = Array.from({ length: linesMax }, (_, id) => ({
    name: 'x'.repeat(100),
    id,
    blob: new Uint8Array(blobBytesMax),
  }))
  const all: Exchange = {
    reports: Array.from({ length: 500 }, (_, size) => ({ height: size, size, root })),
    cosigned: Array.from({ length: 100 }, (_, size) => ({ size, root, lines })),
    wanted: Array.from({ length: 100 }, (_, size) => size),
  }
  const bytes = encodeExchange(networkId, bounded([all, sample]))
  const found = decodeExchange(networkId, bytes)
  assert.equal(found.reports.length, reportsMax)
  assert.ok(found.cosigned.length > 2 && found.cosigned.length < 10)
  assert.deepEqual(
    found.cosigned.map(({ size }) => size),
    found.cosigned.map((_, at) => at),
  )
})
