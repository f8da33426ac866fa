/**
 * Whose signatures a transaction needs. docs/spec/operations.md, "Signed by".
 * @module
 */
import { type Bytes, compare, equal, toHex } from '../bytes.ts'
import type { CryptoProvider } from '../crypto/provider.ts'
import { accountAt, accountId, type AccountRecord, adminName } from './account.ts'
import { authorisingWeight, weightOf } from './authMap.ts'
import { ballotKeys, type ConsortiumDocument, isAdminMajority } from './consortium.ts'
import { types, withOneSignature } from './operationTypes.ts'
import type { ParsedTransaction } from './parse.ts'
import type { TransactionSignature } from './transaction.ts'

/** Operations that the recovery key signs. */
const byRecoverKey: ReadonlySet<number> = new Set([types.preReset, types.reset])

const adminIds = new WeakMap<object, Bytes>()

/** Id of the account that the consortium is, 32 bytes. */
export function adminId(crypto: Pick<CryptoProvider, 'sha256'>): Bytes {
  const known = adminIds.get(crypto)
  if (known !== undefined) return known
  const id = accountId(crypto, adminName)
  adminIds.set(crypto, id)
  return id
}

/** Who acts: an account, or (null) the consortium as `admin`. */
export type Sender = AccountRecord | null

/** Whether the right keys signed, as far as keys and weights say; the signatures themselves are checked elsewhere. */
export function isAuthorised(
  sender: Sender,
  consortium: ConsortiumDocument,
  { header, signatures }: Pick<ParsedTransaction, 'header' | 'signatures'>,
  timeMs: number,
): boolean {
  if (!isAscending(signatures)) return false
  const keys = signatures.map(({ publicKey }) => publicKey)
  if (!withOneSignature.has(header.type))
    return areRegistered(sender, consortium, keys) && isEnough(sender, consortium, keys)
  const [key, ...others] = keys
  if (key === undefined || others.length > 0) return false
  if (sender === null || !byRecoverKey.has(header.type)) return areRegistered(sender, consortium, [key])
  return equal(key, accountAt(sender, timeMs).recoverKey)
}

/** Strictly ascending keys: no key counts twice. */
function isAscending(signatures: readonly TransactionSignature[]): boolean {
  return signatures.every(({ publicKey }, at) => {
    const before = signatures[at - 1]
    return before === undefined || compare(before.publicKey, publicKey) < 0
  })
}

/** Whether keys can sign for the sender at all. */
export function areRegistered(sender: Sender, consortium: ConsortiumDocument, keys: readonly Bytes[]): boolean {
  if (sender !== null) return keys.every((key) => weightOf(sender.authMap, key) > 0)
  const ballots = ballotKeys(consortium)
  return keys.every((key) => ballots.has(toHex(key)))
}

/**
 * Whether these distinct keys are enough: weights of 100 for an account, strictly more than two thirds of the members by
 * number for `admin`. Keys that are not registered (any more) count nothing.
 */
export function isEnough(sender: Sender, consortium: ConsortiumDocument, keys: readonly Bytes[]): boolean {
  const distinct = new Set(keys.map(toHex))
  if (sender === null) {
    return isAdminMajority(consortium, [...ballotKeys(consortium)].filter((key) => distinct.has(key)).length)
  }
  const counted = sender.authMap.filter(({ publicKey }) => distinct.has(toHex(publicKey)))
  return counted.reduce((sum, { weight }) => sum + weight, 0) >= authorisingWeight
}
