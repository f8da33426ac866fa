/**
 * Where an idempotency key was used, when its first request may still be on its way. docs/spec/engine.md, Submissions.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import { EngineError } from '../../engine/engine.ts'
import type { IdempotentAnswer } from '../../store/store.ts'

/** Who knows of keys. */
export interface KeyPlaces {
  readonly store: { idempotent(keyHash: Bytes): Promise<IdempotentAnswer | null> }
  /** Whether a transaction under the key may come into a block yet. */
  readonly outstanding: (keyHash: Bytes) => boolean
}

/** Where it was used; null when never. @throws EngineError `stalled` while that is not known */
export async function usedKey({ store, outstanding }: KeyPlaces, keyHash: Bytes): Promise<IdempotentAnswer | null> {
  // Asked first: what comes into its block meanwhile is found in the store.
  const open = outstanding(keyHash)
  const done = await store.idempotent(keyHash)
  if (!open || done?.code === 0) return done
  throw new EngineError(
    'stalled',
    'The first request under this Idempotency-Key was sent and is in no block yet; repeat it in a while. Nothing was taken.',
  )
}
