/**
 * The witness: C2SP tlog-witness as a pure function from a request and what is known of the log to a decision. The
 * caller persists `newState`, atomically with the comparison made here, before it signs and answers. Rules:
 * docs/spec/witness.md.
 * @module
 */
import { assert } from '../assert.ts'
import { equal, fromText } from '../bytes.ts'
import type { Bytes } from '../bytes.ts'
import type { CryptoProvider } from '../crypto/provider.ts'
import { ProofError } from '../merkle/error.ts'
import { emptyRoot } from '../merkle/hash.ts'
import { verifyConsistency } from '../merkle/proof.ts'
import { formatCosignatureLines, formatSizeConflict, parseAddCheckpoint, sizeContentType } from './addCheckpoint.ts'
import type { AddCheckpointRequest } from './addCheckpoint.ts'
import type { Cosigner } from './cosignature.ts'
import { NoteError } from './error.ts'
import { openNote } from './note.ts'
import type { Verifier } from './vkey.ts'

/** Size and root of the last checkpoint cosigned for an origin. */
export interface WitnessState {
  readonly size: number
  readonly root: Bytes
}

/** A log of others, judged by consistency alone. */
export interface WitnessedLog {
  readonly kind: 'witnessed'
  readonly verifiers: readonly Verifier[]
  /** null when nothing was cosigned yet. */
  readonly state: WitnessState | null
}

/**
 * A log that this node executes itself: its witness key never signs there. What can be had is the executor's existing
 * cosignature of the node's own checkpoint.
 */
export interface ExecutedLog {
  readonly kind: 'executed'
  readonly verifiers: readonly Verifier[]
  /** The node's own newest checkpoint. */
  readonly own: WitnessState
  /** The executor's cosignature lines of exactly that checkpoint. */
  readonly lines: Bytes
}

/** Finds what is known of an origin; null when it is not witnessed. */
export type WitnessLookup = (origin: string) => WitnessedLog | ExecutedLog | null

/** The request is good: persist `newState`, then cosign `body` and answer 200 with the lines. */
export interface CosignDecision {
  readonly status: 200
  readonly kind: 'cosign'
  readonly origin: string
  /** The checkpoint's body, to be cosigned. */
  readonly body: Bytes
  /** The accepted request, whose note may be served to monitors. */
  readonly request: AddCheckpointRequest
  readonly newState: WitnessState
}

/** Everything else: an answer that is complete. */
export interface AnswerDecision {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422
  readonly kind: 'answer'
  /** The origin, once it is known to be one of ours. */
  readonly origin: string | null
  readonly body: Bytes
  readonly contentType: string
  /** A valid log signature over a second root for one size: the log has shown two histories. Keep the request. */
  readonly alarm: boolean
}

/** What to do with a request. */
export type WitnessDecision = CosignDecision | AnswerDecision

const textContentType = 'text/plain; charset=utf-8'

/** Decides on an `add-checkpoint` request, in the order of checks that the specification implies. Never throws. */
export function addCheckpoint(crypto: CryptoProvider, bytes: Bytes, lookup: WitnessLookup): WitnessDecision {
  const request = orError(() => parseAddCheckpoint(bytes))
  if (request instanceof Error) return refuse(400, null, request.message)
  const { origin, size } = request.checkpoint
  const log = lookup(origin)
  if (log === null) return refuse(404, null, 'unknown log')
  const opened = orError(() => openNote(request.note, log.verifiers))
  if (opened instanceof Error) return refuse(403, origin, `invalid signature: ${opened.message}`)
  if (request.oldSize > size) return refuse(400, origin, 'the old size is larger than the size of the checkpoint')
  return log.kind === 'executed' ? decideExecuted(request, log) : decideWitnessed(crypto, request, log)
}

/** The body of the 200 answer to a {@link CosignDecision}, after its state was persisted. */
export function cosignatureAnswer(cosigners: readonly Cosigner[], body: Bytes, timeSeconds: number): Bytes {
  assert(timeSeconds > 0, 'a witness states when it signed')
  return formatCosignatureLines(cosigners.map((cosigner) => cosigner.cosign(body, timeSeconds)))
}

function decideWitnessed(crypto: CryptoProvider, request: AddCheckpointRequest, log: WitnessedLog): WitnessDecision {
  const { origin, size, root } = request.checkpoint
  const state = log.state ?? { size: 0, root: emptyRoot(crypto) }
  if (request.oldSize !== state.size) return conflict(origin, state.size)
  // The tree without leaves has one root by definition; a false one is an error, not a second history.
  if (size > 0 && size === state.size && !equal(root, state.root)) return splitView(origin)
  const claim = { oldSize: state.size, oldRoot: state.root, newSize: size, newRoot: root, path: request.proof }
  const failure = orError(() => verifyConsistency(crypto, claim))
  if (failure instanceof Error) return refuse(422, origin, `invalid consistency proof: ${failure.message}`)
  return { status: 200, kind: 'cosign', origin, body: request.note.body, request, newState: { size, root } }
}

function decideExecuted(request: AddCheckpointRequest, log: ExecutedLog): WitnessDecision {
  const { origin, size, root } = request.checkpoint
  if (size !== log.own.size) return conflict(origin, log.own.size)
  if (!equal(root, log.own.root)) return splitView(origin)
  return { status: 200, kind: 'answer', origin, body: log.lines, contentType: textContentType, alarm: false }
}

function conflict(origin: string, size: number): AnswerDecision {
  const body = formatSizeConflict(size)
  return { status: 409, kind: 'answer', origin, body, contentType: sizeContentType, alarm: false }
}

function splitView(origin: string): AnswerDecision {
  return { ...refuse(422, origin, 'another root was seen for this size'), alarm: true }
}

function refuse(status: 400 | 403 | 404 | 422, origin: string | null, why: string): AnswerDecision {
  return { status, kind: 'answer', origin, body: fromText(`${why}\n`), contentType: textContentType, alarm: false }
}

function orError<T>(run: () => T): T | NoteError | ProofError {
  try {
    return run()
  } catch (error) {
    if (error instanceof NoteError || error instanceof ProofError) return error
    throw error
  }
}
