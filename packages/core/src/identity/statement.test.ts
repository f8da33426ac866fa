/**
 * Identity statements: pinned bytes, strict reading, fields that are shown one by one, nothing that can be exchanged.
 */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { AssertionFailure } from '../assert.ts'
import { type Bytes, equal, fromText } from '../bytes.ts'
import { CborError } from '../cbor/error.ts'
import { CborWriter } from '../cbor/writer.ts'
import { nobleCrypto as crypto } from '../crypto/noble.ts'
import { highestLevel, identityLevelOf, identityLevels, levelsAscending } from './levels.ts'
import { discloseFields, makeIdentityStatement, openIdentityStatement, statementFault } from './signing.ts'
import {
  decodeIdentityContent,
  decodeIdentityStatement,
  encodeIdentityContent,
  encodeIdentityStatement,
  type IdentityContent,
  identityContentBytesMax,
  identityStatementBytesMax,
  type IdentityStatement,
  statementAccountsMax,
} from './statement.ts'
import { identityVectors, vectorKey, vectorOrder } from './vectors.cases.ts'

const statement = makeIdentityStatement(crypto, vectorOrder, { secretKey: vectorKey, certificates: [fromText('a')] })
const content = decodeIdentityContent(statement.content)
const faultOf = (changed: IdentityStatement): string | null => {
  try {
    return statementFault(crypto, changed, decodeIdentityContent(changed.content))
  } catch (error) {
    assert.ok(error instanceof CborError)
    return error.code
  }
}

test('identity-statement.json: the pinned bytes are made as they always were (JURAT_WRITE_VECTORS=1 writes them)', () => {
  const place = new URL('../../../../vectors/identity-statement.json', import.meta.url)
  const made = identityVectors()
  if (process.env['JURAT_WRITE_VECTORS'] === '1') writeFileSync(place, `${JSON.stringify(made, null, 2)}\n`)
  assert.deepEqual(made, JSON.parse(readFileSync(place, 'utf8')))
})

test('what is written is read again, with any choice of fields', () => {
  for (const names of [[], ['certName'], ['certNo', 'certType'], ['certName', 'certNo', 'certType', 'unknown']]) {
    const shown = discloseFields(statement, names)
    const read = decodeIdentityStatement(encodeIdentityStatement(shown))
    assert.deepEqual(read, shown)
    assert.equal(faultOf(read), null)
    assert.equal(read.disclosure.fields.length, 1 + names.filter((name) => name !== 'unknown').length)
  }
  const bytes = encodeIdentityStatement(discloseFields(statement, ['certType']))
  assert.ok(!Buffer.from(bytes).includes('11010519491231002X'), 'what is withheld is not in the file')
  const { fields, secret } = vectorOrder
  assert.deepEqual(openIdentityStatement(crypto, statement, { fields, secret }), statement)
})

test('bytes of the content and of the signature count', () => {
  for (const part of ['content', 'signature'] as const) {
    for (let at = 0; at < statement[part].length; at += 5) {
      const bytes = statement[part].slice()
      bytes[at] = (bytes[at] ?? 0) ^ 1
      assert.notEqual(faultOf({ ...statement, [part]: bytes }), null, `${part} ${at}`)
    }
  }
})

test('fields of another statement, changed or missing ones do not open it', () => {
  const other = makeIdentityStatement(
    crypto,
    { ...vectorOrder, id: new Uint8Array(16) },
    { secretKey: vectorKey, certificates: [] },
  )
  const [own, first, ...rest] = statement.disclosure.fields
  assert.ok(own !== undefined && first !== undefined)
  const rows: [string, IdentityStatement['disclosure']][] = [
    ['fields of another', other.disclosure],
    ['no leaf 0', { count: 4, fields: [first, ...rest] }],
    ['nothing', { count: 4, fields: [] }],
    ['another count', { count: 5, fields: [own] }],
    ['another value', { count: 4, fields: [own, { ...first, value: fromText('李') }] }],
    ['another name', { count: 4, fields: [own, { ...first, name: 'certNames' }] }],
  ]
  for (const [name, disclosure] of rows) assert.equal(faultOf({ ...statement, disclosure }), 'fields-wrong', name)
})

const account = (byte: number): Bytes => new Uint8Array(32).fill(byte)

test('limits and rules of the content', () => {
  const rows: readonly [string, Partial<IdentityContent>, boolean][] = [
    ['as it is', {}, true],
    ['no account', { accounts: [] }, true],
    ['most accounts', { accounts: Array.from({ length: statementAccountsMax }, (_, at) => account(at)) }, true],
    ['one account more', { accounts: Array.from({ length: statementAccountsMax + 1 }, (_, at) => account(at)) }, false],
    ['an account twice', { accounts: [account(1), account(1)] }, false],
    ['accounts in another order', { accounts: [account(2), account(1)] }, false],
    ['an end at the beginning', { expiresAtMs: content.issuedAtMs }, false],
    ['an empty provider', { provider: '' }, false],
    ['a provider with a space', { provider: 'a b' }, false],
    ['the longest organisation', { organisation: 'o'.repeat(64) }, true],
    ['one character more', { organisation: 'o'.repeat(65) }, false],
    ['a key of another algorithm', { publicKey: Uint8Array.of(3, ...content.publicKey.subarray(1)) }, false],
    ['a short key', { publicKey: content.publicKey.subarray(1) }, false],
    ['a short id', { id: account(1) }, false],
  ]
  for (const [name, change, good] of rows) {
    const bytes = encodeIdentityContent({ ...content, ...change })
    if (good) assert.ok(equal(encodeIdentityContent(decodeIdentityContent(bytes)), bytes), name)
    else assert.throws(() => decodeIdentityContent(bytes), CborError, name)
  }
  const levelAt = 1 + 1 + 34 + 17
  const strange = statement.content.slice()
  strange[levelAt] = 5
  assert.throws(() => decodeIdentityContent(strange), /unknown level/)
})

test('what is too big, cut short or of another version is refused before anything is believed', () => {
  const whole = encodeIdentityStatement(statement)
  assert.throws(() => decodeIdentityContent(new Uint8Array(identityContentBytesMax + 1)), /More than/)
  assert.throws(() => decodeIdentityStatement(new Uint8Array(identityStatementBytesMax + 1)), /More than/)
  for (let length = 0; length < whole.length; length += 7) {
    assert.throws(() => decodeIdentityStatement(whole.subarray(0, length)), CborError)
  }
  assert.throws(() => decodeIdentityStatement(Uint8Array.of(...whole, 0)), CborError)
  const later = new CborWriter().array(12).uint(2).finish()
  assert.throws(() => decodeIdentityContent(Uint8Array.of(...later, ...statement.content.subarray(2))), /version/)
  const many = Array.from({ length: 40 }, (_, at) => ({ name: `f${at}`, value: new Uint8Array(4_096) }))
  const key = { secretKey: vectorKey, certificates: [] }
  assert.throws(() => makeIdentityStatement(crypto, { ...vectorOrder, fields: many }, key), AssertionFailure)
})

test('levels', () => {
  assert.deepEqual(levelsAscending.toSorted(), Object.keys(identityLevels).toSorted())
  assert.equal(identityLevelOf(5), null)
  assert.equal(highestLevel([]), null)
  assert.equal(highestLevel(['sandbox', 'contact', 'declared']), 'contact')
})
