/**
 * Proof files: C2SP tlog-proof, `c2sp.org/tlog-proof@v1`. Index, inclusion path and the whole signed checkpoint in one
 * text, which verifies offline. Rules: docs/spec/tlog-proof.md.
 * @module
 */
import { assert } from '../assert.ts'
import { concat, fromText, toBase64 } from '../bytes.ts'
import type { Bytes } from '../bytes.ts'
import type { CryptoProvider } from '../crypto/provider.ts'
import { hashBytes } from '../merkle/hash.ts'
import { proofHashesMax, verifyInclusion } from '../merkle/proof.ts'
import { isTreeSize } from '../merkle/tree.ts'
import { NoteError } from './error.ts'
import { base64Characters, firstEmptyLine, parseBase64, parseDecimal, parseHash, parsePlainText } from './lines.ts'
import { noteBytesMax } from './note.ts'
import type { Policy } from './policy.ts'
import { openCheckpoint } from './policyVerdict.ts'
import type { OpenedCheckpoint } from './policyVerdict.ts'

/** Longest extra data, in bytes. */
export const extraBytesMax = 65_536

const firstLine = 'c2sp.org/tlog-proof@v1'
const shortLinesBytesMax = 128

/** Longest proof file, in bytes: two short lines, extra data, 63 hashes, a note. */
export const tlogProofBytesMax: number =
  shortLinesBytesMax +
  base64Characters(extraBytesMax) +
  proofHashesMax * (base64Characters(hashBytes) + 1) +
  noteBytesMax

/** The content of a proof file. Nothing in it may be believed before it was verified; `extra` never. */
export interface TlogProof {
  readonly extra: Bytes | null
  /** Position of the entry, from 0. */
  readonly index: number
  /** Hashes from the leaf's sibling upwards. */
  readonly path: readonly Bytes[]
  /** The signed checkpoint, byte for byte. */
  readonly note: Bytes
}

/** Writes a proof file. */
export function formatTlogProof({ extra, index, path, note }: TlogProof): Bytes {
  assert(isTreeSize(index) && path.length <= proofHashesMax, 'a proof has an index and at most 63 hashes')
  assert(
    path.every((hash) => hash.length === hashBytes),
    'a hash has 32 bytes',
  )
  assert(extra === null || extra.length <= extraBytesMax, 'extra data has at most 65,536 bytes')
  const lines = [
    firstLine,
    ...(extra === null ? [] : [`extra ${toBase64(extra)}`]),
    `index ${index}`,
    ...path.map((hash) => toBase64(hash)),
    '',
  ]
  return concat(fromText(`${lines.join('\n')}\n`), note)
}

/** Reads a proof file; the note in it is not looked into. @throws {NoteError} `proof-malformed`, `too-big`. */
export function parseTlogProof(bytes: Bytes): TlogProof {
  if (bytes.length > tlogProofBytesMax) throw new NoteError('too-big', 'the proof file is too long')
  const split = firstEmptyLine(bytes)
  const head = split < 0 ? null : parsePlainText(bytes.subarray(0, split))
  if (head === null) throw malformed('there is no empty line before the checkpoint')
  const [first, ...rest] = head.split('\n')
  if (first !== firstLine) throw malformed(`the first line must be ${firstLine}`)
  const extra = rest[0]?.startsWith('extra ') === true ? parseExtra(rest[0]) : null
  const [indexLine = '', ...hashes] = extra === null ? rest : rest.slice(1)
  const index = indexLine.startsWith('index ') ? parseDecimal(indexLine.slice('index '.length)) : null
  if (index === null) throw malformed('the index line is missing or not well formed')
  if (hashes.length > proofHashesMax) throw new NoteError('too-big', `a proof has at most ${proofHashesMax} hashes`)
  const path = hashes.map((line) => {
    const hash = parseHash(line)
    if (hash === null) throw malformed('a line of the path is not the base64 of 32 bytes')
    return hash
  })
  return { extra, index, path, note: bytes.subarray(split + 2) }
}

/**
 * Verifies a proof file for a leaf: an accepted log signed its checkpoint, the quorum is reached, the path leads to the
 * root. @param leafHash - Computed by the caller from the entry's own bytes.
 * @throws {NoteError} as `openCheckpoint`, and `proof-malformed`, `origin-unknown`, `quorum-missing`; {@link ProofError}.
 */
export function verifyTlogProof(
  crypto: CryptoProvider,
  policy: Policy,
  leafHash: Bytes,
  proof: Bytes | TlogProof,
): OpenedCheckpoint & { readonly index: number } {
  const { index, path, note } = proof instanceof Uint8Array ? parseTlogProof(proof) : proof
  const opened = openCheckpoint(crypto, policy, note)
  if (opened.verdict.log === null) throw new NoteError('origin-unknown', 'no accepted log signed the checkpoint')
  if (!opened.verdict.satisfied) throw new NoteError('quorum-missing', 'the cosignatures do not reach the quorum')
  // Size and root come from the same signed checkpoint: a root alone would fit paths of several sizes.
  const { size, root } = opened.checkpoint
  verifyInclusion(crypto, { leafHash, index, size, path, root })
  return { ...opened, index }
}

function parseExtra(line: string): Bytes {
  const text = line.slice('extra '.length)
  if (text.length > base64Characters(extraBytesMax)) throw new NoteError('too-big', 'the extra data is too long')
  const extra = parseBase64(text)
  if (extra === null) throw malformed('the extra line is not base64')
  return extra
}

function malformed(why: string): NoteError {
  return new NoteError('proof-malformed', `this is no tlog-proof: ${why}`)
}
