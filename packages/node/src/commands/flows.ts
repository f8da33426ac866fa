/**
 * Joins flows with the office and the features on which they stand.
 * @module
 */
import { randomBytes } from 'node:crypto'
import type { TimestampQuery } from '@jurat/core/timestamp/query'
import { readReply } from '@jurat/core/timestamp/reply'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import type { OfficeDatabase } from '../database/office/officeDatabase.ts'
import { EngineError } from '../engine/engine.ts'
import type { Credentials } from '../features/credentials.ts'
import { DepositError, LedgerError } from '../features/deposits.ts'
import { ItemError } from '../features/deposits/items.ts'
import { Flows } from '../features/flows.ts'
import { FlowError } from '../features/flows/error.ts'
import type { Logger } from '../observe/logger.ts'
import { systemClock } from '../platform/clock.ts'
import type { DataFolder } from './dataFolder.ts'
import type { Features } from './features.ts'

/** Makes the flows of a node. Deposits that were interrupted are made when the office opens. Before the office starts. */
export function joinFlows(
  office: OfficeDatabase,
  { sealer }: Pick<DataFolder, 'sealer'>,
  credentials: Credentials,
  { deposits, receipts, originals, timestamps }: Features,
  logger: Logger,
): Flows {
  const flows = new Flows({
    crypto: nodeCrypto,
    office,
    sealer,
    now: () => systemClock.now(),
    random: (length) => randomBytes(length),
    deposit: (job) => deposits.deposit(job),
    isRefusal,
    async timeOf(id) {
      const deposit = await receipts.deposit(id)
      if (deposit === null) throw new TypeError('a deposit that was made can be read')
      return deposit.timeMs
    },
    receipt: (id) => receipts.receipt(id),
    hostedAccounts: (organisation) => credentials.hostedAccounts(organisation).map(({ id }) => id),
    hostedAccount: (organisation, idOrName) => credentials.hostedAccount(organisation, idOrName).id,
    original: (organisation, sha256) => originals.blob(organisation, sha256),
    stamp: (bytes) => Promise.resolve(stampOver(timestamps.authority, bytes)),
  })
  office.attach({
    opened() {
      // Not waited for: the engine may need longer than the office.
      void flows
        .settle((details, message) => logger.warn(details, message))
        .catch((error: unknown) => logger.warn({ error: String(error) }, 'Deposits of flows wait'))
      return Promise.resolve()
    },
    closed: () => Promise.resolve(),
  })
  return flows
}

/** The item cannot be, the ledger did not take it, or it was turned away before anybody had it: no deposit was made. */
function isRefusal(error: unknown): boolean {
  if (error instanceof EngineError) return error.code === 'overloaded'
  return error instanceof LedgerError || error instanceof ItemError || error instanceof DepositError
}

/** @throws FlowError `feature-off` without an authority, `not-ready` while its clock cannot be trusted */
function stampOver(
  authority: { readonly grant: (query: TimestampQuery) => Uint8Array } | null,
  bytes: Uint8Array,
): Uint8Array {
  if (authority === null) throw new FlowError('feature-off', 'this node has no time-stamp authority for packages')
  const imprint = { algorithm: 'sha256', digest: nodeCrypto.sha256(bytes) } as const
  const reply = readReply(authority.grant({ imprint, policy: null, nonce: null, certificates: true }))
  if (reply !== null && 'token' in reply) return reply.token
  throw new FlowError('not-ready', reply?.sentence ?? 'the time-stamp authority gave no answer')
}
