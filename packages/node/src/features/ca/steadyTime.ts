/**
 * The time by which certificates are issued and revoked: a clock that jumps is not followed before it is believed again, so
 * that lists and answers go on in the time that everybody else has. docs/spec/certificates.md.
 * @module
 */
import type { ClockVerdict } from '../../engine/clockGuard.ts'
import type { Clock } from '../../platform/clock.ts'
import type { AuthorityTime } from '../ca.ts'

/** Reads the time; `steady` says whether it is that of the clock. */
export const steadyTime =
  (clock: Pick<Clock, 'now'>, guard: { check(): ClockVerdict }): (() => AuthorityTime) =>
  () => {
    const verdict = guard.check()
    return verdict.ok ? { timeMs: clock.now(), steady: true } : { timeMs: clock.now() - verdict.offByMs, steady: false }
  }
