/**
 * The tamper table: changes of what the holder discloses, of who signed, and of the account.
 * @module
 */
import { toBase64 } from '@jurat/core/bytes'
import { decodeEntry } from '@jurat/core/ledger/entry'
import { decodeHeader, encodeHeader, signingMessage } from '@jurat/core/ledger/transaction'
import { formatReceipt } from '@jurat/core/receipt/receipt'
import { accounts, type MadeEvidence, plainItem } from './evidence.fixtures.ts'
import { consortium, crypto, FixtureNetwork, idOf, secretOf } from './network.fixtures.ts'
import { flip, get, type JsonObject, remove, set, type TamperRow } from './tamper.cases.ts'
import { bit } from './tamperReceipt.cases.ts'

type Row = Omit<TamperRow, 'file'>

const add = (receipt: JsonObject, path: string): void => set(receipt, path, (get(receipt, path) as number) + 1)

const disclosed = 'disclosure.fields.fields[1]'

const disclosure: Row[] = [
  {
    field: 'disclosure',
    change: 'left out',
    step: 'digest',
    state: 'absent',
    says: 'salt-missing',
    edit: (d) => remove(d.receipt, 'disclosure'),
  },
  bit('disclosure.blindingSalt', 'disclosure.blindingSalt', 'digest', 'digest-differs'),
  {
    field: 'disclosure.blindingSalt',
    change: 'withheld',
    step: 'digest',
    state: 'absent',
    says: 'salt-missing',
    edit: (d) => set(d.receipt, 'disclosure.blindingSalt', null),
  },
  {
    field: 'disclosure.blindingSalt',
    change: 'shown for a digest that is not blinded',
    evidence: 'consortium',
    step: 'digest',
    says: 'disclosure-unfitting',
    edit: (d) => set(d.receipt, 'disclosure', { blindingSalt: toBase64(new Uint8Array(32)) }),
  },
  {
    field: 'disclosure.list',
    change: 'shown for an item that is no list',
    step: 'digest',
    says: 'disclosure-unfitting',
    edit: (d) => set(d.receipt, 'disclosure.list', { algorithm: 1, index: 0, path: [] }),
  },
  {
    field: 'disclosure.list.algorithm',
    change: 'another',
    evidence: 'listed',
    step: 'digest',
    says: 'digest-differs',
    edit: (d) => add(d.receipt, 'disclosure.list.algorithm'),
  },
  {
    field: 'disclosure.list.index',
    change: 'another',
    evidence: 'listed',
    step: 'digest',
    says: 'digest-differs',
    edit: (d) => set(d.receipt, 'disclosure.list.index', 0),
  },
  {
    field: 'disclosure.list.index',
    change: 'outside the list',
    evidence: 'listed',
    step: 'digest',
    says: 'list-differs',
    edit: (d) => add(d.receipt, 'disclosure.list.index'),
  },
  { ...bit('disclosure.list.path[]', 'disclosure.list.path[0]', 'digest', 'digest-differs'), evidence: 'listed' },
  {
    field: 'disclosure.list',
    change: 'withheld',
    evidence: 'listed',
    step: 'digest',
    state: 'absent',
    says: 'list-missing',
    edit: (d) => set(d.receipt, 'disclosure.list', null),
  },
  {
    field: 'disclosure.fields.count',
    change: 'one more',
    step: 'commitment',
    says: 'commitment-differs',
    edit: (d) => add(d.receipt, 'disclosure.fields.count'),
  },
  {
    field: 'disclosure.fields.fields[].position',
    change: 'one more',
    step: 'commitment',
    says: 'commitment-differs',
    edit: (d) => add(d.receipt, `${disclosed}.position`),
  },
  {
    field: 'disclosure.fields.fields[].name',
    change: 'another',
    step: 'commitment',
    says: 'commitment-differs',
    edit: (d) => set(d.receipt, `${disclosed}.name`, 'file.size'),
  },
  bit('disclosure.fields.fields[].salt', `${disclosed}.salt`, 'commitment', 'commitment-differs'),
  bit('disclosure.fields.fields[].value', `${disclosed}.value`, 'commitment', 'commitment-differs'),
  bit('disclosure.fields.fields[].path[]', `${disclosed}.path[0]`, 'commitment', 'commitment-differs'),
  {
    field: 'disclosure.fields.fields[]',
    change: 'a field withheld',
    step: null,
    says: { harmless: 'the holder may withhold any field, and the count says so' },
    edit: (d) => remove(d.receipt, disclosed),
  },
  {
    field: 'disclosure.fields.fields[]',
    change: 'the leaf of the deposit itself withheld',
    step: 'commitment',
    says: 'commitment-differs',
    edit: (d) => remove(d.receipt, 'disclosure.fields.fields[0]'),
  },
  {
    field: 'disclosure.fields',
    change: 'withheld',
    step: null,
    says: { harmless: 'the holder may withhold the metadata' },
    edit: (d) => set(d.receipt, 'disclosure.fields', null),
  },
  {
    field: 'disclosure.fields',
    change: 'shown for a deposit without metadata',
    evidence: 'consortium',
    step: 'commitment',
    says: 'commitment-unfitting',
    edit: (d, genuine) => showFields(d.receipt, genuine),
  },
  bit('disclosure.flow.key', 'disclosure.flow.key', 'flow', 'flow-differs'),
  {
    field: 'disclosure.flow.sequence',
    change: 'one more',
    step: 'flow',
    says: 'flow-differs',
    edit: (d) => add(d.receipt, 'disclosure.flow.sequence'),
  },
  {
    field: 'disclosure.flow',
    change: 'withheld',
    step: null,
    says: { harmless: 'the holder may withhold the flow' },
    edit: (d) => set(d.receipt, 'disclosure.flow', null),
  },
  {
    field: 'disclosure.flow',
    change: 'shown for a deposit without flow',
    evidence: 'consortium',
    step: 'flow',
    says: 'flow-unfitting',
    edit: (d) => set(d.receipt, 'disclosure', { flow: { key: toBase64(new Uint8Array(32)), sequence: 0 } }),
  },
]

function showFields(receipt: JsonObject, _genuine: MadeEvidence): void {
  const hash = toBase64(new Uint8Array(32))
  const field = { position: 0, name: '', salt: hash, value: '', path: [] }
  set(receipt, 'disclosure', { fields: { count: 1, fields: [field] } })
}

/** Signs a changed header with the account's own keys, as nobody but the depositor could. */
function resign(receipt: JsonObject, { parts }: MadeEvidence, change: object): void {
  if (parts.signature === null) return
  const header = encodeHeader({ ...decodeHeader(parts.signature.header), ...change })
  set(receipt, 'signature.header', toBase64(header))
  signAgain(receipt, header, ['firm/1', 'firm/2'])
}

function signAgain(receipt: JsonObject, header: Uint8Array, names: readonly string[]): void {
  const signatures = names.map((name) => ({
    publicKey: toBase64(crypto.publicKeyOf(secretOf(name))),
    signature: toBase64(crypto.sign(secretOf(name), signingMessage(header))),
  }))
  set(receipt, 'signature.signatures', sorted(signatures))
}

const sorted = <T extends { publicKey: string }>(signatures: readonly T[]): T[] =>
  signatures.toSorted((a, b) => (hex(a.publicKey) < hex(b.publicKey) ? -1 : 1))

const hex = (base64: string): string => Buffer.from(base64, 'base64').toString('hex')

/** A network with the same keys and names as the genuine one, and another id. */
function twinReceipt(genuine: MadeEvidence): JsonObject {
  const { document } = { document: consortium(['operator'], { witnesses: [], witnessQuorum: 0 }) }
  const network = new FixtureNetwork(document, accounts)
  const sent = network.deposit('firm', ['firm/1', 'firm/2'], [plainItem('twin')])
  const receipt = JSON.parse(formatReceipt(network.receipt(sent, 0, network.note('operator', [])))) as JsonObject
  set(receipt, 'networkId', hexOf(genuine))
  return receipt
}

const hexOf = ({ network }: MadeEvidence): string => Buffer.from(network.networkId).toString('hex')

const signature: Row[] = [
  bit('signature.header', 'signature.header', 'depositor-signature', 'transaction-other'),
  {
    field: 'signature.header',
    change: 'no CBOR',
    step: 'depositor-signature',
    says: 'header-unreadable',
    edit: (d) => flip(d.receipt, 'signature.header', 0),
  },
  {
    field: 'signature.header',
    change: 'another header, signed by the same keys',
    step: 'depositor-signature',
    says: 'transaction-other',
    edit: (d, genuine) => resign(d.receipt, genuine, { timestampMs: 1 }),
  },
  {
    field: 'signature.header',
    change: 'a transaction of a network with the same keys',
    step: 'depositor-signature',
    says: 'transaction-network',
    edit: (d, genuine) => {
      d.receipt = twinReceipt(genuine)
    },
  },
  {
    field: 'signature.signatures[].publicKey',
    change: 'one bit',
    step: 'depositor-signature',
    says: 'key-signature-wrong',
    edit: (d) => flip(d.receipt, 'signature.signatures[1].publicKey'),
  },
  bit(
    'signature.signatures[].signature',
    'signature.signatures[0].signature',
    'depositor-signature',
    'key-signature-wrong',
  ),
  {
    field: 'signature.signatures[]',
    change: 'in another order',
    step: 'depositor-signature',
    says: 'keys-unordered',
    edit: (d) =>
      set(d.receipt, 'signature.signatures', (get(d.receipt, 'signature.signatures') as unknown[]).toReversed()),
  },
  {
    field: 'signature.signatures[]',
    change: 'one twice in place of the other',
    step: 'depositor-signature',
    says: 'keys-unordered',
    edit: (d) => set(d.receipt, 'signature.signatures[1]', get(d.receipt, 'signature.signatures[0]')),
  },
  {
    field: 'signature.signatures[]',
    change: 'one of two left out',
    step: 'account-standing',
    says: 'keys-insufficient',
    edit: (d) => remove(d.receipt, 'signature.signatures[0]'),
  },
  {
    field: 'signature.signatures[]',
    change: 'all left out',
    step: 'depositor-signature',
    says: 'keys-unordered',
    edit: (d) => set(d.receipt, 'signature.signatures', []),
  },
  {
    field: 'signature.signatures[]',
    change: 'valid signatures of foreign keys',
    step: 'account-standing',
    says: 'keys-insufficient',
    edit: (d, { parts }) => {
      if (parts.signature !== null) signAgain(d.receipt, parts.signature.header, ['other/1', 'hosted/1'])
    },
  },
  {
    field: 'signature.count',
    change: 'one more',
    step: 'depositor-signature',
    says: 'item-unsigned',
    edit: (d) => add(d.receipt, 'signature.count'),
  },
  {
    field: 'signature.count',
    change: 'one less',
    step: 'depositor-signature',
    says: 'item-path-wrong',
    edit: (d) => set(d.receipt, 'signature.count', 2),
  },
  bit('signature.path[]', 'signature.path[0]', 'depositor-signature', 'item-unsigned'),
  {
    field: 'signature',
    change: 'left out',
    step: 'depositor-signature',
    state: 'absent',
    says: 'signature-missing',
    edit: (d) => set(d.receipt, 'signature', null),
  },
]

/** The account part of another account, genuine in itself. */
function otherAccount(receipt: JsonObject, { network }: MadeEvidence): void {
  const sent = { header: new Uint8Array(0), signatures: [], items: [new Uint8Array(1)], from: idOf('other') }
  const index = network.entries.findLastIndex((entry) => decodeEntry(entry).kind === 1)
  const { account } = network.receipt({ ...sent, firstIndex: index }, 0, network.note('operator', []))
  if (account === null) return
  const { record, entry, path } = account
  set(receipt, 'account', {
    record: toBase64(record),
    entry: toBase64(entry),
    index: account.index,
    path: path.map(toBase64),
  })
}

const account: Row[] = [
  bit('account.record', 'account.record', 'account-standing', 'record-differs'),
  bit('account.entry', 'account.entry', 'account-standing', 'account-entry-wrong'),
  {
    field: 'account.index',
    change: 'one more',
    step: 'account-standing',
    says: 'account-entry-wrong',
    edit: (d) => add(d.receipt, 'account.index'),
  },
  bit('account.path[]', 'account.path[0]', 'account-standing', 'account-entry-wrong'),
  {
    field: 'account',
    change: 'that of another account',
    step: 'account-standing',
    says: 'account-other',
    edit: (d, genuine) => otherAccount(d.receipt, genuine),
  },
  {
    field: 'account',
    change: 'left out',
    step: 'account-standing',
    state: 'absent',
    says: 'account-missing',
    edit: (d) => set(d.receipt, 'account', null),
  },
]

/** Rows of what is disclosed, of who signed, and of the account. */
export const partRows: readonly TamperRow[] = [...disclosure, ...signature, ...account].map(
  (row) => ({ file: 'receipt', ...row }) as const,
)
