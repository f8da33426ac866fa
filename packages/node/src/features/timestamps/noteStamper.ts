/**
 * Stamps the newest kept checkpoint when the tree has grown, at most once a second: a token over a note is a token over
 * everything below it. docs/spec/timestamps.md.
 * @module
 */
import type { Timers } from '../../platform/clock.ts'
import type { NoteStore } from '../../store/notes.ts'

/** Time between two looks at the tree, milliseconds. */
export const stampEveryMs = 1_000

/** What stamping needs. */
export interface NoteStamperOptions {
  readonly notes: Pick<NoteStore, 'newest' | 'tokens'>
  /** Size of the newest quorum-complete checkpoint. */
  readonly completeSize: () => number
  /** A token over a note, or null when none can be made now. */
  readonly stamp: (note: Uint8Array) => Uint8Array | null
  readonly timers: Timers
  readonly warn: (message: string, details: object) => void
}

/** Stamps checkpoints. */
export class NoteStamper {
  readonly #options: NoteStamperOptions
  #size = 0
  #cancel: (() => void) | null = null
  #working: Promise<void> = Promise.resolve()
  #stopped = false

  constructor(options: NoteStamperOptions) {
    this.#options = options
  }

  /** Begins: what was stamped before is not stamped again. */
  async start(): Promise<void> {
    this.#size = (await this.#options.notes.tokens.newest())?.size ?? 0
    this.#again()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancel?.()
    await this.#working
  }

  #again(): void {
    if (this.#stopped) return
    this.#cancel = this.#options.timers.after(stampEveryMs, () => {
      this.#working = this.#look().finally(() => this.#again())
    })
  }

  /** A token that cannot be made or kept now is made at the next look: nothing waits for it. */
  async #look(): Promise<void> {
    const { notes, completeSize, stamp, warn } = this.#options
    if (completeSize() <= this.#size) return
    try {
      const kept = await notes.newest()
      if (kept === null || kept.size <= this.#size) return
      const token = stamp(kept.note)
      if (token === null) return
      await notes.tokens.put({ size: kept.size, token })
      this.#size = kept.size
    } catch (error) {
      warn('A checkpoint could not be stamped', { error: String(error) })
    }
  }
}
