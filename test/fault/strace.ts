/**
 * Faults at system calls that write: EIO, or the end of the process, in every call of a start (straceStart.ts) and of a
 * short window under load (straceLoad.ts). `npm test` takes a bounded part; all of it is
 *
 *     node test/fault/strace.ts --all [--minutes N] [--plan FILE]
 *
 * which goes through the calls in an order that spreads over all kinds, says each one, and ends with a summary and with
 * code 1 when one was not survived. With `--plan` it writes down what is left, and goes on there the next time.
 * @module
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { inspect, parseArgs } from 'node:util'
import { Dice } from '../seededRandom.ts'
import { Load, type LoadInjection, loadInjections } from './straceLoad.ts'
import { type StartInjection, Starts } from './straceStart.ts'

/** One fault. */
type Injection = LoadInjection | StartInjection

/** What is left to do, and what was met. */
interface Plan {
  readonly left: Injection[]
  readonly met: Record<string, number>
  readonly failed: { injection: Injection | null; error: string }[]
}

/** The same list in another order, always the same one: its beginning is spread over all of it. */
export function spread<T>(list: readonly T[]): T[] {
  const dice = new Dice(1)
  const left = [...list]
  return list.map(() => left.splice(dice.below(left.length), 1)[0] as T)
}

async function runPlan(plan: Plan, deadlineMs: number, keep: () => void): Promise<void> {
  const starts = new Starts()
  let load = new Load()
  const note = async (injection: Injection | null, run: () => Promise<string>): Promise<void> => {
    try {
      const outcome = await run()
      plan.met[outcome] = (plan.met[outcome] ?? 0) + 1
      console.log(`${plan.left.length} left  ${outcome.padEnd(12)} ${JSON.stringify(injection)}`)
    } catch (error) {
      const text = inspect(error)
      plan.failed.push({ injection, error: text })
      console.log(`FAILED ${JSON.stringify(injection)}: ${text}`)
      // What is broken would fail everything that comes after.
      load = new Load()
    }
  }
  while (plan.left.length > 0 && performance.now() < deadlineMs) {
    const injection = plan.left.shift()
    if (injection === undefined) break
    await note(injection, () => (injection.kind === 'load' ? load.run(injection) : starts.run(injection)))
    keep()
  }
  const { report } = load
  await note(null, async () => {
    await load.finish(null)
    return 'judgedAtEnd'
  })
  keep()
  console.log(JSON.stringify({ met: plan.met, failed: plan.failed.length, left: plan.left.length, ...report }))
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({
    options: { all: { type: 'boolean' }, minutes: { type: 'string', default: '100000' }, plan: { type: 'string' } },
  })
  if (values.all !== true) throw new Error('usage: node test/fault/strace.ts --all [--minutes N] [--plan FILE]')
  const deadlineMs = performance.now() + Number(values.minutes) * 60_000
  const file = values.plan
  const known = file !== undefined && existsSync(file)
  const plan: Plan = known
    ? (JSON.parse(readFileSync(file, 'utf8')) as Plan)
    : { left: spread([...(await new Starts().injections()), ...(await loadInjections())]), met: {}, failed: [] }
  console.log(`${plan.left.length} faults ${known ? 'are left' : 'in all'}`)
  await runPlan(plan, deadlineMs, () => {
    if (file !== undefined) writeFileSync(file, JSON.stringify(plan))
  })
  process.exitCode = plan.failed.length === 0 ? 0 : 1
}
