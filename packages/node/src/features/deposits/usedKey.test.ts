/**
 * A repetition finds its first request, waits for it, or is a first one itself.
 * @module
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { IdempotentAnswer } from '../../store/store.ts'
import { usedKey } from './usedKey.ts'

const key = new Uint8Array(32)
const answer = (code: number): IdempotentAnswer => ({ code, height: 1 }) as unknown as IdempotentAnswer

for (const [name, open, done, expected] of [
  ['a first request', false, null, 'null'],
  ['one that is done', false, answer(0), 'done'],
  ['one that failed may be tried again', false, answer(104), 'done'],
  ['one on its way', true, null, 'stalled'],
  ['a second try on its way after one that failed', true, answer(104), 'stalled'],
  ['one whose block came at this moment', true, answer(0), 'done'],
] as const) {
  test(`under its key: ${name}`, async () => {
    const places = { store: { idempotent: async () => done }, outstanding: () => open }
    const said = await usedKey(places, key).then(
      (found) => (found === null ? 'null' : 'done'),
      (error: { code: string }) => error.code,
    )
    assert.equal(said, expected)
  })
}

test('a block that comes between the two questions is found', async () => {
  let committed = false
  const places = {
    store: { idempotent: async () => (committed ? answer(0) : null) },
    outstanding: () => {
      const before = !committed
      committed = true
      return before
    },
  }
  assert.equal((await usedKey(places, key))?.code, 0)
})
