/**
 * Hostile files: whatever stands in them, there is a verdict, in bounded time, and it is never `verified`.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ReceiptError } from '@jurat/core/receipt/error'
import { jsonDepthMax, parseJson } from '@jurat/core/receipt/json'
import { parseReceipt, receiptCharactersMax } from '@jurat/core/receipt/receipt'
import { parseTrustFile, trustCharactersMax } from '@jurat/core/receipt/trust'
import { parseTrust } from '@jurat/core/receipt/trustChain'
import { soloEvidence, witnessedEvidence } from './evidence.fixtures.ts'
import * as network from './network.fixtures.ts'
import { remembering } from './remembering.fixtures.ts'
import { deletable, flip, get, type JsonObject } from './tamper.cases.ts'
import { verifyReceipt } from './verify.ts'

const crypto = remembering(network.crypto)
const genuine = soloEvidence()
const trust = parseTrust(crypto, genuine.trust)

const onlyReceiptErrors = (read: () => unknown): void => {
  try {
    read()
  } catch (error) {
    assert.ok(error instanceof ReceiptError, String(error))
  }
}

/** A text with one piece replaced, removed or doubled. */
const mutated = (text: string): fc.Arbitrary<string> =>
  fc
    .tuple(fc.nat(text.length), fc.nat(40), fc.oneof(fc.constant(''), fc.string({ maxLength: 20 }), fc.constant(null)))
    .map(([start, length, piece]) => {
      const end = Math.min(text.length, start + length)
      return text.slice(0, start) + (piece ?? text.slice(start, end).repeat(2)) + text.slice(end)
    })

test('a mutated receipt gives a verdict, and only an equivalent one is verified', async () => {
  await fc.assert(
    fc.asyncProperty(mutated(genuine.receipt), async (receipt) => {
      const verdict = await verifyReceipt({ original: genuine.original, receipt, trust, crypto })
      if (verdict.summary !== 'verified') return
      // White space, and order of fields: everything that was read must be what was read before.
      assert.deepEqual(parseReceipt(receipt), parseReceipt(genuine.receipt))
    }),
    { numRuns: 300 },
  )
})

test('a mutated trust file is read, or refused with a receipt error', () => {
  fc.assert(
    fc.property(mutated(genuine.trust), (text) => onlyReceiptErrors(() => parseTrustFile(text))),
    { numRuns: 1_000 },
  )
})

test('a mutated trust file gives a verdict, and only one of the same content is verified', async () => {
  const content = (file: ReturnType<typeof parseTrustFile>): unknown => ({ ...file, stated: null })
  await fc.assert(
    fc.asyncProperty(mutated(genuine.trust), async (text) => {
      const verdict = await verifyReceipt({ ...genuine, trust: text, crypto })
      if (verdict.summary !== 'verified') return
      assert.deepEqual(content(parseTrustFile(text)), content(parseTrustFile(genuine.trust)))
    }),
    { numRuns: 200 },
  )
})

test('no flipped bit of any bytes in a receipt is verified', async () => {
  const { receipt, original, trust: text } = witnessedEvidence()
  const opened = parseTrust(crypto, text)
  const json = JSON.parse(receipt) as JsonObject
  const bytes = deletable(json).filter((path) => {
    const value = get(json, path)
    return typeof value === 'string' && value.length >= 12 && /^[A-Za-z0-9+/]+=*$/.test(value) && path !== 'networkId'
  })
  assert.ok(bytes.length > 20, `only ${bytes.length} fields`)
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...bytes), fc.nat(200), async (path, at) => {
      const changed = structuredClone(json)
      flip(changed, path, at % Math.floor((String(get(json, path)).length * 3) / 4 - 2))
      const verdict = await verifyReceipt({ original, receipt: JSON.stringify(changed), trust: opened, crypto })
      assert.equal(verdict.summary, 'failed', path)
    }),
    { numRuns: 400 },
  )
})

test('any JSON and any text is refused in an orderly way', () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
      onlyReceiptErrors(() => parseReceipt(text))
      onlyReceiptErrors(() => parseTrustFile(text))
    }),
    { numRuns: 2_000 },
  )
})

test('our reader of JSON and that of the language agree on what it accepts', () => {
  const plain = (value: ReturnType<typeof parseJson>): unknown => {
    if (value instanceof Map) return Object.fromEntries([...value].map(([name, item]) => [name, plain(item)]))
    return Array.isArray(value) ? value.map(plain) : value
  }
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: 'small', maxDepth: 4 },
      fc.constant(null),
      fc.boolean(),
      fc.maxSafeNat(),
      fc.string({ unit: 'grapheme' }),
      fc.array(tie('any'), { maxLength: 4 }),
      fc.dictionary(fc.string(), tie('any'), { maxKeys: 4, noNullPrototype: true }),
    ),
  })).any
  fc.assert(
    fc.property(value, fc.boolean(), (json, indented) => {
      const text = JSON.stringify(json, null, indented ? 2 : 0)
      assert.deepEqual(plain(parseJson(text, { charactersMax: 1_000_000 })), JSON.parse(text))
    }),
    { numRuns: 500 },
  )
})

const refused: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['two values', '{} {}'],
  ['a field twice', '{"a":1,"a":1}'],
  ['a field twice, once escaped', '{"a":1,"\\u0061":1}'],
  ['a fraction', '1.5'],
  ['an exponent', '1e3'],
  ['a negative number', '-1'],
  ['a leading zero', '01'],
  ['2^53', '9007199254740992'],
  ['seventeen digits', '10000000000000000'],
  ['half a character', '"\\ud800"'],
  ['a control character in a text', '"\n"'],
  ['an unknown escape', '"\\x"'],
  ['a text without end', '"abc'],
  ['a text that ends in an escape', '"abc\\'],
  ['a comma too many', '[1,]'],
  ['a comma too many in an object', '{"a":1,}'],
  ['a comment', '/**/1'],
  ['NaN', 'NaN'],
  ['a byte order mark', '\ufeff1'],
  ['deep arrays', '['.repeat(jsonDepthMax + 1) + ']'.repeat(jsonDepthMax + 1)],
  ['deeper arrays without end', '['.repeat(1_000_000)],
  ['deep objects', '{"a":'.repeat(100_000)],
]

test('JSON that is refused', () => {
  for (const [name, text] of refused) {
    assert.throws(() => parseJson(text, { charactersMax: 10_000_000 }), ReceiptError, name)
  }
  const deep = '['.repeat(jsonDepthMax) + ']'.repeat(jsonDepthMax)
  assert.doesNotThrow(() => parseJson(deep, { charactersMax: 100 }))
})

test('files longer than their limits are refused unread', async () => {
  assert.throws(() => parseReceipt(' '.repeat(receiptCharactersMax + 1)), { code: 'too-big' })
  assert.throws(() => parseTrustFile(' '.repeat(trustCharactersMax + 1)), { code: 'too-big' })
  const receipt = genuine.receipt.replace('"witnesses": []', `"witnesses": [${'"x",'.repeat(40)}"x"]`)
  const verdict = await verifyReceipt({ ...genuine, receipt, crypto })
  assert.deepEqual(
    verdict.steps.filter(({ state }) => state === 'failed').map(({ code }) => code),
    ['receipt-unreadable'],
  )
})

test('names that mean something to the language mean nothing in a file', () => {
  for (const name of ['__proto__', 'constructor', 'toString']) {
    assert.throws(() => parseReceipt(`{"format":"jurat-receipt/v1","${name}":{}}`), { code: 'field-unknown' })
  }
})
