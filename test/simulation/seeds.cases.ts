/**
 * Seeds of every test run; `npm run sim` runs as many as one likes.
 * @module
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runSeed } from './simulation.ts'

/** Seeds of one test: each has the runner's whole time. */
const seedsPerTest = 50

/** Makes tests of the seeds from `first` to `last`. */
export function checkSeeds(first: number, last: number): void {
  for (let from = first; from <= last; from += seedsPerTest) {
    const to = Math.min(last, from + seedsPerTest - 1)
    test(`nothing that must never happen happens in the seeds ${from} to ${to}`, async () => {
      for (let seed = from; seed <= to; seed++) {
        const { violation } = await runSeed(seed)
        assert.equal(violation, null, `npm run sim -- --seed=${seed}`)
      }
    })
  }
}
