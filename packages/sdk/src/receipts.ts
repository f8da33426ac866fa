/**
 * Receipts: fetched when they are complete, and given the disclosures that only the depositor knows.
 * @module
 */
import { equal, fromText } from '@jurat/core/bytes'
import type { Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { isDisclosed } from '@jurat/core/deposit/commitment'
import { depositId } from '@jurat/core/deposit/depositId'
import { blindedDigest } from '@jurat/core/deposit/item'
import { JuratError } from '@jurat/core/errors'
import { levelsAscending } from '@jurat/core/identity/levels'
import { decodeEntry } from '@jurat/core/ledger/entry'
import type { DepositEntry } from '@jurat/core/ledger/entry'
import { parseForeignCheckpoint } from '@jurat/core/note/checkpoint'
import { parseNote } from '@jurat/core/note/note'
import { parseTlogProof } from '@jurat/core/note/tlogProof'
import { discloseItem, refreshReceipt as refresh } from '@jurat/core/receipt/build'
import { exportFiles } from '@jurat/core/receipt/exportFiles'
import type { ExportedFile } from '@jurat/core/receipt/exportFiles'
import { formatReceipt, parseReceipt } from '@jurat/core/receipt/receipt'
import type { Receipt } from '@jurat/core/receipt/receipt'
import type { Client } from './client.ts'
import { metadataFields } from './items.ts'
import type { ItemToDeposit } from './items.ts'
import { SdkError } from './errors.ts'

/** A receipt as it travels; `core/receipt` reads it strictly. */
export type ReceiptJson = Readonly<Record<string, unknown>>

/** How long a receipt may be waited for. */
export interface ReceiptWaiting {
  /** Default half a minute. */
  readonly timeoutMs?: number
  readonly sleep?: (delayMs: number) => Promise<void>
  readonly now?: () => number
}

const timeoutMsDefault = 30_000
const pauseMsMin = 20
const pauseMsMax = 2000

/**
 * Fetches the receipt of a deposit, waiting until a checkpoint covers it.
 * @throws {SdkError} `gave-up` when it was not covered in time.
 */
export async function fetchReceipt(client: Client, id: string, waiting: ReceiptWaiting = {}): Promise<ReceiptJson> {
  const now = waiting.now ?? (() => Date.now())
  const sleep = waiting.sleep ?? ((delayMs) => new Promise<void>((resolve) => setTimeout(resolve, delayMs)))
  const end = now() + (waiting.timeoutMs ?? timeoutMsDefault)
  for (let pauseMs = pauseMsMin; ; pauseMs = Math.min(pauseMsMax, pauseMs * 2)) {
    const answer = await client.call('getReceipt', { params: { id } })
    if (answer.status === 200) return answer.value
    if (now() + pauseMs > end) {
      throw new SdkError('gave-up', 'The deposit is committed, but no checkpoint covers it yet.', { status: 202 })
    }
    await sleep(pauseMs)
  }
}

/**
 * A fetched receipt with what only the depositor knows: metadata, and the salts that open commitment and blinding.
 * @param item - what was deposited; null when nothing is to be added.
 * @throws {SdkError} `receipt-mismatch` when the receipt is not about this item.
 */
export function completeReceipt(
  crypto: CryptoProvider,
  fetched: ReceiptJson,
  item: ItemToDeposit | null,
  secret: Bytes | null,
): string {
  const receipt = readReceipt(JSON.stringify(fetched))
  if (item === null) return formatReceipt(receipt)
  const entry = depositEntryOf(receipt)
  const { account } = entry
  const blinded = item.blind === true && secret !== null
  const digest = blinded ? blindedDigest(crypto, { account, digest: item.digest, secret }) : item.digest
  if (!equal(entry.item.digest, digest)) {
    throw new SdkError('receipt-mismatch', 'The receipt that the node gave is about another item.')
  }
  if (secret === null) return formatReceipt(receipt)
  const metadata = item.metadata ?? {}
  const { commitment } = entry.item
  const attempts = [null, ...levelsAscending].map((level) => {
    const fields = metadataFields(level === null ? metadata : { ...metadata, identityLevel: level })
    const disclosure = discloseItem(crypto, { account, item: entry.item, fields, secret })
    return { disclosure, own: disclosure?.fields?.fields[0], leaves: fields.length + 1 }
  })
  // The node made the commitment, perhaps with the identity level that held; what it did not commit to would be a disclosure
  // that no verifier accepts.
  const opening = attempts.find(
    ({ own, leaves }) => own !== undefined && commitment !== null && isDisclosed(crypto, commitment, leaves, own),
  )
  const disclosure = (opening ?? attempts[0])?.disclosure ?? null
  if (Object.keys(metadata).length > 0 && opening === undefined) {
    throw new SdkError('receipt-mismatch', 'The receipt that the node gave does not commit to this metadata.')
  }
  return formatReceipt({ ...receipt, disclosure })
}

/** The identifier of the deposit that a receipt is about. @throws {SdkError} `receipt-malformed`. */
export function receiptId(text: string): string {
  const { txHash, itemIndex } = depositEntryOf(readReceipt(text))
  return depositId(txHash, itemIndex)
}

/**
 * A receipt with a fresh proof: everything that the node proves is new, what the holder disclosed stays.
 * @throws {SdkError} `receipt-mismatch` when the fresh one is about another entry.
 */
export function refreshReceipt(old: string, fetched: ReceiptJson): string {
  const refreshed = refresh(readReceipt(old), readReceipt(JSON.stringify(fetched)))
  if (refreshed === null) {
    throw new SdkError('receipt-mismatch', 'The receipt that the node gave is about another entry.')
  }
  return formatReceipt(refreshed)
}

/** The parts of a receipt as files for other tools. @throws {SdkError} `receipt-malformed`. */
export function exportReceipt(text: string): ExportedFile[] {
  const receipt = readReceipt(text)
  try {
    return exportFiles(receipt)
  } catch (cause) {
    throw new SdkError('receipt-malformed', 'The proof in this receipt cannot be read.', { cause })
  }
}

/** The log that a receipt's checkpoint claims to be of, before anything is verified; null when it cannot be read. */
export function originOfReceipt(text: string): string | null {
  try {
    return parseForeignCheckpoint(parseNote(parseTlogProof(fromText(parseReceipt(text).proof)).note).body).origin
  } catch {
    return null
  }
}

function readReceipt(text: string): Receipt {
  try {
    return parseReceipt(text)
  } catch (cause) {
    const why = cause instanceof JuratError ? cause.message : 'it cannot be read'
    throw new SdkError('receipt-malformed', `This is not a receipt: ${why}.`, { cause })
  }
}

function depositEntryOf({ entry }: Receipt): DepositEntry {
  try {
    const decoded = decodeEntry(entry)
    if (decoded.kind === 1) return decoded
  } catch (cause) {
    throw new SdkError('receipt-malformed', 'The entry in this receipt cannot be read.', { cause })
  }
  throw new SdkError('receipt-malformed', 'The entry in this receipt is no deposit.')
}
