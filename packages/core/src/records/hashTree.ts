/**
 * Hash trees of evidence records (RFC 4998, 4.2 and 4.3), which are others than those of the log: pairs are sorted before they are
 * joined, and nothing marks leaves and nodes. docs/spec/evidence-record.md.
 * @module
 */
import { assert } from '../assert.ts'
import { type Bytes, compare, equal } from '../bytes.ts'
import { digestOfAll, type RecordAlgorithm } from './digests.ts'
import { RecordError } from './error.ts'

/** What is proven together: the digests of its documents, of one or several. */
export type DataGroup = readonly Bytes[]

/**
 * What leads from a group to the root: lists of digests. The first holds the group's own, and of a single document its
 * neighbour too; each digest of a list goes, sorted, into the next. Null: the group's digest is the root itself.
 */
export type ReducedHashtree = readonly (readonly Bytes[])[]

/** A tree over groups. */
export interface HashTree {
  readonly root: Bytes
  /** What leads from the group at this place to the root. */
  readonly reduced: (index: number) => ReducedHashtree | null
}

/** Builds the tree of two over groups, in their order; a node without a neighbour goes up as it is. */
export function hashTree(algorithm: RecordAlgorithm, groups: readonly DataGroup[]): HashTree {
  assert(groups.length > 0 && groups.every((group) => group.length > 0), 'a tree stands on digests')
  const levels: (readonly Bytes[])[] = [groups.map((group) => digestOfAll(algorithm, group))]
  for (let level = levels[0] ?? []; level.length > 1; level = levels.at(-1) ?? []) {
    const above: Bytes[] = []
    for (let at = 0; at < level.length; at += 2) above.push(digestOfAll(algorithm, level.slice(at, at + 2)))
    levels.push(above)
  }
  const root = levels.at(-1)?.[0]
  assert(root !== undefined, 'a tree has a root')
  return { root, reduced: (index) => reducedOf(levels, groups[index] ?? [], index) }
}

function reducedOf(levels: readonly (readonly Bytes[])[], group: DataGroup, index: number): ReducedHashtree | null {
  const siblings: Bytes[] = []
  for (const [height, level] of levels.entries()) {
    const sibling = level[Math.floor(index / 2 ** height) ^ 1]
    if (sibling !== undefined) siblings.push(sibling)
  }
  const own = group.toSorted(compare)
  if (own.length > 1) return [own, ...siblings.map((sibling) => [sibling])]
  const [first, ...rest] = siblings
  // A list of one could be read as a digest of itself; RFC 4998 leaves that open, so none is written.
  return first === undefined ? null : [[...own, first].toSorted(compare), ...rest.map((sibling) => [sibling])]
}

/**
 * The root to which a reduced tree leads from a group.
 * @throws {RecordError} `not-in-tree` when the first list is not of this group: for several documents, all of them and no other
 */
export function rootOf(algorithm: RecordAlgorithm, reduced: ReducedHashtree | null, group: DataGroup): Bytes {
  if (reduced === null) return digestOfAll(algorithm, group)
  const [first = [], ...rest] = reduced
  const has = group.every((digest) => first.some((other) => equal(other, digest)))
  if (group.length === 0 || !has || (group.length > 1 && first.length !== group.length)) {
    throw new RecordError('not-in-tree', 'The record is not about these data.')
  }
  return rest.reduce((digest: Bytes, list) => digestOfAll(algorithm, [digest, ...list]), digestOfAll(algorithm, first))
}
