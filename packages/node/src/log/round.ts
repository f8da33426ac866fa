/**
 * One round of asking the outside witnesses for one checkpoint. It ends when the quorum is complete, when everybody
 * who was asked has answered, or at its deadline; witnesses that are still busy then are left out until they answer.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import type { Timers } from '../platform/clock.ts'
import type { CosignAnswer, Cosignature, WitnessClient } from './witnessClient.ts'

/** A witness and whether a request of an earlier round is still out. */
export interface AskedWitness {
  readonly client: WitnessClient
  busy: boolean
}

/** What a round is about. */
export interface RoundOptions {
  readonly witnesses: readonly AskedWitness[]
  readonly timers: Timers
  readonly deadlineMs: number
  readonly note: Bytes
  readonly size: number
  readonly proof: (oldSize: number) => Promise<readonly Bytes[]>
  /** Whether these cosignatures make the quorum. */
  readonly satisfied: (signatures: readonly Cosignature[]) => boolean
  /** Given what ends the round early: the node stops. */
  readonly begun: (end: () => void) => void
  /** Told of every answer, late ones too. */
  readonly answered: (client: WitnessClient, answer: CosignAnswer) => void
}

/** The cosignatures that came in time, and whether they make the quorum. */
export interface RoundResult {
  readonly complete: boolean
  readonly signatures: readonly Cosignature[]
}

/** Asks everybody who is free. Never rejects. */
export function askWitnesses(options: RoundOptions): Promise<RoundResult> {
  const { timers, note, size, proof } = options
  return new Promise((resolve) => {
    const signatures: Cosignature[] = []
    let waiting = 0
    let ended = false
    const end = (): void => {
      if (ended) return
      ended = true
      cancelDeadline()
      resolve({ complete: options.satisfied(signatures), signatures })
    }
    const cancelDeadline = timers.after(options.deadlineMs, end)
    options.begun(end)
    const ask = async (asked: AskedWitness): Promise<void> => {
      asked.busy = true
      waiting++
      const answer = await asked.client.cosign({ note, size, proof, timeoutMs: options.deadlineMs })
      asked.busy = false
      waiting--
      options.answered(asked.client, answer)
      if (ended) return
      if (answer.kind === 'cosigned') signatures.push(...answer.signatures)
      if (waiting === 0 || options.satisfied(signatures)) end()
    }
    const free = options.witnesses.filter((asked) => !asked.busy)
    for (const asked of free) void ask(asked)
    if (free.length === 0) end()
  })
}
