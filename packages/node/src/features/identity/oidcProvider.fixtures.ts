/**
 * A real OpenID Connect provider, as a process of its own: `node oidcProvider.fixtures.ts PORT`. Everybody who asks is logged in as
 * one person, whose claims are below; `/login` of its pages needs no password.
 * @module
 */
import { createServer } from 'node:http'

interface Interactions {
  interactionDetails(request: unknown, response: unknown): Promise<{ prompt: { name: string }; params: object }>
  interactionFinished(request: unknown, response: unknown, result: object): Promise<void>
  callback(): (request: unknown, response: unknown) => void
  readonly Grant: new (of: object) => { addOIDCScope(scope: string): void; save(): Promise<string> }
}

const port = Number(process.argv[2])
const name: string = 'oidc-provider'
const { default: Provider } = (await import(name)) as {
  readonly default: new (issuer: string, configuration: object) => Interactions
}
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: 'jurat',
      client_secret: 'client secret of the test',
      redirect_uris: ['http://127.0.0.1:39999/callback'],
      application_type: 'native',
      token_endpoint_auth_method: 'client_secret_post',
    },
  ],
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  conformIdTokenClaims: false,
  pkce: { required: () => true },
  features: { devInteractions: { enabled: false } },
  cookies: { keys: ['cookies of the test'] },
  findAccount: (_context: unknown, id: string) => ({
    accountId: id,
    claims: () => ({ sub: id, name: 'Zhang Oidc', email: 'oidc@people.example', email_verified: true }),
  }),
})

/** Finishes what the provider asks a person: the login, then the consent. */
async function interact(request: unknown, response: unknown): Promise<void> {
  const { prompt, params } = await provider.interactionDetails(request, response)
  if (prompt.name === 'login') {
    await provider.interactionFinished(request, response, { login: { accountId: 'person-1' } })
    return
  }
  const grant = new provider.Grant({ accountId: 'person-1', clientId: (params as { client_id: string }).client_id })
  grant.addOIDCScope('openid profile email')
  await provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } })
}

const answer = provider.callback()
createServer((request, response) => {
  if (request.url?.startsWith('/interaction/') === true) void interact(request, response)
  else answer(request, response)
}).listen(port, '127.0.0.1', () => process.stdout.write('ready\n'))
