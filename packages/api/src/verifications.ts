/**
 * Verifications for programs: a receipt in, a verdict out. What a verdict says: docs/spec/verification.md.
 * @module
 */
import { Type } from 'typebox'
import { Hash, TimeMs } from './values.ts'

/** A file as it is, or, of JSON, its content. Only a text shows a field that stands twice. */
const JsonFile = (description: string): Type.TUnion<[Type.TString, Type.TObject]> =>
  Type.Union([Type.String({ minLength: 1 }), Type.Object({}, { additionalProperties: true })], { description })

/** What is to be verified. The original itself stays with whoever asks. */
export const VerificationRequest = Type.Object(
  {
    receipt: JsonFile('the receipt, as text or as JSON'),
    original: Type.Optional(
      Type.Object(
        {
          algorithm: Type.Union([Type.Literal('sha-256'), Type.Literal('sm3'), Type.Literal('sha-512')]),
          digest: Type.String({ pattern: '^([0-9a-f]{64}){1,2}$', description: 'lower-case hexadecimal' }),
        },
        { additionalProperties: false, description: 'digest of the original, not blinded' },
      ),
    ),
    trust: Type.Optional(JsonFile("the trust file, as text or as JSON; without it, this node's own judges")),
    fingerprint: Type.Optional(Hash),
  },
  { $id: 'VerificationRequest', additionalProperties: false },
)
export type VerificationRequest = Type.Static<typeof VerificationRequest>

const Signatory = Type.Object({ name: Type.String(), timeMs: Type.Union([TimeMs, Type.Null()]) })

const StatedIdentity = Type.Object({
  level: Type.String({ description: 'declared, contact, certificate, provider; sandbox: worth nothing' }),
  provider: Type.String({ description: 'who looked' }),
  issuedAtMs: TimeMs,
  expiresAtMs: TimeMs,
  fields: Type.Array(Type.Object({ name: Type.String(), value: Type.String() }), {
    description: 'what the holder shows',
  }),
})

const Step = Type.Object({
  name: Type.String(),
  state: Type.Union([Type.Literal('passed'), Type.Literal('failed'), Type.Literal('absent')]),
  required: Type.Boolean(),
  code: Type.String({ description: 'why; stable' }),
  values: Type.Object({}, { additionalProperties: Type.Union([Type.String(), Type.Number()]) }),
  detail: Type.String({ description: 'code and values as an English sentence' }),
})

/** The verdict, as `jurat verify --json` gives it, and whose trust file judged. */
export const Verification = Type.Object(
  {
    summary: Type.Union([Type.Literal('verified'), Type.Literal('failed'), Type.Literal('incomplete')]),
    steps: Type.Array(Step),
    unchangedSince: Type.Union([Type.Object({ timeMs: TimeMs, source: Type.String() }), Type.Null()]),
    recordedAtMs: Type.Union([TimeMs, Type.Null()]),
    trustFingerprint: Type.Union([Hash, Type.Null()]),
    signatories: Type.Array(Signatory),
    outsideWitnesses: Type.Array(Signatory),
    identities: Type.Array(StatedIdentity),
    trustFrom: Type.Union([Type.Literal('request'), Type.Literal('node')], {
      description: '`node`: this node vouches for itself; give the trust file that you pinned, or its fingerprint',
    }),
  },
  { $id: 'Verification', additionalProperties: true },
)
export type Verification = Type.Static<typeof Verification>
