/**
 * Answers of CometBFT's RPC from strangers: whatever stands in them, it is a block or a refusal.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { verifyCommit } from './commit.ts'
import { LightError } from './error.ts'
import { readLightBlock } from './json.ts'
import { crypto } from './light.fixtures.ts'

interface Answers {
  readonly commit: { readonly signed_header: unknown; readonly canonical: boolean }
  readonly validators: Readonly<Record<string, unknown>>
}

const vectors = readFileSync(new URL('../../../../vectors/light-changes.json', import.meta.url), 'utf8')
const { blocks } = JSON.parse(vectors) as { blocks: Answers[] }
const [genuine] = blocks.slice(-1)
assert.ok(genuine !== undefined)
const block = readLightBlock(genuine)

const refused = (answers: { commit: unknown; validators: unknown }): void =>
  assert.throws(
    () => readLightBlock(answers),
    (error) => error instanceof LightError && error.code === 'block-malformed',
  )

test('one page of several, or validators of another height, are refused', () => {
  const { commit, validators } = genuine
  for (const changed of [{ total: '101' }, { block_height: '1' }, { validators: [] }, { total: 4 }]) {
    refused({ commit, validators: { ...validators, ...changed } })
  }
  for (const other of [null, [], 'commit', {}, { signed_header: null }]) {
    refused({ commit: other, validators })
    refused({ commit, validators: other })
  }
})

test('a vote for nothing is no signature, whatever stands in it', () => {
  const { header, commit } = genuine.commit.signed_header as { header: object; commit: { signatures: object[] } }
  const [first = {}, ...others] = commit.signatures
  const nil = { ...first, block_id_flag: 3 }
  const answers = {
    commit: { signed_header: { header, commit: { ...commit, signatures: [nil, ...others] } } },
    validators: genuine.validators,
  }
  assert.equal(readLightBlock(answers).commit.signatures.length, block.commit.signatures.length - 1)
  for (const flag of [0, 4, '2', null]) {
    const signatures = [{ ...first, block_id_flag: flag }, ...others]
    refused({ ...answers, commit: { signed_header: { header, commit: { ...commit, signatures } } } })
  }
})

test('more validators, or precommits, than are looked at are refused before any is read', () => {
  const { commit, validators } = genuine
  const many: unknown[] = Array.from({ length: 1_001 }, () => null)
  refused({ commit, validators: { ...validators, validators: many } })
  const { header, commit: votes } = commit.signed_header as { header: object; commit: object }
  refused({ commit: { ...commit, signed_header: { header, commit: { ...votes, signatures: many } } }, validators })
})

/** Every place in an answer. */
function placesOf(value: unknown, place: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [[...place]]
  const inside = Object.entries(value).flatMap(([name, field]) => placesOf(field, [...place, name]))
  return place.length === 0 ? inside : [[...place], ...inside]
}

function replaced(value: unknown, [name, ...rest]: readonly string[], by: unknown): unknown {
  if (name === undefined) return by
  const fields = value as Readonly<Record<string, unknown>>
  const field = replaced(fields[name], rest, by)
  return Array.isArray(value) ? value.with(Number(name), field) : { ...fields, [name]: field }
}

const replacements = fc.oneof(
  fc.constantFrom('', '0', '-1', '1', '00', '1e3', 'AA', '1970-01-01T00:00:00Z', '9007199254740992', '😀'),
  fc.constantFrom<unknown>(null, undefined, true, -1, 0.5, 2 ** 60, Number.NaN),
  fc.string({ maxLength: 80 }),
  fc.jsonValue({ maxDepth: 2 }),
)

test('any value in any place: refused, or the same block, or one whose commit is not accepted', () => {
  fc.assert(
    fc.property(fc.constantFrom(...placesOf(genuine)), replacements, (place, by) => {
      try {
        const read = readLightBlock(replaced(genuine, place, by) as Answers)
        verifyCommit(crypto, read)
        assert.deepEqual(
          { ...read, commit: { ...read.commit, signatures: [] } },
          { ...block, commit: { ...block.commit, signatures: [] } },
        )
      } catch (error) {
        if (!(error instanceof LightError)) throw error
      }
    }),
    { numRuns: 500, seed: 4 },
  )
})
