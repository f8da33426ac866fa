/**
 * The tamper table: changes of the trust file.
 * @module
 */
import { toBase64, toText, fromText } from '@jurat/core/bytes'
import { encodeDocument } from '@jurat/core/ledger/consortium'
import { formatTlogProof, parseTlogProof } from '@jurat/core/note/tlogProof'
import { cosignedBy, type MadeEvidence } from './evidence.fixtures.ts'
import { consortium, origin } from './network.fixtures.ts'
import { editLines, flip, flipHex, get, type JsonObject, remove, set, signatureLine, flipLine } from './tamper.cases.ts'
import type { TamperRow } from './tamper.cases.ts'

type Row = Omit<TamperRow, 'file'>

const trustBit = (field: string, path: string, says: TamperRow['says']): Row => ({
  field,
  change: 'one bit',
  step: 'shape',
  says,
  edit: ({ trust }) => flip(trust, path),
})

const first: Row[] = [
  {
    field: 'format',
    change: 'another',
    step: 'shape',
    says: 'trust-unreadable',
    edit: (d) => set(d.trust, 'format', 'jurat-trust/v2'),
  },
  {
    field: '(any)',
    change: 'an unknown field',
    step: 'shape',
    says: 'trust-unreadable',
    edit: (d) => set(d.trust, 'remark', 'ok'),
  },
  {
    field: '(any)',
    change: 'a field twice',
    step: 'shape',
    says: 'trust-unreadable',
    editText: (text) => text.replace('{', '{"origin":"x",'),
  },
  {
    field: 'networkId',
    change: 'another',
    step: 'shape',
    says: 'trust-contradicts',
    edit: (d) => flipHex(d.trust, 'networkId'),
  },
  {
    field: 'origin',
    change: 'another',
    step: 'shape',
    says: 'trust-contradicts',
    edit: (d) => set(d.trust, 'origin', `${origin}2`),
  },
  trustBit('genesis', 'genesis', 'trust-contradicts'),
  {
    field: 'profile.requires[]',
    change: 'a step less',
    step: 'shape',
    says: 'trust-contradicts',
    edit: (d) => remove(d.trust, 'profile.requires[7]'),
  },
  {
    field: 'profile.requires[]',
    change: 'a step less, and no fingerprint stated',
    step: null,
    says: { harmless: 'it is another trust file: its fingerprint, which the verdict shows, is not the pinned one' },
    edit: (d) => {
      remove(d.trust, 'profile.requires[7]')
      remove(d.trust, 'fingerprint')
    },
  },
  {
    field: 'profile.requires[]',
    change: 'without the quorum, and no fingerprint stated',
    step: 'shape',
    says: 'trust-contradicts',
    edit: (d) => {
      remove(d.trust, 'profile.requires[5]')
      remove(d.trust, 'fingerprint')
    },
  },
  {
    field: 'profile.requires[]',
    change: 'an unknown step',
    step: 'shape',
    says: 'trust-unreadable',
    edit: (d) => set(d.trust, 'profile.requires[7]', 'luck'),
  },
  {
    field: 'roots',
    change: 'a root added',
    step: 'shape',
    says: 'trust-contradicts',
    edit: (d) => set(d.trust, 'roots', ['AAAA']),
  },
  {
    field: 'authorities',
    change: 'an authority added',
    step: 'shape',
    says: 'trust-contradicts',
    edit: (d) => set(d.trust, 'authorities', [{ certificate: 'AAAA', independent: true }]),
  },
  {
    field: 'fingerprint',
    change: 'another',
    step: 'shape',
    says: 'trust-contradicts',
    edit: (d) => flipHex(d.trust, 'fingerprint'),
  },
  {
    field: 'fingerprint',
    change: 'left out',
    step: null,
    says: { harmless: 'it is computed, and the verdict shows it' },
    edit: (d) => remove(d.trust, 'fingerprint'),
  },
  {
    field: 'logKeys[].vkey',
    change: 'another',
    step: 'shape',
    says: 'trust-contradicts',
    edit: (d) => set(d.trust, 'logKeys[0].vkey', 'x'),
  },
  {
    field: 'logKeys[].policy',
    change: 'another',
    step: 'shape',
    says: 'trust-contradicts',
    edit: (d) => set(d.trust, 'logKeys[0].policy', 'quorum none\n'),
  },
  {
    field: 'logKeys',
    change: 'left out',
    step: null,
    says: { harmless: 'they follow from the documents' },
    edit: (d) => remove(d.trust, 'logKeys'),
  },
]

/** The second document proven by a note that only retired or foreign members signed. */
function proveBy(trust: JsonObject, { network }: MadeEvidence, names: readonly string[]): void {
  const text = get(trust, 'documents[0].proof') as string
  const { index } = parseTlogProof(fromText(text))
  const { path } = network.prove(index)
  const note = network.note('m1', cosignedBy(names))
  set(trust, 'documents[0].proof', toText(formatTlogProof({ extra: null, index, path, note })))
}

const chain: Row[] = [
  { ...trustBit('documents[].document', 'documents[0].document', 'trust-contradicts'), evidence: 'consortium' },
  {
    field: 'documents[].document',
    change: 'one with other members',
    evidence: 'consortium',
    step: 'shape',
    says: 'trust-contradicts',
    edit: (d) => {
      set(d.trust, 'documents[0].document', toBase64(encodeDocument(consortium(['m1', 'm2', 'm3', 'm6']))))
      remove(d.trust, 'logKeys')
    },
  },
  {
    field: 'documents[].document',
    change: 'one that exchanges too many',
    evidence: 'consortium',
    step: 'shape',
    says: 'trust-contradicts',
    edit: (d) => {
      set(d.trust, 'documents[0].document', toBase64(encodeDocument(consortium(['m1', 'm2', 'm5', 'm6']))))
      remove(d.trust, 'logKeys')
    },
  },
  { ...trustBit('documents[].entry', 'documents[0].entry', 'trust-contradicts'), evidence: 'consortium' },
  {
    field: 'documents[].proof',
    change: 'one bit of the log signature',
    evidence: 'consortium',
    step: 'shape',
    says: 'trust-contradicts',
    edit: (d) =>
      editLines(d.trust, 'documents[0].proof', (all) =>
        all.map((line, at) => (at === signatureLine(all, origin) ? flipLine(line) : line)),
      ),
  },
  {
    field: 'documents[].proof',
    change: 'cosigned by two members of the document before',
    evidence: 'consortium',
    step: 'shape',
    says: 'trust-contradicts',
    edit: (d, genuine) => proveBy(d.trust, genuine, ['m1', 'm2', 'm5']),
  },
  {
    field: 'documents[]',
    change: 'twice',
    evidence: 'consortium',
    step: 'shape',
    says: 'trust-contradicts',
    edit: (d) => set(d.trust, 'documents', [get(d.trust, 'documents[0]'), get(d.trust, 'documents[0]')]),
  },
  {
    field: 'documents[]',
    change: 'left out',
    evidence: 'consortium',
    step: 'log-signature',
    state: 'absent',
    says: 'document-unknown',
    edit: (d) => {
      remove(d.trust, 'documents[0]')
      remove(d.trust, 'logKeys')
    },
  },
  {
    field: 'documents[]',
    change: 'a later checkpoint of the same members proves it',
    evidence: 'consortium',
    step: null,
    says: { harmless: 'any checkpoint that the document before accepts proves it' },
    edit: (d, genuine) => proveBy(d.trust, genuine, ['m1', 'm2', 'm3']),
  },
]

/** Rows of the trust file. */
export const trustRows: readonly TamperRow[] = [...first, ...chain].map((row) => ({ file: 'trust', ...row }) as const)
