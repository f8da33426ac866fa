/**
 * What the ledger's figures are recorded from: blocks, refusals, the queue, checkpoints, witnesses.
 * @module
 */
import { codes } from '@jurat/core/ledger/codes'
import type { Application, CommittedBlock } from '../engine/application.ts'
import type { Checkpoints } from '../log/checkpoints.ts'
import type { PublisherEvent } from '../log/publisher.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { Clock } from '../platform/clock.ts'

/** Committed sizes whose way to a checkpoint is timed at once; more are not timed. */
const timedSizesMax = 64

/** An application whose refusals and commits are counted and timed. */
export function recordedApplication(application: Application, metrics: Metrics, clock: Clock): Application {
  return {
    info: () => application.info(),
    async check(tx) {
      const result = await application.check(tx)
      if (result.code !== codes.success) metrics.count('refused_total', 1, { code: result.code })
      return result
    },
    propose: (request) => application.propose(request),
    process: (block) => application.process(block),
    finalize: (block) => application.finalize(block),
    async commit(finalized, side) {
      const started = clock.monotonic()
      await application.commit(finalized, side)
      metrics.observe('commit_seconds', (clock.monotonic() - started) / 1000)
    },
  }
}

/** Records blocks and checkpoints as they come. */
export class LedgerRecorder {
  readonly #metrics: Metrics
  readonly #clock: Clock
  readonly #committedAt = new Map<number, number>()

  constructor(metrics: Metrics, clock: Clock) {
    this.#metrics = metrics
    this.#clock = clock
  }

  block({ timeMs, outcome, extension }: CommittedBlock): void {
    const metrics = this.#metrics
    metrics.count('blocks_total')
    metrics.count('entries_total', outcome.entries.length)
    metrics.set('tree_size', extension.size)
    metrics.set('block_time_seconds', timeMs / 1000)
    const byCode = new Map<number, number>()
    for (const { code } of outcome.results) byCode.set(code, (byCode.get(code) ?? 0) + 1)
    for (const [code, count] of byCode) metrics.count('transactions_total', count, { code })
    if (this.#committedAt.size < timedSizesMax) this.#committedAt.set(extension.size, this.#clock.monotonic())
  }

  published(event: PublisherEvent): void {
    const metrics = this.#metrics
    switch (event.kind) {
      case 'round':
        metrics.count('witness_rounds_total', 1, { outcome: event.outcome })
        return
      case 'answer':
        metrics.count('witness_answers_total', 1, { witness: event.witness, status: event.status })
        return
      case 'checkpoint':
        metrics.set('checkpoint_size', event.size)
        for (const [size, committedAt] of this.#committedAt) {
          if (size > event.size) break
          this.#committedAt.delete(size)
          metrics.observe('checkpoint_seconds', (this.#clock.monotonic() - committedAt) / 1000)
        }
    }
  }

  /** Figures that are read, not counted: taken when somebody asks. */
  static gauges(metrics: Metrics, engine: { readonly queuedBytes: number }, publisher: Checkpoints): void {
    metrics.set('queue_bytes', engine.queuedBytes)
    metrics.set('muted', publisher.mode === 'muted' ? 1 : 0)
  }
}
