/** The page of exit codes says what the code says. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { exitCodes } from '@jurat/cli/exitCodes'

test('docs/reference/exit-codes.md has every exit code and no other', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/reference/exit-codes.md'), 'utf8')
  const rows = [...page.matchAll(/^\| (\d+) +\| (\w+) +\|/gmu)].map(([, code, name]) => [name, Number(code)])
  assert.deepEqual(Object.fromEntries(rows), exitCodes)
})
