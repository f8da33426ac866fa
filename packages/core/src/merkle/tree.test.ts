import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromHex, toHex } from '../bytes.ts'
import { nobleCrypto as crypto } from '../crypto/noble.ts'
import { emptyRoot, hashChildren, hashLeaf, treeHash, treeHashOfLeafHashes } from './hash.ts'
import { makeLeaves, naiveReader, naiveRoot } from './naive.cases.ts'
import { Frontier, edgeNodes, levelOf, onesCount, splitPoint } from './tree.ts'

const treeSizesMax = 70

test('the known roots of the reference leaves of Certificate Transparency', () => {
  // certificate-transparency-go and transparency-dev/merkle, testonly/constants.go: LeafInputs and RootHashes.
  const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
  const roots = [
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
    'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
    '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
    'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
    '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
  ]
  for (const [size, root] of roots.entries()) {
    assert.equal(toHex(treeHash(crypto, leaves.slice(0, size).map(fromHex))), root)
  }
})

test('the frontier, the tree hash and the recursive definition agree for every size', () => {
  const leaves = makeLeaves(treeSizesMax)
  const frontier = Frontier.empty(crypto)
  for (let size = 0; size <= treeSizesMax; size++) {
    const expected = naiveRoot(leaves.slice(0, size))
    assert.deepEqual(frontier.root(), expected)
    assert.deepEqual(treeHash(crypto, leaves.slice(0, size)), expected)
    assert.deepEqual(Frontier.from(crypto, size, frontier.edge()).root(), expected)
    assert.deepEqual(Frontier.read(crypto, size, naiveReader(leaves)).root(), expected)
    assert.equal(frontier.size, size)
    const next = leaves[size]
    if (next !== undefined) frontier.append(hashLeaf(crypto, next))
  }
})

test('appending tells of every complete subtree exactly once', () => {
  const leaves = makeLeaves(treeSizesMax)
  const read = naiveReader(leaves)
  const heard = new Set<string>()
  const frontier = Frontier.empty(crypto)
  for (const leaf of leaves) {
    frontier.append(hashLeaf(crypto, leaf), (level, index, hash) => {
      const name = `${level}/${index}`
      assert.ok(!heard.has(name))
      heard.add(name)
      assert.deepEqual(hash, read(level, index))
    })
  }
  let expected = 0
  for (let width = 1; width <= treeSizesMax; width *= 2) expected += Math.floor(treeSizesMax / width)
  assert.equal(heard.size, expected)
})

test('a copy goes its own way', () => {
  const frontier = Frontier.empty(crypto)
  const copy = frontier.clone()
  copy.append(hashLeaf(crypto, Uint8Array.of(1)))
  assert.deepEqual(frontier.root(), emptyRoot(crypto))
  assert.notDeepEqual(copy.root(), frontier.root())
})

test('leaves, nodes and the empty tree never share a hash, and long leaves are hashed like short ones', () => {
  const left = hashLeaf(crypto, Uint8Array.of(1))
  const right = hashLeaf(crypto, Uint8Array.of(2))
  const joined = Uint8Array.from([...left, ...right])
  assert.notDeepEqual(hashChildren(crypto, left, right), hashLeaf(crypto, joined))
  const [first, second] = [hashLeaf(crypto, Uint8Array.of(1)), hashLeaf(crypto, new Uint8Array(5000))]
  assert.deepEqual(first, left)
  assert.deepEqual(second, crypto.sha256(new Uint8Array(5001)))
})

test('what contradicts itself is a bug of ours', () => {
  const hash = emptyRoot(crypto)
  assert.throws(() => Frontier.from(crypto, 3, [hash]), { name: 'AssertionFailure' })
  assert.throws(() => Frontier.from(crypto, 1.5, [hash]), { name: 'AssertionFailure' })
  assert.throws(() => Frontier.from(crypto, 1, [hash.subarray(1)]), { name: 'AssertionFailure' })
  assert.throws(() => Frontier.empty(crypto).append(new Uint8Array(31)), { name: 'AssertionFailure' })
  assert.throws(() => hashChildren(crypto, hash, new Uint8Array(0)), { name: 'AssertionFailure' })
  assert.throws(() => treeHashOfLeafHashes(crypto, [hash, new Uint8Array(33)]), { name: 'AssertionFailure' })
})

test('arithmetic beyond 32 bits', () => {
  assert.equal(onesCount(2 ** 53 - 1), 53)
  assert.equal(splitPoint(2 ** 40), 2 ** 39)
  assert.equal(splitPoint(2 ** 40 + 1), 2 ** 40)
  assert.equal(levelOf(2 ** 52), 52)
  assert.deepEqual(edgeNodes(2 ** 40 + 3), [
    { level: 40, index: 0 },
    { level: 1, index: 2 ** 39 },
    { level: 0, index: 2 ** 40 + 2 },
  ])
})
