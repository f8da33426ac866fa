/**
 * Whether the clock may be believed when a time stamp is made (RFC 3161, `timeNotAvailable`). docs/spec/timestamps.md.
 * @module
 */
import { comparedPolicy, testPolicy } from '@jurat/core/timestamp/identifiers'
import type { ClockVerdict } from '../../engine/clockGuard.ts'
import type { Clock } from '../../platform/clock.ts'

/** How far a block's time may be ahead of the clock before the clock is thought to be behind, milliseconds. */
export const behindMaxMs = 2_000

/** A time that may stand in a token, and the policy under which; or why there is none. */
export type TrustedTime =
  { readonly timeMs: number; readonly policy: string } | { readonly timeMs: null; readonly reason: string }

/** What the time is judged by. */
export interface TimeJudges {
  readonly clock: Clock
  /** Whether wall clock and monotonic clock run alike. */
  readonly guard: { check(): ClockVerdict }
  /** Time of the newest block, milliseconds: a clock before it was set back while nobody looked. */
  readonly tipTimeMs: () => number
  /** Why the clock does not agree with its sources, or null when it does. Without sources this is null itself. */
  readonly disagreement: (() => string | null) | null
  /** Whether the network is one for tests. */
  readonly isTest: boolean
  /** The operator's own policy, dotted; null: ours. */
  readonly policy: string | null
}

/** The time, if it can be trusted. */
export function trustedTime({ clock, guard, tipTimeMs, disagreement, isTest, policy }: TimeJudges): TrustedTime {
  const verdict = guard.check()
  if (!verdict.ok) return { timeMs: null, reason: `the clock has jumped by ${verdict.offByMs} ms` }
  const timeMs = clock.now()
  if (timeMs < tipTimeMs() - behindMaxMs) return { timeMs: null, reason: 'the clock is before the newest block' }
  if (disagreement !== null) {
    const reason = disagreement()
    return reason === null ? { timeMs, policy: policy ?? comparedPolicy } : { timeMs: null, reason }
  }
  if (isTest) return { timeMs, policy: testPolicy }
  return { timeMs: null, reason: 'no time sources are configured, and the network is not one for tests' }
}

/** Domains that never belong to anybody (RFC 6761, RFC 6762, RFC 2606). */
const testDomain = /(?:^|\.)(?:test|example|invalid|localhost|local)$/u

/** Whether a network is marked as one for tests: its name lies under a domain that is reserved for such. */
export function isTestNetwork(origin: string): boolean {
  const [host = ''] = origin.split(/[/:]/u, 1)
  return testDomain.test(host.toLowerCase())
}
