/**
 * Signed notes: C2SP signed-note. A text, an empty line, and one line for each signature. Rules: docs/spec/note.md.
 * @module
 */
import { assert } from '../assert.ts'
import { compare, concat, fromText, toBase64 } from '../bytes.ts'
import type { Bytes } from '../bytes.ts'
import { NoteError } from './error.ts'
import { lastEmptyLine, parseBase64, parsePlainText, splitLines } from './lines.ts'
import { formatKeyId, isKeyName } from './vkey.ts'
import type { Verifier } from './vkey.ts'

/** Longest note, in bytes, signatures included. 31 members with three signatures each need a fifth of it. */
export const noteBytesMax = 524_288

/** Most signature lines of a note. C2SP demands at least 16; 31 members with three signatures each have 93. */
export const signaturesMax = 128

const signaturePrefix = '— '
const keyIdBytes = 4

/** One signature line. */
export interface NoteSignature {
  /** Name of the key. */
  readonly name: string
  /** Key id, an unsigned 32-bit number. */
  readonly id: number
  /** What follows the key id: the signature, for cosignatures with the time before it. Never empty. */
  readonly blob: Bytes
}

/** A note whose signatures have not been checked. Nothing in it may be believed. */
export interface Note {
  /** The signed text, its last newline included. */
  readonly body: Bytes
  readonly signatures: readonly NoteSignature[]
}

/** A signature that was checked and is valid. */
export interface VerifiedSignature {
  readonly name: string
  readonly id: number
  /** When the cosigner signed, in seconds since 1970 UTC; null for signatures that carry no time. */
  readonly timeSeconds: number | null
}

/** A note that at least one known key has signed, and no known key wrongly. */
export interface OpenedNote extends Note {
  /** One for each known key that signed, however many lines it has. */
  readonly verified: readonly VerifiedSignature[]
}

/** Takes a note apart without checking signatures. @throws {NoteError} `note-malformed`, `too-big`. */
export function parseNote(bytes: Bytes): Note {
  if (bytes.length > noteBytesMax) throw new NoteError('too-big', `a note has at most ${noteBytesMax} bytes`)
  if (parsePlainText(bytes) === null) throw malformed('it is not UTF-8 text without control characters')
  const split = lastEmptyLine(bytes)
  if (split < 0) throw malformed('there is no empty line before the signatures')
  return { body: bytes.subarray(0, split + 1), signatures: parseSignatureLines(bytes.subarray(split + 2)) }
}

/** Reads signature lines, at least one. @throws {NoteError} `note-malformed`, `too-big`. */
export function parseSignatureLines(bytes: Bytes): NoteSignature[] {
  if (bytes.length > noteBytesMax) throw new NoteError('too-big', `a note has at most ${noteBytesMax} bytes`)
  const text = parsePlainText(bytes)
  const lines = text === null ? null : splitLines(text)
  if (lines === null || lines.length === 0) throw malformed('a signature line is missing or does not end in a newline')
  if (lines.length > signaturesMax) throw new NoteError('too-big', `a note has at most ${signaturesMax} signatures`)
  return lines.map(parseSignatureLine)
}

/** The note of a body (which ends in a newline) and signatures, in the order given. */
export function formatNote(body: Bytes, signatures: readonly NoteSignature[]): Bytes {
  assert(signatures.length > 0 && signatures.length <= signaturesMax, 'a note has 1 to 128 signatures')
  assert(body.at(-1) === 0x0a && parsePlainText(body) !== null, 'the body of a note is text that ends in a newline')
  return concat(body, Uint8Array.of(0x0a), formatSignatureLines(signatures))
}

/** Signature lines, each with its newline, in the order given. */
export function formatSignatureLines(signatures: readonly NoteSignature[]): Bytes {
  const lines = signatures.map(({ name, id, blob }) => {
    assert(isKeyName(name) && blob.length > 0, 'a signature has a key name and is not empty')
    const idBytes = Uint8Array.of(id >>> 24, id >>> 16, id >>> 8, id)
    return `${signaturePrefix}${name} ${toBase64(concat(idBytes, blob))}\n`
  })
  return fromText(lines.join(''))
}

/**
 * The canonical order of signature lines: the log's own (whose name is the origin) first, then by the bytes of the
 * name, then by key id. Of several lines of one key the first is kept.
 */
export function canonicalSignatures(origin: string, signatures: readonly NoteSignature[]): NoteSignature[] {
  const byKey = new Map<string, NoteSignature>()
  for (const signature of signatures) {
    const key = keyOf(signature)
    if (!byKey.has(key)) byKey.set(key, signature)
  }
  const rank = (signature: NoteSignature): number => (signature.name === origin ? 0 : 1)
  return [...byKey.values()].toSorted(
    (a, b) => rank(a) - rank(b) || compare(fromText(a.name), fromText(b.name)) || a.id - b.id,
  )
}

/**
 * Opens a note: checks every line of a known key. Lines of unknown keys are ignored.
 * @throws {NoteError} `note-malformed`, `too-big`; `signature-invalid` when a line of a known key does not verify;
 * `no-known-signature` when no known key has signed; `key-ambiguous` when two verifiers share name and id.
 */
export function openNote(note: Bytes | Note, verifiers: readonly Verifier[]): OpenedNote {
  const { body, signatures } = note instanceof Uint8Array ? parseNote(note) : note
  const verified = verifySignatures(body, signatures, verifiers)
  if (verified.length === 0) throw new NoteError('no-known-signature', 'no known key has signed the note')
  return { body, signatures, verified }
}

/**
 * Checks the signatures of known keys over a body. One result a key: of several lines the earliest time counts, so
 * that leaving out a line never makes a statement stronger.
 * @throws {NoteError} `signature-invalid`, `key-ambiguous`.
 */
export function verifySignatures(
  body: Bytes,
  signatures: readonly NoteSignature[],
  verifiers: readonly Verifier[],
): VerifiedSignature[] {
  const known = indexVerifiers(verifiers)
  const verified = new Map<string, VerifiedSignature>()
  const seen = new Set<string>()
  for (const signature of signatures) {
    const key = keyOf(signature)
    // A line repeated word for word costs no second verification.
    const line = `${key} ${known.has(key) ? toBase64(signature.blob) : ''}`
    if (seen.has(line)) continue
    seen.add(line)
    const result = known.get(key)?.verify(body, signature.blob)
    if (result === undefined) continue
    const { name, id } = signature
    if (result === null) {
      throw new NoteError('signature-invalid', `the signature of ${name} (${formatKeyId(id)}) is not valid`)
    }
    const before = verified.get(key)?.timeSeconds ?? null
    verified.set(key, { name, id, timeSeconds: earlier(before, result.timeSeconds) })
  }
  return [...verified.values()]
}

function indexVerifiers(verifiers: readonly Verifier[]): Map<string, Verifier> {
  const known = new Map<string, Verifier>()
  for (const verifier of verifiers) {
    const key = keyOf(verifier)
    if (known.has(key)) throw new NoteError('key-ambiguous', `two keys are named ${verifier.name} with one id`)
    known.set(key, verifier)
  }
  return known
}

function parseSignatureLine(line: string): NoteSignature {
  if (!line.startsWith(signaturePrefix)) throw malformed('a signature line begins with an em dash and a space')
  const [name = '', base64 = '', ...rest] = line.slice(signaturePrefix.length).split(' ')
  const bytes = parseBase64(base64)
  if (!isKeyName(name) || bytes === null || bytes.length <= keyIdBytes || rest.length > 0) {
    throw malformed('a signature line has a key name and base64 of key id and signature')
  }
  const id = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
  return { name, id, blob: bytes.subarray(keyIdBytes) }
}

// Key names contain no space.
function keyOf({ name, id }: { readonly name: string; readonly id: number }): string {
  return `${name} ${id}`
}

function earlier(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b)
}

function malformed(why: string): NoteError {
  return new NoteError('note-malformed', `this is no signed note: ${why}`)
}
