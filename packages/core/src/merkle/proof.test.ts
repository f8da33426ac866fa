import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Bytes } from '../bytes.ts'
import { nobleCrypto as crypto } from '../crypto/noble.ts'
import { ProofError } from './error.ts'
import { emptyRoot, hashLeaf } from './hash.ts'
import { makeLeaves, naiveConsistency, naivePath, naiveReader, naiveRoot } from './naive.cases.ts'
import {
  consistencyProof,
  inclusionProof,
  proofHashesMax,
  rootFromInclusion,
  treePath,
  verifyConsistency,
  verifyInclusion,
} from './proof.ts'

const sizesMax = 70
const leaves = makeLeaves(sizesMax)
const roots = Array.from({ length: sizesMax + 1 }, (_, size) => naiveRoot(leaves.slice(0, size)))
const nodes = new Map<string, Bytes>()
let reads = 0

/** The naive reader, remembered: the tests ask for the same few hashes very often. */
function read(level: number, index: number): Bytes {
  reads += 1
  const name = `${level}/${index}`
  const hash = nodes.get(name) ?? naiveReader(leaves)(level, index)
  nodes.set(name, hash)
  return hash
}

const rootAt = (size: number): Bytes => at(roots, size)
const leafHashAt = (index: number): Bytes => hashLeaf(crypto, at(leaves, index))

function at<T>(list: readonly T[], index: number): T {
  const item = list[index]
  assert.ok(item !== undefined)
  return item
}

const refused = (run: () => void): void => assert.throws(run, ProofError)

function* positions(): Generator<{ index: number; size: number; path: Bytes[] }> {
  for (let size = 1; size <= sizesMax; size++) {
    for (let index = 0; index < size; index++) {
      yield { index, size, path: inclusionProof(crypto, read, index, size) }
    }
  }
}

function* growths(): Generator<{ oldSize: number; newSize: number; path: Bytes[] }> {
  for (let newSize = 0; newSize <= sizesMax; newSize++) {
    for (let oldSize = 0; oldSize <= newSize; oldSize++) {
      yield { oldSize, newSize, path: consistencyProof(crypto, read, oldSize, newSize) }
    }
  }
}

// Every way to damage one path: a bit, a hash too few, too many, two exchanged.
function* damaged(path: readonly Bytes[], extra: Bytes): Generator<Bytes[]> {
  for (const [i, hash] of path.entries()) {
    const flipped = hash.slice()
    flipped[i % 32] = (flipped[i % 32] ?? 0) ^ 1
    yield path.with(i, flipped)
    yield path.toSpliced(i, 1)
    yield path.toSpliced(i, 0, extra)
    const next = path[i + 1]
    if (next !== undefined) yield path.with(i, next).with(i + 1, hash)
  }
  yield [...path, extra]
  yield [extra, ...path]
}

test('every inclusion proof up to 70 leaves is that of the definition, and holds', () => {
  for (const { index, size, path } of positions()) {
    assert.deepEqual(path, naivePath(index, leaves.slice(0, size)))
    assert.deepEqual(path, treePath(crypto, leaves.slice(0, size), index))
    verifyInclusion(crypto, { leafHash: leafHashAt(index), index, size, path, root: rootAt(size) })
  }
})

test('every damaged inclusion proof is refused', () => {
  for (const { index, size, path } of positions()) {
    const claim = { leafHash: leafHashAt(index), index, size, path, root: rootAt(size) }
    for (const bad of damaged(path, rootAt(size))) refused(() => verifyInclusion(crypto, { ...claim, path: bad }))
    refused(() => verifyInclusion(crypto, { ...claim, root: rootAt(size - 1) }))
    refused(() => verifyInclusion(crypto, { ...claim, leafHash: rootAt(sizesMax) }))
  }
})

test('a proof holds for one leaf only, and for no other index', () => {
  for (const { index, size, path } of positions()) {
    if (size > 20) break
    for (let other = -1; other <= size; other++) {
      if (other === index) continue
      const claim = { leafHash: leafHashAt(index), index: other, size, path, root: rootAt(size) }
      refused(() => verifyInclusion(crypto, claim))
    }
  }
})

test('the path of one size is refused with the root of another', () => {
  for (const { index, size, path } of positions()) {
    for (const other of [size - 1, size + 1, size * 2]) {
      if (other > sizesMax || index >= other) continue
      const claim = { leafHash: leafHashAt(index), index, size: other, path, root: rootAt(other) }
      refused(() => verifyInclusion(crypto, claim))
    }
  }
})

test('an inner node is never accepted as a leaf', () => {
  for (const { index, size, path } of positions()) {
    // The node that covers the leaf at each level, offered as a leaf with the rest of the path, at every index.
    for (let level = 1; level <= path.length; level++) {
      const rest = path.slice(level)
      const leafHash = rootFromInclusion(crypto, {
        leafHash: leafHashAt(index),
        index: index % 2 ** level,
        size: 2 ** level,
        path: path.slice(0, level),
      })
      for (const asIndex of new Set([index, Math.floor(index / 2 ** level), size - 1, 0])) {
        refused(() => verifyInclusion(crypto, { leafHash, index: asIndex, size, path: rest, root: rootAt(size) }))
      }
    }
  }
})

test('every consistency proof up to 70 leaves is that of the definition, and holds', () => {
  for (const { oldSize, newSize, path } of growths()) {
    const expected = oldSize === 0 ? [] : naiveConsistency(oldSize, leaves.slice(0, newSize))
    assert.deepEqual(path, expected)
    verifyConsistency(crypto, { oldSize, oldRoot: rootAt(oldSize), newSize, newRoot: rootAt(newSize), path })
  }
})

test('every damaged consistency proof is refused', () => {
  for (const { oldSize, newSize, path } of growths()) {
    const claim = { oldSize, oldRoot: rootAt(oldSize), newSize, newRoot: rootAt(newSize), path }
    for (const bad of damaged(path, rootAt(newSize))) refused(() => verifyConsistency(crypto, { ...claim, path: bad }))
    const wrong = leafHashAt(3)
    refused(() => verifyConsistency(crypto, { ...claim, oldRoot: wrong }))
    if (oldSize > 0) refused(() => verifyConsistency(crypto, { ...claim, newRoot: wrong }))
    if (oldSize < newSize) refused(() => verifyConsistency(crypto, { ...claim, oldSize: newSize, newSize: oldSize }))
  }
})

test('the tree without leaves', () => {
  const empty = emptyRoot(crypto)
  verifyConsistency(crypto, { oldSize: 0, oldRoot: empty, newSize: 0, newRoot: empty, path: [] })
  refused(() => verifyConsistency(crypto, { oldSize: 0, oldRoot: empty, newSize: 0, newRoot: rootAt(1), path: [] }))
  refused(() => verifyConsistency(crypto, { oldSize: 0, oldRoot: rootAt(1), newSize: 1, newRoot: rootAt(1), path: [] }))
  refused(() => inclusionProof(crypto, read, 0, 0))
})

test('limits: number and length of hashes, and positions', () => {
  const claim = { leafHash: leafHashAt(0), index: 0, size: 1, path: [], root: rootAt(1) }
  const code = (run: () => void): string => {
    try {
      run()
    } catch (error) {
      if (error instanceof ProofError) return error.code
    }
    return 'accepted'
  }
  const many = Array.from({ length: proofHashesMax + 1 }, () => rootAt(1))
  assert.equal(
    code(() => verifyInclusion(crypto, { ...claim, path: many })),
    'too-many-hashes',
  )
  assert.equal(
    code(() => verifyInclusion(crypto, { ...claim, path: [new Uint8Array(31)] })),
    'hash-length',
  )
  assert.equal(
    code(() => verifyInclusion(crypto, { ...claim, root: new Uint8Array(33) })),
    'hash-length',
  )
  for (const [index, size] of [
    [1, 1],
    [-1, 1],
    [0.5, 1],
    [0, 2 ** 53],
    [Number.NaN, 1],
  ] as const) {
    assert.equal(
      code(() => verifyInclusion(crypto, { ...claim, index, size })),
      'out-of-range',
    )
  }
})

test('a proof in a tree of billions needs few reads', () => {
  const size = 2 ** 40 + 2 ** 20 + 12_345
  let count = 0
  const anyHash = (): Bytes => {
    count += 1
    return rootAt(1)
  }
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (a, b) => {
      count = 0
      inclusionProof(crypto, anyHash, a % size, size)
      const included = count
      consistencyProof(crypto, anyHash, b % size, size)
      return included <= 90 && count - included <= 90
    }),
  )
})

test('proofs were built from complete subtrees only', () => {
  // The naive reader throws otherwise; this only guards against a test that reads nothing.
  assert.ok(reads > 1000)
})

test('any claim gives a verdict, never another error', () => {
  const hash = fc.uint8Array({ minLength: 30, maxLength: 33 })
  const size = fc.oneof(fc.nat(100), fc.double(), fc.constant(2 ** 53))
  fc.assert(
    fc.property(hash, size, size, fc.array(hash, { maxLength: 70 }), hash, (leafHash, index, count, path, root) => {
      refused(() => verifyInclusion(crypto, { leafHash, index, size: count, path, root }))
      refused(() =>
        verifyConsistency(crypto, { oldSize: index, oldRoot: leafHash, newSize: count, newRoot: root, path }),
      )
    }),
  )
})
