/**
 * Handlers of organisations, API keys and hosted accounts.
 * @module
 */
import type { organisationRoutes } from '@jurat/api/organisationRoutes'
import type { HostedAccount } from '@jurat/api/organisations'
import type { Credentials } from '../../features/credentials.ts'
import { requireOrganisation } from '../authentication.ts'
import { ok, type Handler } from '../handler.ts'
import { ProblemError } from '../problems.ts'

/** What these handlers stand on. */
export interface OrganisationServices {
  readonly credentials: Credentials
  /** Makes an account on the ledger whose key this node holds. */
  readonly createHosted: (organisation: string) => Promise<HostedAccount>
}

/** The handlers. */
export function organisationHandlers({ credentials, createHosted }: OrganisationServices): {
  [Id in keyof typeof organisationRoutes]: Handler<(typeof organisationRoutes)[Id]>
} {
  return {
    async createOrganisation({ body }) {
      return { status: 201, body: await credentials.createOrganisation(body.name) }
    },
    listOrganisations() {
      return ok({ organisations: credentials.organisations })
    },
    async createApiKey({ params, body }) {
      const { label, scopes, account = null } = body
      const key = await credentials.createKey(params.organisation, { label, scopes, account })
      return { status: 201, body: key, headers: { 'cache-control': 'no-store' } }
    },
    listApiKeys({ principal, params }) {
      requireOrganisation(principal, params.organisation)
      return ok({ keys: credentials.keys(params.organisation) })
    },
    async deleteApiKey({ principal, params }) {
      if (params.key === principal.keyId) {
        throw new ProblemError('conflict', { detail: 'a key cannot revoke itself: use another one' })
      }
      await credentials.deleteKey(params.organisation, params.key)
      return { status: 204, body: '' }
    },
    async createHostedAccount({ principal, params }) {
      requireOrganisation(principal, params.organisation)
      credentials.organisation(params.organisation)
      return { status: 201, body: await createHosted(params.organisation) }
    },
    listHostedAccounts({ principal, params }) {
      requireOrganisation(principal, params.organisation)
      return ok({ accounts: credentials.hostedAccounts(params.organisation) })
    },
  }
}
