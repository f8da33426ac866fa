import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')

test('the page names every error code, and no other', () => {
  const inCode = [...read('./error.ts').matchAll(/^ {2}\| '([a-z0-9-]+)'/gm)].map((match) => match[1])
  const onPage = [...read('../../../../docs/spec/cbor.md').matchAll(/^\| `([a-z0-9-]+)` +\|/gm)].map(
    (match) => match[1],
  )
  assert.ok(inCode.length > 0)
  assert.deepEqual(onPage, inCode)
})
