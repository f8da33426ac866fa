/**
 * Which kept checkpoint proves an entry when some of them are stamped: an early one with a time stamp beside it is worth more
 * than the earliest without. docs/spec/timestamps.md.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import { DamagedValueError } from '../store/errors.ts'
import type { KeptNote, NoteStore } from '../store/notes.ts'
import type { CoveringNote } from './checkpoints.ts'

/** A stamped checkpoint is taken instead of the earliest when it is not later by more than this, milliseconds. */
export const stampLagMaxMs = 20_000

/** A kept checkpoint, and the time-stamp tokens over its note. */
export interface StampedNote extends CoveringNote {
  readonly tokens: readonly Bytes[]
}

/**
 * The checkpoint that takes the place of one without time stamps, or that one itself. Never an earlier one: that would be of
 * a consortium document that was replaced.
 * @param covering - the one that is taken without time stamps. What outside witnesses have cosigned stays first.
 */
export async function stampedNote(
  notes: Pick<NoteStore, 'at' | 'tokens'>,
  covering: CoveringNote,
): Promise<StampedNote> {
  const own = notes.tokens.at(covering.size)
  if (own !== null) return { ...covering, tokens: [own.token] }
  const [earliest, stamped] = [await intact(notes, covering.size), await notes.tokens.covering(covering.size)]
  const beside = stamped === null ? null : await intact(notes, stamped.size)
  const isNear = earliest !== null && beside !== null && beside.timeMs <= earliest.timeMs + stampLagMaxMs
  if (stamped === null || beside === null || !isNear || covering.witnesses.length > 0)
    return { ...covering, tokens: [] }
  return { size: beside.size, note: beside.note, witnesses: [], tokens: [stamped.token] }
}

/** The note of a size; null when there is none, or it is damaged: the receipt then goes without the stamp. */
async function intact(notes: Pick<NoteStore, 'at'>, size: number): Promise<KeptNote | null> {
  try {
    return await notes.at(size)
  } catch (error) {
    if (error instanceof DamagedValueError) return null
    throw error
  }
}
