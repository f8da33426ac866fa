/**
 * The keys of a hosted account, and who keeps them: what the features that make accounts share.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'

/** An account whose keys this node holds. */
export interface AccountKeys {
  /** Hexadecimal. */
  readonly id: string
  readonly name: string
  readonly secretKey: Bytes
  /** Secret key of recovery, another one: it may become known without this one, and the other way round. */
  readonly recoverKey: Bytes
}

/** Keeps keys through the making of their account: before the ledger hears of it, and after. */
export interface AccountKeeper<Shown> {
  /** Keeps the keys of an account that is about to be made. */
  reserveAccount(organisation: string, account: AccountKeys): Promise<void>
  /** The ledger has made a reserved account. */
  confirmAccount(id: string): Promise<Shown>
  /** The ledger has not made a reserved account, and never will. */
  forgetAccount(id: string): Promise<void>
  /** Ids of accounts of which it is not known whether the ledger has made them. */
  readonly reservedAccounts: string[]
  /** Counts an account that an organisation is about to make. @throws when it has made its last one */
  countAccount(organisation: string, accountsMax: number): Promise<void>
  /** An account that was counted was not made. */
  uncountAccount(organisation: string): Promise<void>
}
