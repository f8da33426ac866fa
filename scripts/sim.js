/**
 * `npm run sim -- --seed=N [--seeds=COUNT] [--canary=NAME]`: runs seeds of the simulator, in as many processes as there
 * are processors. docs/operating/simulation.md.
 */
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { installDependencies, nodeBinary, root, run } from './setup.js'

/** Fewer seeds than this are not worth another process. */
const seedsPerProcessMin = 50

installDependencies()
const { values } = parseArgs({
  strict: false,
  options: { seed: { type: 'string' }, seeds: { type: 'string' }, canary: { type: 'string' } },
})
const [first, seeds] = [Number(values.seed ?? 1), Number(values.seeds ?? 1)]
const options = process.argv.slice(2)
const processes = Math.min(availableParallelism(), Math.floor(seeds / seedsPerProcessMin))
const program = join(root, 'test/simulation/run.ts')

if (processes > 1) {
  const others = options.filter((option) => !/^--seeds?=/.test(option))
  const runs = Array.from({ length: processes }, (_, at) => {
    const from = first + Math.floor((seeds * at) / processes)
    const count = first + Math.floor((seeds * (at + 1)) / processes) - from
    return run(nodeBinary(), [program, `--seed=${from}`, `--seeds=${count}`, ...others])
  })
  process.exitCode = Math.max(...(await Promise.all(runs)))
} else {
  process.exitCode = await run(nodeBinary(), [program, ...options])
}
