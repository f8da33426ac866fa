/**
 * Deposits that a hosted account signs: items go to the node under an API key.
 * @module
 */
import type { DepositItem, DepositState } from '@jurat/api/deposits'
import { fromHex, toHex } from '@jurat/core/bytes'
import type { Bytes } from '@jurat/core/bytes'
import type { Client } from './client.ts'
import type { ItemToDeposit } from './items.ts'

/** What became of one item. */
export interface DepositedItem {
  /** Identifier of the deposit, the same at every member. */
  readonly id: string
  /** Index of its entry. */
  readonly index: number
  readonly state: DepositState
  /** Opens commitment and blinding; null when there is nothing to open. */
  readonly secret: Bytes | null
}

/** How a deposit is made. */
export interface DepositOptions {
  /** How far to wait. Default `committed`. */
  readonly wait?: 'committed' | 'witnessed'
  /** Hosted account; default: the API key's own. */
  readonly account?: string
  /** The same key and items give the same answer, also after a crash of the client. */
  readonly idempotencyKey?: string
}

/** Deposits items. There is one answer for each, in their order. */
export async function depositItems(
  client: Client,
  items: readonly ItemToDeposit[],
  options: DepositOptions = {},
): Promise<DepositedItem[]> {
  const { wait, account, idempotencyKey } = options
  const { value } = await client.call('createDeposits', {
    body: { items: items.map(toRequest), ...(account === undefined ? {} : { account }) },
    query: wait === undefined ? {} : { wait },
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  })
  return value.deposits.map(({ id, index, state, secret }) => ({
    id,
    index,
    state,
    secret: secret === undefined ? null : fromHex(secret),
  }))
}

function toRequest({ algorithm, digest, blind, metadata, flow }: ItemToDeposit): DepositItem {
  return {
    algorithm,
    digest: toHex(digest),
    ...(blind === true ? { blind } : {}),
    ...(metadata === undefined || metadata === null ? {} : { metadata: { ...metadata } }),
    ...(flow === undefined || flow === null ? {} : { flow: toHex(flow) }),
  }
}
