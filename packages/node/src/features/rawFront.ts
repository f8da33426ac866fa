/**
 * The raw front: bodies of anybody become entries, many in one transaction of type 41 by the front's account. An index
 * is answered when the served checkpoint covers the entry.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import { JuratError } from '@jurat/core/errors'
import type { Committed, Refused } from '../engine/engine.ts'
import type { Timers } from '../platform/clock.ts'
import { Gathering } from '../engine/gathering.ts'

/** Bodies that wait; beyond: too busy. */
export const waitingBodiesMax = 50_000

/** Longest wait for a checkpoint, milliseconds. */
const coveredWaitMs = 30_000

/** A body that was not added. */
export class RawFrontError extends JuratError<'too-busy' | 'not-ready' | 'record-impossible'> {}

/** What the raw front stands on. */
export interface RawFrontOptions {
  readonly timers: Timers
  readonly limits: { readonly itemsMax: number; readonly itemBytesMax: number }
  /** Signs bodies with the front's account and brings them into a block. */
  readonly submit: (bodies: readonly Bytes[]) => Promise<Committed | Refused>
  readonly covered: (size: number, timeoutMs: number) => Promise<boolean>
}

/** Adds raw bodies. */
export class RawFront {
  readonly #gathering: Gathering
  #waiting = 0

  constructor({ timers, limits, submit, covered }: RawFrontOptions) {
    const submitCovered = async (bodies: readonly Bytes[]): Promise<Committed | Refused> => {
      const outcome = await submit(bodies)
      if (outcome.state === 'refused' || outcome.code !== 0) return outcome
      // One wait for the whole transaction, and not one for each body.
      if (await covered(outcome.firstIndex + bodies.length, coveredWaitMs)) return outcome
      throw new RawFrontError('not-ready', 'the entry is committed, but no checkpoint covers it yet')
    }
    this.#gathering = new Gathering(submitCovered, timers, limits, () => 0)
  }

  /**
   * Adds one body, and gives its index.
   * @throws RawFrontError `record-impossible` for a first byte that is kept for other kinds of entries; EngineError.
   */
  async add(body: Bytes): Promise<number> {
    if (!isRawBody(body)) {
      throw new RawFrontError('record-impossible', 'the first byte must be 0x20 to 0x5a or 0x5c to 0x7a')
    }
    if (this.#waiting >= waitingBodiesMax) throw new RawFrontError('too-busy', 'too many bodies wait')
    this.#waiting++
    return new Promise((resolve, reject) => {
      this.#gathering.add({
        items: [body],
        idempotency: null,
        done: (outcome, firstItem) => {
          this.#waiting--
          if (outcome.state === 'committed' && outcome.code === 0) resolve(outcome.firstIndex + firstItem)
          else reject(new RawFrontError('not-ready', `the ledger answered ${outcome.code}`))
        },
        failed: (error) => {
          this.#waiting--
          reject(error)
        },
      })
    })
  }
}

/** First bytes that no other kind of entry begins with (ledger.md, Deposit item and entries). */
const isRawBody = ([first = 0]: Bytes): boolean => first >= 0x20 && first <= 0x7a && first !== 0x5b
