/**
 * What is to be told to one other member. At most one call is in flight; what comes meanwhile goes into the next, and
 * what a failed call carried goes again. Saying a thing twice is harmless.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import type { Timers } from '../../platform/clock.ts'
import { bounded, type CosignedHead, type Exchange, type ReportedHead } from './exchange.ts'

/** Pause after a failed call: doubled each time, from the first to the second, milliseconds. */
export const callPauseMinMs = 50
export const callPauseMaxMs = 5_000

/** Most heads that wait to be told of; beyond, the oldest go: who lacks them asks. */
export const outboxMax = 256

/** What a peer needs. */
export interface PeerOptions {
  readonly name: string
  readonly timers: Timers
  /** Sends a message and gives the answer's bytes. @throws when there is none. */
  readonly send: (exchange: Exchange) => Promise<Bytes>
  /** Sizes to ask for. */
  readonly wanted: () => readonly number[]
  /** Takes an answer. @throws when it is none of an honest member. */
  readonly answered: (answer: Bytes) => Promise<void>
  readonly failed: (error: unknown) => void
}

/** One other member. */
export class Peer {
  readonly #options: PeerOptions
  readonly #reports = new Map<number, ReportedHead>()
  readonly #cosigned = new Map<number, CosignedHead>()
  #asking = false
  #inFlight = false
  #pauseMs = callPauseMinMs
  #cancelPause: (() => void) | null = null
  #stopped = false
  #reachable: boolean | null = null

  constructor(options: PeerOptions) {
    this.#options = options
  }

  get name(): string {
    return this.#options.name
  }

  /** Whether the last call was answered; null before the first. */
  get reachable(): boolean | null {
    return this.#reachable
  }

  /** Puts something into the next call. */
  tell(news: { readonly reports?: readonly ReportedHead[]; readonly cosigned?: readonly CosignedHead[] }): void {
    for (const report of news.reports ?? []) keep(this.#reports, report)
    for (const head of news.cosigned ?? []) keep(this.#cosigned, head)
  }

  /** Calls soon, with the wanted sizes when `asking`. */
  call({ asking }: { readonly asking: boolean }): void {
    this.#asking ||= asking
    if (this.#stopped || this.#inFlight || this.#cancelPause !== null) return
    if (!this.#asking && this.#reports.size === 0 && this.#cosigned.size === 0) return
    this.#inFlight = true
    void this.#call()
  }

  /** The member has shown itself: a pause after failures ends. The next one is no shorter for that. */
  awake(): void {
    this.#cancelPause?.()
    this.#cancelPause = null
  }

  /**
   * What an answer to this member's own call carries beside what it asked for: everything that waits, when our calls do
   * not reach it. It stays waiting, because an answer may be lost.
   */
  carried(): Exchange | null {
    return this.#reachable === false ? this.#message(this.#options.wanted()) : null
  }

  stop(): void {
    this.#stopped = true
    this.#cancelPause?.()
  }

  async #call(): Promise<void> {
    // Whatever the same turn of the event loop brings goes along.
    await Promise.resolve()
    const asked = this.#asking
    this.#asking = false
    const message = this.#message(asked ? this.#options.wanted() : [])
    try {
      const answer = await this.#options.send(message)
      this.#delivered(message)
      this.#reachable = true
      await this.#options.answered(answer)
      this.#pauseMs = callPauseMinMs
    } catch (error) {
      this.#reachable = false
      this.#asking ||= asked
      if (!this.#stopped) this.#options.failed(error)
      this.#pause()
    }
    this.#inFlight = false
    this.call({ asking: false })
  }

  #message(wanted: readonly number[]): Exchange {
    return bounded([{ reports: [...this.#reports.values()], cosigned: [...this.#cosigned.values()], wanted }])
  }

  #delivered({ reports, cosigned }: Exchange): void {
    for (const report of reports) if (this.#reports.get(report.size) === report) this.#reports.delete(report.size)
    for (const head of cosigned) if (this.#cosigned.get(head.size) === head) this.#cosigned.delete(head.size)
  }

  #pause(): void {
    if (this.#stopped) return
    this.#cancelPause = this.#options.timers.after(this.#pauseMs, () => {
      this.#cancelPause = null
      this.call({ asking: false })
    })
    this.#pauseMs = Math.min(2 * this.#pauseMs, callPauseMaxMs)
  }
}

function keep<T extends { readonly size: number }>(waiting: Map<number, T>, item: T): void {
  waiting.set(item.size, item)
  if (waiting.size <= outboxMax) return
  const [oldest] = waiting.keys()
  if (oldest !== undefined) waiting.delete(oldest)
}
