/**
 * Organisations, their API keys and their hosted accounts.
 * @module
 */
import { Type } from 'typebox'
import { ScopeName } from './scopes.ts'
import { Hash, ShortId, TimeMs } from './values.ts'

const Label = Type.String({ minLength: 1, maxLength: 200 })

/** Body of POST /v1/organisations. */
export const OrganisationRequest = Type.Object(
  { name: Label },
  { $id: 'OrganisationRequest', additionalProperties: false },
)
export type OrganisationRequest = Type.Static<typeof OrganisationRequest>

/** A member institution, depositor, court or agency. */
export const Organisation = Type.Object({ id: ShortId, name: Label, createdAt: TimeMs }, { $id: 'Organisation' })
export type Organisation = Type.Static<typeof Organisation>
export const Organisations = Type.Object({ organisations: Type.Array(Organisation) }, { $id: 'Organisations' })

/** Body of POST /v1/organisations/{organisation}/keys. */
export const ApiKeyRequest = Type.Object(
  {
    label: Label,
    scopes: Type.Array(ScopeName, { minItems: 1, maxItems: 4, uniqueItems: true }),
    account: Type.Optional(
      Type.String({ maxLength: 256, description: 'the hosted account that deposits of this key are signed by' }),
    ),
  },
  { $id: 'ApiKeyRequest', additionalProperties: false },
)
export type ApiKeyRequest = Type.Static<typeof ApiKeyRequest>

/** An API key without its secret. */
export const ApiKey = Type.Object(
  {
    id: ShortId,
    organisation: ShortId,
    label: Label,
    scopes: Type.Array(ScopeName),
    account: Type.Union([Hash, Type.Null()]),
    createdAt: TimeMs,
  },
  { $id: 'ApiKey' },
)
export type ApiKey = Type.Static<typeof ApiKey>
export const ApiKeys = Type.Object({ keys: Type.Array(ApiKey) }, { $id: 'ApiKeys' })

/** A new API key. The secret is shown this once; the node keeps only its hash. */
export const NewApiKey = Type.Object({ ...ApiKey.properties, key: Type.String() }, { $id: 'NewApiKey' })
export type NewApiKey = Type.Static<typeof NewApiKey>

/** An account whose key the node holds, encrypted. */
export const HostedAccount = Type.Object(
  { id: Hash, name: Type.String(), organisation: ShortId, createdAt: TimeMs },
  { $id: 'HostedAccount' },
)
export type HostedAccount = Type.Static<typeof HostedAccount>
export const HostedAccounts = Type.Object({ accounts: Type.Array(HostedAccount) }, { $id: 'HostedAccounts' })

/** Parameters of the routes of one organisation, and of one of its keys. */
export const OrganisationParams = Type.Object({ organisation: ShortId }, { additionalProperties: false })
export const ApiKeyParams = Type.Object({ organisation: ShortId, key: ShortId }, { additionalProperties: false })

/** Parameters of the routes of an original: its SHA-256. */
export const OriginalParams = Type.Object({ sha256: Hash }, { additionalProperties: false })

/** An original that was stored. */
export const StoredOriginal = Type.Object(
  { sha256: Hash, bytes: Type.Integer({ minimum: 0 }) },
  { $id: 'StoredOriginal' },
)
