/**
 * The blocks whose heads a starting member has to settle: those after the last one that it signed, the consortium
 * blocks among them in any case.
 * @module
 */
import { assert } from '@jurat/core/assert'
import type { Store, StoredBlock } from '../../store/store.ts'
import type { Documents } from './documents.ts'

/** Most blocks that are looked at backwards from the newest; older ones are left out, but no consortium block. */
export const openBlocksMax = 1_000

/** Those blocks of a log of `durableSize` entries, in their order. */
export async function openBlocks(
  store: Pick<Store, 'signer' | 'notes' | 'blockOfEntry'>,
  documents: Documents,
  durableSize: number,
): Promise<StoredBlock[]> {
  const signedSize = store.signer.log()?.size ?? 0
  const blocks: StoredBlock[] = []
  for (let size = durableSize; size > 0 && size >= signedSize && blocks.length < openBlocksMax;) {
    const block = await blockAt(store, size)
    // The snapshot from which this member began: what stood before it, the others have settled.
    if (block === null) break
    blocks.unshift(block)
    size = block.firstIndex
  }
  const oldest = blocks[0]?.treeSizeAfter ?? 0
  const stations: StoredBlock[] = []
  for (const size of documents.sizes()) {
    const open = size >= signedSize && size < oldest && (await store.notes.at(size)) === null
    const block = open ? await blockAt(store, size) : null
    if (block !== null) stations.push(block)
  }
  return [...stations, ...blocks]
}

async function blockAt(store: Pick<Store, 'blockOfEntry'>, size: number): Promise<StoredBlock | null> {
  const block = await store.blockOfEntry(size - 1)
  assert(block === null || block.treeSizeAfter === size, 'the log ends with a block')
  return block
}
