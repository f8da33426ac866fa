import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { describeMismatch, matches, parseTranscript, runTranscript } from './transcript.ts'

test('what a pattern matches', () => {
  const cases: readonly [readonly string[], readonly string[], boolean][] = [
    [[], [], true],
    [[], ['a'], false],
    [['a'], ['a'], true],
    [['a'], ['a  '], true],
    [['a'], ['b'], false],
    [['a [..] c'], ['a b b c'], true],
    [['a [..] c'], ['a b'], false],
    [['a.c'], ['abc'], false],
    [['...'], [], true],
    [['...', 'b'], ['a', 'a', 'b'], true],
    [['a', '...', 'c', '...'], ['a', 'b', 'c', 'd'], true],
    [['a', '...', 'e'], ['a', 'b', 'c', 'd'], false],
  ]
  for (const [expected, actual, result] of cases) assert.equal(matches(expected, actual), result, expected.join('|'))
})

const page = (lines: readonly string[]): string => ['text', '```console', ...lines, '```', '$ text'].join('\n')

test('a page runs in one shell, and the first line that differs is told', async () => {
  const cases: readonly [string, readonly string[], number | null][] = [
    ['variables last', ['$ A=5', '$ echo $A', '5'], null],
    ['lines go on', ['$ echo one \\', '>   two', 'one two'], null],
    ['an exit code', ['$ false', '? 1', '$ (exit 3)', '? 3'], null],
    ['an exit code that was not foretold', ['$ true', '$ false', '$ echo never'], 4],
    ['other output', ['$ echo b', 'a'], 3],
    ['output on both streams', ['$ echo a; echo b >&2', 'a', 'b'], null],
  ]
  for (const [name, lines, line] of cases) {
    const folder = mkdtempSync(join(tmpdir(), 'jurat-transcript-'))
    try {
      const mismatch = await runTranscript(parseTranscript(page(lines)), folder, process.env)
      assert.equal(mismatch?.step.line ?? null, line, name + (mismatch ? describeMismatch(name, mismatch) : ''))
    } finally {
      rmSync(folder, { recursive: true })
    }
  }
})
