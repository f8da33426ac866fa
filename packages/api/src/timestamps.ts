/**
 * Requests for time stamps in the JSON form of sigstore's time-stamp authority.
 * @module
 */
import { Type } from 'typebox'
import { Base64 } from './values.ts'

/** The JSON form of a request (github.com/sigstore/timestamp-authority, `POST /api/v1/timestamp`). */
export const SigstoreTimestampRequest = Type.Object(
  {
    artifactHash: Base64,
    hashAlgorithm: Type.Enum(['sha256', 'sha384', 'sha512']),
    certificates: Type.Optional(Type.Boolean({ description: 'whether the certificates stand in the token' })),
    nonce: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
    tsaPolicyOID: Type.Optional(
      Type.String({ pattern: '^[0-2]([.](0|[1-9][0-9]{0,38})){1,20}$', description: 'policy, dotted' }),
    ),
  },
  { $id: 'SigstoreTimestampRequest', additionalProperties: false },
)
export type SigstoreTimestampRequest = Type.Static<typeof SigstoreTimestampRequest>
