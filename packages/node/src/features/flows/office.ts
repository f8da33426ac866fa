/**
 * What flows need of the rest of the node. The composition root hands it to them.
 * @module
 */
import type { DepositAnswer, DepositItem } from '@jurat/api/deposits'
import type { Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import type { Office, OfficeTransaction } from '../../database/office/schema.ts'

/** The office's database. */
export interface OfficeAccess {
  read<T>(work: (database: Office) => Promise<T>): Promise<T>
  transact<T>(work: (transaction: OfficeTransaction) => Promise<T>): Promise<T>
}

/** Who asks. */
export interface Asker {
  readonly organisation: string
  /** The hosted account of the key, hexadecimal; null: it has none. */
  readonly account: string | null
  /** Whether it may see what belongs to others. */
  readonly admin: boolean
}

/** One deposit of an item, as the ordinary path takes it. */
export interface FlowDepositJob {
  readonly organisation: string
  readonly account: string
  readonly items: DepositItem[]
  readonly idempotencyKey: string
  readonly body: Uint8Array
  readonly witnessed: boolean
}

/** What flows stand on. */
export interface FlowServices {
  readonly crypto: CryptoProvider
  readonly office: OfficeAccess
  readonly sealer: {
    seal(purpose: string, secret: Bytes): Bytes
    open(purpose: string, sealed: Bytes): Bytes
  }
  /** Milliseconds since 1970 UTC, of the node's clock. */
  readonly now: () => number
  readonly random: (length: number) => Bytes
  /** Makes deposits; the same organisation, key and body give the same answer, also after a crash. */
  readonly deposit: (job: FlowDepositJob) => Promise<DepositAnswer>
  /** Whether an error says that the ledger has refused a deposit, so that none was made. */
  readonly isRefusal: (error: unknown) => boolean
  /** When the log took a deposit, milliseconds since 1970 UTC. */
  readonly timeOf: (deposit: string) => Promise<number>
  /** The receipt's text; null while no checkpoint covers the deposit. */
  readonly receipt: (deposit: string) => Promise<string | null>
  /** Ids of the hosted accounts of an organisation, and one by its id or name. */
  readonly hostedAccounts: (organisation: string) => string[]
  readonly hostedAccount: (organisation: string, idOrName: string) => string
  /** An original that the organisation stored; null when it did not. */
  readonly original: (organisation: string, sha256: string) => Promise<Blob | null>
  /** A time-stamp token over the SHA-256 of these bytes. @throws FlowError `feature-off`, `not-ready` */
  readonly stamp: (bytes: Bytes) => Promise<Bytes>
}
