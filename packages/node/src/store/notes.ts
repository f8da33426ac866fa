/**
 * Kept checkpoints: frozen notes by tree size. Every note is kept for an hour, the first of each second and those of
 * consortium changes for ever. Format: docs/spec/state-store.md, Notes.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'

/** A frozen, quorum-complete note. */
export interface KeptNote {
  readonly size: number
  /** When it was frozen, ms. */
  readonly timeMs: number
  /** The exact bytes. */
  readonly note: Bytes
}

/** The kept checkpoints of the log. */
export interface NoteStore {
  /** Keeps a note; one for a size, the first wins. `keep` holds it for ever whatever its second. */
  put(note: KeptNote, options?: { keep?: boolean }): Promise<void>
  /** The earliest kept note with size >= `size`, or null. */
  covering(size: number): Promise<KeptNote | null>
  /** The kept note of exactly this size, or null. */
  at(size: number): Promise<KeptNote | null>
  /** The newest kept note, or null. */
  newest(): Promise<KeptNote | null>
}
