/**
 * What vectors/ledger.json and vectors/deposit.json pin: the same keys, times and blocks give the same bytes for ever.
 * @module
 */
import { fromText, toHex } from '../bytes.ts'
import { commit } from '../deposit/commitment.ts'
import { flowId } from '../deposit/flow.ts'
import { blindedDigest, blindingSalt, encodeItem, itemsHash } from '../deposit/item.ts'
import { decodeEntry } from './entry.ts'
import { encodeGenesis } from './genesis.ts'
import { operationHash } from './payloads.ts'
import { policyText } from './policyText.ts'
import {
  crypto,
  documentOf,
  type Draft,
  idOf,
  itemOf,
  keyOf,
  keys,
  origin,
  proposal,
  testGenesis,
  TestLedger,
} from './network.cases.ts'

const waiting = proposal({ type: 13, encryptionKey: keyOf('p256:box') })

/** One block a row, by their times after the genesis. */
const blocks: readonly (readonly [number, readonly Draft[]])[] = [
  [10, [{ from: 'alice', payload: { type: 40, items: ['a', 'b', 'c'].map(itemOf) } }]],
  [
    20,
    [
      { from: 'alice', to: 'bob', value: 5, payload: { type: 20 } },
      { from: 'bob', to: 'nobody', payload: { type: 21 } },
      { from: 'bob', to: 'alice', payload: { type: 21 } },
      { from: 'alice', payload: { type: 41, kind: 0, bodies: [fromText('x')] } },
    ],
  ],
  [
    30,
    [
      {
        from: 'registrar',
        value: 7,
        payload: {
          type: 10,
          name: 'abcdefghijklmnopqrstuvwxyz',
          authMap: keys({ 'sm2:a': 60, 'secp256k1:b': 40 }),
          recoverKey: keyOf('mldsa44:c'),
          encryptionKey: null,
          custody: 1,
        },
      },
      { from: 'alice', payload: { type: 12, recoverKey: keyOf('new') } },
      { from: 'pair', by: ['pair/1'], payload: waiting },
      { from: 'admin', by: ['m1/ballot'], to: 'bob', payload: { type: 17 } },
    ],
  ],
]

/** The content of vectors/ledger.json. */
export function ledgerVectors(): unknown {
  const ledger = new TestLedger()
  const genesisEntries = ledger.entries.map(toHex)
  const done = blocks.map(([afterMs, drafts]) => {
    ledger.timeMs += afterMs
    const signed = drafts.map((draft) => ledger.sign(draft))
    const { results, entries, tip } = ledger.block(signed)
    const last = decodeEntry(entries.at(-1) ?? new Uint8Array())
    return {
      height: tip.height,
      timeMs: tip.timeMs,
      transactions: results.map(({ txHash, signedHash, code, entryCount }, at) => {
        const bytes = toHex(signed[at] ?? new Uint8Array())
        return { bytes, txHash: toHex(txHash), signedHash: toHex(signedHash), code, entryCount }
      }),
      entries: entries.map(toHex),
      stateDigest: last.kind === 3 ? toHex(last.stateDigest) : '',
    }
  })
  const state = Object.fromEntries(
    [...ledger.state].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => [key, toHex(value)]),
  )
  const document = documentOf(1)
  const [member] = document.members
  return {
    source:
      'docs/spec/{network,account,transaction,operations,entry,block}.md. Byte strings are hexadecimal. Checked once by a Python program that follows the pages.',
    genesis: {
      bytes: toHex(encodeGenesis(testGenesis())),
      networkId: toHex(ledger.networkId),
      entries: genesisEntries,
    },
    blocks: done,
    state,
    accountIds: { admin: toHex(idOf('admin')), alice: toHex(idOf('alice')) },
    operationHash: waiting.type === 30 ? toHex(operationHash(crypto, waiting.operation)) : '',
    policy: policyText(crypto, origin, document, { logKey: member?.keys.log ?? new Uint8Array(), algorithms: 'all' }),
  }
}

const fill = (byte: number): Uint8Array => new Uint8Array(32).fill(byte)

/** The content of vectors/deposit.json. */
export function depositVectors(): unknown {
  const [account, digest, secret, flowKey] = [fill(1), fill(2), fill(3), fill(4)]
  const fields = [
    { name: 'phase', value: fromText('signed') },
    { name: '文件', value: fromText('合同.pdf') },
  ]
  const { commitment, fields: leaves } = commit(crypto, { account, digest, secret, fields })
  const flow = flowId(crypto, flowKey, 7)
  const items = [
    encodeItem({ algorithm: 1, digest, commitment: null, flow: null }),
    encodeItem({ algorithm: 3, digest: new Uint8Array(64).fill(5), commitment, flow }),
  ]
  return {
    source:
      'docs/spec/deposit-item.md. Byte strings are hexadecimal: account 01.., digest 02.., secret 03.., flow key 04..',
    commitment: toHex(commitment),
    leaves: leaves.map(({ name, salt, value, path }) => ({
      name,
      salt: toHex(salt),
      value: toHex(value),
      path: path.map(toHex),
    })),
    blinding: {
      salt: toHex(blindingSalt(crypto, secret)),
      digest: toHex(blindedDigest(crypto, { account, digest, secret })),
    },
    flow: { sequence: 7, id: toHex(flow) },
    items: items.map(toHex),
    itemsHash: toHex(itemsHash(crypto, items)),
  }
}
