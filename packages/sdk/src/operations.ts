/**
 * Builders for every operation of the ledger. Guards and codes: docs/spec/operations.md.
 * @module
 */
import { equal } from '@jurat/core/bytes'
import type { Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { encodeItem, itemsHash } from '@jurat/core/deposit/item'
import type { Item } from '@jurat/core/deposit/item'
import { custodies } from '@jurat/core/ledger/account'
import { authKeysMax, authorisingWeight, sortAuthMap, weightMax } from '@jurat/core/ledger/authMap'
import type { AuthMap, WeightedKey } from '@jurat/core/ledger/authMap'
import { decodeItems } from '@jurat/core/ledger/depositItems'
import { types } from '@jurat/core/ledger/operationTypes'
import { defaultParameters } from '@jurat/core/ledger/parameters'
import { encodeOperation, encodePayload, operationHash as hashOfOperation } from '@jurat/core/ledger/payloads'
import type { ProposedOperation } from '@jurat/core/ledger/payloads'
import { payloadHash } from '@jurat/core/ledger/transaction'
import { SdkError } from './errors.ts'

/** What a transaction does: its type, its destination, its value, and the payload's bytes. */
export type Operation = ProposedOperation

/** Names of the operation types. */
export const operationNames: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(types).map(([name, type]) => [type, name]),
)

const operation = (type: number, payload: Bytes, to: Bytes | null = null, value = 0): Operation => ({
  type,
  to,
  value,
  gasLimit: 0,
  payload,
})

/** One builder for each operation. Ids of accounts and hashes are 32 bytes. */
export const operations = {
  /** 10: signed by a registrar, whose quota and balance pay for it. */
  createAccount(account: {
    readonly name: string
    readonly authMap: readonly WeightedKey[]
    readonly recoverKey: Bytes
    readonly encryptionKey: Bytes | null
    readonly custody: keyof typeof custodies
    readonly initialAmount: number
  }): Operation {
    const { name, recoverKey, encryptionKey, initialAmount } = account
    const fields = { name, authMap: keyMap(account.authMap), recoverKey, encryptionKey }
    return operation(
      10,
      encodePayload({ type: 10, ...fields, custody: custodies[account.custody] }),
      null,
      initialAmount,
    )
  },
  /** 11: signed by the account; voids its open proposals. */
  updateAuthMap: ({ authMap }: { readonly authMap: readonly WeightedKey[] }): Operation =>
    operation(11, encodePayload({ type: 11, authMap: keyMap(authMap) })),
  /** 12: signed by the account; takes effect after the network's reset delay. */
  setRecoveryKey: ({ recoverKey }: { readonly recoverKey: Bytes }): Operation =>
    operation(12, encodePayload({ type: 12, recoverKey })),
  /** 13: signed by the account; null removes it. */
  setEncryptionKey: ({ encryptionKey }: { readonly encryptionKey: Bytes | null }): Operation =>
    operation(13, encodePayload({ type: 13, encryptionKey })),
  /** 14: signed by the recovery key alone. */
  preReset: (): Operation => operation(14, encodePayload({ type: 14 })),
  /** 15: signed by the recovery key alone, once the reset delay is over. */
  reset: ({ authMap }: { readonly authMap: readonly WeightedKey[] }): Operation =>
    operation(15, encodePayload({ type: 15, authMap: keyMap(authMap) })),
  /** 16: signed by the account while it is recovering; stops the recovery and freezes. */
  dispute: (): Operation => operation(16, encodePayload({ type: 16 })),
  /** 17: by the account itself, or by `admin`. */
  freeze: ({ target }: { readonly target: Bytes }): Operation => operation(17, encodePayload({ type: 17 }), target),
  /** 18: by `admin`. */
  thaw: ({ target }: { readonly target: Bytes }): Operation => operation(18, encodePayload({ type: 18 }), target),
  /** 19: by `admin`, after an identity check. */
  adjudicate(decision: {
    readonly target: Bytes
    readonly authMap: readonly WeightedKey[]
    readonly recoverKey: Bytes
  }): Operation {
    const { target, recoverKey } = decision
    return operation(19, encodePayload({ type: 19, authMap: keyMap(decision.authMap), recoverKey }), target)
  },
  /** 20: signed by the account. */
  transfer: ({ target, amount }: { readonly target: Bytes; readonly amount: number }): Operation =>
    operation(20, encodePayload({ type: 20 }), target, amount),
  /** 21: by anyone; writes the hash of an account's record as it is now into an entry. */
  attest: ({ account }: { readonly account: Bytes }): Operation => operation(21, encodePayload({ type: 21 }), account),
  /** 22: by `admin`; quota 0 ends it. */
  setRegistrar: ({ target, quota }: { readonly target: Bytes; readonly quota: number }): Operation =>
    operation(22, encodePayload({ type: 22, quota }), target),
  /** 30: signed by exactly one key of the account, or one ballot key for `admin`; it is that key's vote. */
  propose: (proposed: Operation): Operation => operation(30, encodeOperation(proposed)),
  /** 31: signed by exactly one other such key. */
  approve: ({ id, operationHash }: { readonly id: Bytes; readonly operationHash: Bytes }): Operation =>
    operation(31, encodePayload({ type: 31, proposal: id, operationHash })),
  /** 32: signed by the proposer's key. */
  withdraw: ({ id }: { readonly id: Bytes }): Operation => operation(32, encodePayload({ type: 32, proposal: id })),
  /** 40: signed by the account. */
  deposit: ({ items }: { readonly items: readonly Item[] }): Operation =>
    operation(40, encodePayload({ type: 40, items: items.map(encodeItem) })),
  /** 41: signed by the account of a raw front, where the network allows it. */
  raw: ({ kind, bodies }: { readonly kind: number; readonly bodies: readonly Bytes[] }): Operation =>
    operation(41, encodePayload({ type: 41, kind, bodies })),
  /** 60: by `admin`; a whole new consortium document, and the hash of the one it replaces. */
  changeConsortium: ({ document, replaces }: { readonly document: Bytes; readonly replaces: Bytes }): Operation =>
    operation(60, encodePayload({ type: 60, document, replaces })),
} as const

/** Keys in the order of the ledger. @throws {SdkError} `key-map-invalid` when they could never sign together. */
function keyMap(authMap: readonly WeightedKey[]): AuthMap {
  const sum = authMap.reduce((total, { weight }) => total + weight, 0)
  const twice = authMap.some((one, at) => authMap.slice(0, at).some((other) => equal(one.publicKey, other.publicKey)))
  const heavy = authMap.some(({ weight }) => !Number.isInteger(weight) || weight < 1 || weight > weightMax)
  if (sum < authorisingWeight || twice || heavy || authMap.length > authKeysMax) {
    throw new SdkError(
      'key-map-invalid',
      'Authority keys: each once, with a weight from 1 to 100, and together 100 or more.',
    )
  }
  return sortAuthMap(authMap)
}

/** What an approval signs: the hash of the proposed operation. */
export const operationHash = (crypto: CryptoProvider, proposed: Operation): Bytes =>
  hashOfOperation(crypto, encodeOperation(proposed))

/** The payload hash of a header: over the items for a deposit, over the payload otherwise. @throws {CborError} */
export function payloadHashOf(crypto: CryptoProvider, type: number, payload: Bytes): Bytes {
  if (type !== types.deposit) return payloadHash(crypto, payload)
  return itemsHash(crypto, decodeItems(payload, defaultParameters.itemsMax))
}
