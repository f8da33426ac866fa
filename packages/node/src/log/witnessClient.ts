/**
 * Asks one outside witness for its cosignature (c2sp.org/tlog-witness, add-checkpoint) and for what it has seen.
 * Whatever it answers is untrusted: a line counts only when it verifies under a key that the consortium document names.
 * @module
 */
import { fromText, toHex, toText, type Bytes } from '@jurat/core/bytes'
import { formatAddCheckpoint, parseCosignatureLines, parseSizeConflict } from '@jurat/core/note/addCheckpoint'
import { parseCheckpoint } from '@jurat/core/note/checkpoint'
import { openNote, parseNote, type NoteSignature } from '@jurat/core/note/note'
import type { Verifier } from '@jurat/core/note/vkey'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import type { Clock } from '../platform/clock.ts'
import type { Network, NetworkResponse } from '../platform/network.ts'

/** Most bytes of a witness's answer: several ML-DSA-44 lines. */
export const witnessAnswerBytesMax = 65_536

/** A cosignature whose time is further than this from our clock is not taken: it would date receipts wrongly. */
export const cosignatureSkewMaxMs = 300_000

/** A witness may move on between its 409 and our next try; after this many the round gives up. */
const triesMax = 3

/** A witness as the consortium document names it. */
export interface Witness {
  readonly name: string
  /** Prefix of `add-checkpoint`, without a slash at its end. */
  readonly url: string
  /** Its keys; a line by any other is ignored. */
  readonly verifiers: readonly Verifier[]
}

/** A cosignature that was checked. */
export interface Cosignature extends NoteSignature {
  /** When it was made, in seconds since 1970 UTC. */
  readonly timeSeconds: number
}

/** A signed checkpoint that asks for cosignatures. */
export interface CosignRequest {
  /** The note with the log's own signature. */
  readonly note: Bytes
  readonly size: number
  readonly timeoutMs: number
  /** The consistency proof from `oldSize` to `size`. */
  readonly proof: (oldSize: number) => Promise<readonly Bytes[]>
}

/**
 * What came of it. `ahead`: the witness says that it cosigned a larger tree. `splitView`: it knows another root or
 * cannot see ours as a continuation. Both are claims without proof. `refused` and `unreachable` are tried again.
 */
export type CosignAnswer =
  | { readonly kind: 'cosigned'; readonly signatures: readonly Cosignature[] }
  | { readonly kind: 'ahead'; readonly size: number }
  | { readonly kind: 'splitView'; readonly status: number }
  | { readonly kind: 'refused'; readonly status: number; readonly reason: string }
  | { readonly kind: 'unreachable'; readonly reason: string }

/** What a witness has seen, proven by the log's own signature: a note; or that it gives none. */
export type SeenAnswer =
  | { readonly kind: 'note'; readonly size: number; readonly root: Bytes; readonly note: Bytes }
  | { readonly kind: 'none' }
  | { readonly kind: 'unreachable'; readonly reason: string }

/** One outside witness. Ask it one thing at a time. */
export class WitnessClient {
  readonly witness: Witness
  readonly #network: Network
  readonly #crypto: CryptoProvider
  readonly #clock: Clock
  /** The size that the witness cosigned last, as far as we know. */
  #oldSize = 0

  constructor(
    witness: Witness,
    { network, crypto, clock }: { network: Network; crypto: CryptoProvider; clock: Clock },
  ) {
    this.witness = witness
    this.#network = network
    this.#crypto = crypto
    this.#clock = clock
  }

  /** Asks for a cosignature; follows the witness to the size that it knows. */
  async cosign(request: CosignRequest): Promise<CosignAnswer> {
    for (let tries = 0; tries < triesMax; tries++) {
      const oldSize = Math.min(this.#oldSize, request.size)
      let response: NetworkResponse
      try {
        const proof = oldSize === 0 || oldSize === request.size ? [] : await request.proof(oldSize)
        response = await this.#network.post(
          `${this.witness.url}/add-checkpoint`,
          formatAddCheckpoint(oldSize, proof, request.note),
          {
            contentType: 'text/plain; charset=utf-8',
            timeoutMs: request.timeoutMs,
            bodyBytesMax: witnessAnswerBytesMax,
          },
        )
      } catch (error) {
        return { kind: 'unreachable', reason: error instanceof Error ? error.message : String(error) }
      }
      if (response.status !== 409) return this.#judge(request, response)
      const knownSize = sizeOf(response.body)
      // Witnesses of the first version of tlog-witness answer 409 without a size to another root at the same size.
      if (knownSize === null || knownSize === oldSize) return { kind: 'splitView', status: 409 }
      if (knownSize > request.size) return { kind: 'ahead', size: knownSize }
      this.#oldSize = knownSize
    }
    return { kind: 'refused', status: 409, reason: 'its size changes from one answer to the next' }
  }

  /** Asks the monitoring endpoint for the last checkpoint that it cosigned for `origin`. */
  async seen(origin: string, logVerifiers: readonly Verifier[], timeoutMs: number): Promise<SeenAnswer> {
    let response: NetworkResponse
    try {
      response = await this.#network.get(
        `${this.witness.url}/${toHex(this.#crypto.sha256(fromText(origin)))}/checkpoint`,
        {
          timeoutMs,
          bodyBytesMax: witnessAnswerBytesMax,
        },
      )
    } catch (error) {
      return { kind: 'unreachable', reason: error instanceof Error ? error.message : String(error) }
    }
    if (response.status !== 200) return { kind: 'none' }
    try {
      // Both must have signed: the log, or it proves nothing of the log; the witness, or it is not what it has seen.
      openNote(parseNote(response.body), this.witness.verifiers)
      const { body } = openNote(parseNote(response.body), logVerifiers)
      const checkpoint = parseCheckpoint(body)
      if (checkpoint.origin !== origin) return { kind: 'none' }
      return { kind: 'note', size: checkpoint.size, root: checkpoint.root, note: response.body }
    } catch {
      return { kind: 'none' }
    }
  }

  #judge(request: CosignRequest, response: NetworkResponse): CosignAnswer {
    const { status } = response
    if (status === 422) return { kind: 'splitView', status }
    if (status !== 200) return { kind: 'refused', status, reason: reasonOf(response.body) }
    const signatures = this.#validLines(request.note, response.body)
    if (signatures.length === 0)
      return { kind: 'refused', status, reason: 'no line of its answer is a valid cosignature of now' }
    this.#oldSize = request.size
    return { kind: 'cosigned', signatures }
  }

  #validLines(note: Bytes, lines: Bytes): Cosignature[] {
    const { body } = parseNote(note)
    return linesOf(lines).flatMap((signature) => {
      const verifier = this.witness.verifiers.find(({ name, id }) => name === signature.name && id === signature.id)
      const timeSeconds = verifier?.verify(body, signature.blob)?.timeSeconds ?? null
      const timely = timeSeconds !== null && Math.abs(timeSeconds * 1000 - this.#clock.now()) <= cosignatureSkewMaxMs
      return timely ? [{ ...signature, timeSeconds }] : []
    })
  }
}

/** The lines of a 200's body; none when it is something else. */
function linesOf(body: Bytes): NoteSignature[] {
  try {
    return parseCosignatureLines(body)
  } catch {
    return []
  }
}

/** The decimal size of a 409's body, or null. */
function sizeOf(body: Bytes): number | null {
  try {
    return parseSizeConflict(body)
  } catch {
    return null
  }
}

function reasonOf(body: Bytes): string {
  return safeText(body.subarray(0, 200)).trim()
}

function safeText(bytes: Bytes): string {
  try {
    return toText(bytes)
  } catch {
    return ''
  }
}
