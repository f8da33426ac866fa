/**
 * What the node signs with the keys that it holds: deposits of hosted accounts, registrations, raw bodies, ballots.
 * @module
 */
import type { BallotRequest } from '@jurat/api/transactions'
import { type Bytes, fromBase64, fromHex } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { itemsHash } from '@jurat/core/deposit/item'
import { type AccountRecord, accountId, adminName } from '@jurat/core/ledger/account'
import { types } from '@jurat/core/ledger/operationTypes'
import { encodeOperation, encodePayload } from '@jurat/core/ledger/payloads'
import type { NodeKeys } from './nodeKeys.ts'
import type { TransactionSigner } from './signing.ts'

/** Hosted keys that are held open; the oldest is forgotten first. */
const openKeysMax = 10_000

/** A key that signs for an account. */
interface AccountKey {
  readonly account: Bytes
  readonly secretKey: Bytes
  readonly publicKey: Bytes
}

/** Signs with the keys of this node. */
export class NodeSigning {
  readonly #crypto: CryptoProvider
  readonly #signer: TransactionSigner
  readonly #hostedSecret: (accountHex: string) => Bytes
  readonly #hosted = new Map<string, AccountKey>()
  readonly #registrar: AccountKey
  readonly #front: AccountKey
  readonly #ballotKey: () => Bytes

  /** @param ballotKey - the present one: a ballot may replace it. @param registrar, front - names of their accounts. @param hostedSecret - opens the secret key of a hosted account. */
  constructor(
    crypto: CryptoProvider,
    signer: TransactionSigner,
    {
      keys,
      ballotKey,
      registrar,
      front,
    }: { keys: Pick<NodeKeys, 'registrar' | 'front'>; ballotKey: () => Bytes; registrar: string; front: string },
    hostedSecret: (accountHex: string) => Bytes,
  ) {
    this.#crypto = crypto
    this.#signer = signer
    this.#hostedSecret = hostedSecret
    const keyOf = (name: string, secretKey: Bytes): AccountKey => ({
      account: accountId(crypto, name),
      secretKey,
      publicKey: crypto.publicKeyOf(secretKey),
    })
    this.#registrar = keyOf(registrar, keys.registrar)
    this.#front = keyOf(front, keys.front)
    this.#ballotKey = ballotKey
  }

  /** A deposit of items (their bytes) by a hosted account. */
  deposit(accountHex: string, items: readonly Bytes[]): Bytes {
    const payload = encodePayload({ type: types.deposit, items })
    return this.#sign(this.#hostedKey(accountHex), types.deposit, payload, itemsHash(this.#crypto, items))
  }

  /** The making of an account by the registrar. */
  register(account: Pick<AccountRecord, 'name' | 'authMap' | 'recoverKey' | 'encryptionKey' | 'custody'>): Bytes {
    return this.#sign(this.#registrar, types.createAccount, encodePayload({ type: types.createAccount, ...account }))
  }

  /** Raw bodies by the front's account. */
  raw(bodies: readonly Bytes[]): Bytes {
    return this.#sign(this.#front, types.raw, encodePayload({ type: types.raw, kind: 0, bodies }))
  }

  /** A proposal for `admin` with this member's ballot key. */
  proposal({ type, to, value = 0, gasLimit = 0, payload }: BallotRequest): Bytes {
    const operation = { type, to: to === null ? null : fromHex(to), value, gasLimit, payload: fromBase64(payload) }
    return this.#sign(this.#ballot(), types.propose, encodeOperation(operation))
  }

  /** This member's vote for a proposal for `admin`. */
  vote(proposal: Bytes, operationHash: Bytes): Bytes {
    return this.#sign(this.#ballot(), types.approve, encodePayload({ type: types.approve, proposal, operationHash }))
  }

  #ballot(): AccountKey {
    const secretKey = this.#ballotKey()
    const publicKey = this.#crypto.publicKeyOf(secretKey)
    return { account: accountId(this.#crypto, adminName), secretKey, publicKey }
  }

  #sign(key: AccountKey, type: number, payload: Bytes, payloadHash?: Bytes): Bytes {
    const operation = { type, from: key.account, payload, ...(payloadHash !== undefined && { payloadHash }) }
    return this.#signer.sign(operation, key.secretKey, key.publicKey)
  }

  #hostedKey(accountHex: string): AccountKey {
    const known = this.#hosted.get(accountHex)
    if (known !== undefined) return known
    const secretKey = this.#hostedSecret(accountHex)
    const key = { account: fromHex(accountHex), secretKey, publicKey: this.#crypto.publicKeyOf(secretKey) }
    if (this.#hosted.size >= openKeysMax) {
      const [oldest] = this.#hosted.keys()
      if (oldest !== undefined) this.#hosted.delete(oldest)
    }
    this.#hosted.set(accountHex, key)
    return key
  }
}
