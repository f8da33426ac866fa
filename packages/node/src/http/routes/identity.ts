/**
 * Handlers of identities. A refusal tells its reason in the reader's language.
 * @module
 */
import { statementMediaType } from '@jurat/api/identity'
import type { identityRoutes } from '@jurat/api/identityRoutes'
import { toBase64 } from '@jurat/core/bytes'
import type { Language } from '@jurat/verify/messages/language'
import { message } from '@jurat/verify/messages/message'
import type { IncomingMessage } from 'node:http'
import type { Identities } from '../../features/identity.ts'
import { IdentityRefusal } from '../../features/identity/provider.ts'
import { ok, type Handler, type Reply } from '../handler.ts'
import { chooseLanguage } from '../language.ts'
import { ProblemError } from '../problems.ts'

/** What these handlers stand on; null without a database. */
export type IdentityServices = Pick<
  Identities,
  'providers' | 'start' | 'answer' | 'list' | 'statement' | 'disclose' | 'revoke' | 'erase'
>

/** The handlers. */
export function identityHandlers(services: IdentityServices | null): {
  [Id in keyof typeof identityRoutes]: Handler<(typeof identityRoutes)[Id]>
} {
  const identities = (): IdentityServices => {
    if (services === null) throw new ProblemError('feature-off', { detail: 'this node runs without a database' })
    return services
  }
  const notKept = { 'cache-control': 'no-store' }
  const made = (body: object): Reply => ({ status: 201, body, headers: notKept })
  return {
    listIdentityProviders: () => ok({ providers: services?.providers ?? [] }),
    async startIdentityVerification({ principal, body, request }) {
      const language = languageOf(request)
      const { provider, accounts = null, input = {} } = body
      const asked = { provider, accounts, input, language }
      return made(await refusing(language, () => identities().start(principal.organisation, asked)))
    },
    async answerIdentityVerification({ principal, params, body, request }) {
      const { organisation } = principal
      const language = languageOf(request)
      const answer = (): Promise<object> =>
        identities().answer(organisation, params.verification, body.answer, language)
      return made(await refusing(language, answer))
    },
    async listIdentities({ principal }) {
      return ok(await identities().list(principal.organisation), notKept)
    },
    async getIdentityStatement({ principal, params }) {
      const { statement, closed } = await identities().statement(principal.organisation, params.statement)
      return ok({ ...statement, closed: toBase64(closed) }, notKept)
    },
    async discloseIdentityStatement({ principal, params, body }) {
      const bytes = await identities().disclose(principal.organisation, params.statement, body.fields)
      return { status: 200, body: bytes, mediaType: statementMediaType, headers: notKept }
    },
    async revokeIdentityStatement({ principal, params }) {
      return ok(await identities().revoke(principal.organisation, params.statement), notKept)
    },
    async eraseIdentityFields({ principal, params }) {
      await identities().erase(principal.organisation, params.statement)
      return { status: 204, body: '' }
    },
  }
}

const languageOf = (request: IncomingMessage): Language => chooseLanguage(request.headers['accept-language'] ?? '')

/** @throws ProblemError `identity-refused` with the reason as a sentence and as a code */
async function refusing<T>(language: Language, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof IdentityRefusal)) throw error
    const detail = message(language, `identity.reason.${error.code}`, error.values)
    const errors = [{ path: '', message: error.code }]
    throw new ProblemError('identity-refused', { detail, errors }, { cause: error })
  }
}
