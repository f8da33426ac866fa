import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { toHex } from '../bytes.ts'
import { headerHash, type LightBlock, validatorsHash } from './block.ts'
import { verifyCommit } from './commit.ts'
import { LightError, type LightErrorCode } from './error.ts'
import { readSignedHeader } from './json.ts'
import { blocksOf, changingBlocksOf, crypto, makeBlock, signCommit } from './light.fixtures.ts'

const read = (name: string): string => readFileSync(new URL(`../../../../vectors/${name}`, import.meta.url), 'utf8')
const vectors = read('light.json')

const four = ['a', 'b', 'c', 'd']
const block = makeBlock({ height: 5, validators: four })

const refuses = (changed: LightBlock, code: LightErrorCode): void =>
  assert.throws(
    () => verifyCommit(crypto, changed),
    (error) => error instanceof LightError && error.code === code,
  )

describe('blocks that CometBFT made', () => {
  const blocks = blocksOf(vectors)
  const changing = changingBlocksOf(read('light-changes.json'))

  for (const [name, chain] of Object.entries({ 'that stay': blocks, 'that change': changing })) {
    test(`hashes of headers and validators ${name} are its own, and the commits are accepted`, () => {
      assert.ok(chain.length > 3)
      for (const [at, real] of chain.entries()) {
        const { header, commit, validators } = real
        assert.equal(toHex(headerHash(crypto, header)), toHex(commit.blockId.hash))
        assert.equal(toHex(validatorsHash(crypto, validators)), toHex(header.validatorsHash))
        const before = chain[at - 1]
        if (before !== undefined) {
          assert.deepEqual(header.lastBlockId, before.commit.blockId)
          assert.deepEqual(header.validatorsHash, before.header.nextValidatorsHash)
        }
        verifyCommit(crypto, real)
      }
    })
  }

  test('among them are later rounds, missing signatures, first blocks, and powers that differ', () => {
    assert.equal(changing[0]?.header.lastBlockId, null)
    assert.ok(changing.some(({ commit }) => commit.round > 0))
    assert.ok(changing.some(({ commit, validators }) => commit.signatures.length < validators.length))
    const sets = new Set(changing.map(({ validators }) => validators.map(({ power }) => power).join()))
    assert.ok(sets.size >= 4, [...sets].join('; '))
  })

  test('the set before a change does not make a block final', () => {
    const at = changing.findIndex(({ header }) => toHex(header.validatorsHash) !== toHex(header.nextValidatorsHash))
    const [before, after] = changing.slice(at, at + 2)
    assert.ok(before !== undefined && after !== undefined)
    refuses({ ...after, validators: before.validators }, 'validators-differ')
    refuses(
      { ...after, header: { ...after.header, validatorsHash: before.header.validatorsHash } },
      'validators-differ',
    )
    const claimed = { ...after.header, validatorsHash: before.header.validatorsHash }
    refuses({ ...after, header: claimed, validators: before.validators }, 'commit-other')
    refuses({ ...after, commit: before.commit }, 'commit-other')
  })

  test('every field of the header is bound', () => {
    const [real] = blocks.slice(-1)
    assert.ok(real)
    for (const [name, value] of Object.entries(real.header)) {
      const header = { ...real.header, [name]: otherValue(value) }
      const code = name === 'validatorsHash' ? 'validators-differ' : 'commit-other'
      refuses({ ...real, header }, code)
    }
  })

  test('every field of the commit is signed', () => {
    const [real] = blocks.slice(-1)
    assert.ok(real)
    const { commit } = real
    const [first, ...others] = commit.signatures
    assert.ok(first)
    const { parts } = commit.blockId
    refuses({ ...real, commit: { ...commit, height: commit.height + 1 } }, 'commit-other')
    refuses({ ...real, commit: { ...commit, round: commit.round + 1 } }, 'signature-wrong')
    const id = (changed: object): LightBlock['commit'] => ({ ...commit, blockId: { ...commit.blockId, ...changed } })
    refuses({ ...real, commit: id({ hash: flipped(commit.blockId.hash) }) }, 'commit-other')
    refuses({ ...real, commit: id({ parts: { ...parts, total: parts.total + 1 } }) }, 'signature-wrong')
    refuses({ ...real, commit: id({ parts: { ...parts, hash: flipped(parts.hash) } }) }, 'signature-wrong')
    for (const [changed, code] of [
      [{ time: { ...first.time, nanos: (first.time.nanos + 1) % 1_000_000_000 } }, 'signature-wrong'],
      [{ signature: flipped(first.signature) }, 'signature-wrong'],
      [{ address: flipped(first.address) }, 'signer-unknown'],
    ] as const) {
      refuses({ ...real, commit: { ...commit, signatures: [{ ...first, ...changed }, ...others] } }, code)
    }
  })
})

test('times are read as they are elsewhere', () => {
  const [real] = (JSON.parse(vectors) as { blocks: { signedHeader: { header: object; commit: object } }[] }).blocks
  assert.ok(real)
  const { header, commit } = real.signedHeader
  for (const time of ['1970-01-01T00:00:00Z', '2000-02-29T23:59:59Z', '2026-11-23T06:09:58Z', '2100-03-01T00:00:00Z']) {
    const read = readSignedHeader({ header: { ...header, time }, commit }).header.time
    assert.deepEqual(read, { seconds: Date.parse(time) / 1000, nanos: 0 })
  }
  for (const time of [
    '1969-12-31T23:59:59Z',
    '2026-13-01T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-01-01',
    '',
  ]) {
    assert.throws(() => readSignedHeader({ header: { ...header, time }, commit }), LightError)
  }
})

describe('a commit', () => {
  test('needs more than two thirds, of distinct validators', () => {
    verifyCommit(crypto, makeBlock({ height: 5, validators: four, signers: ['a', 'c', 'd'] }))
    refuses(makeBlock({ height: 5, validators: four, signers: ['a', 'c'] }), 'power-too-small')
    refuses(makeBlock({ height: 5, validators: four, signers: [] }), 'power-too-small')
    refuses(makeBlock({ height: 5, validators: ['a', 'b', 'c'], signers: ['a', 'c'] }), 'power-too-small')
    refuses(makeBlock({ height: 5, validators: four, signers: ['a', 'c', 'c'] }), 'signer-unknown')
    refuses(makeBlock({ height: 5, validators: four, signers: ['a', 'b', 'c', 'd', 'e'] }), 'signer-unknown')
  })

  test('power counts, not number', () => {
    const [first, ...others] = block.validators
    assert.ok(first)
    const validators = [{ ...first, power: 6 }, ...others]
    const header = { ...block.header, validatorsHash: validatorsHash(crypto, validators) }
    const vote = { ...block.commit, blockId: { ...block.commit.blockId, hash: headerHash(crypto, header) } }
    const heavy = four.find((name) =>
      makeBlock({ height: 1, validators: [name] }).validators[0]?.publicKey.every(
        (byte, at) => byte === first.publicKey[at],
      ),
    )
    assert.ok(heavy)
    const light = four.filter((name) => name !== heavy)
    verifyCommit(crypto, { header, validators, commit: signCommit(header, vote, [heavy, ...light.slice(0, 1)]) })
    refuses({ header, validators, commit: signCommit(header, vote, [heavy]) }, 'power-too-small')
    refuses({ header, validators, commit: signCommit(header, vote, light) }, 'power-too-small')
  })

  test('numbers out of bounds are refused before bytes are made of them', () => {
    const { header, validators, commit } = block
    const [first, ...others] = validators
    assert.ok(first)
    for (const wrong of [-1, 0.5, Number.NaN, 2 ** 53]) {
      refuses(
        { ...block, header: { ...header, height: wrong }, commit: { ...commit, height: wrong } },
        Number.isNaN(wrong) ? 'commit-other' : 'block-malformed',
      )
      refuses({ ...block, header: { ...header, time: { seconds: 0, nanos: wrong } } }, 'block-malformed')
      refuses({ ...block, commit: { ...commit, round: wrong } }, 'block-malformed')
      refuses({ ...block, validators: [{ ...first, power: wrong }, ...others] }, 'validators-malformed')
    }
    refuses({ ...block, validators: [] }, 'validators-malformed')
    refuses({ ...block, validators: [...validators, first] }, 'validators-malformed')
  })
})

function flipped(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, at) => (at === 0 ? byte ^ 1 : byte))
}

/** Another value of the same type. */
function otherValue(value: unknown): unknown {
  if (typeof value === 'number') return value + 1
  if (typeof value === 'string') return `${value}x`
  if (value instanceof Uint8Array) return flipped(value)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, otherValue(field)]))
}
