/**
 * How people name accounts, keys and amounts on the command line.
 * @module
 */
import { fromHex } from '@jurat/core/bytes'
import type { Bytes } from '@jurat/core/bytes'
import { accountId } from '@jurat/core/ledger/account'
import type { WeightedKey } from '@jurat/core/ledger/authMap'
import { keyFolder } from './context.ts'
import type { Context } from './context.ts'
import { CliError, exitCodes } from './exitCodes.ts'

const usage = (code: string, message: string): CliError => new CliError(exitCodes.usage, code, message)

/** An account's id, from its id (64 hexadecimal digits) or its name. The id follows from the name alone. */
export const accountOf = (context: Context, reference: string): Bytes =>
  /^[0-9a-f]{64}$/u.test(reference) ? fromHex(reference) : accountId(context.crypto, reference)

/** The account that the settings name. @throws {CliError} when none is named. */
export function ownAccount(context: Context): Bytes {
  const reference = context.settings.account.value
  if (reference === null) throw usage('account-missing', context.say('cli.accountMissing'))
  return accountOf(context, reference)
}

/** A public key: hexadecimal, or the name (or file) of a key of this user. @throws {CliError} when it is none. */
export function publicKeyOf(context: Context, reference: string): Bytes {
  const key = /^(?:[0-9a-f]{2}){33,1313}$/u.test(reference)
    ? fromHex(reference)
    : fromHex(keyFolder(context).read(reference).publicKey)
  if (!context.crypto.isPublicKey(key))
    throw usage('key-malformed', context.say('cli.keyMalformed', { key: reference }))
  return key
}

/** A key with its weight, `KEY:WEIGHT`; without a weight 100. */
export function weightedKey(context: Context, reference: string): WeightedKey {
  const match = /^(?<key>.+?)(?::(?<weight>[1-9][0-9]{0,2}))?$/u.exec(reference)
  const weight = Number(match?.groups?.['weight'] ?? '100')
  return { publicKey: publicKeyOf(context, match?.groups?.['key'] ?? reference), weight }
}

/** A whole number that is not negative. @throws {CliError} when it is none. */
export function wholeNumber(context: Context, text: string): number {
  const value = Number(text)
  if (!/^[0-9]{1,16}$/u.test(text) || !Number.isSafeInteger(value)) {
    throw usage('number-malformed', context.say('cli.numberMalformed', { text }))
  }
  return value
}
