/**
 * The ledger's view of its state: a map from keys to values, and the changes of a block.
 * @module
 */
import type { Bytes } from '../bytes.ts'

/** Read access to the state as it was committed before the block. Synchronous; keys are those of `stateKeys`. */
export interface StateView {
  get(key: string): Bytes | null
}

/** One changed key of a block: the value read at its start, and the value at its end. null means absent. */
export interface StateChange {
  readonly key: string
  readonly before: Bytes | null
  readonly after: Bytes | null
}

/** Whether a transaction hash was applied within the replay window (660,000 ms of block time). */
export interface SeenTransactions {
  /** @param txHash - 32 bytes. */
  has(txHash: Bytes): boolean
}

/** The consensus keys. All of them count into the state digest. Identifiers are lower-case hexadecimal. */
export const stateKeys = {
  /** Account record by account id. */
  account: (idHex: string): string => `account/${idHex}`,
  /** Proposal record by proposal id (the hash of the transaction that proposed it). */
  proposal: (idHex: string): string => `proposal/${idHex}`,
  /** List of the proposals of an account (`admin` included), in the order of their making. */
  proposalsOf: (accountHex: string): string => `proposals/${accountHex}`,
  /** The name of the network, the consortium document in force (and with it the parameters), its number and place. */
  consortium: 'consortium',
} as const
