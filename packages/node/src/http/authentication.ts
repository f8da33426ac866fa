/**
 * Who sends a request, and whether the key may do what the route asks for.
 * @module
 */
import type { Scope } from '@jurat/api/scopes'
import type { Principal } from '../features/credentials.ts'
import { ProblemError } from './problems.ts'

/** Finds the holder of a token. */
export interface Authenticator {
  authenticate(token: string): Principal | null
}

/**
 * The sender of a request to a route of this scope.
 * @throws ProblemError `unauthenticated` without a valid key, `forbidden` when the key lacks the scope.
 */
export function authorize(request: WithHeaders, scope: Scope | null, keys: Authenticator): Principal | null {
  const principal = senderOf(request, keys)
  if (scope === null) return principal
  if (principal === null) throw new ProblemError('unauthenticated')
  if (!principal.scopes.has(scope)) throw new ProblemError('forbidden')
  return principal
}

interface WithHeaders {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** The holder of the key in `Authorization: Bearer …`, or null. */
export function senderOf(request: WithHeaders, keys: Authenticator): Principal | null {
  const header = request.headers['authorization']
  if (typeof header !== 'string' || !header.startsWith('Bearer ')) return null
  return keys.authenticate(header.slice(7).trim())
}

/** @throws ProblemError `not-found` unless it is the principal's own organisation or it is an administrator. */
export function requireOrganisation(principal: Principal, organisation: string): void {
  // "Not found" and not "forbidden": who may not look does not learn what exists.
  if (principal.organisation !== organisation && !principal.scopes.has('admin')) throw new ProblemError('not-found')
}
