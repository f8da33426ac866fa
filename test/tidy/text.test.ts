/**
 * What stands in the files: lengths, words, and marks of unfinished work.
 * @module
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { files, isCode, isProduction, text } from './repository.ts'

/** Longest file of code. Above it two ideas live in one place. */
const fileLinesMax = 400

/** What a generator writes is as long as it is (docs/decisions/0030-abci-codec.md). */
const isGenerated = (path: string): boolean => path.includes('/generated/')

const own = 'test/tidy/text.test.ts'

test(`no file of code is longer than ${fileLinesMax} lines`, () => {
  for (const path of files((path) => isCode(path) && !isGenerated(path))) {
    const lines = text(path).split('\n').length
    assert.ok(lines <= fileLinesMax, `${path} has ${lines} lines: cut it where two ideas meet`)
  }
})

test('every production file begins by saying what it is', () => {
  for (const path of files(isProduction)) {
    assert.match(text(path), /^(#!.*\n)?\/\*\*/, `${path} has no module sentence`)
  }
})

const banned: readonly (readonly [RegExp, string])[] = [
  [/\b(TODO|FIXME|XXX|HACK)\b/, 'finish it, or write it into an issue'],
  [/\.only\(/, 'a focused test hides the others'],
  [/\btest\.todo\(|\{ todo:/, 'a test that is not there proves nothing'],
  [/skip: true\b/, 'a skip names its reason'],
  [/@ts-ignore|@ts-nocheck/, 'mend the type'],
  [/\/work\/|\/root\/|\/home\/[a-z]/, 'no path of a machine goes into the project'],
]

test('no file holds a banned mark', () => {
  for (const path of files((path) => isCode(path) || path.endsWith('.md'))) {
    if (path === own) continue
    const content = text(path)
    for (const [pattern, advice] of banned) {
      const line = content.split('\n').find((candidate) => pattern.test(candidate))
      assert.ok(line === undefined, `${path}: "${line?.trim()}": ${advice}`)
    }
  }
})

test('Math.random and the clock stand only where time and randomness enter', () => {
  const entrances = /^packages\/(node\/src\/(platform|observe|commands|http|main\.ts|program\.ts|cli\.ts)|cli|sdk)\b/
  for (const path of files((path) => isProduction(path) && !entrances.test(path))) {
    assert.doesNotMatch(text(path), /\bMath\.random\(|\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(/, path)
  }
})
