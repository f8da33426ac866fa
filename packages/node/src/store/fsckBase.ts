/**
 * What stands before the first block of a folder that began with a snapshot: the base itself, and the tiles and bundles that came
 * from other members, which must be all of them, or none beyond the first that is missing.
 * @module
 */
import { equal, type Bytes } from '@jurat/core/bytes'
import { decodeBundle } from '@jurat/core/merkle/bundle'
import { ProofError } from '@jurat/core/merkle/error'
import { entriesPath, tileWidth } from '@jurat/core/merkle/tile'
import { type Base, baseName } from './base.ts'
import type { AddFinding } from './fsckFinding.ts'

/** What the check stands on. */
export interface BaseHistory {
  readonly base: Base
  /** A file below `log/`. */
  readonly read: (path: string) => Promise<Bytes | null>
  /** Appends entries to the tree that is made again, and compares the tiles that they fill. */
  readonly grow: (entries: readonly Bytes[]) => Promise<void>
  /** Root of the tree that is made again. */
  readonly root: () => Bytes
  readonly add: AddFinding
  readonly notice: AddFinding
}

/** Grows the tree up to the base. @returns whether all its entries are here */
export async function checkHistory({ base, read, grow, root, add, notice }: BaseHistory): Promise<boolean> {
  const bundles = Math.floor(base.tip.size / tileWidth)
  for (let index = 0; index < bundles; index++) {
    const path = entriesPath(index)
    const entries = entriesOf(await read(path))
    if (entries === 'missing') {
      notice('tile', path, `the entries before the snapshot are here up to ${index * tileWidth} of ${base.tip.size}`)
      return false
    }
    if (entries === 'damaged') {
      add('tile', path, 'is no bundle of entries')
      return false
    }
    await grow(entries)
  }
  await grow(base.bundle)
  if (equal(root(), base.root)) return true
  add('tile', baseName, 'the entries before the snapshot are not those of its tree')
  return false
}

function entriesOf(bundle: Bytes | null): Bytes[] | 'missing' | 'damaged' {
  if (bundle === null) return 'missing'
  try {
    return decodeBundle(bundle, tileWidth)
  } catch (error) {
    if (error instanceof ProofError) return 'damaged'
    throw error
  }
}
