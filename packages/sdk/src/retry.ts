/**
 * When a request is sent again: only after an answer that says so (429, 503) or after no answer at all, and only when
 * sending it twice cannot do it twice.
 * @module
 */

/** How often and how long. */
export interface RetryPolicy {
  /** Attempts in all, the first included. */
  readonly attemptsMax: number
  /** First pause; it doubles with every attempt. */
  readonly pauseMs: number
  /** Longest pause, also when the node asks for a longer one. */
  readonly pauseMsMax: number
}

/** Six attempts within about ten seconds. */
export const retryDefault: RetryPolicy = { attemptsMax: 6, pauseMs: 250, pauseMsMax: 10_000 }

/** Statuses after which the node asks to come again. */
const statusesAgain: ReadonlySet<number> = new Set([429, 503])

/** Whether an answer invites another attempt. */
export const comesAgain = (status: number): boolean => statusesAgain.has(status)

/**
 * The pause before the next attempt in milliseconds.
 * @param attempt - attempts so far, from 1.
 * @param retryAfter - the header (RFC 9110, 10.2.3): seconds, or an HTTP date.
 * @param random - in [0, 1): spreads clients that were refused together.
 * @param nowMs - wall clock, for an HTTP date.
 */
export function pauseBefore(
  policy: RetryPolicy,
  attempt: number,
  retryAfter: string | null,
  random: number,
  nowMs: number,
): number {
  const asked = retryAfterMs(retryAfter, nowMs)
  const own = policy.pauseMs * 2 ** (attempt - 1)
  return Math.min(policy.pauseMsMax, Math.round(Math.max(asked, own * (0.5 + random))))
}

function retryAfterMs(header: string | null, nowMs: number): number {
  if (header === null) return 0
  if (/^\d{1,9}$/u.test(header)) return Number(header) * 1000
  const date = Date.parse(header)
  return Number.isNaN(date) ? 0 : Math.max(0, date - nowMs)
}
