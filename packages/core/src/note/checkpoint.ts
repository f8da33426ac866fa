/**
 * Checkpoints: C2SP tlog-checkpoint, the body of a note that states size and root of a log. Rules:
 * docs/spec/checkpoint.md.
 * @module
 */
import { assert } from '../assert.ts'
import { fromText, toBase64 } from '../bytes.ts'
import type { Bytes } from '../bytes.ts'
import { hashBytes } from '../merkle/hash.ts'
import { isTreeSize } from '../merkle/tree.ts'
import { NoteError } from './error.ts'
import { isWellFormed, parseDecimal, parseHash, parsePlainText, splitLines } from './lines.ts'

/** Longest origin, in bytes: the ML-DSA-44 message has room for no more. */
export const originBytesMax = 255

/** Most extension lines that we read in checkpoints of others. Our own have none. */
export const extensionLinesMax = 64

/** What a checkpoint states. */
export interface Checkpoint {
  /** Name of the log. For our own logs: the network's name. */
  readonly origin: string
  /** Number of leaves. */
  readonly size: number
  /** Root of the tree, 32 bytes. */
  readonly root: Bytes
}

/** A checkpoint of any log, which may carry lines that we do not understand. */
export interface ForeignCheckpoint extends Checkpoint {
  readonly extensions: readonly string[]
}

/** The body of the note: origin, size, root, each on its line. */
export function formatCheckpoint({ origin, size, root }: Checkpoint): Bytes {
  assert(isOrigin(origin), 'an origin is one line of 1 to 255 bytes')
  assert(isTreeSize(size) && root.length === hashBytes, 'a checkpoint has a size and a root of 32 bytes')
  return fromText(`${origin}\n${size}\n${toBase64(root)}\n`)
}

/** Reads a checkpoint of ours: exactly three lines. @throws {NoteError} `checkpoint-malformed`. */
export function parseCheckpoint(body: Bytes): Checkpoint {
  const { extensions, ...checkpoint } = parseForeignCheckpoint(body)
  if (extensions.length > 0) throw malformed('extension lines are not allowed')
  return checkpoint
}

/** Reads a checkpoint of any log, extension lines included. @throws {NoteError} `checkpoint-malformed`. */
export function parseForeignCheckpoint(body: Bytes): ForeignCheckpoint {
  const text = parsePlainText(body)
  const lines = text === null ? null : splitLines(text)
  if (lines === null) throw malformed('it is not a text of whole lines')
  const [origin = '', sizeText = '', rootText = '', ...extensions] = lines
  const size = parseDecimal(sizeText)
  const root = parseHash(rootText)
  if (!isOrigin(origin)) throw malformed('the first line must be an origin of at most 255 bytes')
  if (size === null) throw malformed('the second line must be a size of at most 2^53 - 1')
  if (root === null) throw malformed('the third line must be the base64 of 32 bytes')
  if (extensions.length > extensionLinesMax || extensions.includes('')) {
    throw malformed(`extension lines are not empty, and at most ${extensionLinesMax}`)
  }
  return { origin, size, root, extensions }
}

function isOrigin(origin: string): boolean {
  return origin !== '' && isWellFormed(origin) && !origin.includes('\n') && fromText(origin).length <= originBytesMax
}

function malformed(why: string): NoteError {
  return new NoteError('checkpoint-malformed', `this is no checkpoint: ${why}`)
}
