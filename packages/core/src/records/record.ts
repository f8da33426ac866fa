/**
 * Evidence records as bytes (RFC 4998, `EvidenceRecord`), read strictly and within bounds: DER, version 1, no encryption, no
 * attributes. docs/spec/evidence-record.md.
 * @module
 */
import { DerError } from '../asn1/error.ts'
import { DerReader } from '../asn1/reader.ts'
import { context, der, integer, objectIdentifier, octetString, sequence, tags } from '../asn1/writer.ts'
import type { Bytes } from '../bytes.ts'
import { imprintAlgorithmOf, imprintAlgorithms } from '../timestamp/identifiers.ts'
import type { RecordAlgorithm } from './digests.ts'
import { RecordError } from './error.ts'
import type { ReducedHashtree } from './hashTree.ts'

/** Longest record that is read, in bytes: a century of renewals, with certificates, of one document. */
export const recordBytesMax: number = 1_048_576
/** Most chains of a record: one for each algorithm that it outlived. */
export const recordChainsMax = 16
/** Most time stamps of a chain. */
export const recordStampsMax = 256
/** Most lists of a reduced hash tree: more than any tree is high. */
export const recordListsMax = 64
/** Most digests of a list: the documents of a group. */
export const recordDigestsMax = 4_097

/** One archive time stamp. */
export interface ArchiveTimestamp {
  /** Of its hash tree; null leaves it to the token. */
  readonly algorithm: RecordAlgorithm | null
  readonly hashtree: ReducedHashtree | null
  /** The time-stamp token (RFC 3161) over the root, DER. */
  readonly token: Bytes
}

/** Time stamps under one algorithm, each over the token of the one before it. */
export type ArchiveTimestampChain = readonly ArchiveTimestamp[]

/** A record: chains, each over the data and all chains before it. */
export interface EvidenceRecord {
  readonly chains: readonly ArchiveTimestampChain[]
}

/** Its bytes. The algorithms of the chains are named in front, each once. */
export function writeRecord({ chains }: EvidenceRecord): Bytes {
  const named = new Set(chains.flat().flatMap(({ algorithm }) => (algorithm === null ? [] : [algorithm])))
  return sequence(integer(1), sequence(...[...named].map(algorithmIdentifier)), writeSequence(chains))
}

/** `ArchiveTimeStampSequence`: what a new chain is made over. */
export const writeSequence = (chains: readonly ArchiveTimestampChain[]): Bytes =>
  sequence(...chains.map((chain) => sequence(...chain.map(writeTimestamp))))

function writeTimestamp({ algorithm, hashtree, token }: ArchiveTimestamp): Bytes {
  return sequence(
    ...(algorithm === null ? [] : [der(context(0), identifierOf(algorithm))]),
    ...(hashtree === null ? [] : [der(context(2), ...hashtree.map((list) => sequence(...list.map(octetString))))]),
    token,
  )
}

const identifierOf = (algorithm: RecordAlgorithm): Bytes => objectIdentifier(imprintAlgorithms[algorithm].identifier)
const algorithmIdentifier = (algorithm: RecordAlgorithm): Bytes => sequence(identifierOf(algorithm))

/** Reads one. @throws {RecordError} */
export function readRecord(bytes: Bytes): EvidenceRecord {
  if (bytes.length > recordBytesMax) throw new RecordError('too-big', `A record has at most ${recordBytesMax} bytes.`)
  try {
    return read(bytes)
  } catch (cause) {
    if (cause instanceof DerError) throw new RecordError('malformed', cause.message, { cause })
    throw cause
  }
}

function read(bytes: Bytes): EvidenceRecord {
  const outer = new DerReader(bytes)
  const fields = outer.inside(tags.sequence)
  outer.end()
  const version = fields.unsigned()
  if (version.length !== 1 || version[0] !== 1) throw new RecordError('unsupported', 'It is of another version than 1.')
  for (const algorithms = fields.inside(tags.sequence); algorithms.tag !== null;)
    readAlgorithm(algorithms.inside(tags.sequence))
  if (fields.tag !== tags.sequence) throw new RecordError('unsupported', 'It says how data is encrypted or checked.')
  const chains = listOf(fields.inside(tags.sequence), recordChainsMax, 'chains', (list) =>
    listOf(list.inside(tags.sequence), recordStampsMax, 'time stamps', (chain) =>
      readTimestamp(chain.inside(tags.sequence)),
    ),
  )
  fields.end()
  return { chains }
}

function readTimestamp(fields: DerReader): ArchiveTimestamp {
  const named = fields.optional(context(0))
  const algorithm = named === null ? null : readAlgorithm(new DerReader(named.contents))
  if (fields.tag === context(1)) throw new RecordError('unsupported', 'A time stamp has attributes.')
  const tree = fields.optional(context(2))
  const hashtree = tree === null ? null : listOf(new DerReader(tree.contents), recordListsMax, 'lists', readDigests)
  const token = fields.next(tags.sequence).bytes
  fields.end()
  return { algorithm, hashtree, token }
}

const readDigests = (lists: DerReader): Bytes[] =>
  listOf(lists.inside(tags.sequence), recordDigestsMax, 'digests', (list) => list.next(tags.octetString).contents)

function readAlgorithm(fields: DerReader): RecordAlgorithm {
  const identifier = fields.objectIdentifier()
  // Absent or NULL: both are seen for SHA-2 (RFC 5754, section 2).
  fields.optional(tags.null)
  fields.end()
  const algorithm = imprintAlgorithmOf(identifier)
  if (algorithm === null) throw new RecordError('unsupported', `Its algorithm ${identifier} is not known here.`)
  return algorithm
}

/** All values of a list that must have one at least. */
function listOf<T>(list: DerReader, max: number, what: string, next: (list: DerReader) => T): T[] {
  const values: T[] = []
  while (list.tag !== null) {
    if (values.length === max) throw new RecordError('too-big', `It has more than ${max} ${what} in one place.`)
    values.push(next(list))
  }
  if (values.length === 0) throw new RecordError('malformed', `It has no ${what} where one is needed.`)
  return values
}
