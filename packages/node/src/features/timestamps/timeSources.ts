/**
 * The clock compared with several servers: it may be believed while more than half of them agree with it. docs/spec/timestamps.md.
 * @module
 */
import { randomBytes } from 'node:crypto'
import type { Clock, Timers } from '../../platform/clock.ts'
import type { Datagrams } from '../../platform/datagrams.ts'
import { cookieBytes, readTimeAnswer, timeQuestion } from './sntp.ts'

/** Time between two questions to a source, milliseconds. */
export const askEveryMs = 64_000

/** Longest wait for an answer, milliseconds. */
export const answerTimeoutMs = 2_000

/** An answer counts for this long, milliseconds. */
export const answerLifetimeMs = 300_000

/** How far the clock may be from a source, with half of the way there and back, milliseconds: what tokens say of it. */
export const offsetMaxMs = 1_000

/** Where a source is. */
export interface TimeSource {
  readonly host: string
  readonly port: number
}

/** What the comparison stands on. */
export interface TimeSourcesOptions {
  readonly sources: readonly TimeSource[]
  readonly datagrams: Datagrams
  readonly clock: Clock
  readonly timers: Timers
  readonly warn: (message: string, details: object) => void
}

/** The true time less that of the monotonic clock, as a source told it, and how exact that is. */
interface Sample {
  readonly beginMs: number
  readonly errorMs: number
  readonly atMonotonicMs: number
}

/** Asks the sources, and compares. */
export class TimeSources {
  readonly #options: TimeSourcesOptions
  readonly #samples = new Map<TimeSource, Sample>()
  #cancel: (() => void) | null = null
  #working: Promise<void> = Promise.resolve()
  #stopped = false

  constructor(options: TimeSourcesOptions) {
    this.#options = options
  }

  /** Asks at once, and from then on from time to time. */
  start(): void {
    this.#working = this.ask().finally(() => {
      if (this.#stopped) return
      this.#cancel = this.#options.timers.after(askEveryMs, () => this.start())
    })
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancel?.()
    await this.#working
  }

  /** Asks every source once. */
  async ask(): Promise<void> {
    await Promise.all(this.#options.sources.map((source) => this.#askOne(source)))
  }

  /** Why the clock is not to be believed, or null. The clock is read now: whoever has set it since is found out. */
  disagreement(): string | null {
    const { sources, clock } = this.#options
    const [monotonicMs, nowMs] = [clock.monotonic(), clock.now()]
    let [answered, agreeing] = [0, 0]
    for (const { beginMs, errorMs, atMonotonicMs } of this.#samples.values()) {
      if (monotonicMs - atMonotonicMs > answerLifetimeMs) continue
      answered++
      if (Math.abs(beginMs + monotonicMs - nowMs) + errorMs <= offsetMaxMs) agreeing++
    }
    if (agreeing * 2 > sources.length) return null
    return `${agreeing} of ${sources.length} time sources agree with the clock, ${answered} have answered`
  }

  async #askOne(source: TimeSource): Promise<void> {
    const { datagrams, clock, warn } = this.#options
    const cookie = new Uint8Array(randomBytes(cookieBytes))
    const sentMs = clock.monotonic()
    try {
      const answer = await datagrams.ask(source, timeQuestion(cookie), answerTimeoutMs)
      const receivedMs = clock.monotonic()
      const times = readTimeAnswer(answer, cookie, clock.now())
      if (times === null)
        throw new Error('the answer is not to the question, or of a server that does not know the time')
      const midMs = (times.receivedMs + times.sentMs) / 2
      const errorMs = Math.max(0, receivedMs - sentMs - (times.sentMs - times.receivedMs)) / 2
      this.#samples.set(source, { beginMs: midMs - (sentMs + receivedMs) / 2, errorMs, atMonotonicMs: receivedMs })
    } catch (error) {
      warn('A time source did not tell the time', { host: source.host, port: source.port, error: String(error) })
    }
  }
}
