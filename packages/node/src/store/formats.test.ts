import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { CborReader } from '@jurat/core/cbor/reader'
import { CborWriter } from '@jurat/core/cbor/writer'
import { fromText, type Bytes } from '@jurat/core/bytes'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import { openChecked, sealed } from './checkedValue.ts'
import { crc32c } from './crc32c.ts'
import { digestOffset } from './depositDigest.ts'
import { entriesOfSource, readSource, sourceOfEntries, writeSource, type EntryContext } from './entrySource.ts'
import { digestOf, fakeExecute, fakeGenesis, fakeTransaction } from './fakeLedger.fixtures.ts'
import { keyOf, numberOf, uintKeyMax } from './keys.ts'
import { frameRecords, readRecord } from './record.ts'
import { SeenBlocks, SeenWindow, seenWindowMs } from './seen.ts'
import { readMarker, writeMarker } from './tileWriter.ts'
import { MemoryFiles } from '../platform/memoryFiles.ts'

const bytes = (max: number): fc.Arbitrary<Bytes> => fc.uint8Array({ maxLength: max })

test('CRC-32C: RFC 3720, appendix B.4', () => {
  const vectors: readonly [Bytes, number][] = [
    [new Uint8Array(32), 0x8a9136aa],
    [new Uint8Array(32).fill(0xff), 0x62a8ab43],
    [Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    [Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
    [fromText('123456789'), 0xe3069283],
    [new Uint8Array(0), 0],
  ]
  for (const [data, checksum] of vectors) assert.equal(crc32c(data), checksum)
  fc.assert(
    fc.property(bytes(100), bytes(100), (a, b) => crc32c(b, crc32c(a)) === crc32c(Uint8Array.from([...a, ...b]))),
  )
})

test('records: what was framed is read, anything else is damaged or partial', () => {
  const framed = frameRecords([fromText('first'), fromText('second')])
  assert.deepEqual(readRecord(framed, 0), fromText('first'))
  assert.deepEqual(readRecord(framed, 13), fromText('second'))
  assert.deepEqual(readRecord(framed, 27), { needed: 8 })
  assert.deepEqual(readRecord(framed.subarray(0, 20), 13), { needed: 8 })
  assert.deepEqual(readRecord(framed.subarray(0, 24), 13), { needed: 14 })
  assert.equal(readRecord(new Uint8Array(64), 0), 'damaged')
  for (let bit = 0; bit < 13 * 8; bit++) {
    const flipped = framed.slice()
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    assert.ok(!(readRecord(flipped, 0) instanceof Uint8Array), `bit ${bit}`)
  }
})

test('values: a flipped bit in key or value is an error', () => {
  const key = fromText('key')
  const stored = sealed(key, fromText('value'))
  assert.deepEqual(openChecked(key, stored, 'a'), fromText('value'))
  for (let bit = 0; bit < stored.length * 8; bit++) {
    const flipped = stored.slice()
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    assert.throws(() => openChecked(key, flipped, 'a'), { code: 'damaged' })
  }
  assert.throws(() => openChecked(fromText('kez'), stored, 'a'), { code: 'damaged' })
  assert.throws(() => openChecked(key, stored.subarray(0, 3), 'a'), { code: 'damaged' })
})

test('keys: numbers in keys are ordered like the keys', () => {
  fc.assert(
    fc.property(fc.nat({ max: uintKeyMax }), fc.nat({ max: uintKeyMax }), (a, b) => {
      assert.equal(numberOf(keyOf('b/', a), 2), a)
      assert.equal(Math.sign(Buffer.compare(keyOf('b/', a), keyOf('b/', b))), Math.sign(a - b))
    }),
  )
  for (const wrong of [-1, 0.5, uintKeyMax + 1, Number.NaN]) assert.throws(() => keyOf('b/', wrong), RangeError)
})

function roundTrip(context: EntryContext, entries: readonly Bytes[]): string {
  const writer = new CborWriter()
  const source = sourceOfEntries(context, entries)
  writeSource(writer, source)
  const reader = new CborReader(writer.finish(), { bytesMax: 1e6 })
  const read = readSource(reader)
  reader.end()
  assert.deepEqual(entriesOfSource(context, read), [...entries])
  return source.kind
}

test('entries are stored in the shortest form, and come back byte for byte', () => {
  const genesis = fakeGenesis()
  for (const count of [1, 23, 24, 25, 256, 257, 1_000]) {
    const transaction = fakeTransaction(Array.from({ length: count }, (_, i) => i))
    const timeMs = genesis.tip.timeMs + 1
    const outcome = fakeExecute({ tip: genesis.tip, count: null }, { height: 1, timeMs, transactions: [transaction] })
    const context = { timeMs, txHash: nodeCrypto.sha256(transaction), transaction }
    const entries = outcome.entries.slice(0, -1)
    assert.equal(roundTrip(context, entries), 'items')
    const foreign = entries.with(count - 1, fromText('something else'))
    assert.equal(roundTrip(context, foreign), 'verbatim')
    const place = digestOffset(entries[0] ?? new Uint8Array(0))
    assert.deepEqual(entries[0]?.subarray(place?.start, place?.end), digestOf(0))
  }
  fc.assert(
    fc.property(fc.array(bytes(300), { minLength: 1, maxLength: 20 }), bytes(40), (bodies, rest) => {
      const writer = new CborWriter().array(2).uint(1).array(bodies.length)
      for (const body of bodies) writer.bytes(body)
      const transaction = Uint8Array.from([...writer.finish(), ...rest])
      const context = { timeMs: 5, txHash: new Uint8Array(32), transaction }
      assert.match(roundTrip(context, bodies), /bodies|verbatim/)
      assert.equal(roundTrip(context, []), 'none')
    }),
  )
  fc.assert(
    fc.property(fc.array(bytes(100), { maxLength: 5 }), bytes(200), (entries, transaction) => {
      roundTrip({ timeMs: 5, txHash: new Uint8Array(32), transaction }, entries)
    }),
  )
})

test('digests: nothing but a deposit entry has one', () => {
  fc.assert(fc.property(bytes(200), (entry) => digestOffset(entry) === null))
  const head = Uint8Array.of(0xd9, 0xd9, 0xf7, 0x88, 1, 1)
  fc.assert(
    fc.property(bytes(200), (rest) => {
      const place = digestOffset(Uint8Array.from([...head, ...rest]))
      assert.ok(place === null || (place.end <= head.length + rest.length && place.start > head.length))
    }),
  )
})

test('the replay window holds 660 s of block time, and not much longer', () => {
  const window = new SeenWindow()
  const start = 1_800_000_000_000
  for (let second = 0; second < 1_500; second++) {
    window.add(start + second * 1_000, [digestOf(second * 2), digestOf(second * 2 + 1)])
    assert.ok(window.has(digestOf(second * 2)))
    if (second >= 660) assert.ok(window.has(digestOf((second - 660) * 2)), `second ${second}`)
  }
  assert.ok(!window.has(digestOf(0)))
  assert.ok(window.count <= 2 * 721)
  const many = new SeenWindow()
  const hashes = Array.from({ length: 20_000 }, (_, i) => digestOf(i))
  many.add(start, hashes)
  many.add(start, hashes)
  assert.equal(many.count, hashes.length)
  assert.ok(hashes.every((hash) => many.has(hash)))
  assert.ok(!many.has(digestOf(20_000)))
})

test('the state forgets blocks once, when they leave the window', () => {
  const blocks = new SeenBlocks()
  for (let i = 0; i < 100; i++) blocks.add(i * 10_000, i)
  assert.deepEqual(blocks.expired(seenWindowMs), [])
  const gone = blocks.expired(seenWindowMs + 15_000)
  assert.deepEqual(
    gone.map(({ height }) => height),
    [0, 1],
  )
  const later = blocks.expired(seenWindowMs + 800_000)
  assert.deepEqual([later[0]?.height, later.at(-1)?.height], [2, 79])
})

test('the marker of synced tiles counts for nothing when it is damaged', async () => {
  const files = new MemoryFiles()
  await files.makeFolder('/log')
  assert.equal(await readMarker(files, '/log'), 0)
  await writeMarker(files, '/log', 123_456)
  assert.equal(await readMarker(files, '/log'), 123_456)
  const length = (await files.readFile('/log/synced'))?.length ?? 0
  for (let bit = 0; bit < length * 8; bit++) {
    files.flipBit('/log/synced', bit)
    const marker = await readMarker(files, '/log')
    assert.ok(marker === 0 || marker === 123_456, `bit ${bit}: ${marker}`)
    files.flipBit('/log/synced', bit)
  }
})
