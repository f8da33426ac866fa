/**
 * Crashes between every two steps: at each operation of the disk the process ends, an operation fails (also after it
 * took effect), or the power goes. The client's own list of what was acknowledged is the judge.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toHex, type Bytes } from '@jurat/core/bytes'
import { parseCheckpoint } from '@jurat/core/note/checkpoint'
import { parseNote } from '@jurat/core/note/note'
import { MemoryFiles } from '../platform/memoryFiles.ts'
import { StoreError } from '../store/errors.ts'
import type { Committed } from './engine.ts'
import { startNode, type LedgerNode } from './ledgerNode.fixtures.ts'
import { testDeposit, testItems, testNetwork } from './network.fixtures.ts'
import { settle, VirtualTime } from './virtualTime.fixtures.ts'

const network = testNetwork()

/** What left the machine. */
interface Witnessed {
  readonly acknowledged: { committed: Committed; items: readonly Bytes[] }[]
  /** Roots by size of every note that was served. */
  readonly roots: Map<number, string>
}

/** A client that deposits in three waves and looks at every checkpoint. Ends when the node has failed. */
async function useNode(node: LedgerNode, time: VirtualTime, seen: Witnessed): Promise<void> {
  for (let wave = 0; wave < 3; wave++) {
    const answers = await Promise.allSettled(
      [1, 300, 2].map(async (count, at) => {
        const items = testItems(`wave ${wave} ${at}`, count)
        const outcome = await node.engine.submit(testDeposit(network, items, { timestampMs: time.now() }))
        assert.equal(outcome.state, 'committed')
        if (outcome.state === 'committed') seen.acknowledged.push({ committed: outcome, items })
      }),
    )
    for (const answer of answers) if (answer.status === 'rejected') assert.ok(node.failures.length > 0)
    await time.pass(5)
    readCheckpoint(node, seen)
    if (node.failures.length > 0) return
  }
}

function readCheckpoint(node: LedgerNode, seen: Witnessed): void {
  const note = node.publisher.checkpoint()
  if (note === null) return
  const { size, root } = parseCheckpoint(parseNote(note).body)
  const before = seen.roots.get(size)
  assert.ok(before === undefined || before === toHex(root), `two roots for size ${size}`)
  seen.roots.set(size, toHex(root))
}

/** Starts again on what survived and looks for everything that was acknowledged or signed. */
async function judge(files: MemoryFiles, time: VirtualTime, seen: Witnessed): Promise<void> {
  const node = await startNode(network, files, time)
  for (const { committed, items } of seen.acknowledged) {
    const stored = await node.store.transaction(committed.txHash)
    assert.ok(stored !== null, 'an acknowledged transaction is there')
    assert.deepEqual([stored.firstIndex, stored.code, stored.height], [committed.firstIndex, 0, committed.height])
    const last = await node.store.entry(committed.firstIndex + items.length - 1)
    assert.ok(last !== null && toHex(last).includes(toHex(items.at(-1) ?? new Uint8Array(0))))
  }
  await useNode(node, time, seen)
  assert.deepEqual(node.failures, [])
  const newest = node.publisher.completeSize
  assert.ok(newest >= Math.max(0, ...seen.roots.keys()), 'no smaller tree after a larger')
  await node.close()
}

/** A run that is hit at one operation of the disk. @returns whether there was such an operation. */
async function run(operation: number, hit: 'ended' | 'power' | 'fails' | 'failsAfter'): Promise<boolean> {
  const time = new VirtualTime()
  const files = new MemoryFiles()
  const seen: Witnessed = { acknowledged: [], roots: new Map() }
  let next: MemoryFiles | null = null
  const random = randomOf(operation)
  if (hit === 'fails' || hit === 'failsAfter') files.failAt(operation, { persisted: hit === 'failsAfter', code: 'EIO' })
  else {
    files.onOperation = () => {
      if (files.operations < operation || next !== null) return
      next = hit === 'ended' ? files.processEnded() : files.powerLost(random)
    }
  }
  let failed = false
  try {
    const node = await startNode(network, files, time)
    await useNode(node, time, seen)
    failed = node.failures.length > 0
    await settle()
    readCheckpoint(node, seen)
    if (!failed) await node.close()
  } catch (error) {
    // The disk failed while the node was starting: it did not start.
    assert.ok(error instanceof StoreError || (error instanceof Error && /EIO/.test(error.message)), String(error))
    failed = true
  }
  await settle()
  const wasHit = next !== null || files.operations > operation
  await judge(next ?? files.processEnded(), time, seen)
  return wasHit
}

/** A small generator (mulberry32): one seed plays a failure again. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

for (const hit of ['ended', 'power', 'fails', 'failsAfter'] as const) {
  test(`nothing acknowledged is lost and no second root is signed: ${hit}`, async () => {
    let operation = 0
    while (await run(operation, hit)) operation++
    assert.ok(operation > 30, `${operation} operations were hit`)
  })
}
