import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { proofErrorCodes } from '../merkle/error.ts'
import { noteErrorCodes } from './error.ts'

test('every error code is documented, and no other', () => {
  for (const [page, codes] of [
    ['note.md', noteErrorCodes],
    ['tree.md', proofErrorCodes],
  ] as const) {
    const text = readFileSync(new URL(`../../../../docs/spec/${page}`, import.meta.url), 'utf8')
    const table = text.slice(text.indexOf('## Errors'))
    const documented = [...table.matchAll(/^\| `([a-z-]+)`/gm)].map(([, code]) => code)
    assert.deepEqual(new Set(documented), new Set(codes), page)
  }
})
