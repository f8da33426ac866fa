/**
 * Serves c2sp.org/tlog-witness for the logs of others with the separate key `<member>/witness`. The state machine is
 * core's; here is what it needs around it: one request at a time for each origin, state durable before the answer,
 * and the refusal to witness what this node executes itself (ledger.md, Log).
 * @module
 */
import { fromText, toHex, type Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { addCheckpointBytesMax, formatCosignatureLines, parseAddCheckpoint } from '@jurat/core/note/addCheckpoint'
import type { Cosigner } from '@jurat/core/note/cosignature'
import { NoteError } from '@jurat/core/note/error'
import { canonicalSignatures, formatNote } from '@jurat/core/note/note'
import { formatVkey, type Verifier } from '@jurat/core/note/vkey'
import { addCheckpoint, type CosignDecision, type ExecutedLog, type WitnessedLog } from '@jurat/core/note/witness'
import type { Clock } from '../platform/clock.ts'
import type { SignerStore } from '../store/signer.ts'

/** Longest request body, bytes. Whoever reads it from the network stops there. */
export const witnessRequestBytesMax: number = addCheckpointBytesMax

/** Requests of one origin that wait for their turn; beyond, 429. */
export const witnessWaitingMax = 32

/** An answer to be carried over HTTP. Header names are lower case. */
export interface WitnessResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Bytes
}

/** What the witness needs. */
export interface WitnessServerOptions {
  readonly crypto: CryptoProvider
  readonly clock: Clock
  readonly signer: Pick<SignerStore, 'witness' | 'witnessReady' | 'advanceWitness'>
  /** The keys named `<member>/witness`. Empty: this node witnesses nobody. */
  readonly cosigners: readonly Cosigner[]
  /** The logs of others, by origin, with their keys. */
  readonly logs: ReadonlyMap<string, readonly Verifier[]>
  /** Networks that this node executes: an origin equal to or below one of these is never witnessed. */
  readonly networks: readonly string[]
  /** The node's own newest checkpoint for such an origin, or null when it knows no log of that name. */
  readonly executed: (origin: string) => ExecutedLog | null
  readonly fatal: (error: unknown) => void
  readonly alarm?: (message: string, details: Record<string, unknown>) => void
}

/** Serves `add-checkpoint` and the monitoring endpoint. */
export class WitnessServer {
  readonly #options: WitnessServerOptions
  readonly #turns = new Map<string, { last: Promise<unknown>; waiting: number }>()
  readonly #originByHash: ReadonlyMap<string, string>

  constructor(options: WitnessServerOptions) {
    this.#options = options
    this.#originByHash = new Map(
      [...options.logs.keys()].map((origin) => [toHex(options.crypto.sha256(fromText(origin))), origin]),
    )
  }

  /** Verifier keys of its cosignatures, as other logs' operators write them down. */
  get vkeys(): string[] {
    return this.#options.cosigners.map(({ vkey }) => formatVkey(vkey))
  }

  /** Answers `POST add-checkpoint`. The body is untrusted. Never rejects. */
  async addCheckpoint(body: Bytes): Promise<WitnessResponse> {
    const origin = originOf(body)
    try {
      return await (origin === null ? this.#decide(body) : this.#inTurn(origin, () => this.#decide(body)))
    } catch (error) {
      this.#options.fatal(error)
      return answer(503, fromText('the witness has failed\n'))
    }
  }

  /** Answers `GET <hash>/checkpoint`: the last cosigned note of the log whose origin has this lower-case hex SHA-256. */
  monitoring(hash: string): WitnessResponse {
    const origin = this.#originByHash.get(hash)
    const state = origin === undefined ? null : this.#options.signer.witness(origin)
    return state === null ? answer(404, fromText('never cosigned\n')) : answer(200, state.note)
  }

  async #inTurn(origin: string, run: () => Promise<WitnessResponse>): Promise<WitnessResponse> {
    // Only origins that we know have turns, so strangers cannot fill the map.
    if (!this.#options.logs.has(origin)) return run()
    const turn = this.#turns.get(origin) ?? { last: Promise.resolve(), waiting: 0 }
    this.#turns.set(origin, turn)
    if (turn.waiting >= witnessWaitingMax) return answer(429, fromText('too many requests for this log\n'))
    turn.waiting++
    const mine = turn.last.then(run)
    turn.last = mine.catch(() => undefined)
    try {
      return await mine
    } finally {
      turn.waiting--
    }
  }

  async #decide(body: Bytes): Promise<WitnessResponse> {
    const { crypto, alarm } = this.#options
    const decision = addCheckpoint(crypto, body, (origin) => this.#lookup(origin))
    if (decision.kind === 'cosign') return this.#cosign(decision)
    const { status, origin } = decision
    if (decision.alarm) alarm?.('A log has shown two roots for one size', { origin, request: toHex(body) })
    if (status === 200 && decision.body.length === 0) {
      return answer(403, fromText('this node executes that log; it does not witness it\n'))
    }
    return answer(status, decision.body, decision.contentType)
  }

  async #cosign({ origin, body, request, newState }: CosignDecision): Promise<WitnessResponse> {
    const { signer, cosigners, clock, logs } = this.#options
    if (cosigners.length === 0 || !signer.witnessReady()) {
      return answer(503, fromText('the witness key has no state; it signs nothing\n'))
    }
    const timeSeconds = Math.floor(clock.now() / 1000)
    const cosignatures = cosigners.map((cosigner) => cosigner.cosign(body, timeSeconds))
    const verifiers = logs.get(origin) ?? []
    const logLines = request.note.signatures.filter(({ name, id }) =>
      verifiers.some((verifier) => verifier.name === name && verifier.id === id),
    )
    const note = formatNote(body, canonicalSignatures(origin, [...logLines, ...cosignatures]))
    await signer.advanceWitness(origin, { ...newState, note })
    return answer(200, formatCosignatureLines(cosignatures))
  }

  #lookup(origin: string): WitnessedLog | ExecutedLog | null {
    const { networks, executed, logs, signer } = this.#options
    if (networks.some((network) => origin === network || origin.startsWith(`${network}/`))) return executed(origin)
    const verifiers = logs.get(origin)
    return verifiers === undefined ? null : { kind: 'witnessed', verifiers, state: signer.witness(origin) }
  }
}

function originOf(body: Bytes): string | null {
  try {
    return parseAddCheckpoint(body).checkpoint.origin
  } catch (error) {
    if (error instanceof NoteError) return null
    throw error
  }
}

function answer(status: number, body: Bytes, contentType = 'text/plain; charset=utf-8'): WitnessResponse {
  return { status, headers: { 'content-type': contentType, 'cache-control': 'no-store' }, body }
}
