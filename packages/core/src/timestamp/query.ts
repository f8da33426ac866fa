/**
 * Requests for time stamps, `TimeStampReq` (RFC 3161, 2.4.1): read strictly, and refused with the failure that the standard
 * names. docs/spec/timestamps.md.
 * @module
 */
import type { Bytes } from '../bytes.ts'
import { DerError } from '../asn1/error.ts'
import { DerReader } from '../asn1/reader.ts'
import { context, integer, objectIdentifier, sequence, tags, octetString, der } from '../asn1/writer.ts'
import { type ImprintAlgorithm, imprintAlgorithmOf, imprintAlgorithms } from './identifiers.ts'

/** Longest request in bytes: the longest imprint with every field and some room. */
export const queryBytesMax = 4_096

/** Longest nonce in bytes. RFC 3161 suggests 8; longer ones than a serial are of no use. */
export const nonceBytesMax = 32

/** Why no token is issued: `PKIFailureInfo`, with the bit of each (RFC 3161, 2.4.2). */
export const timestampFailures = {
  badAlg: 0,
  badRequest: 2,
  badDataFormat: 5,
  timeNotAvailable: 14,
  unacceptedPolicy: 15,
  unacceptedExtension: 16,
  addInfoNotAvailable: 17,
  systemFailure: 25,
} as const

/** Name of such a reason. */
export type TimestampFailure = keyof typeof timestampFailures

/** What is to be stamped: a digest, under its algorithm. */
export interface Imprint {
  readonly algorithm: ImprintAlgorithm
  readonly digest: Bytes
}

/** A request. */
export interface TimestampQuery {
  readonly imprint: Imprint
  /** Policy that is asked for, dotted; null leaves it to the authority. */
  readonly policy: string | null
  /** The INTEGER as it came, to be given back as it is; null when there was none. */
  readonly nonce: Bytes | null
  /** Whether the certificates are to stand in the token. */
  readonly certificates: boolean
}

/** A request that was read, or why it is refused. */
export type ReadQuery = TimestampQuery | { readonly refused: TimestampFailure }

/** Reads a request. Never throws for what stands in it. */
export function readQuery(bytes: Bytes): ReadQuery {
  try {
    return bytes.length > queryBytesMax ? { refused: 'badDataFormat' } : read(bytes)
  } catch (error) {
    if (error instanceof DerError) return { refused: 'badDataFormat' }
    throw error
  }
}

function read(bytes: Bytes): ReadQuery {
  const outer = new DerReader(bytes)
  const fields = outer.inside(tags.sequence)
  outer.end()
  const version = fields.unsigned()
  const imprint = fields.inside(tags.sequence)
  const algorithmFields = imprint.inside(tags.sequence)
  const identifier = algorithmFields.objectIdentifier()
  // Absent or NULL: both are seen for SHA-2 (RFC 5754, section 2).
  const parameters = algorithmFields.tag === null ? null : algorithmFields.next()
  algorithmFields.end()
  const digest = imprint.next(tags.octetString).contents
  imprint.end()
  const policy = fields.tag === tags.objectIdentifier ? fields.objectIdentifier() : null
  const nonce = fields.optional(tags.integer)?.bytes ?? null
  const certificates = fields.tag === tags.boolean ? fields.boolean() : false
  const extensions = fields.optional(context(0))
  fields.end()
  if (version.length !== 1 || version[0] !== 1) return { refused: 'badRequest' }
  const algorithm = imprintAlgorithmOf(identifier)
  if (algorithm === null || (parameters !== null && parameters.tag !== tags.null)) return { refused: 'badAlg' }
  if (digest.length !== imprintAlgorithms[algorithm].bytes) return { refused: 'badDataFormat' }
  if (nonce !== null && nonce.length > nonceBytesMax) return { refused: 'badRequest' }
  // We know no extension, and one that is not known must be refused, critical or not.
  if (extensions !== null) return { refused: 'unacceptedExtension' }
  return { imprint: { algorithm, digest }, policy, nonce, certificates }
}

/** A request as bytes. */
export function writeQuery({ imprint, policy, nonce, certificates }: TimestampQuery): Bytes {
  return sequence(
    integer(1),
    writeImprint(imprint),
    ...(policy === null ? [] : [objectIdentifier(policy)]),
    ...(nonce === null ? [] : [nonce]),
    ...(certificates ? [der(tags.boolean, Uint8Array.of(0xff))] : []),
  )
}

/** `MessageImprint`. The parameters are NULL, as most programs write and expect them. */
export function writeImprint({ algorithm, digest }: Imprint): Bytes {
  const { identifier } = imprintAlgorithms[algorithm]
  return sequence(sequence(objectIdentifier(identifier), der(tags.null)), octetString(digest))
}
