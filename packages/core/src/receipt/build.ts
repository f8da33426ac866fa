/**
 * Building receipts from what a node has, and the disclosures that only the holder of an item's secret can add.
 * docs/spec/receipt.md.
 * @module
 */
import { type Bytes, equal, toText } from '../bytes.ts'
import type { CryptoProvider } from '../crypto/provider.ts'
import { commit, type Field } from '../deposit/commitment.ts'
import { blindedOffset, blindingSalt, type Item } from '../deposit/item.ts'
import type { TransactionSignature } from '../ledger/transaction.ts'
import { treePath } from '../merkle/proof.ts'
import { formatTlogProof } from '../note/tlogProof.ts'
import type { Disclosure, Receipt } from './receipt.ts'

/** An entry with its path in the tree of the note. */
export interface ProvenEntry {
  readonly entry: Bytes
  readonly index: number
  readonly path: readonly Bytes[]
}

/** What a receipt is made of. All paths lead to the root of `note`. */
export interface ReceiptParts {
  readonly networkId: Bytes
  /** The quorum-complete note, byte for byte. */
  readonly note: Bytes
  readonly deposit: ProvenEntry
  /** The last entry of the tree of the note. */
  readonly head: { readonly entry: Bytes; readonly path: readonly Bytes[] }
  /** The depositor's account at the version that the deposit entry names. */
  readonly account: ProvenEntry & { readonly record: Bytes }
  readonly transaction: {
    /** Header as it was signed. */
    readonly header: Bytes
    readonly signatures: readonly TransactionSignature[]
    /** Bytes of every item, and the place of the deposited one. */
    readonly items: readonly Bytes[]
    readonly itemIndex: number
  }
}

/** The receipt of a deposit, without disclosures and without the parts that others add later. */
export function buildReceipt(crypto: Pick<CryptoProvider, 'sha256'>, parts: ReceiptParts): Receipt {
  const { networkId, note, deposit, head, account, transaction } = parts
  const { header, signatures, items, itemIndex } = transaction
  const { entry, index, path } = deposit
  return {
    networkId,
    entry,
    index,
    proof: toText(formatTlogProof({ extra: null, index, path, note })),
    disclosure: null,
    signature: { header, signatures, count: items.length, path: treePath(crypto, items, itemIndex) },
    account: { record: account.record, entry: account.entry, index: account.index, path: account.path },
    head: { entry: head.entry, path: head.path },
    witnesses: [],
    timestamps: [],
    finality: null,
    statements: [],
  }
}

/** Everything that the secret of an item can show; null when there is nothing. */
export function discloseItem(
  crypto: Pick<CryptoProvider, 'sha256' | 'hmacSha256'>,
  deposit: {
    readonly account: Bytes
    readonly item: Item
    readonly fields: readonly Field[]
    /** 32 bytes. */
    readonly secret: Bytes
  },
): Disclosure | null {
  const { account, item, fields, secret } = deposit
  const blinded = item.algorithm > blindedOffset
  if (!blinded && item.commitment === null) return null
  const opened = item.commitment === null ? null : commit(crypto, { account, digest: item.digest, fields, secret })
  return {
    blindingSalt: blinded ? blindingSalt(crypto, secret) : null,
    list: null,
    fields: opened && { count: opened.count, fields: opened.fields },
    flow: null,
  }
}

/**
 * A fresh proof in place of an old one: proof, head, account and what stands beside the note come from `fresh`; what the
 * holder disclosed, and statements, stay. Null when the two are not receipts of one deposit.
 */
export function refreshReceipt(old: Receipt, fresh: Receipt): Receipt | null {
  if (old.index !== fresh.index || !equal(old.entry, fresh.entry)) return null
  return { ...fresh, disclosure: old.disclosure ?? fresh.disclosure, statements: old.statements }
}
