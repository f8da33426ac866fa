/**
 * AuthorityCertificates of the node's certification authority.
 * @module
 */
import { Type } from 'typebox'
import { pageRowsMax } from './limits.ts'
import { Count, ShortId, TimeMs } from './values.ts'

const Profile = Type.Enum(['timeStamping', 'documentSigning', 'member', 'identity'], {
  description: 'what the certificate is for',
})

const Reason = Type.Enum(
  [
    'unspecified',
    'keyCompromise',
    'caCompromise',
    'affiliationChanged',
    'superseded',
    'cessationOfOperation',
    'privilegeWithdrawn',
  ],
  { description: 'why it is revoked (RFC 5280, 5.3.1)' },
)

const Name = Type.String({ minLength: 1, maxLength: 64 })

const Email = Type.String({ pattern: '^[!-?A-~]{1,64}@[a-z0-9]([a-z0-9.-]{0,188}[a-z0-9])?$' })

const Serial = Type.String({ pattern: '^[0-9a-f]{2,40}$', description: 'serial number, lower-case hexadecimal' })

/** Body of POST /v1/authority/certificates. What the request says of name and use is not looked at. */
export const AuthorityCertificateRequest = Type.Object(
  {
    profile: Profile,
    commonName: Name,
    organisation: Type.Optional(
      Type.String({
        pattern: '^[a-z0-9-]{3,64}$',
        description: 'whose it is; without one it is of the network itself',
      }),
    ),
    email: Type.Optional(Email),
    request: Type.Optional(
      Type.String({
        maxLength: 16_384,
        description:
          'PKCS #10 in PEM, of a P-256 key; without one the node makes the key and holds it, for documentSigning of an organisation',
      }),
    ),
  },
  { $id: 'AuthorityCertificateRequest', additionalProperties: false },
)
export type AuthorityCertificateRequest = Type.Static<typeof AuthorityCertificateRequest>

/** A certificate that was issued. */
export const AuthorityCertificate = Type.Object(
  {
    serial: Serial,
    number: Type.Integer({ minimum: 1, description: 'place in the record of what was issued and revoked' }),
    profile: Type.String(),
    commonName: Type.String(),
    organisationName: Type.String(),
    email: Type.Union([Type.String(), Type.Null()]),
    organisation: Type.Union([ShortId, Type.Null()], { description: 'whose it is; null: of the network itself' }),
    held: Type.Boolean({ description: 'whether this node holds its key' }),
    issuedAt: TimeMs,
    notAfter: TimeMs,
    revocation: Type.Union([Type.Object({ reason: Reason, number: Count, revokedAt: TimeMs }), Type.Null()]),
    pem: Type.String(),
  },
  { $id: 'AuthorityCertificate' },
)
export type AuthorityCertificate = Type.Static<typeof AuthorityCertificate>

/** Query of GET /v1/authority/certificates. */
export const AuthorityCertificateQuery = Type.Object(
  {
    after: Type.Optional(
      Type.String({ pattern: '^(0|[1-9][0-9]{0,14})$', description: 'the last number that is known; default 0: none' }),
    ),
    limit: Type.Optional(
      Type.String({
        pattern: '^[1-9][0-9]{0,3}$',
        description: `most certificates of the answer; default 100, at most ${pageRowsMax}`,
      }),
    ),
  },
  { additionalProperties: false },
)

/** AuthorityCertificates in the order of issue. */
export const AuthorityCertificates = Type.Object(
  {
    certificates: Type.Array(AuthorityCertificate, { maxItems: pageRowsMax }),
    next: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()], {
      description: '`after` of the next question; null: there are no more',
    }),
  },
  { $id: 'AuthorityCertificates' },
)
export type AuthorityCertificates = Type.Static<typeof AuthorityCertificates>

/** Parameter of the routes of one certificate. */
export const AuthorityCertificateParams = Type.Object({ serial: Serial }, { additionalProperties: false })

/** Body of POST /v1/authority/certificates/{serial}/revocation. */
export const CertificateRevocationRequest = Type.Object(
  { reason: Reason },
  { $id: 'CertificateRevocationRequest', additionalProperties: false },
)

/** Parameter of GET /ca/{document}. */
export const AuthorityStatementParams = Type.Object(
  { document: Type.Enum(['root.cer', 'issuing.cer', 'root.crl', 'issuing.crl']) },
  { additionalProperties: false },
)

/** Parameter of GET /ocsp/{path*}: an OCSPRequest in base64. */
export const CertificateStatusParams = Type.Object(
  { path: Type.String({ maxLength: 256, description: 'an OCSPRequest in DER, as base64' }) },
  { additionalProperties: false },
)
