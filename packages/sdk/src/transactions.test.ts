import assert from 'node:assert/strict'
import { test } from 'node:test'
import { equal, fromText, toHex } from '@jurat/core/bytes'
import { nobleCrypto as crypto } from '@jurat/core/crypto/noble'
import { accountId } from '@jurat/core/ledger/account'
import { encodeDocument } from '@jurat/core/ledger/consortium'
import { defaultParameters } from '@jurat/core/ledger/parameters'
import { parseTransaction, signaturesValid } from '@jurat/core/ledger/parse'
import type { ParsedTransaction } from '@jurat/core/ledger/parse'
import { types } from '@jurat/core/ledger/operationTypes'
import { proveMember } from '@jurat/core/ledger/possession'
import { SdkError } from './errors.ts'
import { platformRandom } from './keyFile.ts'
import { algorithmNames, generateKey } from './keys.ts'
import type { KeyPair } from './keys.ts'
import { operationHash, operations } from './operations.ts'
import type { Operation } from './operations.ts'
import { describeTransaction, formatTransactionFile, parseTransactionFile } from './transactionFile.ts'
import { addSignature, createTransaction, encodeTransaction, mergeSignatures, transactionHash } from './transactions.ts'
import type { OpenTransaction } from './transactions.ts'

const networkId = new Uint8Array(32).fill(7)
const alice = accountId(crypto, 'alice')
const bob = accountId(crypto, 'bob')
const keys = algorithmNames.map((name) => generateKey(crypto, name, platformRandom))
const key = (at: number): KeyPair => keys[at] ?? assert.fail('there are five keys')
const rules = { networkId, parameters: { ...defaultParameters, rawAllowed: 1 } }
const hash = new Uint8Array(32).fill(1)

const open = (operation: Operation): OpenTransaction =>
  createTransaction(crypto, { networkId, from: alice, operation, timestampMs: 1_700_000_000_000, periodMs: 60_000 })

function parse(transaction: OpenTransaction): ParsedTransaction {
  const parsed = parseTransaction(crypto, encodeTransaction(transaction), rules)
  assert.ok(!('refused' in parsed), `type ${transaction.header.type}: ${JSON.stringify(parsed)}`)
  return parsed
}

const codeOf = (code: string) => (error: unknown) => error instanceof SdkError && error.code === code

// In descending order, so that a builder that forgets to sort is found out.
const authMap = keys.toReversed().map(({ publicKey }) => ({ publicKey, weight: 50 }))
const recoverKey = key(0).publicKey
const freeze = operations.freeze({ target: bob })

const secretOf = (name: (typeof algorithmNames)[number]): Uint8Array =>
  generateKey(crypto, name, platformRandom).secretKey
const document = {
  members: [
    proveMember(
      crypto,
      'jurat.example',
      { name: 'court', addresses: [] },
      {
        ballot: secretOf('ed25519'),
        log: secretOf('ed25519'),
        executorEd25519: secretOf('ed25519'),
        executorMldsa44: secretOf('mldsa44'),
        validator: secretOf('ed25519'),
        transport: secretOf('p256'),
      },
    ),
  ],
  quorum: 1,
  witnesses: [],
  witnessQuorum: 0,
  parameters: defaultParameters,
}

const every: readonly Operation[] = [
  operations.createAccount({
    name: 'b7x2',
    authMap,
    recoverKey,
    encryptionKey: null,
    custody: 'own',
    initialAmount: 5,
  }),
  operations.updateAuthMap({ authMap }),
  operations.setRecoveryKey({ recoverKey }),
  operations.setEncryptionKey({ encryptionKey: key(1).publicKey }),
  operations.preReset(),
  operations.reset({ authMap }),
  operations.dispute(),
  freeze,
  operations.thaw({ target: bob }),
  operations.adjudicate({ target: bob, authMap, recoverKey }),
  operations.transfer({ target: bob, amount: 12 }),
  operations.attest({ account: bob }),
  operations.setRegistrar({ target: bob, quota: 9 }),
  operations.propose(freeze),
  operations.approve({ id: hash, operationHash: operationHash(crypto, freeze) }),
  operations.withdraw({ id: hash }),
  operations.deposit({ items: [{ algorithm: 1, digest: hash, commitment: null, flow: hash }] }),
  operations.raw({ kind: 0, bodies: [fromText('x')] }),
  operations.changeConsortium({ document: encodeDocument(document), replaces: hash }),
]

test('the ledger takes what the builder of every operation makes, under a key of every algorithm', () => {
  assert.deepEqual(
    every.map(({ type }) => type),
    Object.values(types),
  )
  for (const [at, operation] of every.entries()) {
    const signed = addSignature(crypto, open(operation), key(at % keys.length))
    const parsed = parse(signed)
    assert.equal(parsed.payload.type, operation.type)
    assert.ok(signaturesValid(crypto, parsed))
    assert.ok(equal(parsed.txHash, transactionHash(crypto, signed)))
  }
})

test('signatures stand in ascending key order, whoever signed first, and nobody twice', () => {
  const signInOrder = (order: readonly number[]): OpenTransaction =>
    order.reduce((transaction, at) => addSignature(crypto, transaction, key(at)), open(operations.dispute()))
  for (const order of [
    [0, 1, 2, 3, 4],
    [4, 2, 0, 3, 1],
    [2, 2, 1, 0, 3, 4, 0],
  ]) {
    const parsed = parse(signInOrder(order))
    assert.equal(parsed.signatures.length, 5)
    assert.ok(signaturesValid(crypto, parsed))
  }
})

test('an unsigned transaction is not sent', () => {
  assert.throws(() => encodeTransaction(open(operations.preReset())), codeOf('signature-missing'))
})

test('a file goes from signer to signer, and copies are merged', () => {
  const first = open(operations.updateAuthMap({ authMap }))
  const one = parseTransactionFile(crypto, formatTransactionFile(addSignature(crypto, first, key(0))))
  const other = parseTransactionFile(crypto, formatTransactionFile(addSignature(crypto, first, key(3))))
  const both = mergeSignatures(one, mergeSignatures(other, one))
  assert.equal(parse(both).signatures.length, 2)
  assert.throws(() => mergeSignatures(one, open(operations.dispute())), codeOf('transaction-file-malformed'))
})

test('what a signer reads comes from the bytes that are signed', () => {
  const shown = describeTransaction(crypto, open(operations.transfer({ target: bob, amount: 12 })))
  assert.equal(shown['operation'], '20 transfer')
  assert.equal(shown['to'], toHex(bob))
  assert.equal(shown['value'], '12')
  assert.equal(shown['until'], '2023-11-14T22:14:20.000Z')
})

test('a transaction file that was tampered with is refused', () => {
  const signed = addSignature(crypto, open(operations.transfer({ target: bob, amount: 12 })), key(0))
  const file = JSON.parse(formatTransactionFile(signed)) as Record<string, unknown>
  const other = JSON.parse(formatTransactionFile(open(operations.dispute()))) as Record<string, unknown>
  const [signature] = file['signatures'] as Record<string, unknown>[]
  const cases: readonly [string, unknown][] = [
    ['another format', { ...file, format: 'jurat-transaction/v2' }],
    ['another header under the signature', { ...file, header: other['header'] }],
    ['another payload', { ...file, payload: 'gQE=' }],
    ['signatures that are no list', { ...file, signatures: 'x' }],
    ['too many signatures', { ...file, signatures: Array.from({ length: 33 }, () => signature) }],
    ['a signature of nobody', { ...file, signatures: [{ ...signature, publicKey: toHex(key(1).publicKey) }] }],
    ['no JSON', null],
  ]
  for (const [name, value] of cases) {
    const text = JSON.stringify(value)
    assert.throws(() => parseTransactionFile(crypto, text), codeOf('transaction-file-malformed'), name)
  }
})
