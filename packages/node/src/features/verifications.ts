/**
 * Verifications for others, on a thread of their own: what a stranger hands in may take its time, but not the node's.
 * @module
 */
import { JuratError } from '@jurat/core/errors'
import type { StatedDigest } from '@jurat/verify/original'
import type { Verdict } from '@jurat/verify/verdict'
import type { ProvenDeposit } from '@jurat/verify/verify'
import type { Timers } from '../platform/clock.ts'
import { type NoAnswer, OneByOne, threadHelper } from '../platform/oneByOne.ts'

/** Verifications that wait for the thread; more are turned away. */
export const verificationsWaitingMax = 64
/** Longest time of one verification, milliseconds. A genuine one takes a tenth of a second. */
export const verificationMsMax = 20_000

/** What is to be verified, besides an original that was hashed elsewhere. */
export interface VerificationJob {
  readonly receipt: string
  readonly trust: string
  readonly stated: StatedDigest | null
  readonly fingerprint: string | null
}

/** A verdict with what was proven; null when entry or inclusion were not. */
export interface Examination {
  readonly verdict: Verdict
  readonly proven: ProvenDeposit | null
}

/** Why there is no verdict. */
export class VerificationError extends JuratError<'too-busy'> {}

/** Verifies one job after the other. */
export class Verifications {
  readonly #jobs: OneByOne<VerificationJob, Examination>

  constructor(timers: Timers) {
    const name = import.meta.url.endsWith('.ts') ? './verifications/worker.ts' : './verifications/worker.js'
    this.#jobs = new OneByOne<VerificationJob, Examination>({
      timers,
      waitingMax: verificationsWaitingMax,
      jobMsMax: verificationMsMax,
      start: (events) => threadHelper(new URL(name, import.meta.url), events),
      error: (reason, cause) => (reason === 'ended' ? cause : new VerificationError('too-busy', sentences[reason])),
    })
  }

  /** The verdict. @throws {VerificationError} when too many wait, or this one took too long. */
  async verify(job: VerificationJob): Promise<Verdict> {
    return (await this.examine(job)).verdict
  }

  /** The verdict with what was proven. @throws as `verify` does */
  examine(job: VerificationJob): Promise<Examination> {
    return this.#jobs.ask(job)
  }

  /** Ends the thread; whoever waits is turned away. */
  stop(): Promise<void> {
    return this.#jobs.stop()
  }
}

const sentences: Readonly<Record<Exclude<NoAnswer, 'ended'>, string>> = {
  full: 'too many verifications wait',
  slow: 'the verification took too long',
  stopping: 'the node stops',
}
