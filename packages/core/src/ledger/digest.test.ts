import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Bytes } from '../bytes.ts'
import { fromHex, toHex } from '../bytes.ts'
import { nobleCrypto } from '../crypto/noble.ts'
import { emptyLanes, lanesBytes, stateDigest, updateLanes } from './digest.ts'
import type { StateChange } from './state.ts'

interface Vectors {
  empty: string
  element: { key: string; value: string; lanesSha256: string; firstLanes: string }
  steps: { changes: { key: string; before: string | null; after: string | null }[]; digest: string }[]
}

const vectors = JSON.parse(
  readFileSync(new URL('../../../../vectors/state-digest.json', import.meta.url), 'utf8'),
) as Vectors

const nullable = (hex: string | null): Bytes | null => (hex === null ? null : fromHex(hex))
const update = (lanes: Bytes, ...changes: StateChange[]): Bytes => updateLanes(nobleCrypto, lanes, changes)
const digestOf = (lanes: Bytes): string => toHex(stateDigest(nobleCrypto, lanes))

test('vectors: the empty state, one element, and a state as it changes', () => {
  assert.equal(digestOf(emptyLanes()), vectors.empty)
  const { key, value, lanesSha256, firstLanes } = vectors.element
  const one = update(emptyLanes(), { key, before: null, after: fromHex(value) })
  assert.equal(toHex(nobleCrypto.sha256(one)), lanesSha256)
  assert.equal(toHex(one.subarray(0, 16)), firstLanes)
  let lanes = emptyLanes()
  for (const { changes, digest } of vectors.steps) {
    const parsed = changes.map(({ key, before, after }) => ({ key, before: nullable(before), after: nullable(after) }))
    lanes = update(lanes, ...parsed)
    assert.equal(digestOf(lanes), digest)
  }
})

const states = fc.dictionary(fc.string({ maxLength: 8 }), fc.uint8Array({ maxLength: 40 }), { maxKeys: 6 })

/** The lanes of a whole state, from nothing. */
const lanesOf = (state: Readonly<Record<string, Bytes>>): Bytes =>
  update(emptyLanes(), ...Object.entries(state).map(([key, after]) => ({ key, before: null, after })))

test('net changes lead from the digest of one state to that of another, in any order', () => {
  fc.assert(
    fc.property(states, states, fc.nat(), (from, to, rotation) => {
      const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])]
      const value = (state: Readonly<Record<string, Bytes>>, key: string): Bytes | null =>
        Object.hasOwn(state, key) ? (state[key] ?? null) : null
      const changes = keys.map((key) => ({ key, before: value(from, key), after: value(to, key) }))
      const cut = keys.length === 0 ? 0 : rotation % keys.length
      const lanes = lanesOf(from)
      const before = lanes.slice()
      const updated = update(lanes, ...changes.slice(cut), ...changes.slice(0, cut))
      assert.deepEqual(updated, lanesOf(to))
      assert.deepEqual(lanes, before, 'the given lanes were changed')
    }),
    { numRuns: 60 },
  )
})

test('key and value are told apart by their lengths', () => {
  const states = [{ ab: fromHex('63') }, { a: fromHex('6263') }, { abc: fromHex('') }, {}]
  assert.equal(new Set(states.map((state) => digestOf(lanesOf(state)))).size, states.length)
})

test('an absent value and an empty one differ', () => {
  const empty = update(emptyLanes(), { key: 'key', before: null, after: new Uint8Array(0) })
  assert.notEqual(digestOf(empty), digestOf(emptyLanes()))
  assert.deepEqual(update(empty, { key: 'key', before: new Uint8Array(0), after: null }), emptyLanes())
  assert.deepEqual(update(empty, { key: 'key', before: null, after: null }), empty)
})

test('lanes of another length are a bug', () => {
  for (const length of [0, lanesBytes - 1, lanesBytes + 1]) {
    assert.throws(() => update(new Uint8Array(length)), { name: 'AssertionFailure' })
    assert.throws(() => digestOf(new Uint8Array(length)), { name: 'AssertionFailure' })
  }
})
