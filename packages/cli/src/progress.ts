/**
 * Progress bars on stderr, and only when a person can see them.
 * @module
 */
import { Presets, SingleBar } from 'cli-progress'
import type { Output } from './output.ts'

/** Something that counts up. */
export interface Progress {
  advance(count: number): void
  /** A larger total became known. */
  grow(count: number): void
  end(): void
}

const silent: Progress = { advance: () => undefined, grow: () => undefined, end: () => undefined }

/** A bar that counts to `total`, or nothing. @param unit - what is counted, shown behind the numbers. */
export function startProgress(output: Output, label: string, total: number, unit: string): Progress {
  if (!output.showsProgress) return silent
  const bar = new SingleBar(
    {
      format: `${label} {bar} {value}/{total} ${unit}`,
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
    },
    Presets.rect,
  )
  bar.start(total, 0)
  return {
    advance: (count) => bar.increment(count),
    grow: (count) => bar.setTotal(bar.getTotal() + count),
    end: () => bar.stop(),
  }
}
