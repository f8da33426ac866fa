/**
 * What the result codes of the ledger mean, in English. Their rules: docs/spec/result-codes.md.
 * @module
 */

/** Messages of result codes by key. */
export const codesEn = {
  'code.0': 'done',
  'code.100': 'the transaction is of another network, or its payload is not the one that was signed',
  'code.102': 'the transaction is malformed',
  'code.103': 'a signature is not valid, or the keys that signed are not enough',
  'code.104': 'the balance is not enough',
  'code.105': 'the transaction is too old, or its time lies in the future',
  'code.106': 'this contradicts the present state',
  'code.107': 'the destination is missing',
  'code.108': 'it exists already, or the quota is used up',
  'code.110': 'this party may not do that, or not now',
  'code.111': 'the type of the transaction is unknown',
  'code.112': 'it is too early for that',
  'code.113': 'this transaction was made before',
  'code.114': 'the transaction is too big',
  'code.115': 'the transaction costs more than a block may hold',
  'code.116': 'the account that acts does not exist',
  'code.118': 'the account is frozen',
  'code.119': 'the account is being recovered',
  'code.120': 'what the transaction is about does not exist',
} as const

/** Every language has exactly these keys. */
export type CodeMessages = Readonly<Record<keyof typeof codesEn, string>>
