/**
 * What is wrong with a note, a key, a checkpoint, a policy, a proof file or a witness request. Rules: docs/spec/note.md
 * and its neighbours.
 * @module
 */
import { JuratError } from '../errors.ts'

/** Every way in which these texts can be refused. */
export const noteErrorCodes = [
  // Longer, or with more parts, than a named limit allows.
  'too-big',
  // The text is no signed note.
  'note-malformed',
  // A line carries the name and id of a known key, but its signature is not valid: the whole note is refused.
  'signature-invalid',
  // No known key has signed the note.
  'no-known-signature',
  // Two known keys share name and id.
  'key-ambiguous',
  // A key name is empty or contains a space or a plus sign, or a verifier key is not well formed.
  'key-malformed',
  // A signature type or algorithm that these rules do not know.
  'key-unsupported',
  // The body of the note is no checkpoint, or one with extension lines where none are allowed.
  'checkpoint-malformed',
  // The log key that signed names another origin than the checkpoint, or no acceptable log key signed.
  'origin-unknown',
  // The text is no policy.
  'policy-malformed',
  // The signatures do not reach the policy's quorum.
  'quorum-missing',
  // The text is no tlog-proof.
  'proof-malformed',
  // The bytes are no request or answer of the witness protocol.
  'request-malformed',
] as const

/** One of {@link noteErrorCodes}. */
export type NoteErrorCode = (typeof noteErrorCodes)[number]

/** A note, key, checkpoint, policy, proof file or witness request that is refused. */
export class NoteError extends JuratError<NoteErrorCode> {}
