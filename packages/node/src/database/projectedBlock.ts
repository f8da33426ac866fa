/**
 * A stored block as the projections show it.
 * @module
 */
import { decodeItem } from '@jurat/core/deposit/item'
import { codes } from '@jurat/core/ledger/codes'
import { decodeItems } from '@jurat/core/ledger/depositItems'
import { types } from '@jurat/core/ledger/operationTypes'
import { decodeTransaction } from '@jurat/core/ledger/transaction'
import type { StoredBlock, StoredTransaction } from '../store/store.ts'
import type { ProjectedBlock, ProjectedTransaction } from './projections.ts'

/** Most items of any committed deposit, whatever the parameters were. */
const itemsMax = 5_000

/** Takes a block apart. @throws {CborError} when a committed transaction is malformed: the segments are damaged. */
export function projectBlock(block: StoredBlock): ProjectedBlock {
  return {
    height: block.height,
    timeMs: block.timeMs,
    firstIndex: block.firstIndex,
    treeSize: block.treeSizeAfter,
    transactions: block.transactions.map(projectTransaction),
  }
}

function projectTransaction({ txHash, bytes, code, firstIndex, entryCount }: StoredTransaction): ProjectedTransaction {
  const { header, payload } = decodeTransaction(bytes, bytes.length)
  const { type, from, to } = header
  const deposited = type === types.deposit && code === codes.success
  const items = deposited ? decodeItems(payload, itemsMax).map(decodeItem) : []
  return { txHash, type, code, account: from, destination: to, firstIndex, entryCount, items }
}
