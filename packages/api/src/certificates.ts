/**
 * Certificates of deposit, and the letters that correct them.
 * @module
 */
import { Type } from 'typebox'
import { pageRowsMax } from './limits.ts'
import { Count, DepositId, Hash, TimeMs } from './values.ts'

const Language = Type.Enum(['en', 'zh-CN', 'zh-TW'])
const Sentence = Type.String({ minLength: 1, maxLength: 512 })
const CertificateNumber = Type.String({ pattern: '^[A-Z0-9]{1,8}-[0-9]{4}-[0-9]{6,9}$' })
const RequestId = Type.String({ pattern: '^[1-9][0-9]{0,14}$', description: 'id of a request' })

/** Path of one certificate. */
export const CertificateParams = Type.Object({ number: CertificateNumber })

/** Path of one request. */
export const CertificateRequestParams = Type.Object({ request: RequestId })

/** Body of POST /v1/certificates. */
export const CertificateRequest = Type.Object(
  {
    deposits: Type.Array(
      Type.Object(
        {
          id: DepositId,
          receipt: Type.Optional(
            Type.Record(Type.String(), Type.Unknown(), {
              description: 'a receipt that opens what shall stand on the certificate: names, phase, identity',
            }),
          ),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: 64 },
    ),
    language: Type.Optional(Language),
  },
  { $id: 'CertificateRequest', additionalProperties: false },
)

/** Body of POST /v1/certificates/{number}/corrections. */
export const CorrectionRequest = Type.Object(
  {
    reason: Sentence,
    changes: Type.Array(Type.Object({ what: Sentence, was: Sentence, is: Sentence }, { additionalProperties: false }), {
      minItems: 1,
      maxItems: 32,
    }),
  },
  { $id: 'CorrectionRequest', additionalProperties: false },
)

/** A certificate or letter, as its owner sees it. */
export const CertificateStanding = Type.Object(
  {
    request: RequestId,
    kind: Type.Enum(['certificate', 'correction']),
    state: Type.Enum(['waiting', 'numbered', 'issued', 'refused'], {
      description: 'waiting: for a receipt, a time, another network; refused: it got no number',
    }),
    reason: Type.Union([Type.String(), Type.Null()], { description: 'what it waits for, or why it was refused' }),
    number: Type.Union([Type.String(), Type.Null()]),
    refers: Type.Union([Type.String(), Type.Null()], {
      description: 'number of the certificate in whose place it was issued, or that it corrects',
    }),
    sha256: Type.Union([Hash, Type.Null()], { description: 'of the file' }),
    deposit: Type.Union([Type.String(), Type.Null()], { description: 'deposit of the digest of the file' }),
    requestedMs: TimeMs,
    issuedMs: Type.Union([TimeMs, Type.Null()]),
  },
  { $id: 'CertificateStanding' },
)
export type CertificateStanding = Type.Static<typeof CertificateStanding>

/** Query of GET /v1/certificates. */
export const CertificateQuery = Type.Object(
  {
    after: Type.Optional(RequestId),
    limit: Type.Optional(
      Type.String({ pattern: '^[1-9][0-9]{0,3}$', description: `default 100, at most ${pageRowsMax}` }),
    ),
  },
  { additionalProperties: false },
)

/** Answer of GET /v1/certificates. */
export const CertificateStandings = Type.Object(
  { certificates: Type.Array(CertificateStanding, { maxItems: pageRowsMax, description: 'oldest first' }) },
  { $id: 'CertificateStandings' },
)

/** What anybody may know of an issued certificate: no names, and what stands in the log anyway. */
export const PublicCertificate = Type.Object(
  {
    number: CertificateNumber,
    kind: Type.Enum(['certificate', 'correction']),
    issuer: Type.String(),
    networkId: Hash,
    issuedMs: TimeMs,
    sha256: Type.String({ description: 'of the file, hexadecimal' }),
    deposits: Type.Array(
      Type.Object({ id: DepositId, algorithm: Type.String(), digest: Type.String(), index: Count, timeMs: TimeMs }),
    ),
    refers: Type.Union([Type.String(), Type.Null()], { description: 'the certificate that it replaces or corrects' }),
    replacedBy: Type.Array(Type.String(), { description: 'numbers of certificates that were issued in its place' }),
    correctedBy: Type.Array(Type.String(), { description: 'numbers of the letters that correct it' }),
  },
  { $id: 'PublicCertificate' },
)
export type PublicCertificate = Type.Static<typeof PublicCertificate>
