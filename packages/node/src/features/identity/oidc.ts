/**
 * OpenID Connect (Core 1.0) with PKCE (RFC 7636): the person logs in at one issuer, which the configuration names, and the
 * program that began brings what the issuer sent back. The node calls no address that a request named, and sends nobody
 * anywhere but to that issuer. docs/operating/identity.md.
 * @module
 */
import type { IdentityLevel } from '@jurat/core/identity/levels'
import { JuratError } from '@jurat/core/errors'
import * as client from 'openid-client'
import { IdentityRefusal, type IdentityProvider, onlyFields, required } from './provider.ts'

/** Longest wait for the issuer, in seconds, and longest answer of it, in bytes. */
export const issuerTimeoutSeconds = 10
export const issuerAnswerBytesMax = 1_048_576

/** How long somebody has for the login, milliseconds, and how long the issuer's description is believed. */
const lifeMs = 15 * 60_000
const descriptionLifeMs = 3_600_000

/** Longest value of a claim that is taken, in characters. */
const claimCharactersMax = 512

/** An issuer that cannot be. */
export class OidcError extends JuratError<'config-invalid'> {}

/** What this provider stands on. */
export interface OidcOptions {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string | null
  /** Addresses beside those of this machine to which people may be sent back. */
  readonly redirects: readonly string[]
  readonly level: IdentityLevel
  readonly now: () => number
}

/** The provider. @throws {OidcError} */
export function oidcProvider(options: OidcOptions): IdentityProvider {
  const { level, redirects } = options
  const configuration = describedIssuer(options)
  return {
    name: 'oidc',
    level,
    lifeMs,
    attemptsMax: 3,
    async begin(_subject, input) {
      onlyFields(input, ['redirectUri'])
      const redirectUri = required(input, 'redirectUri')
      if (!isOwnMachine(redirectUri) && !redirects.includes(redirectUri)) throw new IdentityRefusal('redirect-unknown')
      const [verifier, state, nonce] = [client.randomPKCECodeVerifier(), client.randomState(), client.randomNonce()]
      const address = client.buildAuthorizationUrl(await configuration(), {
        redirect_uri: redirectUri,
        scope: 'openid profile email',
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
      })
      return { shown: { address: address.href }, kept: { redirectUri, verifier, state, nonce } }
    },
    async judge(_subject, { redirectUri = '', verifier = '', state = '', nonce = '' }, answer) {
      onlyFields(answer, ['query'])
      const back = new URL(redirectUri)
      back.search = required(answer, 'query')
      const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true }
      const known = await configuration()
      let claims: client.IDToken | undefined
      try {
        claims = (await client.authorizationCodeGrant(known, back, checks)).claims()
      } catch (cause) {
        throw new IdentityRefusal('login-refused', { reason: reasonOf(cause) }, { cause })
      }
      if (claims === undefined) throw new IdentityRefusal('login-refused', { reason: 'no id token' })
      return { fields: fieldsOf(claims), untilMs: null }
    },
  }
}

/** The issuer's description, asked for when it is needed, and again after a while. */
function describedIssuer(options: OidcOptions): () => Promise<client.Configuration> {
  const { issuer, clientId, clientSecret, now } = options
  const server = URL.canParse(issuer) ? new URL(issuer) : null
  const isHere = server !== null && ['127.0.0.1', 'localhost', '[::1]'].includes(server.hostname)
  if (server === null || (server.protocol !== 'https:' && !(server.protocol === 'http:' && isHere))) {
    throw new OidcError('config-invalid', '--oidc-issuer is not an https address')
  }
  let known: { readonly configuration: client.Configuration; readonly untilMs: number } | null = null
  return async () => {
    if (known !== null && known.untilMs > now()) return known.configuration
    try {
      const configuration = await client.discovery(
        server,
        clientId,
        clientSecret ?? undefined,
        authentication(clientSecret),
        {
          timeout: issuerTimeoutSeconds,
          [client.customFetch]: boundedFetch,
          ...(server.protocol === 'http:' && { execute: [client.allowInsecureRequests] }),
        },
      )
      known = { configuration, untilMs: now() + descriptionLifeMs }
      return configuration
    } catch (cause) {
      throw new IdentityRefusal('login-unreachable', {}, { cause })
    }
  }
}

const authentication = (secret: string | null): client.ClientAuth =>
  secret === null ? client.None() : client.ClientSecretPost(secret)

/** What the issuer answers, up to a bound; redirects are not followed. */
const boundedFetch: client.CustomFetch = async (url, options) => {
  const response = await fetch(url, { ...options, redirect: 'manual' } as RequestInit)
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > issuerAnswerBytesMax) throw new Error(`the issuer answered more than ${issuerAnswerBytesMax} bytes`)
    chunks.push(chunk)
  }
  const isEmpty = [204, 205, 304].includes(response.status)
  const { status, headers } = response
  return new Response(isEmpty ? null : Buffer.concat(chunks), { status, headers })
}

/** A program on the person's own machine (RFC 8252, 7.3): nobody else's page gets what the issuer sends back. */
function isOwnMachine(redirectUri: string): boolean {
  return /^http:\/\/(?:127\.0\.0\.1|\[::1\]):[1-9][0-9]{0,4}\/callback$/.test(redirectUri)
}

/** Why the library or the issuer refused, by its code alone: sentences of others may say anything. */
function reasonOf(cause: unknown): string {
  const { error, code } = cause as { readonly error?: unknown; readonly code?: unknown }
  const reason = typeof error === 'string' ? error : typeof code === 'string' ? code : 'unknown'
  return /^[\w.-]{1,64}$/.test(reason) ? reason : 'unknown'
}

function fieldsOf(claims: client.IDToken): Record<string, string> {
  const fields: Record<string, string> = { oidcIssuer: claims.iss, oidcSubject: claims.sub }
  const take = (name: string): void => {
    const value = claims[name]
    const isText = typeof value === 'string' && value !== '' && value.length <= claimCharactersMax
    if (isText && !/[\p{Cc}\p{Cs}]/u.test(value)) fields[name] = value
  }
  take('name')
  take('acr')
  if (claims['email_verified'] === true) take('email')
  return fields
}
