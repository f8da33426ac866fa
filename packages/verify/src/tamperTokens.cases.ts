/**
 * The tamper table: changes of time-stamp tokens, of who makes them, and of the authorities of the trust file.
 * @module
 */
import { fromBase64, toBase64, toHex, fromText, type Bytes } from '@jurat/core/bytes'
import { parseTlogProof } from '@jurat/core/note/tlogProof'
import { testPolicy } from '@jurat/core/timestamp/identifiers'
import {
  extensions,
  issuingOf,
  makerOf,
  rootOf,
  stamp,
  type StampingChanges,
  stampingOf,
  validFromMs,
} from './authority.fixtures.ts'
import { validToMs } from './authority.fixtures.ts'
import type { MadeEvidence } from './evidence.fixtures.ts'
import { crypto } from './network.fixtures.ts'
import { flip, get, type JsonObject, remove, set, type TamperRow } from './tamper.cases.ts'

type Row = Omit<TamperRow, 'file' | 'evidence'>

const token = 'timestamps[0].token'
const noteOf = ({ parts }: MadeEvidence): Bytes => parseTlogProof(fromText(parts.proof)).note

/** The receipt with one token, whatever else it had. */
function setToken(receipt: JsonObject, made: Bytes, over: string = 'note'): void {
  set(receipt, 'timestamps', [{ over, token: toBase64(made) }])
}

/** One bit of the token, at a place that is found by the bytes that stand there. */
const bit = (change: string, says: TamperRow['says'], find: (bytes: Bytes, genuine: MadeEvidence) => number): Row => ({
  field: 'timestamps[].token',
  change,
  step: 'time',
  says,
  edit: ({ receipt }, genuine) => {
    const bytes = fromBase64(get(receipt, token) as string)
    flip(receipt, token, find(bytes, genuine))
  },
})

/** Where bytes stand, in whole bytes. */
function placeOf(bytes: Bytes, part: Bytes): number {
  const at = toHex(bytes).indexOf(toHex(part))
  if (at < 0 || at % 2 !== 0) throw new Error('the token does not hold these bytes')
  return at / 2
}

/** The only token is another, genuinely made by an authority that is not as it should be. */
const made = (change: string, outcome: Pick<Row, 'step' | 'says' | 'state'>, changes: StampingChanges): Row => ({
  field: 'timestamps[].token',
  change,
  ...outcome,
  edit: ({ receipt }, genuine) => {
    setToken(receipt, stamp(makerOf('independent', changes), noteOf(genuine), genuine.network.timeMs + 2_000))
  },
})

const unfit = { step: 'time', says: 'token-certificate-wrong' } as const
const wrong = { step: 'time', says: 'token-signature-wrong' } as const
const expired = { step: 'time', says: 'token-expired' } as const
const unknown = { step: 'time', says: 'tokens-dependent', state: 'absent' } as const
const stampingWith = (...own: readonly Bytes[]): StampingChanges => ({
  certificate: stampingOf('independent', { extensions: own }),
})
const issuedBy = (issuing: Bytes): StampingChanges => ({ chain: [issuing] })

const tokens: readonly Row[] = [
  {
    field: 'timestamps[].over',
    change: 'digest for note',
    step: 'time',
    says: 'token-other',
    edit: ({ receipt }) => set(receipt, 'timestamps[0].over', 'digest'),
  },
  bit('one bit of the signature', 'token-signature-wrong', (bytes) => bytes.length - 1),
  bit('one bit of the imprint', 'token-other', (bytes, genuine) => placeOf(bytes, crypto.sha256(noteOf(genuine)))),
  bit('one bit of its time', 'token-signature-wrong', (bytes) => placeOf(bytes, fromText('2027')) + 13),
  bit('one bit of the hash that names the certificate', 'token-signature-wrong', (bytes) =>
    placeOf(bytes, crypto.sha256(stampingOf('independent'))),
  ),
  bit('one bit of its certificate', 'token-signature-wrong', (bytes) => {
    const certificate = stampingOf('independent')
    return placeOf(bytes, certificate) + certificate.length - 1
  }),
  {
    field: 'timestamps[].token',
    change: 'a byte more',
    step: 'time',
    says: 'token-unreadable',
    edit: ({ receipt }) => {
      const bytes = fromBase64(get(receipt, token) as string)
      set(receipt, token, toBase64(Uint8Array.of(...bytes, 0)))
    },
  },
  {
    field: 'timestamps[].token',
    change: 'one over another note',
    step: 'time',
    says: 'token-other',
    edit: ({ receipt }, { network }) =>
      setToken(receipt, stamp(makerOf('independent'), fromText('another note'), network.timeMs + 2_000)),
  },
  {
    field: 'timestamps[].token',
    change: 'one over a note that was signed in another way',
    step: 'time',
    says: 'token-other',
    edit: ({ receipt }, { network }) => {
      const other = network.note('operator', [{ name: 'witness.example/one', key: 'w1' }])
      setToken(receipt, stamp(makerOf('independent'), other, network.timeMs + 2_000))
    },
  },
  {
    field: 'timestamps[].token',
    change: 'one from long before the entry',
    step: 'time',
    says: 'time-before-entry',
    edit: ({ receipt }, genuine) =>
      setToken(receipt, stamp(makerOf('independent'), noteOf(genuine), genuine.network.timeMs - 700_000)),
  },
  {
    field: 'timestamps[].token',
    change: 'the same twice',
    step: null,
    says: { harmless: 'the earliest counts, however often it stands there' },
    edit: ({ receipt }) => set(receipt, 'timestamps[1]', get(receipt, 'timestamps[0]')),
  },
  {
    field: 'timestamps[].token',
    change: 'one of an authority that nobody knows beside them',
    step: null,
    says: { harmless: 'tokens of unknown authorities are passed over' },
    edit: ({ receipt }, genuine) => {
      const strange = stamp(makerOf('stranger'), noteOf(genuine), genuine.network.timeMs)
      set(receipt, 'timestamps[1]', { over: 'note', token: toBase64(strange) })
    },
  },
  made('signed by another key', wrong, { signer: 'own stamping' }),
  made('certificate: without its purpose', unfit, stampingWith(extensions.signs)),
  made('certificate: the purpose not critical', unfit, stampingWith(extensions.signs, extensions.stampsPerhaps)),
  made('certificate: a second purpose', unfit, stampingWith(extensions.signs, extensions.stampsAndMore)),
  made('certificate: a key that may not sign', unfit, stampingWith(extensions.agreesKeys, extensions.stamps)),
  made('certificate: a critical extension of nobody', unfit, stampingWith(extensions.stamps, extensions.strange)),
  made('certificate: not valid any more', expired, {
    certificate: stampingOf('independent', { validToMs: validFromMs + 1_000 }),
  }),
  made('certificate: not valid yet', expired, {
    certificate: stampingOf('independent', { validFromMs: validToMs - 1_000 }),
  }),
  made('issuer: not valid any more', expired, issuedBy(issuingOf('independent', { validToMs: validFromMs + 1_000 }))),
  made('issuer: left out', unknown, { chain: [] }),
  made('issuer: signed by itself', unknown, issuedBy(issuingOf('independent', { issuer: 'independent issuing' }))),
  made('issuer: signed by another key', unknown, issuedBy(issuingOf('independent', { signer: 'own root' }))),
  made('issuer: may not issue', unknown, issuedBy(issuingOf('independent', { extensions: [extensions.signs] }))),
  made(
    'issuer: may issue, but not certificates',
    unknown,
    issuedBy(issuingOf('independent', { extensions: [extensions.authority, extensions.signs] })),
  ),
  made('the policy of a network for tests', unknown, { policy: testPolicy }),
  {
    field: 'timestamps[]',
    change: 'those of the independent authority left out',
    step: 'time',
    says: 'tokens-dependent',
    state: 'absent',
    edit: ({ receipt }) => {
      remove(receipt, 'timestamps[2]')
      remove(receipt, 'timestamps[0]')
    },
  },
  {
    field: 'timestamps',
    change: 'left out',
    step: 'time',
    says: 'time-own',
    state: 'absent',
    edit: ({ receipt }) => remove(receipt, 'timestamps'),
  },
]

const authorities: readonly Row[] = [
  {
    field: 'authorities[].certificate',
    change: 'one bit',
    step: 'shape',
    says: 'trust-contradicts',
    edit: ({ trust }) => flip(trust, 'authorities[0].certificate'),
  },
  {
    field: 'authorities[].certificate',
    change: 'that of another, and no fingerprint stated',
    ...unknown,
    edit: ({ trust }) => {
      set(trust, 'authorities[0].certificate', toBase64(rootOf('stranger')))
      remove(trust, 'fingerprint')
    },
  },
  {
    field: 'authorities[].certificate',
    change: 'one bit of the signature of a root, and no fingerprint stated',
    step: null,
    says: {
      harmless: 'of an authority that is named, only name, key and dates count (and the fingerprint is another)',
    },
    edit: ({ trust }) => {
      flip(trust, 'authorities[0].certificate')
      remove(trust, 'fingerprint')
    },
  },
  {
    field: 'authorities[].certificate',
    change: 'no certificate, and no fingerprint stated',
    step: 'time',
    says: 'authority-unreadable',
    edit: ({ trust }) => {
      set(trust, 'authorities[0].certificate', 'AAAA')
      remove(trust, 'fingerprint')
    },
  },
  {
    field: 'authorities[].independent',
    change: 'the other',
    step: 'shape',
    says: 'trust-contradicts',
    edit: ({ trust }) => set(trust, 'authorities[1].independent', true),
  },
  {
    field: 'authorities[].independent',
    change: 'none is, and no fingerprint stated',
    ...unknown,
    edit: ({ trust }) => {
      set(trust, 'authorities[0].independent', false)
      remove(trust, 'fingerprint')
    },
  },
]

/** Rows of tokens and authorities. */
export const tokenRows: readonly TamperRow[] = [
  ...tokens.map((row) => ({ file: 'receipt', evidence: 'stamped', ...row }) as const),
  ...authorities.map((row) => ({ file: 'trust', evidence: 'stamped', ...row }) as const),
]
