/**
 * One block of the segments against the one before it: heights, times, results, and the block entry that binds them.
 * @module
 */
import { equal, type Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { transactionsRootOf } from '@jurat/core/ledger/block'
import type { ResultCode } from '@jurat/core/ledger/codes'
import { signedHash } from '@jurat/core/ledger/transaction'
import { decodeEntry, type BlockEntry } from '@jurat/core/ledger/entry'
import type { StoredBlock } from './store.ts'

/** What the next block must follow. */
export interface BlockChain {
  readonly height: number
  readonly timeMs: number
  readonly previousBlockIndex: number | null
}

/** Checks a block and gives what the next one follows. */
export function checkBlock(
  crypto: Pick<CryptoProvider, 'sha256'>,
  chain: BlockChain,
  block: StoredBlock,
  entries: readonly Bytes[],
  add: (detail: string) => void,
): BlockChain {
  if (block.height <= chain.height) add(`follows block ${chain.height}`)
  if (block.timeMs < chain.timeMs) add('is earlier than the block before it')
  if (entries.length !== block.treeSizeAfter - block.firstIndex) add('has another number of entries than it says')
  checkTransactions(block, entries, add)
  const entry = blockEntryOf(entries.at(-1))
  if (entry === null) add('does not end with a block entry')
  else {
    const fits =
      entry.height === block.height &&
      entry.timeMs === block.timeMs &&
      entry.txCount === block.transactions.length &&
      entry.previousBlockIndex === chain.previousBlockIndex &&
      (entry.height === 0 || equal(entry.transactionsRoot, transactionsRoot(crypto, block)))
    if (!fits) add('has a block entry that does not describe it')
  }
  return { height: block.height, timeMs: block.timeMs, previousBlockIndex: block.treeSizeAfter - 1 }
}

function transactionsRoot(crypto: Pick<CryptoProvider, 'sha256'>, { transactions }: StoredBlock): Bytes {
  const results = transactions.map(({ txHash, code, bytes }) => ({
    txHash,
    signedHash: signedHash(crypto, bytes),
    code: code as ResultCode,
  }))
  return transactionsRootOf(crypto, results)
}

/** Entries of a failed transaction, or of two at once, would be entries of nothing. */
function checkTransactions(block: StoredBlock, entries: readonly Bytes[], add: (detail: string) => void): void {
  const seen = new Set<string>()
  for (const { txHash, code, firstIndex, entryCount, ordinal } of block.transactions) {
    if (code !== 0 && entryCount > 0) add(`transaction ${ordinal} failed with ${code} and has entries`)
    const name = Buffer.from(txHash).toString('latin1')
    if (seen.has(name)) add(`transaction ${ordinal} stands in it twice`)
    seen.add(name)
    const first = entryCount === 0 ? undefined : entries[firstIndex - block.firstIndex]
    const made = first === undefined ? null : txHashOf(first)
    if (made !== null && !equal(made, txHash)) add(`transaction ${ordinal} has an entry of another one`)
  }
}

function txHashOf(entry: Bytes): Bytes | null {
  try {
    const decoded = decodeEntry(entry)
    return 'txHash' in decoded ? decoded.txHash : null
  } catch {
    return null
  }
}

function blockEntryOf(entry: Bytes | undefined): BlockEntry | null {
  if (entry === undefined) return null
  try {
    const decoded = decodeEntry(entry)
    return decoded.kind === 3 ? decoded : null
  } catch {
    return null
  }
}
