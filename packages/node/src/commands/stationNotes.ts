/**
 * A member that began with a snapshot has no checkpoints of the changes of the consortium before it. They stand in the trust files of
 * the others, where each is proven by the document before it; with them this member's own trust file is whole.
 * @module
 */
import { equal, fromText, type Bytes } from '@jurat/core/bytes'
import { consortiumOf } from '@jurat/core/ledger/workspace'
import { parseCheckpoint } from '@jurat/core/note/checkpoint'
import { parseNote } from '@jurat/core/note/note'
import { parseTlogProof } from '@jurat/core/note/tlogProof'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import { systemClock } from '../platform/clock.ts'
import { nodeNetwork } from '../platform/nodeNetwork.ts'
import type { Store } from '../store/store.ts'
import { sourcesOf, trustOf } from './joinTrust.ts'

/**
 * Takes those that are missing from the members that answer, before any other note is kept: notes are counted in their order.
 * @param own - addresses that are not asked
 */
export async function takeStationNotes(store: Store, networkId: Bytes, own: readonly string[]): Promise<void> {
  const kept = (await store.notes.newest())?.size ?? 0
  const missing = (await store.consortiumDocuments()).filter(
    ({ sequence, sizeAfter }) => sequence > 0 && sizeAfter <= store.baseSize && sizeAfter > kept,
  )
  if (missing.length === 0) return
  for (const url of sourcesOf(consortiumOf(store.view).document, own)) {
    const trust = await trustOf({ crypto: nodeCrypto, network: nodeNetwork }, url)
    const file = trust?.file
    if (file === undefined || !equal(file.networkId, networkId)) continue
    if (missing.some(({ sequence, document }) => !equal(file.documents[sequence - 1]?.document ?? none, document))) {
      continue
    }
    for (const { sequence, sizeAfter: size } of missing) {
      const { note } = parseTlogProof(fromText(file.documents[sequence - 1]?.proof ?? ''))
      // Another checkpoint than that of the change itself proves it too, but is not the one that is kept for it.
      if (parseCheckpoint(parseNote(note).body).size !== size) return
      await store.notes.put({ size, timeMs: systemClock.now(), note }, { keep: true })
    }
    return
  }
}

const none = new Uint8Array(0)
