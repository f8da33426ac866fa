/**
 * Our Merkle proofs against github.com/transparency-dev/merkle: its verdicts on thousands of good and damaged proofs,
 * and all cases of its `testdata` where that folder can be had.
 * @module
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fromBase64 } from '@jurat/core/bytes'
import type { Bytes } from '@jurat/core/bytes'
import { nobleCrypto as crypto } from '@jurat/core/crypto/noble'
import { ProofError } from '@jurat/core/merkle/error'
import { hashLeaf } from '@jurat/core/merkle/hash'
import { consistencyProof, inclusionProof, verifyConsistency, verifyInclusion } from '@jurat/core/merkle/proof'
import { entriesPath, hashFromTiles, tilePath, tilesForGrowth } from '@jurat/core/merkle/tile'
import { Frontier } from '@jurat/core/merkle/tree'
import { goHelper, noGoHelper } from './goHelper.ts'
import { goModule } from './tools.ts'

interface InclusionCase {
  leafIdx: number
  treeSize: number
  root: string
  leafHash: string
  proof: string[] | null
  desc: string
  wantErr: boolean
}

interface ConsistencyCase {
  size1: number
  size2: number
  root1: string
  root2: string
  proof: string[] | null
  desc: string
  wantErr: boolean
}

const casesSizesMax = 20
const hashBytes = 32

const helper = goHelper()
const skip = helper === null && noGoHelper

const bytesOf = (text: string): Bytes => fromBase64(text)

function accepted(run: () => void): boolean {
  try {
    run()
    return true
  } catch (error) {
    if (error instanceof ProofError) return false
    throw error
  }
}

const judgeInclusion = (c: InclusionCase): boolean =>
  accepted(() =>
    verifyInclusion(crypto, {
      leafHash: bytesOf(c.leafHash),
      index: c.leafIdx,
      size: c.treeSize,
      path: (c.proof ?? []).map(bytesOf),
      root: bytesOf(c.root),
    }),
  )

const judgeConsistency = (c: ConsistencyCase): boolean =>
  accepted(() =>
    verifyConsistency(crypto, {
      oldSize: c.size1,
      oldRoot: bytesOf(c.root1),
      newSize: c.size2,
      newRoot: bytesOf(c.root2),
      path: (c.proof ?? []).map(bytesOf),
    }),
  )

/**
 * Where we are stricter on purpose. A root is always 32 bytes, and the tree of size 0 has one root: the released version
 * of the other side compares roots of equal sizes without looking at them (one of its cases uses the text "don't care 2"
 * as a root), and takes any root for size 0; its newer versions refuse size 0 altogether.
 */
const stricter = (c: ConsistencyCase): boolean =>
  c.size1 === 0 || (c.size1 === c.size2 && [c.root1, c.root2].some((root) => bytesOf(root).length !== hashBytes))

test('the same verdict on every inclusion proof, good and damaged', { skip }, () => {
  assert.ok(helper !== null)
  const cases = helper.ask('inclusion-cases', casesSizesMax) as InclusionCase[]
  assert.ok(cases.length > 3000, `only ${cases.length} cases`)
  assert.ok(cases.filter(({ wantErr }) => !wantErr).length >= (casesSizesMax * (casesSizesMax + 1)) / 2)
  for (const c of cases) assert.equal(judgeInclusion(c), !c.wantErr, JSON.stringify(c))
})

test('the same verdict on every consistency proof, good and damaged', { skip }, () => {
  assert.ok(helper !== null)
  const cases = helper.ask('consistency-cases', casesSizesMax) as ConsistencyCase[]
  assert.ok(cases.length > 3000, `only ${cases.length} cases`)
  for (const c of cases) assert.equal(judgeConsistency(c), !c.wantErr && !stricter(c), JSON.stringify(c))
})

test('we build the same proofs from tiles', { skip }, () => {
  assert.ok(helper !== null)
  const sizesMax = 40
  const tile: Bytes[] = []
  const frontier = Frontier.empty(crypto)
  for (let i = 0; i < sizesMax; i++) {
    frontier.append(
      hashLeaf(crypto, Uint8Array.of(i >> 8, i & 0xff)),
      (level, _, hash) => level === 0 && tile.push(hash),
    )
  }
  const bytes = Uint8Array.from(tile.flatMap((hash) => [...hash]))
  const read = hashFromTiles(crypto, (level, index) => (level === 0 && index === 0 ? bytes : null))
  const good = (c: { desc: string }): boolean => c.desc === ''
  for (const c of (helper.ask('inclusion-cases', sizesMax) as InclusionCase[]).filter(good)) {
    assert.deepEqual(inclusionProof(crypto, read, c.leafIdx, c.treeSize), (c.proof ?? []).map(bytesOf))
  }
  for (const c of (helper.ask('consistency-cases', sizesMax) as ConsistencyCase[]).filter(good)) {
    assert.deepEqual(consistencyProof(crypto, read, c.size1, c.size2), (c.proof ?? []).map(bytesOf))
  }
})

test('a growing tree gives the same tiles under the same paths', { skip }, () => {
  assert.ok(helper !== null)
  const sizes = [0, 1, 2, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 70_000, 1_000_000, 16_777_217]
  const growths = sizes.flatMap((oldSize) => sizes.map((newSize) => ({ oldSize, newSize })))
  const possible = growths.filter(({ oldSize, newSize }) => oldSize <= newSize && newSize - oldSize < 100_000)
  const answers = helper.ask('tiles', possible) as string[][]
  for (const [i, { oldSize, newSize }] of possible.entries()) {
    const ours = tilesForGrowth(oldSize, newSize).map(({ level, index, width }) => tilePath(level, index, width))
    assert.deepEqual(new Set(ours), new Set(answers[i]), `${oldSize} to ${newSize}`)
  }
  assert.equal(entriesPath(1_234_067, 5), 'tile/entries/x001/x234/067.p/5')
})

/**
 * The folder is in the repository since April 2025, but in no released version of the module yet: until there is one, a
 * checkout can be named by JURAT_MERKLE_TESTDATA.
 */
function testdata(): string | null {
  const named = process.env['JURAT_MERKLE_TESTDATA']
  if (named !== undefined) return named
  const module = goModule('github.com/transparency-dev/merkle@v0.0.2')
  const folder = module === null ? null : join(module, 'testdata')
  return folder !== null && existsSync(folder) ? folder : null
}

const golden = testdata()
const goldenSkip = golden === null && 'no released version of merkle has its testdata; see JURAT_MERKLE_TESTDATA'

function* goldenCases(kind: string): Generator<{ file: string; content: unknown }> {
  assert.ok(golden !== null)
  for (const entry of readdirSync(join(golden, kind), { recursive: true, withFileTypes: true })) {
    if (!entry.name.endsWith('.json')) continue
    const file = join(entry.parentPath, entry.name)
    yield { file, content: JSON.parse(readFileSync(file, 'utf8')) }
  }
}

test('all inclusion cases of the testdata', { skip: goldenSkip }, () => {
  let count = 0
  for (const { file, content } of goldenCases('inclusion')) {
    const c = content as InclusionCase
    assert.equal(judgeInclusion(c), !c.wantErr, file)
    count += 1
  }
  assert.ok(count >= 90, `only ${count} cases`)
})

test('all consistency cases of the testdata', { skip: goldenSkip }, () => {
  let count = 0
  for (const { file, content } of goldenCases('consistency')) {
    const c = content as ConsistencyCase
    assert.equal(judgeConsistency(c), !c.wantErr && !stricter(c), file)
    count += 1
  }
  assert.ok(count >= 90, `only ${count} cases`)
})
