/**
 * `npm run sim -- --seed=N [--seeds=COUNT] [--canary=NAME]`: runs seeds, beginning with N, until one finds something.
 * @module
 */
import { parseArgs } from 'node:util'
import { canaryNames } from './canaries.ts'
import { runSeed, type RunResult } from './simulation.ts'

/** Seeds between two lines that say how far it has come. */
const progressSeeds = 500

const say = (line: string): void => void process.stdout.write(`${line}\n`)

const usage = `Usage: npm run sim -- [--seed=N] [--seeds=COUNT] [--canary=${canaryNames.join('|')}]`

function describe({ seed, trace, blocks, transactions, crashes, events, virtualMs }: RunResult): string {
  const seconds = (virtualMs / 1_000).toFixed(0)
  return `seed ${seed}: ${blocks} blocks, ${transactions} transactions, ${crashes} crashes, ${events} events, ${seconds} s; trace ${trace}`
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { seed: { type: 'string' }, seeds: { type: 'string' }, canary: { type: 'string' } },
  })
  const [seed, seeds] = [Number(values.seed ?? 1), Number(values.seeds ?? 1)]
  const canary = canaryNames.find((name) => name === values.canary) ?? null
  const known = values.canary === undefined || canary !== null
  if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(seeds) || seed < 0 || seeds < 1 || !known) {
    say(usage)
    return 2
  }
  const startedMs = performance.now()
  for (let next = seed; next < seed + seeds; next++) {
    const result = await runSeed(next, canary)
    if (seeds === 1 || result.violation !== null) say(describe(result))
    if (result.violation !== null) {
      say(result.violation.stack ?? result.violation.message)
      return 1
    }
    const count = next - seed + 1
    if (count % progressSeeds === 0) say(`${count} of ${seeds} seeds`)
  }
  say(`${seeds} seeds without a violation, ${((performance.now() - startedMs) / seeds).toFixed(1)} ms each`)
  return 0
}

process.exitCode = await main()
