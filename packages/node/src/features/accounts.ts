/**
 * Accounts as people see them, and their making through this node's registrar account.
 * @module
 */
import { randomBytes } from 'node:crypto'
import type { Account, AccountRequest, Proposal } from '@jurat/api/accounts'
import type { HostedAccount } from '@jurat/api/organisations'
import { compare, fromHex, toBase32, toBase64, toHex, type Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { algorithms } from '@jurat/core/crypto/provider'
import {
  accountId,
  type AccountRecord,
  adminName,
  custodies,
  decodeAccount,
  statusOf,
} from '@jurat/core/ledger/account'
import { isAuthMap } from '@jurat/core/ledger/authMap'
import { stateKeys, type StateView } from '@jurat/core/ledger/state'
import { JuratError } from '@jurat/core/errors'
import type { StoredAccount } from '../store/store.ts'
import type { AccountKeeper } from '../crypto/accountKeys.ts'

/** Random bytes of an opaque account name: who stands behind it is not on the log. */
const nameBytes = 16

/** An account that was not made. */
export class AccountError extends JuratError<'record-impossible' | 'feature-off' | 'not-ready'> {}

/** What a registrar's transaction needs. */
export interface NewAccount {
  readonly name: string
  readonly authMap: AccountRecord['authMap']
  readonly recoverKey: Bytes
  readonly encryptionKey: Bytes | null
  readonly custody: number
}

/** What accounts stand on. */
export interface AccountOptions {
  readonly crypto: CryptoProvider
  readonly view: Pick<StateView, 'get'>
  readonly accountAt: (id: Bytes, version: number) => Promise<StoredAccount | null>
  readonly proposals: (account: Bytes) => Proposal[]
  /** Signs and submits operation 10 with the registrar; @throws when the ledger does not accept it. */
  readonly register: (account: NewAccount) => Promise<void>
  /** Whether an error of `register` says for certain that the account was not made. */
  readonly isRefusal: (error: unknown) => boolean
  readonly keys: AccountKeeper<HostedAccount>
  /** How many accounts an organisation may make, hosted or not. */
  readonly accountsPerOrganisationMax: number
}

/** Reads and makes accounts. */
export class Accounts {
  readonly #options: AccountOptions

  constructor(options: AccountOptions) {
    this.#options = options
  }

  /** An account by id (hexadecimal) or name, or null. */
  async find(idOrName: string): Promise<Account | null> {
    const found = this.#lookup(idOrName)
    if (found === null) return null
    const { record, bytes } = found
    const stored = await this.#options.accountAt(record.id, record.version)
    return stored === null ? null : shown(record, bytes, stored.entryIndex)
  }

  /** Open proposals of an account or of `admin`, or null when there is no such account. */
  async proposals(idOrName: string): Promise<Proposal[] | null> {
    if (idOrName === adminName) return this.#options.proposals(accountId(this.#options.crypto, adminName))
    const found = this.#lookup(idOrName)
    return found === null ? null : this.#options.proposals(found.record.id)
  }

  /** Makes an account whose keys the client holds. @throws AccountError, CredentialsError, TransactionError */
  async create(organisation: string, request: AccountRequest): Promise<Account> {
    const authMap = request.authMap
      .map(({ publicKey, weight }) => ({ publicKey: fromHex(publicKey), weight }))
      .toSorted((a, b) => compare(a.publicKey, b.publicKey))
    const { crypto } = this.#options
    if (!isAuthMap(crypto, authMap)) {
      throw new AccountError('record-impossible', 'the keys are not valid, not distinct, or do not reach 100')
    }
    const recoverKey = fromHex(request.recoverKey)
    if (!crypto.isPublicKey(recoverKey)) throw new AccountError('record-impossible', 'the recovery key is not valid')
    const name = randomName()
    const encryptionKey = request.encryptionKey === undefined ? null : fromHex(request.encryptionKey)
    await this.#register(organisation, { name, authMap, recoverKey, encryptionKey, custody: custodies.own })
    const account = await this.find(name)
    if (account === null) throw new AccountError('not-ready', 'the account was made, but cannot be read yet')
    return account
  }

  /**
   * Makes an account whose keys this node holds for an organisation. Its keys are durable before the ledger hears of
   * it. @throws CredentialsError, TransactionError
   */
  async createHosted(organisation: string): Promise<HostedAccount> {
    const { crypto, keys, isRefusal } = this.#options
    const [secretKey, recoverKey] = [randomSecretKey(), randomSecretKey()]
    const name = randomName()
    const id = toHex(accountId(crypto, name))
    await keys.reserveAccount(organisation, { id, name, secretKey, recoverKey })
    try {
      await this.#register(organisation, {
        name,
        authMap: [{ publicKey: crypto.publicKeyOf(secretKey), weight: 100 }],
        recoverKey: crypto.publicKeyOf(recoverKey),
        encryptionKey: null,
        custody: custodies.hosted,
      })
    } catch (error) {
      // Anything else may still become a block: then the next start decides.
      if (isRefusal(error)) await keys.forgetAccount(id)
      throw error
    }
    return keys.confirmAccount(id)
  }

  /** Finishes or forgets hosted accounts whose making broke off. At the start, when nothing is on its way. */
  async settle(): Promise<void> {
    const { keys, view } = this.#options
    for (const id of keys.reservedAccounts) {
      await (view.get(stateKeys.account(id)) === null ? keys.forgetAccount(id) : keys.confirmAccount(id))
    }
  }

  async #register(organisation: string, account: NewAccount): Promise<void> {
    const { keys, register, isRefusal, accountsPerOrganisationMax } = this.#options
    await keys.countAccount(organisation, accountsPerOrganisationMax)
    try {
      await register(account)
    } catch (error) {
      if (isRefusal(error)) await keys.uncountAccount(organisation)
      throw error
    }
  }

  #lookup(idOrName: string): { record: AccountRecord; bytes: Bytes } | null {
    const { crypto, view } = this.#options
    const id = /^[0-9a-f]{64}$/.test(idOrName) ? idOrName : toHex(accountId(crypto, idOrName))
    const bytes = view.get(stateKeys.account(id))
    return bytes === null ? null : { record: decodeAccount(bytes), bytes }
  }
}

/** A new Ed25519 secret key: algorithm byte and seed. */
export function randomSecretKey(): Bytes {
  return Uint8Array.from([algorithms.ed25519, ...randomBytes(32)])
}

const randomName = (): string => toBase32(randomBytes(nameBytes))

const timeOrNull = (timeMs: number): number | null => (timeMs === 0 ? null : timeMs)

function shown(record: AccountRecord, bytes: Bytes, entryIndex: number): Account {
  const { pendingRecoverKey: pending, encryptionKey } = record
  return {
    id: toHex(record.id),
    name: record.name,
    status: statusOf(record),
    frozen: record.frozen,
    recovering: record.recovering,
    authMap: record.authMap.map(({ publicKey, weight }) => ({ publicKey: toHex(publicKey), weight })),
    recoverKey: toHex(record.recoverKey),
    pendingRecoverKey:
      pending === null ? null : { publicKey: toHex(pending.publicKey), effectiveAt: pending.effectiveAt },
    encryptionKey: encryptionKey === null ? null : toHex(encryptionKey),
    balance: record.balance,
    resetAllowedAt: timeOrNull(record.resetAllowedAt),
    recoverTime: timeOrNull(record.recoverTime),
    custody: record.custody === custodies.hosted ? 'hosted' : 'own',
    registrarQuota: record.registrarQuota,
    version: record.version,
    entryIndex,
    record: toBase64(bytes),
  }
}
