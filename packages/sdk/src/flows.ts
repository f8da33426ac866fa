/**
 * Flows: phases that a hosted account deposits, and originals that stand in their packages.
 * @module
 */
import type { FlowDepositAnswer } from '@jurat/api/flows'
import { toHex } from '@jurat/core/bytes'
import type { Client } from './client.ts'
import type { ItemToDeposit } from './items.ts'

/** A phase to deposit. */
export interface PhaseToDeposit {
  readonly flow: string
  readonly phase: string
  /** The node adds phase, plan and the id of its number. */
  readonly item: Omit<ItemToDeposit, 'flow'>
  /** Hosted account; default: the API key's own. */
  readonly account?: string
  /** The same key and item give the same number, also after a crash of the client or the node. */
  readonly idempotencyKey?: string
}

/** Deposits a phase. */
export async function depositPhase(client: Client, given: PhaseToDeposit): Promise<FlowDepositAnswer> {
  const { flow, phase, item, account, idempotencyKey } = given
  const { value } = await client.call('createFlowDeposit', {
    params: { flow },
    body: {
      phase,
      item: {
        algorithm: item.algorithm,
        digest: toHex(item.digest),
        ...(item.blind === true ? { blind: true } : {}),
        ...(item.metadata === undefined || item.metadata === null ? {} : { metadata: { ...item.metadata } }),
      },
      ...(account === undefined ? {} : { account }),
    },
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  })
  return value
}

/** Stores an original at the node for the own organisation. @param sha256 - hexadecimal */
export async function storeOriginal(client: Client, original: Blob, sha256: string): Promise<void> {
  await client.call('putOriginal', { params: { sha256 }, body: original })
}
