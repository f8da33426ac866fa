/**
 * Result codes of the ledger: data, never thrown, never renumbered. Meanings and precedence: docs/spec/result-codes.md;
 * the numbers up to 120 are AntChain's.
 * @module
 */

/** Every result code of this format version. */
export const codes = {
  success: 0,
  wrongNetwork: 100,
  malformed: 102,
  signatureInvalid: 103,
  balanceInsufficient: 104,
  timestampInvalid: 105,
  contradictsState: 106,
  destinationNull: 107,
  cannotCreate: 108,
  notAllowed: 110,
  typeUnknown: 111,
  tooEarly: 112,
  replay: 113,
  tooBig: 114,
  gasTooBig: 115,
  sourceMissing: 116,
  sourceFrozen: 118,
  sourceRecovering: 119,
  objectMissing: 120,
} as const

/** The name of a result code. */
export type CodeName = keyof typeof codes

/** A result code. */
export type ResultCode = (typeof codes)[CodeName]

/** Codes that keep a transaction out of every block: it consumes nothing. All others except 0 are failures inside a block. */
export const refusals: ReadonlySet<ResultCode> = new Set<ResultCode>([
  codes.tooBig,
  codes.malformed,
  codes.wrongNetwork,
  codes.typeUnknown,
  codes.gasTooBig,
  codes.timestampInvalid,
  codes.replay,
  codes.sourceMissing,
  codes.signatureInvalid,
])
