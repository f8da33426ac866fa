import assert from 'node:assert/strict'
import { test } from 'node:test'
import { troubleOf } from './memberLedger.ts'

const status = { height: 7, peers: 3, catchingUp: false }

for (const [what, child, key, expected] of [
  ['takes part', { pid: 1, status }, 'own', null],
  ['has not started', { pid: null, status: null }, 'own', /not answered/],
  ['has not answered', { pid: 1, status: null }, 'throwaway', /not answered/],
  ['is behind', { pid: 1, status: { ...status, catchingUp: true } }, 'own', /catching up/],
  ['has lost what its validator signed', { pid: 1, status }, 'throwaway', /state of the validator is lost/],
  ['has lost it and is behind', { pid: 1, status: { ...status, catchingUp: true } }, 'throwaway', /is lost/],
] as const) {
  test(`health of a member that ${what}`, () => {
    const trouble = troubleOf(child, key)
    if (expected === null) assert.equal(trouble, null)
    else assert.match(trouble ?? '', expected)
  })
}
