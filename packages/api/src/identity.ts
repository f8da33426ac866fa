/**
 * Identities: verifications by providers, and the statements that come of them.
 * @module
 */
import { Type } from 'typebox'
import { identityFieldsMax, identityValueCharactersMax } from './limits.ts'
import { AccountReference, Base64, Hash, TimeMs } from './values.ts'

const Provider = Type.String({
  pattern: '^[a-z0-9-]{1,64}$',
  description: 'declaration, x509, email, oidc, sandbox-person, sandbox-enterprise, as far as the node has them',
})

const Level = Type.Enum(['declared', 'contact', 'certificate', 'provider', 'sandbox'], {
  description: 'declared, contact, certificate, provider; sandbox: worth nothing',
})

const Texts = (description: string): Type.TRecord<'^.*$', Type.TString> =>
  Type.Record(Type.String(), Type.String({ maxLength: identityValueCharactersMax }), {
    maxProperties: identityFieldsMax,
    description,
  })

const VerificationId = Type.String({ pattern: '^[a-z2-7]{16}$' })
const StatementId = Type.String({ pattern: '^[0-9a-f]{32}$', description: '16 bytes, lower-case hexadecimal' })

/** Parameters of a path below one verification. */
export const VerificationParams = Type.Object({ verification: VerificationId })

/** Parameters of a path below one statement. */
export const StatementParams = Type.Object({ statement: StatementId })

/** Providers of this node. */
export const IdentityProviders = Type.Object(
  { providers: Type.Array(Type.Object({ name: Provider, level: Level })) },
  { $id: 'IdentityProviders' },
)
export type IdentityProviders = Type.Static<typeof IdentityProviders>

/** Body of POST /v1/identity/verifications. */
export const IdentityStart = Type.Object(
  {
    provider: Provider,
    accounts: Type.Optional(
      Type.Array(AccountReference, {
        minItems: 1,
        maxItems: 64,
        description: 'hosted accounts of the own organisation; default: all of them',
      }),
    ),
    input: Type.Optional(Texts('what the provider asks for, by name')),
  },
  { $id: 'IdentityStart', additionalProperties: false },
)
export type IdentityStart = Type.Static<typeof IdentityStart>

/** Body of POST /v1/identity/verifications/{verification}/answer. */
export const IdentityAnswer = Type.Object(
  { answer: Texts('code, signature with certificates, or what the login sent back') },
  { $id: 'IdentityAnswer', additionalProperties: false },
)
export type IdentityAnswer = Type.Static<typeof IdentityAnswer>

/** A verification. */
export const IdentityVerification = Type.Object(
  {
    id: VerificationId,
    provider: Provider,
    state: Type.Enum(['open', 'stated', 'refused', 'ended']),
    createdAt: TimeMs,
    expiresAt: TimeMs,
    statement: Type.Union([StatementId, Type.Null()]),
    shown: Type.Optional(
      Type.Record(Type.String(), Type.String(), { description: 'what the provider shows when it begins' }),
    ),
  },
  { $id: 'IdentityVerification' },
)
export type IdentityVerification = Type.Static<typeof IdentityVerification>

/** A statement. */
export const IdentityStatement = Type.Object(
  {
    id: StatementId,
    provider: Provider,
    level: Level,
    accounts: Type.Array(Hash),
    issuedAt: TimeMs,
    expiresAt: TimeMs,
    state: Type.Enum(['holds', 'expired', 'revoked', 'superseded']),
    endedAt: Type.Union([TimeMs, Type.Null()]),
    fields: Type.Union([Type.Array(Type.String()), Type.Null()], { description: 'their names; null once erased' }),
    digest: Type.String({ description: 'SHA-256 of what is signed: what may be deposited' }),
    closed: Type.Optional(Base64),
  },
  { $id: 'IdentityStatement' },
)
export type IdentityStatement = Type.Static<typeof IdentityStatement>

/** Verifications and statements of an organisation, the newest first. */
export const Identities = Type.Object(
  { verifications: Type.Array(IdentityVerification), statements: Type.Array(IdentityStatement) },
  { $id: 'Identities' },
)
export type Identities = Type.Static<typeof Identities>

/** Body of POST /v1/identity/statements/{statement}/disclosures. */
export const DisclosureRequest = Type.Object(
  { fields: Type.Array(Type.String({ minLength: 1, maxLength: 128 }), { maxItems: 64 }) },
  { $id: 'DisclosureRequest', additionalProperties: false },
)
export type DisclosureRequest = Type.Static<typeof DisclosureRequest>

/** Media type of a statement's bytes. */
export const statementMediaType = 'application/vnd.jurat.identity+cbor'
