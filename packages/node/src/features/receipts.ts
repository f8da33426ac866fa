/**
 * Deposits as they stand in the log, their receipts, and the trust file.
 * @module
 */
import type { Deposit, DigestMatches } from '@jurat/api/deposits'
import { digestMatchesMax } from '@jurat/api/limits'
import { fromHex, toHex, type Bytes } from '@jurat/core/bytes'
import { parseDepositId } from '@jurat/core/deposit/depositId'
import { type DepositEntry, decodeEntry, isOurEntry } from '@jurat/core/ledger/entry'
import { StoreError } from '../store/errors.ts'
import type { Store, StoredTransaction } from '../store/store.ts'
import { buildReceipt, type ReceiptSources } from './receipts/build.ts'
import { buildTrust, type TrustSources } from './receipts/trust.ts'

/** What receipts stand on. */
export interface ReceiptOptions extends ReceiptSources, TrustSources {
  readonly store: ReceiptSources['store'] &
    TrustSources['store'] &
    Pick<Store, 'transaction' | 'findDigest' | 'baseSize'>
  /** Size of the newest quorum-complete checkpoint. */
  readonly completeSize: () => number
  readonly hasWitnesses: () => boolean
  /** Identity statements of an account of an organisation that held at a time, with no field shown. */
  readonly statements: (organisation: string, account: string, timeMs: number) => Promise<readonly Bytes[]>
}

/** Whether a transaction is among those before the snapshot, this node cannot know. */
const beforeSnapshot = (size: number): StoreError =>
  new StoreError('not-here', `It is not among the transactions after entry ${size}, with which this node began.`)

/** One deposit, found. */
interface FoundDeposit {
  readonly transaction: StoredTransaction
  readonly index: number
  readonly entryBytes: Bytes
  readonly entry: DepositEntry
}

/** Reads deposits and makes receipts. */
export class Receipts {
  readonly #options: ReceiptOptions

  constructor(options: ReceiptOptions) {
    this.#options = options
  }

  /** Where a digest stands in the log. */
  async find(digest: string): Promise<DigestMatches> {
    const indices = await this.#options.store.findDigest(fromHex(digest), digestMatchesMax + 1)
    const matches: DigestMatches['matches'] = []
    for (const index of indices.slice(0, digestMatchesMax)) {
      const entry = await this.#depositEntry(index)
      if (entry !== null) matches.push({ index, timeMs: entry.entry.timeMs, algorithm: entry.entry.item.algorithm })
    }
    return { digest, matches, more: indices.length > digestMatchesMax }
  }

  /** A deposit by its id, or null. */
  async deposit(id: string): Promise<Deposit | null> {
    const found = await this.#find(id)
    if (found === null) return null
    const { transaction, index, entry } = found
    const hasWitnesses = this.#options.hasWitnesses()
    const covered = this.#options.completeSize() > index
    const stamped = covered && (await this.#options.store.notes.tokens.covering(index + 1)) !== null
    return {
      id,
      index,
      state: stamped ? 'timestamped' : hasWitnesses && covered ? 'witnessed' : 'committed',
      witnesses: hasWitnesses ? (covered ? 'complete' : 'pending') : 'none',
      timeMs: entry.timeMs,
      height: transaction.height,
      txHash: toHex(transaction.txHash),
      itemIndex: entry.itemIndex,
      account: toHex(entry.account),
      algorithm: entry.item.algorithm,
      digest: toHex(entry.item.digest),
      link: `/v1/receipts/${id}`,
    }
  }

  /**
   * The receipt's text; null when there is no such deposit, or no checkpoint covers it yet.
   * @param organisation - who asks: his own identity statements are in it; null: nobody who is known.
   */
  async receipt(id: string, organisation: string | null = null): Promise<string | null> {
    const found = await this.#find(id)
    if (found === null) return null
    const { account, timeMs } = found.entry
    const { statements } = this.#options
    const own = organisation === null ? [] : await statements(organisation, toHex(account), timeMs)
    return buildReceipt(this.#options, found, own)
  }

  /** The trust file's text and its fingerprint. */
  trust(): Promise<{ text: string; fingerprint: string }> {
    return buildTrust(this.#options)
  }

  async #find(id: string): Promise<FoundDeposit | null> {
    const place = parseDepositId(id)
    if (place === null) return null
    const { store } = this.#options
    const transaction = await store.transaction(place.txHash)
    if (transaction === null && store.baseSize > 0) throw beforeSnapshot(store.baseSize)
    if (transaction === null || transaction.code !== 0 || place.itemIndex >= transaction.entryCount) return null
    const index = transaction.firstIndex + place.itemIndex
    const found = await this.#depositEntry(index)
    return found === null || found.entry.itemIndex !== place.itemIndex ? null : { transaction, index, ...found }
  }

  async #depositEntry(index: number): Promise<{ entryBytes: Bytes; entry: DepositEntry } | null> {
    const entryBytes = await this.#options.store.entry(index)
    if (entryBytes === null || !isOurEntry(entryBytes)) return null
    const entry = decodeEntry(entryBytes)
    return entry.kind === 1 ? { entryBytes, entry } : null
  }
}
