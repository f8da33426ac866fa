/**
 * Operations 40 and 41: deposits and raw entries. docs/spec/operations.md.
 * @module
 */
import { codes } from '../codes.ts'
import { depositEntries } from '../entry.ts'
import type { Run } from './context.ts'

/** 40: an entry for each item. */
export const deposit: Run = ({ timeMs, txHash, effects }, sender, { payload }) => {
  if (payload.type !== 40) return codes.malformed
  if (sender === null) return codes.notAllowed
  const head = { timeMs, txHash, account: sender.id, accountVersion: sender.version }
  // Not spread into one call: a deposit may have thousands of items.
  for (const entry of depositEntries(head, payload.items)) effects.entries.push(entry)
  return codes.success
}

/** 41: each body is an entry as it is. Whether there is a raw front at all was asked by parse.ts. */
export const raw: Run = ({ effects }, sender, { payload }) => {
  if (payload.type !== 41) return codes.malformed
  if (sender === null) return codes.notAllowed
  for (const body of payload.bodies) effects.entries.push(body)
  return codes.success
}
