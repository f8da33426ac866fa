/**
 * The fast address of POST /v1/deposits: an API key and items of the plainest form.
 * @module
 */
import { isAscii } from 'node:buffer'
import type { DepositAnswer, DepositItem } from '@jurat/api/deposits'
import type { DepositJob } from '../features/deposits.ts'
import { type Authenticator, senderOf } from './authentication.ts'
import { laneRequestBytesMax } from './fastLane.ts'
import type { FastHead, FastRoute } from './fastRoute.ts'
import { waits } from './waits.ts'

/** What the address needs. */
export interface FastDepositsOptions {
  readonly keys: Authenticator
  readonly deposit: (job: DepositJob) => Promise<DepositAnswer>
}

const witnessedOf = waits('/v1/deposits')

/** The address. */
export function fastDeposits({ keys, deposit }: FastDepositsOptions): FastRoute {
  return {
    operationId: 'createDeposits',
    route: 'POST /v1/deposits',
    bodyBytesMax: laneRequestBytesMax,
    mediaType: 'application/json; charset=utf-8',
    begin(head) {
      const begun = beginJob(keys, head)
      if (begun === null) return null
      return (body) => {
        const items = recognise(body)
        return items === null ? null : answerOf(deposit({ ...begun, items, body }))
      }
    },
  }
}

const answerOf = async (deposited: Promise<DepositAnswer>): Promise<string> => JSON.stringify(await deposited)

/** What head and query say of a deposit; null when the application must look at it. */
function beginJob(keys: Authenticator, { url, headers }: FastHead): Omit<DepositJob, 'items' | 'body'> | null {
  const witnessed = witnessedOf.get(url)
  if (witnessed === undefined || headers['content-type'] !== 'application/json') return null
  const key = headers['idempotency-key']
  if (key !== undefined && (typeof key !== 'string' || !/^[\x21-\x7e]{1,128}$/.test(key))) return null
  const principal = senderOf({ headers }, keys)
  if (principal === null || !principal.scopes.has('deposit') || principal.account === null) return null
  const { organisation, account } = principal
  return { organisation, account, idempotencyKey: key ?? null, witnessed }
}

const hexDigits: Readonly<Record<string, number>> = {
  'sha-256': 64,
  sm3: 64,
  'sha-512': 128,
}

/** The items of a body of the plainest form, `{"items":[{"algorithm":…,"digest":…}]}`; null for any other. */
export function recognise(body: Buffer): DepositItem[] | null {
  // Bytes beyond ASCII are left to the other path: only there is UTF-8 checked.
  if (!isAscii(body)) return null
  let value: unknown
  try {
    value = JSON.parse(body.toString('latin1'))
  } catch {
    return null
  }
  if (typeof value !== 'object' || value === null) return null
  const { items } = value as { items?: unknown }
  if (!Array.isArray(items) || items.length === 0 || Object.keys(value).length !== 1) return null
  for (const item of items as unknown[]) {
    if (typeof item !== 'object' || item === null || Object.keys(item).length !== 2) return null
    const { algorithm, digest } = item as { algorithm?: unknown; digest?: unknown }
    if (typeof algorithm !== 'string' || typeof digest !== 'string') return null
    if (digest.length !== hexDigits[algorithm] || !/^[0-9a-f]+$/.test(digest)) return null
  }
  return items as DepositItem[]
}
