/**
 * Accounts: an id that depends on no key, and a record that says whose keys count. docs/spec/account.md.
 * @module
 */
import { type Bytes, fromText } from '../bytes.ts'
import { CborError } from '../cbor/error.ts'
import { CborReader } from '../cbor/reader.ts'
import { CborWriter } from '../cbor/writer.ts'
import { domainHash } from '../crypto/domain.ts'
import type { CryptoProvider } from '../crypto/provider.ts'
import { type AuthMap, readAuthMap, readPublicKey, writeAuthMap } from './authMap.ts'

/** Shortest and longest name of an account, in characters. */
export const nameCharactersMin = 3
export const nameCharactersMax = 64

/** Longest name of an account, in bytes: every character is at most three bytes of UTF-8. */
export const nameBytesMax: number = 3 * nameCharactersMax

/** Longest account record, in bytes. */
export const recordBytesMax = 65_536

/** Length of an account's id, in bytes. */
export const accountIdBytes = 32

/** Name of the account that the consortium is. It has no record. */
export const adminName = 'admin'

/** Who holds the keys: the account's owner, or a node for it. */
export const custodies = { own: 0, hosted: 1 } as const

/** A recovery key that does not count before its time. */
export interface PendingRecoverKey {
  readonly publicKey: Bytes
  /** Milliseconds since 1970 UTC. */
  readonly effectiveAt: number
}

/** An account. Times are milliseconds since 1970 UTC, 0 where there is none. */
export interface AccountRecord {
  readonly id: Bytes
  readonly name: string
  readonly authMap: AuthMap
  readonly recoverKey: Bytes
  readonly pendingRecoverKey: PendingRecoverKey | null
  readonly encryptionKey: Bytes | null
  readonly balance: number
  readonly frozen: boolean
  readonly recovering: boolean
  /** While recovering: the earliest time of a reset. */
  readonly resetAllowedAt: number
  /** Time of the last reset. */
  readonly recoverTime: number
  /** 0 own, 1 hosted. */
  readonly custody: number
  /** How many accounts it may still create; null when it is no registrar. */
  readonly registrarQuota: number | null
  /** Counts every change, the making being 1. */
  readonly version: number
}

const recordVersion = 1
const recordFields = 15

/** The id of the account of a name: hash(name), 32 bytes. */
export function accountId(crypto: Pick<CryptoProvider, 'sha256'>, name: string): Bytes {
  return domainHash(crypto, 'account-name', fromText(name))
}

/**
 * Whether a name may be an account's: 3 to 64 of a-z, 0-9, `.`, `-`, `_` and unified CJK ideographs, beginning and
 * ending with a letter, digit or ideograph; not `admin`. All of these are lower case and NFC in every version of Unicode:
 * a rule that asked the platform's tables would give different results on two nodes.
 */
export function isAccountName(name: string): boolean {
  const characters = name.length
  if (characters < nameCharactersMin || characters > nameCharactersMax || name === adminName) return false
  return /^[a-z0-9\u3400-\u4dbf\u4e00-\u9fff][a-z0-9._\-\u3400-\u4dbf\u4e00-\u9fff]*[a-z0-9\u3400-\u4dbf\u4e00-\u9fff]$/.test(
    name,
  )
}

/** The record's bytes. */
export function encodeAccount(account: AccountRecord): Bytes {
  const writer = new CborWriter(512).array(recordFields).uint(recordVersion).bytes(account.id).text(account.name)
  writeAuthMap(writer, account.authMap)
  writer.bytes(account.recoverKey)
  writer.nullable(account.pendingRecoverKey, (pending) =>
    writer.array(2).bytes(pending.publicKey).uint(pending.effectiveAt),
  )
  writer.nullable(account.encryptionKey, (key) => writer.bytes(key))
  writer.uint(account.balance).boolean(account.frozen).boolean(account.recovering)
  writer.uint(account.resetAllowedAt).uint(account.recoverTime).uint(account.custody)
  writer.nullable(account.registrarQuota, (quota) => writer.uint(quota))
  return writer.uint(account.version).finish()
}

/** A record from its bytes. @throws {CborError} when they are none. */
export function decodeAccount(bytes: Bytes): AccountRecord {
  const reader = new CborReader(bytes, { bytesMax: recordBytesMax })
  reader.array(recordFields)
  if (reader.uint() !== recordVersion) throw new CborError('out-of-range', 'The record has an unknown version.')
  const account: AccountRecord = {
    id: reader.bytes(accountIdBytes),
    name: readAccountName(reader),
    authMap: readAuthMap(reader),
    recoverKey: readPublicKey(reader),
    pendingRecoverKey: reader.nullOr(() => {
      reader.array(2)
      return { publicKey: readPublicKey(reader), effectiveAt: reader.uint() }
    }),
    encryptionKey: reader.nullOr(() => readPublicKey(reader)),
    balance: reader.uint(),
    frozen: reader.boolean(),
    recovering: reader.boolean(),
    resetAllowedAt: reader.uint(),
    recoverTime: reader.uint(),
    custody: reader.uint(custodies.hosted),
    registrarQuota: reader.nullOr(() => reader.uint()),
    version: reader.uint(),
  }
  reader.end()
  return account
}

/** Reads the name of an account. @throws {CborError} */
export function readAccountName(reader: CborReader): string {
  const name = reader.text(nameBytesMax)
  if (!isAccountName(name)) throw new CborError('out-of-range', 'This is no name of an account.')
  return name
}

/** Hash of a record, as account entries carry it. */
export function recordHash(crypto: Pick<CryptoProvider, 'sha256'>, record: Bytes): Bytes {
  return domainHash(crypto, 'record', record)
}

/** The account as it counts at a time: a pending recovery key that is due is the recovery key. */
export function accountAt(account: AccountRecord, timeMs: number): AccountRecord {
  const pending = account.pendingRecoverKey
  if (pending === null || timeMs < pending.effectiveAt) return account
  return { ...account, recoverKey: pending.publicKey, pendingRecoverKey: null }
}

/** The status as AntChain shows it: frozen 1, else recovering 2, else normal 0. */
export function statusOf(account: AccountRecord): 0 | 1 | 2 {
  return account.frozen ? 1 : account.recovering ? 2 : 0
}
