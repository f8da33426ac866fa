/**
 * What an API key may be allowed to do. Every route names one of these or none.
 * @module
 */
import { Type } from 'typebox'

/** Every scope, with what it allows. */
export const scopes = {
  deposit: 'deposit items signed by the hosted accounts of the own organisation',
  read: 'read what belongs to the own organisation: its originals, its accounts, its keys',
  account: 'make accounts for the own organisation, and have it stated who stands behind them',
  admin: 'organisations and API keys of everybody; operations of the institution that runs the node',
} as const

/** One permission of an API key. */
export type Scope = keyof typeof scopes

/** Every scope, in a fixed order. */
export const scopeNames = Object.keys(scopes) as Scope[]

/** A scope in a body. */
export const ScopeName = Type.Enum(['deposit', 'read', 'account', 'admin'], {
  description: 'deposit, read, account or admin',
})
