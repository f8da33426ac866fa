/**
 * Builds the receipt of a deposit from what the store and the publisher hold. Everything in it is proven in one tree:
 * that of the earliest kept quorum-complete checkpoint that covers the entry.
 * @module
 */
import { assert } from '@jurat/core/assert'
import { type Bytes, toText } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { type DepositEntry, decodeEntry } from '@jurat/core/ledger/entry'
import { decodePayload } from '@jurat/core/ledger/payloads'
import { decodeTransaction } from '@jurat/core/ledger/transaction'
import { identityStatementKind } from '@jurat/core/identity/statement'
import { inclusionProof, treePath } from '@jurat/core/merkle/proof'
import { parseCheckpoint } from '@jurat/core/note/checkpoint'
import { parseNote } from '@jurat/core/note/note'
import { formatTlogProof } from '@jurat/core/note/tlogProof'
import type { FinalityPart } from '@jurat/core/receipt/finality'
import { type AccountPart, formatReceipt, type HeadPart, type SignaturePart } from '@jurat/core/receipt/receipt'
import type { FinalHead } from '../../engine/cometbft/commits.ts'
import type { StampedNote } from '../../log/stampedNotes.ts'
import type { Store, StoredTransaction } from '../../store/store.ts'

/** Where a receipt's parts come from. */
export interface ReceiptSources {
  readonly crypto: CryptoProvider
  readonly networkId: Bytes
  readonly store: Pick<Store, 'entry' | 'withHashes' | 'accountAt'>
  /**
   * The kept quorum-complete note that is to prove an entry, with what outside witnesses say of its tree and with time-stamp
   * tokens over it, or null.
   */
  readonly noteFor: (index: number) => Promise<StampedNote | null>
  /** The header and commit that made a head final; null while there is none, and in a solo network. */
  readonly finality: (of: FinalHead) => Promise<FinalityPart | null>
}

/** A deposit that was found. */
export interface ReceiptSubject {
  readonly transaction: StoredTransaction
  readonly index: number
  readonly entryBytes: Bytes
  readonly entry: DepositEntry
}

/** Bounds for reading back what the ledger accepted: its own limits held then. */
const anyLimits = { itemsMax: 5_000, keysMax: 32 }

/** The receipt's text, or null when no checkpoint covers the deposit yet. */
export async function buildReceipt(
  sources: ReceiptSources,
  subject: ReceiptSubject,
  identities: readonly Bytes[] = [],
): Promise<string | null> {
  const kept = await sources.noteFor(subject.index)
  if (kept === null) return null
  const { size, note, witnesses, tokens } = kept
  const path = await pathOf(sources, subject.index, size)
  // The tree of a checkpoint always ends with a block entry.
  const head = await entryPart(sources, size - 1, size)
  return formatReceipt({
    networkId: sources.networkId,
    entry: subject.entryBytes,
    index: subject.index,
    proof: toText(formatTlogProof({ extra: null, index: subject.index, path, note })),
    disclosure: null,
    signature: signaturePart(sources.crypto, subject),
    account: await accountPart(sources, subject.entry, size),
    head,
    witnesses: witnesses.map(toText),
    timestamps: tokens.map((token) => ({ over: 'note', token })),
    finality: await finalityPart(sources, head.entry, note),
    statements: identities.map((content) => ({ kind: identityStatementKind, content })),
  })
}

async function finalityPart({ finality }: ReceiptSources, headBytes: Bytes, note: Bytes): Promise<FinalityPart | null> {
  const head = decodeEntry(headBytes)
  assert(head.kind === 3, 'the tree of a checkpoint ends with a block entry')
  return finality({ head, ...parseCheckpoint(parseNote(note).body) })
}

function signaturePart(crypto: CryptoProvider, { transaction, entry }: ReceiptSubject): SignaturePart {
  const { bytes } = transaction
  const { header, headerBytes, payload, signatures } = decodeTransaction(bytes, bytes.length)
  const decoded = decodePayload(header.type, payload, anyLimits)
  assert(decoded.type === 40, 'a deposit entry comes from a deposit')
  const { items } = decoded
  return { header: headerBytes, signatures, count: items.length, path: treePath(crypto, items, entry.itemIndex) }
}

async function accountPart(
  sources: ReceiptSources,
  { account, accountVersion }: DepositEntry,
  size: number,
): Promise<AccountPart | null> {
  const stored = await sources.store.accountAt(account, accountVersion)
  if (stored === null) return null
  const { record, entryIndex: index } = stored
  return { record, index, ...(await entryPart(sources, index, size)) }
}

async function entryPart(sources: ReceiptSources, index: number, size: number): Promise<HeadPart> {
  const entry = await sources.store.entry(index)
  assert(entry !== null, 'an entry below a published checkpoint is there')
  return { entry, path: await pathOf(sources, index, size) }
}

function pathOf({ crypto, store }: ReceiptSources, index: number, size: number): Promise<Bytes[]> {
  return store.withHashes((read) => inclusionProof(crypto, read, index, size))
}
