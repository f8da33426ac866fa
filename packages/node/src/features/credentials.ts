/**
 * Organisations, their API keys and their hosted accounts. Truth of this node, in a store of its own (`credentials/`)
 * with synced writes: deposits go on without PostgreSQL (docs/decisions/0011). Of an API key only the SHA-256 of its
 * secret is kept; hosted keys and kept answers are sealed under the master key.
 * @module
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { HostedAccount, ApiKey, NewApiKey, Organisation } from '@jurat/api/organisations'
import type { Scope } from '@jurat/api/scopes'
import { type Bytes, fromBase64, fromHex, fromText, toBase32, toBase64, toHex, toText } from '@jurat/core/bytes'
import { JuratError } from '@jurat/core/errors'
import type { AccountKeeper, AccountKeys } from '../crypto/accountKeys.ts'
import type { Clock } from '../platform/clock.ts'
import type { KeyValueChange, KeyValueStore } from '../store/keyValue.ts'

/** Random bytes of an identifier and of a secret. */
const idBytes = 10
const secretBytes = 32

/** Tokens whose check is remembered; the oldest is forgotten first. */
const rememberedTokensMax = 10_000

/** Whoever a request comes from. */
export interface Principal {
  readonly keyId: string
  readonly organisation: string
  readonly scopes: ReadonlySet<Scope>
  /** The hosted account that signs deposits of this key, hexadecimal; null: the key has none. */
  readonly account: string | null
}

/** What is refused here. */
export class CredentialsError extends JuratError<
  'not-found' | 'conflict' | 'forbidden' | 'damaged' | 'too-many-accounts'
> {}

/** Seals secrets; given by the composition root. */
export interface SecretSealer {
  seal(purpose: string, secret: Bytes): Bytes
  open(purpose: string, sealed: Bytes): Bytes
}

interface StoredKey extends ApiKey {
  readonly secretHash: string
}

interface StoredAccount extends HostedAccount {
  readonly sealedKey: string
  readonly sealedRecoverKey: string
  /** Its keys are kept, but whether the ledger has made the account is not known yet. */
  readonly reserved?: true
}

interface Loaded {
  readonly organisations: Map<string, Organisation>
  readonly keys: Map<string, StoredKey>
  readonly accounts: Map<string, StoredAccount>
  /** How many accounts each organisation has made. */
  readonly made: Map<string, { readonly id: string; readonly count: number }>
}

/** Organisations, API keys and hosted accounts. Everything but ownership and answers is held in memory. */
export class Credentials implements AccountKeeper<HostedAccount> {
  readonly #store: KeyValueStore
  readonly #sealer: SecretSealer
  readonly #clock: Clock
  readonly #loaded: Loaded
  readonly #remembered = new Map<string, Principal>()
  readonly #names = new Map<string, string>()

  private constructor(store: KeyValueStore, sealer: SecretSealer, clock: Clock, loaded: Loaded) {
    this.#store = store
    this.#sealer = sealer
    this.#clock = clock
    this.#loaded = loaded
    for (const { id, name, reserved } of loaded.accounts.values()) if (reserved !== true) this.#names.set(name, id)
  }

  /** Reads the store. @throws CredentialsError `damaged` when a record is not what was written. */
  static async open(store: KeyValueStore, sealer: SecretSealer, clock: Clock): Promise<Credentials> {
    const loaded: Loaded = { organisations: new Map(), keys: new Map(), accounts: new Map(), made: new Map() }
    for (const [prefix, map] of [
      ['organisation/', loaded.organisations],
      ['key/', loaded.keys],
      ['account/', loaded.accounts],
      ['made/', loaded.made],
    ] as const) {
      for await (const [, value] of store.range(prefixRange(prefix))) {
        const record = parse(value)
        ;(map as Map<string, unknown>).set(record.id, record)
      }
    }
    return new Credentials(store, sealer, clock, loaded)
  }

  get organisations(): Organisation[] {
    return [...this.#loaded.organisations.values()]
  }

  /** @throws CredentialsError `not-found` */
  organisation(id: string): Organisation {
    const organisation = this.#loaded.organisations.get(id)
    if (organisation === undefined) throw new CredentialsError('not-found', 'there is no such organisation')
    return organisation
  }

  async createOrganisation(name: string): Promise<Organisation> {
    const organisation = { id: randomId(), name, createdAt: this.#clock.now() }
    await this.#put(`organisation/${organisation.id}`, organisation)
    this.#loaded.organisations.set(organisation.id, organisation)
    return organisation
  }

  /** Makes an API key. The token in the result is the only copy. @throws CredentialsError */
  async createKey(
    organisation: string,
    request: { label: string; scopes: readonly Scope[]; account: string | null },
  ): Promise<NewApiKey> {
    this.organisation(organisation)
    const account = request.account === null ? null : this.hostedAccount(organisation, request.account).id
    const id = randomId()
    const secret = toBase32(randomBytes(secretBytes))
    const key: ApiKey = {
      id,
      organisation,
      label: request.label,
      scopes: [...request.scopes],
      account,
      createdAt: this.#clock.now(),
    }
    const stored: StoredKey = { ...key, secretHash: toHex(sha256(secret)) }
    await this.#put(`key/${id}`, stored)
    this.#loaded.keys.set(id, stored)
    return { ...key, key: `jrt_${id}_${secret}` }
  }

  keys(organisation: string): ApiKey[] {
    this.organisation(organisation)
    return [...this.#loaded.keys.values()].filter((key) => key.organisation === organisation).map(withoutSecret)
  }

  /** Revokes a key: the next request with it is refused. @throws CredentialsError `not-found` */
  async deleteKey(organisation: string, id: string): Promise<void> {
    if (this.#loaded.keys.get(id)?.organisation !== organisation) {
      throw new CredentialsError('not-found', 'there is no such key')
    }
    // Refused in memory before it is on the disk: a revoked key must not pass while the disk is slow.
    this.#loaded.keys.delete(id)
    for (const [token, principal] of this.#remembered) if (principal.keyId === id) this.#remembered.delete(token)
    await this.#store.write([{ key: fromText(`key/${id}`), value: null }], { sync: true })
  }

  /** Whoever holds this token, or null when it is none of ours. */
  authenticate(token: string): Principal | null {
    const remembered = this.#remembered.get(token)
    if (remembered !== undefined) return remembered
    const match = /^jrt_([a-z2-7]{16})_([a-z2-7]{52})$/.exec(token)
    const key = this.#loaded.keys.get(match?.[1] ?? '')
    // An unknown id costs the same hash as a known one, so that the time tells nothing.
    const hash = sha256(match?.[2] ?? '')
    const expected = key === undefined ? new Uint8Array(32) : fromHex(key.secretHash)
    if (!timingSafeEqual(hash, expected) || key === undefined) return null
    const { id: keyId, organisation, scopes, account } = key
    const principal: Principal = { keyId, organisation, scopes: new Set(scopes), account }
    if (this.#remembered.size >= rememberedTokensMax) {
      const [oldest] = this.#remembered.keys()
      if (oldest !== undefined) this.#remembered.delete(oldest)
    }
    this.#remembered.set(token, principal)
    return principal
  }

  /** Keeps a hosted account whose creation stands on the ledger. */
  async addAccount(organisation: string, account: AccountKeys): Promise<HostedAccount> {
    await this.reserveAccount(organisation, account)
    return this.confirmAccount(account.id)
  }

  /** Keeps the keys of an account that is about to be made: no crash leaves an account on the ledger without keys. */
  async reserveAccount(organisation: string, { id, name, secretKey, recoverKey }: AccountKeys): Promise<void> {
    this.organisation(organisation)
    const sealedKey = toBase64(this.#sealer.seal(`hosted/${id}`, secretKey))
    const sealedRecoverKey = toBase64(this.#sealer.seal(`hosted-recovery/${id}`, recoverKey))
    const createdAt = this.#clock.now()
    const stored: StoredAccount = { id, name, organisation, createdAt, sealedKey, sealedRecoverKey, reserved: true }
    await this.#put(`account/${id}`, stored)
    this.#loaded.accounts.set(id, stored)
  }

  /** The ledger has made a reserved account. @throws CredentialsError `not-found` */
  async confirmAccount(id: string): Promise<HostedAccount> {
    const { reserved: _, ...stored } = this.#account(id)
    await this.#put(`account/${id}`, stored)
    this.#loaded.accounts.set(id, stored)
    this.#names.set(stored.name, id)
    return shown(stored)
  }

  /** The ledger has not made a reserved account, and never will. */
  async forgetAccount(id: string): Promise<void> {
    await this.#write([{ key: fromText(`account/${id}`), value: null }])
    this.#loaded.accounts.delete(id)
  }

  /** Ids of accounts of which it is not known whether the ledger has made them. */
  get reservedAccounts(): string[] {
    return [...this.#loaded.accounts.values()].filter(({ reserved }) => reserved === true).map(({ id }) => id)
  }

  /**
   * Counts an account that an organisation is about to make, before it is made: a count that a crash leaves one too
   * high is harmless. @throws CredentialsError `too-many-accounts`
   */
  async countAccount(organisation: string, accountsMax: number): Promise<void> {
    const made = this.#loaded.made.get(organisation)?.count ?? 0
    if (made >= accountsMax) {
      throw new CredentialsError('too-many-accounts', `your organisation has made ${made} of ${accountsMax} accounts`)
    }
    await this.#setCount(organisation, made + 1)
  }

  /** An account that was counted was not made. */
  async uncountAccount(organisation: string): Promise<void> {
    await this.#setCount(organisation, (this.#loaded.made.get(organisation)?.count ?? 1) - 1)
  }

  hostedAccounts(organisation: string): HostedAccount[] {
    this.organisation(organisation)
    return [...this.#loaded.accounts.values()]
      .filter((account) => account.organisation === organisation && account.reserved !== true)
      .map(shown)
  }

  /** A hosted account of an organisation by id or name. @throws CredentialsError `not-found`, also for another's. */
  hostedAccount(organisation: string, idOrName: string): HostedAccount {
    const account = this.#loaded.accounts.get(idOrName) ?? this.#loaded.accounts.get(this.#names.get(idOrName) ?? '')
    if (account === undefined || account.organisation !== organisation || account.reserved === true) {
      throw new CredentialsError('not-found', 'your organisation has no such hosted account')
    }
    return shown(account)
  }

  /** The secret key of a hosted account. @throws CredentialsError `not-found`; SealError under another master key. */
  secretKey(accountId: string): Bytes {
    return this.#sealer.open(`hosted/${accountId}`, fromBase64(this.#account(accountId).sealedKey))
  }

  /** The secret recovery key of a hosted account. @throws as {@link secretKey} */
  recoveryKey(accountId: string): Bytes {
    return this.#sealer.open(`hosted-recovery/${accountId}`, fromBase64(this.#account(accountId).sealedRecoverKey))
  }

  /** Notes that an organisation may read an original. */
  async addOwnership(organisation: string, sha256Hex: string): Promise<void> {
    await this.#write([{ key: fromText(`original/${organisation}/${sha256Hex}`), value: new Uint8Array(0) }])
  }

  ownsOriginal(organisation: string, sha256Hex: string): boolean {
    return this.#store.get(fromText(`original/${organisation}/${sha256Hex}`)) !== null
  }

  /** A small record of another feature in this store, sealed. */
  async putSealed(purpose: string, value: Bytes): Promise<void> {
    await this.#write([{ key: fromText(`sealed/${purpose}`), value: this.#sealer.seal(purpose, value) }])
  }

  getSealed(purpose: string): Bytes | null {
    const sealed = this.#store.get(fromText(`sealed/${purpose}`))
    return sealed === null ? null : this.#sealer.open(purpose, sealed)
  }

  async close(): Promise<void> {
    await this.#store.close()
  }

  #account(id: string): StoredAccount {
    const account = this.#loaded.accounts.get(id)
    if (account === undefined) throw new CredentialsError('not-found', 'there is no such hosted account')
    return account
  }

  #setCount(organisation: string, count: number): Promise<void> {
    const made = { id: organisation, count }
    // Counted in memory at once: two requests at the same time must not count as one.
    this.#loaded.made.set(organisation, made)
    return this.#put(`made/${organisation}`, made)
  }

  #put(key: string, record: unknown): Promise<void> {
    return this.#write([{ key: fromText(key), value: fromText(JSON.stringify(record)) }])
  }

  #write(changes: KeyValueChange[]): Promise<void> {
    return this.#store.write(changes, { sync: true })
  }
}

const withoutSecret = ({ id, organisation, label, scopes, account, createdAt }: StoredKey): ApiKey => ({
  id,
  organisation,
  label,
  scopes,
  account,
  createdAt,
})

const shown = ({ id, name, organisation, createdAt }: StoredAccount): HostedAccount => ({
  id,
  name,
  organisation,
  createdAt,
})

const sha256 = (text: string): Bytes => createHash('sha256').update(text).digest()

const randomId = (): string => toBase32(randomBytes(idBytes))

/** Every key that begins with an ASCII prefix. */
function prefixRange(prefix: string): { from: Bytes; to: Bytes } {
  const to = fromText(prefix)
  const last = to.length - 1
  to[last] = (to[last] ?? 0) + 1
  return { from: fromText(prefix), to }
}

function parse(value: Bytes): { id: string } {
  try {
    return JSON.parse(toText(value)) as { id: string }
  } catch (cause) {
    throw new CredentialsError('damaged', 'a record in credentials/ cannot be read', { cause })
  }
}
