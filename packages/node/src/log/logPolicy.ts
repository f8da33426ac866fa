/**
 * Who signs and who witnesses this log, read out of a consortium document.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import type { NoteSignature } from '@jurat/core/note/note'
import type { Verifier } from '@jurat/core/note/vkey'
import type { Witness } from './witnessClient.ts'

/** The policy that judges checkpoints of this log. */
export interface LogPolicy {
  /** Its tlog-policy text: two policies with the same text are the same. */
  readonly text: string
  /** The key that signs, algorithm byte and raw key. */
  readonly logKey: Bytes
  readonly logVerifier: Verifier
  /** The outside witnesses that are asked. */
  readonly witnesses: readonly Witness[]
  /** Whether these cosignatures, each verified, make the quorum. `[]` does in a network without witnesses. */
  readonly satisfied: (signatures: readonly NoteSignature[]) => boolean
}
