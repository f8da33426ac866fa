/**
 * Each canary is found, and a seed always gives the same course of events, without a look at the machine.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { canaryNames, type CanaryName } from './canaries.ts'
import { runSeed } from './simulation.ts'

/** Seeds within which each canary is known to be found. */
const canarySeeds = 30

/** Who finds which canary. */
const finders: Readonly<Record<CanaryName, readonly string[]>> = {
  'lost-sync': ['no member stops by itself', 'nothing acknowledged is lost', 'a crash damages nothing'],
  'double-vote': ['only agreed heads are signed'],
  'stale-signer': ['no smaller tree after a larger'],
  'reordered-tile': ['a crash damages nothing', 'a folder is clean'],
  'window-edge': ['no transaction twice'],
}

for (const canary of canaryNames) {
  test(`the canary ${canary} is found within ${canarySeeds} seeds`, async () => {
    for (let seed = 1; seed <= canarySeeds; seed++) {
      const { violation } = await runSeed(seed, canary)
      if (violation === null) continue
      const invariant = 'invariant' in violation ? String(violation.invariant) : violation.name
      assert.ok(finders[canary].includes(invariant), violation.stack)
      return
    }
    assert.fail('not found')
  })
}

test('a seed gives the same course of events in any process, after any other', async () => {
  const program = join(dirname(fileURLToPath(import.meta.url)), 'run.ts')
  for (const seed of [3, 8]) {
    const { trace } = await runSeed(seed)
    await runSeed(seed + 1)
    assert.equal((await runSeed(seed)).trace, trace)
    for (let times = 0; times < 2; times++) {
      const { stdout } = await promisify(execFile)(process.execPath, [program, `--seed=${seed}`])
      assert.match(stdout, new RegExp(`trace ${trace}$`, 'm'))
    }
  }
})

test('another seed gives another course of events', async () => {
  assert.notEqual((await runSeed(1)).trace, (await runSeed(2)).trace)
})

test('a run asks the machine for no time, no timer and no randomness', async () => {
  const asked: string[] = []
  const listen = (object: object, name: string): (() => void) => {
    const real = Reflect.get(object, name) as (...args: unknown[]) => unknown
    const heard = function (this: unknown, ...args: unknown[]): unknown {
      const stack = new Error(name).stack ?? ''
      // The test runner has timers too.
      if (/packages\/|simulation\/\w+\.ts/.test(stack.replaceAll('simulation/simulation.test.ts', '')))
        asked.push(stack)
      return Reflect.apply(real, this, args)
    }
    Reflect.set(object, name, heard)
    return () => void Reflect.set(object, name, real)
  }
  const restore = [
    listen(globalThis, 'setTimeout'),
    listen(globalThis, 'setInterval'),
    listen(Date, 'now'),
    listen(performance, 'now'),
    listen(Math, 'random'),
  ]
  await runSeed(3)
  for (const each of restore) each()
  assert.deepEqual(asked, [])
})
