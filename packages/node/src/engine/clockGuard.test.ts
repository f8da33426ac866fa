import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ClockGuard, clockJumpMaxMs, clockSettleMs } from './clockGuard.ts'

/** Runs steps of [wall clock moves by, monotonic clock moves by] and compares the verdict after each. */
function check(steps: readonly (readonly [wallMs: number, monotonicMs: number, expected: 'ok' | number])[]): void {
  const time = { wall: 1_800_000_000_000, monotonic: 5_000 }
  const guard = new ClockGuard({ now: () => time.wall, monotonic: () => time.monotonic })
  for (const [wallMs, monotonicMs, expected] of steps) {
    time.wall += wallMs
    time.monotonic += monotonicMs
    const verdict = guard.check()
    assert.equal(verdict.ok ? 'ok' : verdict.offByMs, expected, `step ${wallMs} ${monotonicMs}`)
  }
}

test('clocks that run alike are fine', () => {
  check([
    [0, 0, 'ok'],
    [1000, 1000, 'ok'],
    [60_000, 60_000, 'ok'],
  ])
})

test('a jump up to the limit passes, one beyond it does not, in both directions', () => {
  check([[clockJumpMaxMs, 0, 'ok']])
  check([[-clockJumpMaxMs, 0, 'ok']])
  check([[clockJumpMaxMs + 1, 0, clockJumpMaxMs + 1]])
  check([[-clockJumpMaxMs - 1, 0, -clockJumpMaxMs - 1]])
})

test('it heals when the clock comes back', () => {
  check([
    [5_000, 0, 5_000],
    [1_000, 1_000, 5_000],
    [-5_000, 0, 'ok'],
  ])
})

test('it heals when the clock stays at its new place long enough', () => {
  check([
    [3_600_000, 0, 3_600_000],
    [clockSettleMs - 1, clockSettleMs - 1, 3_600_000],
    [1, 1, 'ok'],
    [1_000, 1_000, 'ok'],
  ])
})

test('a clock that keeps jumping is not believed', () => {
  check([
    [10_000, 0, 10_000],
    [40_000, 30_000, 20_000],
    [40_000, 40_000, 20_000],
    [19_999, 19_999, 20_000],
    [-8_000, 0, 12_000],
  ])
})

test('slewing as NTP does it is followed for ever, jumps of just under the limit are not', () => {
  const slew = Array.from({ length: 100 }, () => [100_050, 100_000, 'ok'] as const)
  check(slew)
  check([
    [900, 0, 'ok'],
    [1_900, 1_000, 1_800],
  ])
})
