/**
 * Receipts: fetched when they are complete, and given the disclosures that only the depositor knows.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import type { Client } from './client.ts'
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

export function completeReceipt(
  _crypto: CryptoProvider,
  receipt: ReceiptJson,
  _item: ItemToDeposit | null,
  _secret: Bytes | null,
): string {
  return `${JSON.stringify(receipt, null, 2)}\n`
}
export function exportReceipt(_text: string): { name: string; text: string }[] {
  return []
}
export function receiptId(_crypto: CryptoProvider, _text: string): string {
  return ''
}
export function refreshReceipt(_old: string, _fresh: ReceiptJson): string {
  return ''
}
