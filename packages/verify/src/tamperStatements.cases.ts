/**
 * The tamper table: changes of identity statements, of who signs them, and of the roots of the trust file.
 * @module
 */
import { type Bytes, fromBase64, fromText, toBase64 } from '@jurat/core/bytes'
import { discloseFields } from '@jurat/core/identity/signing'
import { encodeIdentityStatement, type IdentityStatement } from '@jurat/core/identity/statement'
import { decodeIdentityStatement } from '@jurat/core/identity/statement'
import { extensions, issuingOf, rootOf, validFromMs, validToMs } from './authority.fixtures.ts'
import type { MadeEvidence } from './evidence.fixtures.ts'
import { type StatementChanges, statedAtMs, statementBy } from './statement.fixtures.ts'
import { flip, get, remove, set, type TamperRow } from './tamper.cases.ts'

type Row = Omit<TamperRow, 'file' | 'evidence'>
type Outcome = Pick<Row, 'step' | 'says' | 'state'>

const field = 'statements[].content'
const place = 'statements[0].content'

/** The statement, taken apart and changed. */
const changed = (change: string, outcome: Outcome, edit: (statement: IdentityStatement) => IdentityStatement): Row => ({
  field,
  change,
  ...outcome,
  edit: ({ receipt }) => {
    const statement = decodeIdentityStatement(fromBase64(get(receipt, place) as string))
    set(receipt, place, toBase64(encodeIdentityStatement(edit(statement))))
  },
})

/** The only statement is another, genuinely signed. */
const made = (change: string, outcome: Outcome, changes: (genuine: MadeEvidence) => StatementChanges): Row => ({
  field,
  change,
  ...outcome,
  edit: ({ receipt }, genuine) => set(receipt, place, toBase64(statementBy(genuine.network, changes(genuine)))),
})

const fails = (says: TamperRow['says']): Outcome => ({ step: 'statements', says })
const absent = (says: TamperRow['says']): Outcome => ({ step: 'statements', says, state: 'absent' })
const bit = (bytes: Bytes, at: number): Bytes => bytes.with(at < 0 ? bytes.length + at : at, (bytes.at(at) ?? 0) ^ 1)
const dayMs = 86_400_000

const statements: readonly Row[] = [
  {
    field: 'statements[].kind',
    change: 'one that nobody knows',
    ...absent('statements-none'),
    edit: ({ receipt }) => set(receipt, 'statements[0].kind', 'remark'),
  },
  {
    field,
    change: 'no CBOR',
    ...fails('statement-unreadable'),
    edit: ({ receipt }) => set(receipt, place, 'AAAA'),
  },
  {
    field,
    change: 'a byte more',
    ...fails('statement-unreadable'),
    edit: ({ receipt }) => {
      const bytes = fromBase64(get(receipt, place) as string)
      set(receipt, place, toBase64(Uint8Array.of(...bytes, 0)))
    },
  },
  changed('one bit of what is signed (its commitment)', fails('statement-signature-wrong'), (statement) => ({
    ...statement,
    content: bit(statement.content, -40),
  })),
  changed('one bit of the signature', fails('statement-signature-wrong'), (statement) => ({
    ...statement,
    signature: bit(statement.signature, -1),
  })),
  changed('another value of a shown field', fails('statement-fields-wrong'), (statement) => {
    const { count, fields } = statement.disclosure
    const forged = fields.map((each) => (each.name === 'certName' ? { ...each, value: fromText('李四') } : each))
    return { ...statement, disclosure: { count, fields: forged } }
  }),
  changed('fewer fields are shown', { step: null, says: { harmless: 'the holder shows what he wants' } }, (statement) =>
    discloseFields(statement, []),
  ),
  changed('leaf 0 of its fields left out', fails('statement-fields-wrong'), (statement) => {
    const { count, fields } = statement.disclosure
    return { ...statement, disclosure: { count, fields: fields.slice(1) } }
  }),
  changed('certificates left out', absent('statement-unknown'), (statement) => ({ ...statement, certificates: [] })),
  changed('one bit of the signature of its certificate', absent('statement-unknown'), (statement) => ({
    ...statement,
    certificates: statement.certificates.map((each, at) => (at === 0 ? bit(each, -1) : each)),
  })),
  changed('the certificate of another key', fails('statement-certificate-wrong'), (statement) => ({
    ...statement,
    certificates: statement.certificates.toReversed(),
  })),
  made('one of another account', fails('statement-other'), () => ({ account: 'other' })),
  made('one of an organisation without accounts', fails('statement-other'), () => ({ account: null })),
  made('one of another network', fails('statement-other'), () => ({ networkId: new Uint8Array(32) })),
  made('one that ended before the deposit', absent('statement-other-time'), () => ({
    issuedAtMs: statedAtMs - 2 * dayMs,
    expiresAtMs: statedAtMs - dayMs,
  })),
  made('one that was made after the deposit', absent('statement-other-time'), ({ network }) => ({
    issuedAtMs: network.timeMs + 1,
    expiresAtMs: network.timeMs + dayMs,
  })),
  made('one of a sandbox', absent('statement-sandbox'), () => ({ level: 'sandbox' })),
  made('one under a CA that nobody knows', absent('statement-unknown'), () => ({ authority: 'stranger' })),
  made('certificate: one for time stamps', fails('statement-certificate-wrong'), () => ({
    certificate: { extensions: [extensions.signs, extensions.stamps] },
  })),
  made('certificate: without a purpose', fails('statement-certificate-wrong'), () => ({
    certificate: { extensions: [extensions.signs] },
  })),
  made('certificate: not valid yet when it signed', fails('statement-certificate-wrong'), () => ({
    certificate: { validFromMs: validToMs - 1_000 },
  })),
  made('certificate: not valid any more when it signed', fails('statement-certificate-wrong'), () => ({
    certificate: { validToMs: validFromMs + 1_000 },
  })),
  made('issuer: may not issue', absent('statement-unknown'), () => ({
    issuing: issuingOf('own', { extensions: [extensions.signs] }),
  })),
  {
    field: 'statements[]',
    change: 'the same twice',
    step: null,
    says: { harmless: 'the highest level counts, however often it stands there' },
    edit: ({ receipt }) => set(receipt, 'statements[1]', get(receipt, 'statements[0]')),
  },
  {
    field: 'statements',
    change: 'left out',
    ...absent('statements-none'),
    edit: ({ receipt }) => remove(receipt, 'statements'),
  },
]

const roots: readonly Row[] = [
  {
    field: 'roots[]',
    change: 'one bit',
    step: 'shape',
    says: 'trust-contradicts',
    edit: ({ trust }) => flip(trust, 'roots[0]'),
  },
  {
    field: 'roots[]',
    change: 'that of another, and no fingerprint stated',
    ...absent('statement-unknown'),
    edit: ({ trust }) => {
      set(trust, 'roots[0]', toBase64(rootOf('stranger')))
      remove(trust, 'fingerprint')
    },
  },
  {
    field: 'roots[]',
    change: 'it stands among the authorities of the operator instead, and no fingerprint stated',
    step: null,
    says: { harmless: 'that of the own authority is the CA of the network' },
    edit: ({ trust }) => {
      set(trust, 'authorities', [{ certificate: get(trust, 'roots[0]'), independent: false }])
      set(trust, 'roots', [])
      remove(trust, 'fingerprint')
    },
  },
  {
    field: 'roots[]',
    change: 'it stands among the independent authorities instead, and no fingerprint stated',
    ...absent('statement-unknown'),
    edit: ({ trust }) => {
      set(trust, 'authorities', [{ certificate: get(trust, 'roots[0]'), independent: true }])
      set(trust, 'roots', [])
      remove(trust, 'fingerprint')
    },
  },
  {
    field: 'roots[]',
    change: 'no certificate, and no fingerprint stated',
    ...fails('authority-unreadable'),
    edit: ({ trust }) => {
      set(trust, 'roots[0]', 'AAAA')
      remove(trust, 'fingerprint')
    },
  },
]

/** Rows of statements and roots. */
export const statementRows: readonly TamperRow[] = [
  ...statements.map((row) => ({ file: 'receipt', evidence: 'identified', ...row }) as const),
  ...roots.map((row) => ({ file: 'trust', evidence: 'identified', ...row }) as const),
]
