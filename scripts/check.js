/**
 * `npm run check`: the quick part of the gate: formatting, types, lint, unused code, tidiness. `checks` is shared with
 * `npm test`, which runs the tests as well.
 */
import { pathToFileURL } from 'node:url'
import { installDependencies, nodeBinary, run, say } from './setup.js'

export const checks = [
  ['formatting', 'prettier', ['--check', '--log-level=warn', '.']],
  ['types', 'tsc', ['-b']],
  ['lint', 'oxlint', ['--type-aware']],
  ['unused code', 'knip', []],
  ['tidiness', nodeBinary, ['--test', '--test-reporter=dot', 'test/tidy/*.test.ts']],
]

/** Runs the steps in order, all of them even when one fails; gives the names of those that failed. */
export async function runSteps(steps) {
  const failed = []
  for (const [name, command, args, options] of steps) {
    const started = Date.now()
    const code = await run(typeof command === 'function' ? command() : command, args, options)
    say(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`)
    if (code !== 0) failed.push(name)
  }
  return failed
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  installDependencies()
  const failed = await runSteps(checks)
  if (failed.length > 0) say(`Failed: ${failed.join(', ')}`)
  process.exitCode = failed.length === 0 ? 0 : 1
}
