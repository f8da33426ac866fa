/**
 * Messages of the witness protocol: C2SP tlog-witness, `add-checkpoint`. Rules: docs/spec/witness.md.
 * @module
 */
import { assert } from '../assert.ts'
import { concat, fromText, toBase64 } from '../bytes.ts'
import type { Bytes } from '../bytes.ts'
import { hashBytes } from '../merkle/hash.ts'
import { proofHashesMax } from '../merkle/proof.ts'
import { isTreeSize } from '../merkle/tree.ts'
import { parseForeignCheckpoint } from './checkpoint.ts'
import type { ForeignCheckpoint } from './checkpoint.ts'
import { NoteError } from './error.ts'
import { base64Characters, firstEmptyLine, parseDecimal, parseHash, parsePlainText } from './lines.ts'
import { formatSignatureLines, noteBytesMax, parseNote, parseSignatureLines } from './note.ts'
import type { Note, NoteSignature } from './note.ts'

const oldLineBytesMax = 32

/** Longest request, in bytes: the old size, 63 hashes, an empty line, a note. */
export const addCheckpointBytesMax: number =
  oldLineBytesMax + proofHashesMax * (base64Characters(hashBytes) + 1) + 1 + noteBytesMax

/** Longest body of a 409 answer, in bytes. */
export const sizeConflictBytesMax = 32

/** Media type of the body of a 409 answer, which states the size that the witness cosigned last. */
export const sizeContentType = 'text/x.tlog.size'

/** A request to cosign. */
export interface AddCheckpointRequest {
  /** Size that the client believes to be the last one cosigned. */
  readonly oldSize: number
  /** Consistency proof from that size to the checkpoint's. */
  readonly proof: readonly Bytes[]
  /** The signed checkpoint, not verified. */
  readonly note: Note
  readonly checkpoint: ForeignCheckpoint
}

/** Writes a request. @param note - The signed checkpoint, byte for byte. */
export function formatAddCheckpoint(oldSize: number, proof: readonly Bytes[], note: Bytes): Bytes {
  assert(isTreeSize(oldSize) && proof.length <= proofHashesMax, 'a request has an old size and at most 63 hashes')
  const lines = [`old ${oldSize}`, ...proof.map((hash) => toBase64(hash)), '']
  return concat(fromText(`${lines.join('\n')}\n`), note)
}

/**
 * Reads a request.
 * @throws {NoteError} `request-malformed`, `note-malformed`, `checkpoint-malformed`, `too-big`.
 */
export function parseAddCheckpoint(bytes: Bytes): AddCheckpointRequest {
  if (bytes.length > addCheckpointBytesMax) throw new NoteError('too-big', 'the request is too long')
  const split = firstEmptyLine(bytes)
  const head = split < 0 ? null : parsePlainText(bytes.subarray(0, split))
  if (head === null) throw malformed('there is no empty line before the checkpoint')
  const [first = '', ...hashes] = head.split('\n')
  const oldSize = first.startsWith('old ') ? parseDecimal(first.slice('old '.length)) : null
  if (oldSize === null) throw malformed('the first line must be the old size')
  if (hashes.length > proofHashesMax) throw new NoteError('too-big', `a proof has at most ${proofHashesMax} hashes`)
  const proof = hashes.map((line) => {
    const hash = parseHash(line)
    if (hash === null) throw malformed('a line of the proof is not the base64 of 32 bytes')
    return hash
  })
  const note = parseNote(bytes.subarray(split + 2))
  return { oldSize, proof, note, checkpoint: parseForeignCheckpoint(note.body) }
}

/** Writes the body of a 200 answer: signature lines and nothing else. */
export function formatCosignatureLines(signatures: readonly NoteSignature[]): Bytes {
  assert(signatures.length > 0, 'an answer holds at least one cosignature')
  return formatSignatureLines(signatures)
}

/** Reads the body of a 200 answer; the signatures are not verified. @throws {NoteError} `note-malformed`, `too-big`. */
export function parseCosignatureLines(bytes: Bytes): NoteSignature[] {
  return parseSignatureLines(bytes)
}

/** Writes the body of a 409 answer. */
export function formatSizeConflict(size: number): Bytes {
  assert(isTreeSize(size), 'a size is a whole number')
  return fromText(`${size}\n`)
}

/** Reads the body of a 409 answer. @throws {NoteError} `request-malformed`. */
export function parseSizeConflict(bytes: Bytes): number {
  const text = bytes.length <= sizeConflictBytesMax ? parsePlainText(bytes) : null
  const size = text?.endsWith('\n') === true ? parseDecimal(text.slice(0, -1)) : null
  if (size === null) throw malformed('the answer does not state a size')
  return size
}

function malformed(why: string): NoteError {
  return new NoteError('request-malformed', `this is not the witness protocol: ${why}`)
}
