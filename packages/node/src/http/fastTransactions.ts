/**
 * The fast address of POST /v1/transactions: one transaction that its sender signed.
 * @module
 */
import type { TransactionOutcome } from '@jurat/api/transactions'
import { transactionMediaType } from '@jurat/api/transactions'
import type { Bytes } from '@jurat/core/bytes'
import type { FastRoute } from './fastRoute.ts'
import { laneRequestBytesMax } from './fastLane.ts'
import { waits } from './waits.ts'

/** @param submit - Submits the bytes; `witnessed` waits for the quorum. */
export function fastTransactions(submit: (tx: Bytes, witnessed: boolean) => Promise<TransactionOutcome>): FastRoute {
  const witnessedOf = waits('/v1/transactions')
  return {
    operationId: 'submitTransaction',
    route: 'POST /v1/transactions',
    bodyBytesMax: laneRequestBytesMax,
    mediaType: 'application/json; charset=utf-8',
    begin({ url, headers }) {
      const witnessed = witnessedOf.get(url)
      if (witnessed === undefined || headers['idempotency-key'] !== undefined) return null
      if (headers['content-type'] !== transactionMediaType) return null
      // The buffer that it arrived in is shared with other requests, and a transaction outlives them.
      return async (body) => JSON.stringify(await submit(Uint8Array.from(body), witnessed))
    },
  }
}
