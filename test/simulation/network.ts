/**
 * The network between the members: it loses, delays, repeats and reorders messages, and falls into parts.
 * @module
 */
import type { Chance } from './chance.ts'
import type { Schedule } from './schedule.ts'

/** What the network does to messages. */
export interface NetworkFaults {
  /** Share of messages that never arrive. */
  readonly lost: number
  /** Share of messages that arrive twice. */
  readonly repeated: number
  /** Mean delay, milliseconds. */
  readonly delayMs: number
}

/** A network that behaves. */
export const calmNetwork: NetworkFaults = { lost: 0, repeated: 0, delayMs: 5 }

/** Carries messages. */
export class VirtualNetwork {
  readonly #schedule: Schedule
  readonly #chance: Chance
  faults: NetworkFaults = calmNetwork
  /** The part of the network that each member is in; members of one part reach one another. */
  #parts: readonly number[] = []

  constructor(schedule: Schedule, chance: Chance) {
    this.#schedule = schedule
    this.#chance = chance
  }

  /** Cuts the network into parts, by member; none makes it whole. */
  cut(parts: readonly number[]): void {
    this.#parts = parts
  }

  reaches(from: number, to: number): boolean {
    return from === to || (this.#parts[from] ?? 0) === (this.#parts[to] ?? 0)
  }

  /** Sends a message: `arrive` is called when it arrives, once, twice or never. */
  send(from: number, to: number, arrive: () => void): void {
    const { lost, repeated, delayMs } = this.faults
    const copies = this.#chance.often(repeated) ? 2 : 1
    for (let copy = 0; copy < copies; copy++) {
      if (this.#chance.often(lost)) continue
      this.#schedule.after(this.#chance.wait(delayMs), () => {
        // What is under way when the cable is cut does not arrive either.
        if (this.reaches(from, to)) arrive()
      })
    }
  }
}
