import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Bytes } from '../bytes.ts'
import { concat } from '../bytes.ts'
import { nobleCrypto as crypto } from '../crypto/noble.ts'
import { bundleEntryBytesMax, decodeBundle, encodeBundle } from './bundle.ts'
import { ProofError } from './error.ts'
import { hashLeaf } from './hash.ts'
import { makeLeaves, naiveRoot } from './naive.cases.ts'
import { consistencyProof, inclusionProof, verifyConsistency, verifyInclusion } from './proof.ts'
import { entriesPath, hashFromTiles, parseTilePath, tilePath, tileRoot, tilesForGrowth } from './tile.ts'
import { Frontier } from './tree.ts'

test('paths of the specification (C2SP tlog-tiles) and back', () => {
  const cases: [path: string, kind: 'tile' | 'entries', level: number, index: number, width: number][] = [
    ['tile/0/x001/x234/067', 'tile', 0, 1_234_067, 256],
    ['tile/0/000', 'tile', 0, 0, 256],
    ['tile/0/273.p/112', 'tile', 0, 273, 112],
    ['tile/63/999.p/1', 'tile', 63, 999, 1],
    ['tile/entries/000.p/255', 'entries', 0, 0, 255],
    ['tile/entries/x001/000', 'entries', 0, 1000, 256],
  ]
  for (const [path, kind, level, index, width] of cases) {
    assert.deepEqual(parseTilePath(path), { kind, level, index, width })
    assert.equal(kind === 'tile' ? tilePath(level, index, width) : entriesPath(index, width), path)
  }
})

test('a tile has one path only', () => {
  const cases = [
    [
      '',
      'tile',
      'tile/',
      'tile/0',
      'tile/0/',
      'tile/0/00',
      'tile/0/0000',
      'tile/00/000',
      'tile/64/000',
      'tile/100/000',
    ],
    ['tile/0/x000/000', 'tile/0/x000/x001/000', 'tile/0/001/000', 'tile/0/x001', 'tile/-1/000', 'tile/0/-01'],
    ['tile/0/000.p/0', 'tile/0/000.p/256', 'tile/0/000.p/01', 'tile/0/000.p/', 'tile/0/000.p/1/', 'tile/0/000.p/-1'],
    ['/tile/0/000', 'tile/0/000\n', 'tile/entries', 'tile/entries/', 'tile/data/000', 'tile/0/000.p', 'tile/0/٠٠٠'],
    ['tile/0/x999/x999/x999/x999/x999/999', `tile/0/${'x001/'.repeat(1000)}000`, 'tile/../0/000'],
  ]
  for (const path of cases.flat()) assert.throws(() => parseTilePath(path), { code: 'tile-path' }, path)
})

test('any text is a path or a documented error', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^tile\/[0-9a-z/.]{0,30}$/)), (text) => {
      try {
        const { kind, level, index, width } = parseTilePath(text)
        assert.equal(kind === 'tile' ? tilePath(level, index, width) : entriesPath(index, width), text)
      } catch (error) {
        assert.ok(error instanceof ProofError)
      }
    }),
  )
})

test('the tiles of a tree of 70,000 (the example of the specification) and of 256', () => {
  const tiles = tilesForGrowth(0, 70_000)
  assert.equal(tiles.filter(({ level, width }) => level === 0 && width === 256).length, 273)
  assert.deepEqual(
    tiles.filter(({ level, width }) => level > 0 || width < 256),
    [
      { level: 0, index: 273, width: 112 },
      { level: 1, index: 0, width: 256 },
      { level: 1, index: 1, width: 17 },
      { level: 2, index: 0, width: 1 },
    ],
  )
  assert.deepEqual(tilesForGrowth(255, 256), [
    { level: 0, index: 0, width: 256 },
    { level: 1, index: 0, width: 1 },
  ])
  assert.deepEqual(tilesForGrowth(70_000, 70_000), [])
  assert.deepEqual(tilesForGrowth(70_000, 70_001), [{ level: 0, index: 273, width: 113 }])
})

test('growth in steps gives the same tiles as growth at once', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3000), { maxLength: 8 }), (steps) => {
      const names = new Map<string, number>()
      let size = 0
      for (const step of steps) {
        for (const { level, index, width } of tilesForGrowth(size, size + step)) names.set(`${level}/${index}`, width)
        size += step
      }
      const whole = tilesForGrowth(0, size).map(({ level, index, width }) => [`${level}/${index}`, width] as const)
      assert.deepEqual(new Map(whole), names)
    }),
  )
})

/** Keeps the tiles of a growing tree the way a log does: by appending the hashes of whole tile levels. */
function tilesOf(count: number): { read: (level: number, index: number) => Bytes | null; frontier: Frontier } {
  const tiles = new Map<string, Bytes>()
  const frontier = Frontier.empty(crypto)
  for (const leaf of makeLeaves(count)) {
    frontier.append(hashLeaf(crypto, leaf), (level, index, hash) => {
      if (level % 8 !== 0) return
      const name = `${level / 8}/${Math.floor(index / 256)}`
      tiles.set(name, concat(tiles.get(name) ?? new Uint8Array(0), hash))
    })
  }
  return { read: (level, index) => tiles.get(`${level}/${index}`) ?? null, frontier }
}

test('proofs from tiles hold, across tile borders too', () => {
  const size = 600
  const { read, frontier } = tilesOf(size)
  const reader = hashFromTiles(crypto, read)
  const leaves = makeLeaves(size)
  for (const index of [0, 1, 127, 255, 256, 511, 512, 598, 599]) {
    const path = inclusionProof(crypto, reader, index, size)
    const leafHash = hashLeaf(crypto, leaves[index] ?? new Uint8Array(0))
    verifyInclusion(crypto, { leafHash, index, size, path, root: frontier.root() })
  }
  for (const oldSize of [1, 2, 255, 256, 257, 512, 513, 599]) {
    const path = consistencyProof(crypto, reader, oldSize, size)
    const oldRoot = naiveRoot(leaves.slice(0, oldSize))
    verifyConsistency(crypto, { oldSize, oldRoot, newSize: size, newRoot: frontier.root(), path })
  }
  assert.deepEqual(Frontier.read(crypto, size, reader).root(), frontier.root())
  assert.deepEqual(tileRoot(crypto, read(0, 0) ?? new Uint8Array(0)), reader(8, 0))
  assert.throws(() => reader(0, size), { code: 'hash-missing' })
  assert.throws(() => reader(3, 75), { code: 'hash-missing' })
  assert.throws(() => reader(40, 0), { code: 'hash-missing' })
})

test('bundles keep their entries', () => {
  const entry = fc.uint8Array({ maxLength: 300 })
  fc.assert(
    fc.property(fc.array(entry, { minLength: 1, maxLength: 256 }), (entries) => {
      assert.deepEqual(decodeBundle(encodeBundle(entries), entries.length), entries)
    }),
    { numRuns: 30 },
  )
  assert.deepEqual(encodeBundle([Uint8Array.of(7, 8), new Uint8Array(0)]), Uint8Array.of(0, 2, 7, 8, 0, 0))
  const longest = new Uint8Array(bundleEntryBytesMax).fill(1)
  assert.deepEqual(decodeBundle(encodeBundle([longest]), 1), [longest])
  assert.throws(() => encodeBundle([new Uint8Array(bundleEntryBytesMax + 1)]), { code: 'entry-too-long' })
})

test('any bytes are a bundle or a documented error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), fc.integer({ min: 1, max: 256 }), (bytes, width) => {
      try {
        assert.deepEqual(encodeBundle(decodeBundle(bytes, width)), bytes)
      } catch (error) {
        assert.ok(error instanceof ProofError && error.code === 'bundle')
      }
    }),
  )
  for (const bad of [[0], [0, 1], [0, 0, 0], [0, 0, 0, 0]]) {
    assert.throws(() => decodeBundle(Uint8Array.from(bad), 1), { code: 'bundle' })
  }
})
