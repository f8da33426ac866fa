/**
 * The vote on a proposed block's time. A block that is ahead of this node's clock is refused until the clock has come up to it.
 * One that is old is refused only for a while: a block on which members are locked is proposed again and again and only
 * gets older, so a rule that did not bend would stop the chain for ever (blockTime.test.ts has the run that shows it). docs/spec/engine.md.
 * @module
 */

/** How long old proposals of a height are refused, counted from the first proposal of it that this node saw. */
export const oldRefusedMs = 10_000

/** A block may be so much older than the tolerance of clocks allows: it took time to be made, sent and executed. */
export const proposalDelayMaxMs = 3_000

/** A proposal and what it is judged by. All times in milliseconds since 1970 UTC. */
export interface TimedProposal {
  /** The block's own time. */
  readonly timeMs: number
  /** Time of the last block with transactions. */
  readonly lastTimeMs: number
  /** Time of CometBFT's header: when the members voted for the block before. */
  readonly headerTimeMs: number
  /** This node's clock. */
  readonly nowMs: number
  /** `clockToleranceMs` of the parameters in force. */
  readonly toleranceMs: number
  /** Since this node's first proposal of the height, by the monotonic clock. */
  readonly sinceFirstMs: number
  /** Whether this node has accepted this very block before. */
  readonly acceptedBefore: boolean
}

/** `fits`, or why the block is refused now. Only `ahead` and `old` depend on the node's clock, and both end by themselves. */
export type TimeVerdict = 'fits' | 'beforeLast' | 'beforeHeader' | 'ahead' | 'old'

/** Judges a proposal's time. */
export function judgeTime(proposal: TimedProposal): TimeVerdict {
  const { timeMs, lastTimeMs, headerTimeMs, nowMs, toleranceMs, sinceFirstMs, acceptedBefore } = proposal
  if (timeMs < lastTimeMs) return 'beforeLast'
  if (timeMs < headerTimeMs - toleranceMs) return 'beforeHeader'
  if (timeMs > nowMs + toleranceMs) return 'ahead'
  const old = timeMs < nowMs - toleranceMs - proposalDelayMaxMs
  return old && !acceptedBefore && sinceFirstMs < oldRefusedMs ? 'old' : 'fits'
}

/** What this node has seen of the height that is being decided. */
export class ProposalMemory {
  #height = 0
  #firstAtMs = 0
  #accepted = new Set<string>()

  /** Notes a proposal; gives how long ago the first of its height was, and whether this one was accepted before. */
  seen(height: number, hash: string, monotonicMs: number): { sinceFirstMs: number; acceptedBefore: boolean } {
    if (height !== this.#height) {
      this.#height = height
      this.#firstAtMs = monotonicMs
      this.#accepted = new Set()
    }
    return { sinceFirstMs: monotonicMs - this.#firstAtMs, acceptedBefore: this.#accepted.has(hash) }
  }

  /** Notes that a block of the height last seen was accepted. */
  accepted(hash: string): void {
    this.#accepted.add(hash)
  }
}
