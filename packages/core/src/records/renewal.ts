/**
 * Making evidence records and renewing them, many at once under one token (RFC 4998, 4.2 and 5.2); and what the tokens of a record
 * must be over. docs/spec/evidence-record.md.
 * @module
 */
import { type Bytes, concat } from '../bytes.ts'
import { recordDigest, type RecordAlgorithm } from './digests.ts'
import { RecordError } from './error.ts'
import { type DataGroup, hashTree, rootOf } from './hashTree.ts'
import { type ArchiveTimestamp, type ArchiveTimestampChain, type EvidenceRecord, writeSequence } from './record.ts'

/** What is stamped together. */
export interface StampTree {
  readonly algorithm: RecordAlgorithm
  /** What the token is to be over. */
  readonly root: Bytes
  /** The time stamp of the record at this place, once there is a token. */
  readonly timestamp: (index: number, token: Bytes) => ArchiveTimestamp
}

/** The tree of new records over groups of documents. */
export const stampTree = (algorithm: RecordAlgorithm, groups: readonly DataGroup[]): StampTree => {
  const { root, reduced } = hashTree(algorithm, groups)
  return { algorithm, root, timestamp: (index, token) => ({ algorithm, hashtree: reduced(index), token }) }
}

/**
 * The tree of time stamps over the newest tokens of records: before their certificates end. The older tokens of the chain stand in the group
 * beside the newest: RFC 4998 (5.3) asks for that one, and some verifiers for all of them.
 * @param chains - the tokens of each record's last chain
 */
export const renewalTree = (algorithm: RecordAlgorithm, chains: readonly (readonly Bytes[])[]): StampTree =>
  stampTree(
    algorithm,
    chains.map((tokens) => tokens.map((token) => recordDigest(algorithm, token))),
  )

/**
 * The digests of a group's documents for a new chain: each joined with the digest of everything that the record has so far.
 * @param documents - digests of the documents themselves, by the new algorithm
 */
export function renewedGroup(
  algorithm: RecordAlgorithm,
  documents: readonly Bytes[],
  chains: readonly ArchiveTimestampChain[],
): DataGroup {
  const before = recordDigest(algorithm, writeSequence(chains))
  return documents.map((digest) => recordDigest(algorithm, concat(digest, before)))
}

/** The record with one more time stamp in its last chain. */
export function withTimestamp({ chains }: EvidenceRecord, timestamp: ArchiveTimestamp): EvidenceRecord {
  return { chains: [...chains.slice(0, -1), [...(chains.at(-1) ?? []), timestamp]] }
}

/** The record with a new chain. */
export const withChain = ({ chains }: EvidenceRecord, timestamp: ArchiveTimestamp): EvidenceRecord => ({
  chains: [...chains, [timestamp]],
})

/** The algorithm and the tokens of a record's last chain. @throws {RecordError} when it names no algorithm */
export function lastChainOf({ chains }: EvidenceRecord): {
  readonly algorithm: RecordAlgorithm
  readonly tokens: readonly Bytes[]
} {
  const last = chains.at(-1) ?? []
  const algorithm = last.at(-1)?.algorithm ?? null
  if (algorithm === null) throw new RecordError('unsupported', 'It names no algorithm.')
  return { algorithm, tokens: last.map(({ token }) => token) }
}

/** What a token of a record must be over. */
export interface ExpectedStamp {
  readonly chain: number
  readonly position: number
  readonly algorithm: RecordAlgorithm
  readonly token: Bytes
  readonly digest: Bytes
}

/** What is needed to follow a record. */
export interface FollowOptions {
  /** Digests of the documents that the record is about. */
  readonly documents: (algorithm: RecordAlgorithm) => readonly Bytes[]
  /** The algorithm of a token's imprint, where the record leaves it to the token. */
  readonly algorithmOf: (token: Bytes) => RecordAlgorithm
}

/**
 * What every token must be over, in the order in which they were made.
 * @throws {RecordError} `not-in-tree` when the record is not about these documents, or a renewal is not about what was before it;
 * `unsupported` when the algorithm changes within a chain
 */
export function expectedStamps({ chains }: EvidenceRecord, options: FollowOptions): ExpectedStamp[] {
  const expected: ExpectedStamp[] = []
  for (const [chain, stamps] of chains.entries()) {
    let previous: ExpectedStamp | null = null
    for (const [position, { algorithm: named, hashtree, token }] of stamps.entries()) {
      const algorithm: RecordAlgorithm = named ?? options.algorithmOf(token)
      if (previous !== null && previous.algorithm !== algorithm) {
        throw new RecordError('unsupported', 'The algorithm changes within a chain.')
      }
      const group: DataGroup =
        previous === null
          ? groupOf(algorithm, chains.slice(0, chain), options)
          : [recordDigest(algorithm, previous.token)]
      previous = { chain, position, algorithm, token, digest: rootOf(algorithm, hashtree, group) }
      expected.push(previous)
    }
  }
  return expected
}

function groupOf(
  algorithm: RecordAlgorithm,
  before: readonly ArchiveTimestampChain[],
  { documents }: FollowOptions,
): DataGroup {
  return before.length === 0 ? documents(algorithm) : renewedGroup(algorithm, documents(algorithm), before)
}
