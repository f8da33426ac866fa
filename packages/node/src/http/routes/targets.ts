/**
 * Handlers of deposits on further networks.
 * @module
 */
import type { targetRoutes } from '@jurat/api/targetRoutes'
import type { TargetStandings } from '@jurat/api/targets'
import type { Principal } from '../../features/credentials.ts'
import { ok, type Handler } from '../handler.ts'
import { ProblemError } from '../problems.ts'

/** What these handlers stand on; null without a database. */
export interface TargetServices {
  /** Sends a deposit of an organisation, or of anybody for null. @throws CredentialsError `not-found` */
  send(deposit: string, principal: Principal, mayAll: boolean): Promise<TargetStandings['targets']>
  /** Where a deposit stands; only an organisation's own unless null. */
  list(deposit: string, organisation: string | null): Promise<TargetStandings['targets']>
}

/** The handlers. */
export function targetHandlers(services: TargetServices | null): {
  [Id in keyof typeof targetRoutes]: Handler<(typeof targetRoutes)[Id]>
} {
  const targets = (): TargetServices => {
    if (services === null) throw new ProblemError('feature-off', { detail: 'this node runs without a database' })
    return services
  }
  return {
    async sendToTargets({ principal, params }) {
      return { status: 202, body: { targets: await targets().send(params.id, principal, mayAll(principal)) } }
    },
    async listTargets({ principal, params }) {
      const organisation = mayAll(principal) ? null : principal.organisation
      return ok({ targets: await targets().list(params.id, organisation) }, { 'cache-control': 'no-store' })
    },
  }
}

const mayAll = ({ scopes }: Principal): boolean => scopes.has('admin')
