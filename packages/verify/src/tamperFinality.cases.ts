/**
 * The tamper table: changes of the header and commit that made the block final.
 * @module
 */
import { fromBase64, toBase64 } from '@jurat/core/bytes'
import { validatorsHash } from '@jurat/core/light/block'
import { type FinalityPart, formatFinality, validatorsOfDocument } from '@jurat/core/receipt/finality'
import type { MadeEvidence } from './evidence.fixtures.ts'
import { consortium, crypto } from './network.fixtures.ts'
import { flip, get, remove, set, type TamperRow } from './tamper.cases.ts'

type Row = Omit<TamperRow, 'file' | 'evidence' | 'step'> & { readonly step?: TamperRow['step'] }

/** A number, one more. */
const more = (field: string, says: TamperRow['says'] = 'finality-wrong'): Row => {
  const path = `finality.${field.replaceAll('[]', '[0]')}`
  return {
    field: `finality.${field}`,
    change: 'one more',
    says,
    edit: ({ receipt }) => set(receipt, path, (get(receipt, path) as number) + 1),
  }
}

/** A byte string, one bit. */
const bit = (field: string, says: TamperRow['says'] = 'finality-wrong'): Row => ({
  field: `finality.${field}`,
  change: 'one bit',
  says,
  edit: ({ receipt }) => flip(receipt, `finality.${field.replaceAll('[]', '[0]')}`),
})

/** Another part, genuinely committed. */
const made = (change: string, says: TamperRow['says'], make: (genuine: MadeEvidence) => FinalityPart): Row => ({
  field: 'finality',
  change,
  says,
  edit: ({ receipt }, genuine) => set(receipt, 'finality', formatFinality(make(genuine))),
})

const signatures = 'finality.commit.signatures'

/** The members of the document before: the last of them was replaced by m5. */
const retired = ['m1', 'm2', 'm3', 'm4']
const strangers = ['x1', 'x2', 'x3', 'x4']

const rows: readonly Row[] = [
  more('header.version.block'),
  more('header.version.app'),
  more('header.height', 'finality-height'),
  more('header.time.seconds'),
  more('header.time.nanos'),
  bit('header.lastBlockId.hash'),
  more('header.lastBlockId.parts.total'),
  bit('header.lastBlockId.parts.hash'),
  bit('header.lastCommitHash'),
  bit('header.dataHash'),
  bit('header.validatorsHash'),
  bit('header.nextValidatorsHash'),
  bit('header.consensusHash'),
  bit('header.appHash', 'finality-other'),
  bit('header.lastResultsHash'),
  bit('header.evidenceHash'),
  bit('header.proposerAddress'),
  more('commit.round'),
  more('commit.parts.total'),
  bit('commit.parts.hash'),
  bit('commit.signatures[].address'),
  more('commit.signatures[].time.seconds'),
  more('commit.signatures[].time.nanos'),
  bit('commit.signatures[].signature'),
  {
    field: signatures,
    change: 'one of four less',
    step: null,
    says: { harmless: 'three are more than two thirds' },
    edit: ({ receipt }) => remove(receipt, `${signatures}[0]`),
  },
  {
    field: signatures,
    change: 'two of four less',
    says: 'finality-wrong',
    edit: ({ receipt }) => set(receipt, signatures, (get(receipt, signatures) as unknown[]).slice(2)),
  },
  {
    field: signatures,
    change: 'one twice in place of another',
    says: 'finality-wrong',
    edit: ({ receipt }) => set(receipt, `${signatures}[1]`, get(receipt, `${signatures}[0]`)),
  },
  {
    field: 'finality.header.appHash',
    change: 'longer',
    step: 'shape',
    says: 'receipt-unreadable',
    edit: ({ receipt }) => {
      const appHash = fromBase64(get(receipt, 'finality.header.appHash') as string)
      set(receipt, 'finality.header.appHash', toBase64(Uint8Array.of(...appHash, 0)))
    },
  },
  {
    field: 'finality',
    change: 'left out',
    step: null,
    says: { harmless: 'the step is absent, which fails no profile that does not require it' },
    edit: ({ receipt }) => set(receipt, 'finality', null),
  },
  made('committed by two members of four', 'finality-wrong', ({ network }) =>
    network.finality({}, { by: ['m3', 'm5'] }),
  ),
  made('committed on the chain of another network', 'finality-wrong', ({ network }) =>
    network.finality({}, { networkId: crypto.sha256(network.networkId) }),
  ),
  made('the commit of another block of this height', 'finality-wrong', ({ network }) => ({
    ...network.finality(),
    commit: network.finality({ dataHash: crypto.sha256(network.networkId) }).commit,
  })),
  made('committed by the retired set, as the set that it was', 'finality-wrong', ({ network }) => {
    const validators = validatorsHash(crypto, validatorsOfDocument(consortium(retired)))
    const changes = { validatorsHash: validators, nextValidatorsHash: validators }
    return network.finality(changes, { by: retired })
  }),
  made('committed by the retired set, as the present one', 'finality-wrong', ({ network }) =>
    network.finality({}, { by: retired }),
  ),
  made('committed by strangers, as their own set', 'finality-wrong', ({ network }) =>
    network.finality(
      { validatorsHash: validatorsHash(crypto, validatorsOfDocument(consortium(strangers))) },
      { by: strangers },
    ),
  ),
  made('another root, genuinely committed', 'finality-other', ({ network }) =>
    network.finality({ appHash: new Uint8Array(40) }),
  ),
  made('a later height, genuinely committed', 'finality-height', ({ network }) => network.finality({ height: 9 })),
  made('committed an hour before the entry', 'time-before-entry', ({ network }) =>
    network.finality({ time: { seconds: Math.floor(network.timeMs / 1000) - 3_600, nanos: 0 } }),
  ),
]

/** A solo network's operator alone could commit anything. */
const soloRow: TamperRow = {
  file: 'receipt',
  field: 'finality',
  change: 'a commit of one member alone',
  step: 'finality',
  says: 'finality-solo',
  edit: ({ receipt }, { network }) => set(receipt, 'finality', formatFinality(network.finality())),
}

/** Rows of the part `finality`. */
export const finalityRows: readonly TamperRow[] = [
  ...rows.map((row) => ({ file: 'receipt', evidence: 'consortium', step: 'finality', ...row }) as const),
  soloRow,
]
