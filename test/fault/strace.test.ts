/**
 * EIO and SIGKILL in system calls that write, of a start and under load: a bounded part of the matrix that
 * `strace.ts --all` runs whole.
 * @module
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tool } from '../conformance/tools.ts'
import { spread } from './strace.ts'
import { Load, loadInjections } from './straceLoad.ts'
import { type StartInjection, Starts } from './straceStart.ts'
import { type Fault, faults } from './straceTool.ts'

/** Time for the faults of each test, in milliseconds; what does not fit is left to the whole run. */
const budgetMs = 8_000

const fsck = tool('tessera-fsck')
const skip = process.platform === 'linux' ? tool('strace') === null && 'strace is not installed' : 'strace is for Linux'

/** What an earlier version did not survive: half a master key, and a first checkpoint that was not durable. */
const wasLostOnce = ({ over, path, call, fault, when }: StartInjection): boolean =>
  (path.startsWith('master.key') && call.includes('write')) ||
  (over === 'nothing' && path === 'data/signer/log.new' && call === 'fdatasync' && fault === 'error=EIO' && when === 2)

/** One fault of each group, the kinds in turn, in an order that spreads over all. */
function chosen<T extends { fault: Fault }>(list: readonly T[], groupOf: (injection: T) => string): T[] {
  const groups = new Map<string, T[]>()
  for (const injection of list) {
    const group = groups.get(groupOf(injection))
    if (group === undefined) groups.set(groupOf(injection), [injection])
    else group.push(injection)
  }
  return spread(
    [...groups.values()].flatMap((group, at) => {
      const same = group.filter(({ fault }) => fault === faults[at % faults.length])
      return same.slice(Math.floor(same.length / 2)).slice(0, 1)
    }),
  )
}

/** Runs as many as the time allows, at least one with each fault; gives how often there was which outcome. */
async function runAll<T extends { fault: Fault }>(
  injections: readonly T[],
  run: (injection: T) => Promise<string>,
): Promise<Record<string, number>> {
  const met: Record<string, number> = {}
  const seen = new Set<Fault>()
  const end = performance.now() + budgetMs
  for (const injection of injections) {
    if (performance.now() > end && seen.size === 2) break
    const outcome = await run(injection).catch((error: unknown) => {
      throw new Error(JSON.stringify(injection), { cause: error })
    })
    met[outcome] = (met[outcome] ?? 0) + 1
    if (outcome !== 'notReached') seen.add(injection.fault)
  }
  return met
}

test('a failing or deadly system call under load loses nothing', { skip, timeout: 500_000 }, async (context) => {
  const all = await loadInjections()
  const load = new Load()
  const met = await runAll(
    chosen(all, ({ files, call }) => `${files} ${call}`),
    (injection) => load.run(injection),
  )
  await load.finish(fsck)
  context.diagnostic(JSON.stringify({ of: all.length, ...met, ...load.report }))
  assert.ok((met['killed'] ?? 0) > 0)
})

test(
  'a failing or deadly system call of a start leaves a folder that starts',
  { skip, timeout: 500_000 },
  async (context) => {
    const starts = new Starts()
    const all = await starts.injections()
    assert.ok(all.length > 200, `only ${all.length} calls`)
    const lostOnce = all.filter(wasLostOnce)
    assert.ok(lostOnce.length >= faults.length, `only ${lostOnce.length} that were lost once`)
    for (const injection of lostOnce) assert.notEqual(await starts.run(injection), 'notReached')
    const link = all.find(({ path, call }) => path.startsWith('master.key') && call.startsWith('link'))
    assert.ok(link !== undefined, 'the master key gets its name by a link')
    assert.equal(await starts.run({ ...link, fault: 'error=EPERM' }), 'wentOn')
    const met = await runAll(
      chosen(all, ({ over, call }) => `${over} ${call}`),
      (injection) => starts.run(injection),
    )
    context.diagnostic(JSON.stringify({ of: all.length, ...met }))
    assert.ok((met['killed'] ?? 0) > 0)
  },
)
