/**
 * The outside witnesses of a log: asked in rounds, one at a time, and judged by what they answer. Who asks says what is to be
 * cosigned: a solo publisher its checkpoint (publisher.ts), a member of a consortium the log that it serves
 * (members/outsideNotes.ts).
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { consistencyProof } from '@jurat/core/merkle/proof'
import type { Clock, Timers } from '../platform/clock.ts'
import type { Network } from '../platform/network.ts'
import type { Store } from '../store/store.ts'
import type { WitnessPolicy } from './logPolicy.ts'
import type { PublisherEvent, WitnessStanding } from './publisher.ts'
import { askWitnesses, type AskedWitness, type RoundResult } from './round.ts'
import { type CosignAnswer, type SeenAnswer, WitnessClient } from './witnessClient.ts'

/** A round of asking ends after this, milliseconds. */
export const roundTimeoutMs = 5_000

/** A note that a witness showed, with the log's own signature. */
export type SeenNote = Extract<SeenAnswer, { kind: 'note' }>

/** What asking needs. */
export interface OutsideWitnessesOptions {
  readonly store: Pick<Store, 'signer' | 'withHashes'>
  readonly crypto: CryptoProvider
  readonly clock: Clock
  readonly timers: Timers
  readonly network: Network
  /** A witness claimed to know another history, and shows this note with the log's own signature. */
  readonly shown: (witness: string, seen: SeenNote) => void | Promise<void>
  readonly warn?: (message: string, details: Record<string, unknown>) => void
  /** Somebody shows another history of this log, or claims to: people must look. */
  readonly alarm?: (message: string, details: Record<string, unknown>) => void
  readonly observed?: (event: PublisherEvent) => void
}

/** A signed checkpoint that is to be cosigned. */
export interface OutsideRequest {
  /** Who is asked, and when it is enough. */
  readonly policy: WitnessPolicy
  readonly note: Bytes
  readonly size: number
}

/** Asks the witnesses of whichever policy is in force. */
export class OutsideWitnesses {
  readonly #options: OutsideWitnessesOptions
  readonly #standings = new Map<string, WitnessStanding>()
  #witnesses: readonly AskedWitness[] = []
  #witnessesOf: string | null = null
  #endRound: (() => void) | null = null

  constructor(options: OutsideWitnessesOptions) {
    this.#options = options
  }

  /** How they answered last. */
  get standings(): readonly WitnessStanding[] {
    return [...this.#standings.values()]
  }

  /** The witnesses of a policy, to be asked something else. */
  clients(policy: WitnessPolicy): readonly WitnessClient[] {
    return this.#asked(policy).map(({ client }) => client)
  }

  /** One round; none when the policy asks for nobody. Never rejects. */
  async ask({ policy, note, size }: OutsideRequest): Promise<RoundResult> {
    if (policy.satisfied([])) return { complete: true, signatures: [] }
    const { timers, store, crypto } = this.#options
    const result = await askWitnesses({
      witnesses: this.#asked(policy),
      timers,
      deadlineMs: roundTimeoutMs,
      note,
      size,
      proof: (oldSize) => store.withHashes((read) => consistencyProof(crypto, read, oldSize, size)),
      satisfied: (cosignatures) => policy.satisfied(cosignatures),
      begun: (end) => {
        this.#endRound = end
      },
      answered: (client, answer) => void this.#judge(client, answer, policy),
    })
    this.#options.observed?.({ kind: 'round', outcome: result.complete ? 'complete' : 'incomplete' })
    return result
  }

  /** Ends the round that goes on: the node stops. */
  end(): void {
    this.#endRound?.()
  }

  #asked(policy: WitnessPolicy): readonly AskedWitness[] {
    if (this.#witnessesOf !== policy.text) {
      this.#witnesses = policy.witnesses.map((witness) => ({
        client: new WitnessClient(witness, this.#options),
        busy: false,
      }))
      this.#witnessesOf = policy.text
    }
    return this.#witnesses
  }

  /** A witness that claims to know more, or otherwise, may lie: only a note with our own signature counts. */
  async #judge(client: WitnessClient, answer: CosignAnswer, { origin, logVerifier }: WitnessPolicy): Promise<void> {
    const { name } = client.witness
    const { observed, clock, warn, alarm, store, shown } = this.#options
    observed?.({ kind: 'answer', witness: name, status: answer.kind })
    const reason = 'reason' in answer ? answer.reason : null
    const last = this.#standings.get(name)?.cosignedAtMs ?? null
    const cosignedAtMs = answer.kind === 'cosigned' ? clock.now() : last
    this.#standings.set(name, { name, answer: answer.kind, reason, cosignedAtMs })
    if (answer.kind === 'refused' || answer.kind === 'unreachable') {
      warn?.('A witness gave no cosignature', { witness: name, ...answer })
    }
    if (answer.kind !== 'ahead' && answer.kind !== 'splitView') return
    // Who has got its state from a backup may be asked to cosign less than it signed before.
    if (answer.kind === 'ahead' && answer.size <= (store.signer.log()?.size ?? 0)) return
    alarm?.('A witness claims to know another history of this log', { witness: name, ...answer })
    const seen = await client.seen(origin, [logVerifier], roundTimeoutMs)
    if (seen.kind === 'note') await shown(name, seen)
  }
}
