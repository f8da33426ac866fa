/**
 * The tamper table: changes of the original and of the receipt, except of what is disclosed and who signed.
 * @module
 */
import { concat, fromBase64, toBase64 } from '@jurat/core/bytes'
import { decodeEntry } from '@jurat/core/ledger/entry'
import { hashLeaf } from '@jurat/core/merkle/hash'
import { formatReceipt } from '@jurat/core/receipt/receipt'
import { accounts, cosignedBy, type MadeEvidence, outsideCosigning, plainItem, witnesses } from './evidence.fixtures.ts'
import { consortium, crypto, FixtureNetwork, origin } from './network.fixtures.ts'
import { editLines, flip, flipHex, flipLine, get, type JsonObject, noteStart, set } from './tamper.cases.ts'
import { signatureLine, type TamperRow } from './tamper.cases.ts'

type Row = Omit<TamperRow, 'file'>

const one = 'witness.example/one'
const two = 'witness.example/two'

/** A row that flips one bit of a base64 field. */
export const bit = (field: string, path: string, step: TamperRow['step'], says: TamperRow['says']): Row => ({
  field,
  change: 'one bit',
  step,
  says,
  edit: ({ receipt }) => flip(receipt, path),
})

/** A row that edits the lines of the proof. */
const lines = (
  change: string,
  step: TamperRow['step'],
  says: TamperRow['says'],
  edit: (all: string[]) => string[],
): Row => ({ field: 'proof', change, step, says, edit: ({ receipt }) => editLines(receipt, 'proof', edit) })

const replaced = (all: string[], at: number, text: (line: string) => string): string[] =>
  all.map((each, index) => (index === at ? text(each) : each))

const dropped = (all: string[], at: number): string[] => all.filter((_, index) => index !== at)

/** Lines of the note by their distance from its beginning: 0 origin, 1 size, 2 root. */
const noteLine = (all: string[], offset: number, text: (line: string) => string): string[] =>
  replaced(all, noteStart(all) + offset, text)

/** The line of a signature, by the name of its key. */
const signature = (all: string[], name: string, text: (line: string) => string, nth: number = 0): string[] =>
  replaced(all, signatureLine(all, name, nth), text)

/** Puts another entry of the same tree, with its index and its genuine path, in the place of the deposit. */
function moveTo(receipt: JsonObject, { network }: MadeEvidence, index: number): void {
  const { entry, path } = network.prove(index)
  set(receipt, 'entry', toBase64(entry))
  set(receipt, 'index', index)
  editLines(receipt, 'proof', (all) => {
    const note = all.slice(noteStart(all) - 1)
    return [all[0] ?? '', `index ${index}`, ...path.map(toBase64), ...note]
  })
}

/** A tree that the operator invented: signed with the log's own key, and by no witness. */
function inventedReceipt(): JsonObject {
  const network = new FixtureNetwork(consortium(['operator'], { witnesses, witnessQuorum: 2 }), accounts)
  const sent = network.deposit('firm', ['firm/1', 'firm/2'], [plainItem('invented')])
  const receipt = network.receipt(sent, 0, network.note('operator', []))
  return JSON.parse(formatReceipt(receipt)) as JsonObject
}

/** The note with other cosignatures. */
function recosign(receipt: JsonObject, { network }: MadeEvidence, cosigning: typeof outsideCosigning): void {
  const note = new TextDecoder().decode(network.note('operator', cosigning))
  editLines(receipt, 'proof', (all) => [...all.slice(0, noteStart(all)), ...note.slice(0, -1).split('\n')])
}

const original: TamperRow[] = [
  {
    file: 'original',
    field: 'any byte',
    change: 'one bit',
    step: 'digest',
    says: 'digest-differs',
    edit: (draft) => {
      draft.original[3] = (draft.original[3] ?? 0) ^ 1
    },
  },
  {
    file: 'original',
    field: 'length',
    change: 'a byte more',
    step: 'digest',
    says: 'digest-differs',
    edit: (draft) => {
      draft.original = concat(draft.original, Uint8Array.of(0))
    },
  },
]

const head: Row[] = [
  {
    field: 'format',
    change: 'another',
    step: 'shape',
    says: 'receipt-unreadable',
    edit: (d) => set(d.receipt, 'format', 'jurat-receipt/v2'),
  },
  {
    field: 'networkId',
    change: 'another',
    step: 'shape',
    says: 'network-differs',
    edit: (d) => flipHex(d.receipt, 'networkId'),
  },
  {
    field: '(any)',
    change: 'an unknown field',
    step: 'shape',
    says: 'receipt-unreadable',
    edit: (d) => set(d.receipt, 'remark', 'ok'),
  },
  {
    field: '(any)',
    change: 'a field twice',
    step: 'shape',
    says: 'receipt-unreadable',
    editText: (text) => text.replace('{', '{"index":0,'),
  },
  {
    field: '(any)',
    change: 'white space between the fields',
    step: null,
    says: { harmless: 'JSON gives it no meaning' },
    editText: (text) => text.replace(',', ' ,\n '),
  },
]

const entry: Row[] = [
  bit('entry', 'entry', 'inclusion', 'path-wrong'),
  {
    field: 'entry',
    change: 'no CBOR',
    step: 'entry',
    says: 'entry-unreadable',
    edit: (d) => flip(d.receipt, 'entry', 3),
  },
  {
    field: 'entry',
    change: 'another deposit of the tree, with index and path',
    step: 'digest',
    says: 'disclosure-unfitting',
    edit: (d, genuine) => moveTo(d.receipt, genuine, genuine.parts.index - 3),
  },
  {
    field: 'entry',
    change: 'an item of the same transaction, with index and path',
    step: 'depositor-signature',
    says: 'item-path-wrong',
    edit: (d, genuine) => moveTo(d.receipt, genuine, genuine.parts.index + 1),
  },
  {
    field: 'entry',
    change: 'an entry that is no deposit, with index and path',
    step: 'entry',
    says: 'entry-other',
    edit: (d, genuine) => moveTo(d.receipt, genuine, 0),
  },
  {
    field: 'entry',
    change: 'an inner node of the tree as a leaf',
    step: 'entry',
    says: 'entry-unreadable',
    edit: (d, { network }) => {
      const [left, right] = [0, 1].map((at) => hashLeaf(crypto, network.prove(at).entry))
      if (left !== undefined && right !== undefined) set(d.receipt, 'entry', toBase64(concat(left, right)))
    },
  },
  {
    field: 'index',
    change: 'one more',
    step: 'inclusion',
    says: 'index-differs',
    edit: (d) => set(d.receipt, 'index', (get(d.receipt, 'index') as number) + 1),
  },
]

const proof: Row[] = [
  lines('another first line', 'inclusion', 'proof-unreadable', (all) => replaced(all, 0, (text) => `${text}1`)),
  lines('another index', 'inclusion', 'index-differs', (all) => replaced(all, 1, () => 'index 0')),
  lines('one bit of a hash', 'inclusion', 'path-wrong', (all) =>
    replaced(all, 2, (text) => toBase64(fromBase64(text).map((byte, at) => (at === 0 ? byte ^ 1 : byte)))),
  ),
  lines('a hash less', 'inclusion', 'path-wrong', (all) => dropped(all, 2)),
  lines('a hash twice', 'inclusion', 'path-wrong', (all) => [...all.slice(0, 3), ...all.slice(2)]),
  lines('extra data', null, { harmless: 'nothing reads it' }, (all) => [all[0] ?? '', 'extra AAAA', ...all.slice(1)]),
  lines('note: another origin', 'log-signature', 'origin-differs', (all) => noteLine(all, 0, (text) => `${text}2`)),
  lines('note: another size', 'inclusion', 'path-wrong', (all) =>
    noteLine(all, 1, (text) => String(Number(text) + 16)),
  ),
  lines('note: another root', 'inclusion', 'path-wrong', (all) => noteLine(all, 2, () => toBase64(new Uint8Array(32)))),
  lines('note: an extension line', 'inclusion', 'note-unreadable', (all) =>
    noteLine(all, 2, (text) => `${text}\nextension`),
  ),
  lines('note: one bit of the log signature', 'log-signature', 'log-signature-wrong', (all) =>
    signature(all, origin, (text) => flipLine(text)),
  ),
  lines('note: no log signature', 'log-signature', 'log-signature-missing', (all) =>
    dropped(all, signatureLine(all, origin)),
  ),
  lines('note: one bit of an Ed25519 cosignature', 'quorum', 'cosignature-wrong', (all) =>
    signature(all, two, (text) => flipLine(text)),
  ),
  lines('note: one bit of an ML-DSA-44 cosignature', 'quorum', 'cosignature-wrong', (all) =>
    replaced(all, longest(all), (text) => flipLine(text)),
  ),
  lines('note: an earlier time in a cosignature', 'quorum', 'cosignature-wrong', (all) =>
    signature(all, two, (text) => flipLine(text, 11)),
  ),
  lines('note: a cosignature less', 'quorum', 'quorum-missing', (all) => dropped(all, signatureLine(all, two))),
  lines('note: one of the two keys of a witness less', 'quorum', 'quorum-missing', (all) => dropped(all, longest(all))),
  lines('note: one witness twice in place of another', 'quorum', 'quorum-missing', (all) =>
    signature(all, two, () => all[signatureLine(all, one)] ?? ''),
  ),
  lines(
    'note: a cosignature of an unknown key',
    null,
    { harmless: 'signatures of unknown keys are passed over' },
    (all) => [...all, '— stranger.example AAAAAAEC'],
  ),
  lines(
    'note: signatures in another order',
    null,
    { harmless: 'each is checked for itself (a time stamp over the note would not fit any more)' },
    (all) => [...all.slice(0, noteStart(all) + 4), ...all.slice(noteStart(all) + 4).toReversed()],
  ),
  {
    field: 'proof',
    change: 'note: cosigned an hour before the entry',
    step: 'time',
    says: 'time-before-entry',
    edit: (d, genuine) =>
      recosign(
        d.receipt,
        genuine,
        outsideCosigning.map((each) => ({ ...each, timeSeconds: 1_799_996_400 })),
      ),
  },
  {
    field: 'proof',
    change: 'note: cosigned without a time',
    step: 'quorum',
    says: 'quorum-missing',
    edit: (d, genuine) =>
      recosign(
        d.receipt,
        genuine,
        outsideCosigning.map((each) => ({ ...each, timeSeconds: 0 })),
      ),
  },
  {
    field: 'proof',
    change: 'everything invented with a stolen log key',
    step: 'quorum',
    says: 'quorum-missing',
    edit: (d) => {
      d.receipt = inventedReceipt()
    },
  },
]

/** The longest line is that of the ML-DSA-44 cosignature. */
const longest = (all: readonly string[]): number =>
  all.findIndex((each) => each.length === Math.max(...all.map(({ length }) => length)))

const otherParts: Row[] = [
  {
    field: 'head.entry',
    change: 'one bit',
    step: 'inclusion',
    says: 'head-wrong',
    edit: (d) => flip(d.receipt, 'head.entry', 12),
  },
  bit('head.path[]', 'head.path[0]', 'inclusion', 'head-wrong'),
  {
    field: 'head',
    change: 'the head of an earlier block',
    step: 'inclusion',
    says: 'head-wrong',
    edit: (d, { network }) => {
      const index = network.entries.findIndex((each) => decodeEntry(each).kind === 3)
      const { entry: bytes, path } = network.prove(index)
      set(d.receipt, 'head', { entry: toBase64(bytes), path: path.map(toBase64) })
    },
  },
  {
    field: 'head',
    change: 'left out',
    step: 'log-signature',
    state: 'absent',
    says: 'head-missing',
    edit: (d) => set(d.receipt, 'head', null),
  },
  {
    field: 'witnesses',
    change: 'a note of a stranger',
    step: 'quorum',
    says: 'witness-note-wrong',
    edit: (d) => set(d.receipt, 'witnesses', ['stranger.example\n1\nAAAA\n\n— stranger.example AAAAAAEC\n']),
  },
  {
    field: 'witnesses',
    change: 'a note of another checkpoint',
    step: 'quorum',
    says: 'witness-note-other',
    evidence: 'consortium',
    edit: (d, { network }) => {
      network.timeMs += 1
      const note = network.note('m1', cosignedBy(['m1']), `${origin}/m9`)
      set(d.receipt, 'witnesses', [new TextDecoder().decode(note)])
    },
  },
  {
    field: 'timestamps',
    change: 'what is no token added',
    step: 'time',
    says: 'token-unreadable',
    edit: (d) => set(d.receipt, 'timestamps', [{ over: 'note', token: 'AAAA' }]),
  },
  {
    field: 'statements',
    change: 'a statement added',
    step: null,
    says: { harmless: 'statements of an unknown kind are passed over' },
    edit: (d) => set(d.receipt, 'statements', [{ kind: 'remark', content: 'AAAA' }]),
  },
]

/** Rows of the original, and of the receipt as the log proves it. */
export const originalAndProofRows: readonly TamperRow[] = [
  ...original,
  ...[...head, ...entry, ...proof, ...otherParts].map((row) => ({ file: 'receipt', ...row }) as const),
]
