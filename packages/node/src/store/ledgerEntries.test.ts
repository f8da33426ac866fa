/**
 * The short forms of the block record on what the ledger really makes: if a change of the ledger's bytes broke them, every
 * entry would silently be stored twice.
 * @module
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applyBlock } from '@jurat/core/ledger/block'
import { parseTransaction } from '@jurat/core/ledger/parse'
import { consortiumOf } from '@jurat/core/ledger/workspace'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import { testDeposit, testItems, testNetwork } from '../engine/network.fixtures.ts'
import { digestOffset } from './depositDigest.ts'
import { entriesOfSource, sourceOfEntries } from './entrySource.ts'

test('the entries of a deposit are stored as what is the same in all of them', () => {
  const network = testNetwork()
  const { tip, changes, stateLanes } = network.outcome
  const state = new Map(changes.map(({ key, after }) => [key, after]))
  const view = { get: (key: string) => state.get(key) ?? null }
  const { parameters } = consortiumOf(view).document
  const timeMs = tip.timeMs + 1_000
  for (const count of [1, 30, 1_000]) {
    const transaction = testDeposit(network, testItems('x', count), { timestampMs: timeMs })
    const parsed = parseTransaction(nodeCrypto, transaction, { networkId: network.networkId, parameters })
    assert.ok('txHash' in parsed)
    const { results, entries } = applyBlock({
      crypto: nodeCrypto,
      view,
      seen: { has: () => false },
      tip,
      block: { height: 1, timeMs, transactions: [parsed] },
      verified: () => true,
      stateLanes,
    })
    assert.equal(results[0]?.code, 0)
    const context = { timeMs, txHash: parsed.txHash, transaction }
    const made = entries.slice(0, count)
    const source = sourceOfEntries(context, made)
    assert.equal(source.kind, 'items')
    assert.deepEqual(entriesOfSource(context, source), made)
    for (const entry of made) assert.notEqual(digestOffset(entry), null)
  }
})
