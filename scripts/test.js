/**
 * `npm test`: installs what is missing and runs everything: formatting, types, lint, tidiness, all tests. A test that
 * needs an outside tool which is not here is skipped by name and counted; with JURAT_REQUIRE_TOOLS=1 it fails.
 * `npm test -- PATTERN ...` runs only the test files that match.
 */
import { checks, runSteps } from './check.js'
import { installDependencies, nodeBinary, say } from './setup.js'

const everything = ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts']

installDependencies()
const patterns = process.argv.slice(2)
const tests = (files) => [
  'tests',
  nodeBinary,
  ['--test', '--test-concurrency=2', '--test-timeout=600000', '--test-reporter=./scripts/reporter.js', ...files],
]
const failed = await runSteps(patterns.length > 0 ? [tests(patterns)] : [...checks, tests(everything)])
say(failed.length === 0 ? 'All steps passed.' : `Failed: ${failed.join(', ')}`)
process.exitCode = failed.length === 0 ? 0 : 1
