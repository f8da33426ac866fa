/**
 * A chain that another version of the format has made is refused, with both versions and what to do; nothing of it is changed, and it is
 * not called damaged.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Bytes, concat, fromText } from '@jurat/core/bytes'
import { CborError } from '@jurat/core/cbor/error'
import { decodeGenesis } from '@jurat/core/ledger/genesis'
import { MemoryFiles } from '../platform/memoryFiles.ts'
import { decodeBlock, heightOf } from '../store/blockRecord.ts'
import { StoreError } from '../store/errors.ts'
import { dataFolder, startNode } from './ledgerNode.fixtures.ts'
import { testNetwork } from './network.fixtures.ts'
import { VirtualTime } from './virtualTime.fixtures.ts'

const network = testNetwork()

function says(code: string, words: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof StoreError || error instanceof CborError, String(error))
    assert.equal(error.code, code)
    assert.match(error.message, words)
    return true
  }
}

test('segments of another version are not opened, and not touched', async () => {
  const [files, time] = [new MemoryFiles(), new VirtualTime()]
  await (await startNode(network, files, time)).close()
  const [name = ''] = await files.list(`${dataFolder}/segments`)
  const path = `${dataFolder}/segments/${name}`
  const bytes = await files.readFile(path)
  assert.ok(bytes !== null)
  const rows: readonly [head: string, code: string, words: RegExp][] = [
    [
      'jurat-segment/2\n',
      'other-format',
      /is of version 2 of the format, and this program reads version 1: start it with/,
    ],
    ['jurat-segment/17', 'other-format', /is of version 17 /],
    ['jurat-segment/0\n', 'damaged', /is damaged at byte 0/],
    ['jurat-sigment/2\n', 'damaged', /is damaged at byte 0/],
  ]
  for (const [head, code, words] of rows) {
    const other = bytes.slice()
    other.set(fromText(head))
    await files.writeFile(path, other)
    await assert.rejects(startNode(network, files, time), says(code, words), head)
    assert.deepEqual(await files.readFile(path), other)
  }
  await files.writeFile(path, bytes)
  await (await startNode(network, files, time)).close()
})

test('a block and a genesis of another version, with other fields or with the same, say so', () => {
  // The first bytes of a record, and more than it could read on.
  const record = (fields: number, version: number): Bytes =>
    concat(Uint8Array.of(0x80 + fields, version, 5), new Uint8Array(9))
  for (const fields of [9, 10]) {
    const words = /a block is of version 2 of the format, .* reads version 1: start it with/
    for (const read of [decodeBlock, heightOf])
      assert.throws(() => read(record(fields, 2)), says('other-format', words))
  }
  assert.throws(() => heightOf(record(10, 1)), says('damaged', /has 10 fields/))
  const { genesis } = network
  const at = genesis.indexOf(0x86)
  assert.equal(genesis[at + 1], 1)
  for (const [fields, code, words] of [
    [[0x86, 2], 'out-of-range', /The genesis is of version 2 of the format, and this program reads version 1: use/],
    [[0x87, 2], 'out-of-range', /is of version 2 /],
    [[0x87, 1], 'wrong-length', /has 6 fields/],
  ] as const) {
    assert.throws(
      () => decodeGenesis(concat(genesis.subarray(0, at), Uint8Array.of(...fields), genesis.subarray(at + 2))),
      says(code, words),
    )
  }
})
