/**
 * The operations by number, and what of the header each of them uses. docs/spec/operations.md.
 * @module
 */

/** Every operation of this format version. 50 to 55 and 70 to 79 are reserved. */
export const types = {
  createAccount: 10,
  updateAuthMap: 11,
  setRecoverKey: 12,
  setEncryptionKey: 13,
  preReset: 14,
  reset: 15,
  dispute: 16,
  freeze: 17,
  thaw: 18,
  adjudicate: 19,
  transfer: 20,
  attest: 21,
  setRegistrar: 22,
  propose: 30,
  approve: 31,
  withdraw: 32,
  deposit: 40,
  raw: 41,
  consortium: 60,
} as const

/** The number of an operation. */
export type OperationType = (typeof types)[keyof typeof types]

const known: ReadonlySet<number> = new Set(Object.values(types))

/** Whether a number is an operation of this version. */
export function isOperationType(type: number): type is OperationType {
  return known.has(type)
}

/** Operations that act on the account in the header's `to`: without it they fail with 107. For all others it is null. */
export const withDestination: ReadonlySet<number> = new Set([
  types.freeze,
  types.thaw,
  types.adjudicate,
  types.transfer,
  types.attest,
  types.setRegistrar,
])

/** Operations that carry exactly one signature; the rule of weight 100 does not apply to them. */
export const withOneSignature: ReadonlySet<number> = new Set([
  types.preReset,
  types.reset,
  types.propose,
  types.approve,
  types.withdraw,
])

/** Operations that a proposal of any account may hold. */
export const proposable: ReadonlySet<number> = new Set([
  types.updateAuthMap,
  types.setRecoverKey,
  types.setEncryptionKey,
  types.freeze,
  types.transfer,
])

/** Operations that a proposal of `admin` alone may hold. */
export const adminProposable: ReadonlySet<number> = new Set([
  types.thaw,
  types.adjudicate,
  types.setRegistrar,
  types.consortium,
])

/** Whether a number is reserved for contracts, which proposals will be able to hold. */
export const isContractType = (type: number): boolean => type >= 50 && type <= 55

/** Whether `to` and `value` are set only where the operation uses them. A transfer moves something. */
export function usesFields(type: number, header: { readonly to: unknown; readonly value: number }): boolean {
  if (header.to !== null && !withDestination.has(type)) return false
  if (type === types.transfer) return header.value > 0
  return header.value === 0 || type === types.createAccount
}
