/**
 * A ledger small enough for the store's tests: deposits with real entry bytes, one account that counts, no rules.
 * @module
 */
import { CborReader } from '@jurat/core/cbor/reader'
import { CborWriter } from '@jurat/core/cbor/writer'
import { concat, type Bytes } from '@jurat/core/bytes'
import { encodeEntry } from '@jurat/core/ledger/entry'
import { signedHash } from '@jurat/core/ledger/transaction'
import { transactionsRootOf, type BlockOutcome } from '@jurat/core/ledger/block'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import type { ReplayInput } from './openStore.ts'
import type { FinalizedBlock, IdempotencyRecord, LedgerTip, Store } from './store.ts'

const account = nodeCrypto.sha256(Uint8Array.of(1))
const accountKey = 'account/test'
const startMs = 1_800_000_000_000

/** A digest by its number. */
export function digestOf(number: number): Bytes {
  return nodeCrypto.sha256(new CborWriter().uint(number).finish())
}

/** A signed transaction of the fake ledger with deposits of these numbers. */
export function fakeTransaction(numbers: readonly number[]): Bytes {
  const payload = new CborWriter().array(numbers.length)
  for (const number of numbers) payload.array(4).uint(1).bytes(digestOf(number)).null().null()
  return new CborWriter().array(3).array(0).bytes(payload.finish()).array(0).finish()
}

/** The outcome of height 0. */
export function fakeGenesis(): BlockOutcome {
  const tip: LedgerTip = {
    networkId: nodeCrypto.sha256(new Uint8Array(0)),
    height: 0,
    timeMs: startMs,
    size: 2,
    previousBlockIndex: 1,
    consortiumIndex: 0,
  }
  return outcomeOf(
    tip,
    null,
    [],
    [entryOf('consortium', 0), blockEntry({ height: 0, timeMs: startMs, transactions: [] }, null)],
  )
}

/** Executes a block of the fake ledger. */
export function fakeExecute(
  before: { tip: LedgerTip; count: Bytes | null },
  block: { height: number; timeMs: number; transactions: readonly Bytes[] },
): BlockOutcome {
  const entries: Bytes[] = []
  const results = block.transactions.map((transaction) => {
    const txHash = nodeCrypto.sha256(transaction)
    const firstIndex = before.tip.size + entries.length
    const items = itemsOf(transaction)
    for (const [i, item] of items.entries()) entries.push(depositEntry(block.timeMs, txHash, i, item))
    return {
      txHash,
      signedHash: signedHash(nodeCrypto, transaction),
      code: 0 as const,
      firstIndex,
      entryCount: items.length,
    }
  })
  entries.push(blockEntry(block, before.tip))
  const size = before.tip.size + entries.length
  const tip = { ...before.tip, height: block.height, timeMs: block.timeMs, size, previousBlockIndex: size - 1 }
  return outcomeOf(tip, before.count, results, entries)
}

/** What `openStore` needs of the fake ledger. */
export const fakeReplay = ({ block, view, tip }: ReplayInput): BlockOutcome =>
  fakeExecute(
    { tip, count: view.get(accountKey) },
    { ...block, transactions: block.transactions.map(({ bytes }) => bytes) },
  )

/** Finalizes the next block on a store. */
export function fakeBlock(
  store: Store,
  transactions: readonly Bytes[],
  idempotency: readonly IdempotencyRecord[] = [],
): FinalizedBlock {
  const { tip, view } = store
  const block = { height: tip.height + 1, timeMs: tip.timeMs + 10, transactions }
  const outcome = fakeExecute({ tip, count: view.get(accountKey) }, block)
  return { ...block, outcome, extension: store.extend(outcome.entries), idempotency }
}

/** What the fake ledger counted: blocks. */
export function fakeCount(store: Store): number {
  return store.view.get(accountKey)?.length ?? 0
}

/** The id of its account. */
export const fakeAccount: Bytes = account

function outcomeOf(
  tip: LedgerTip,
  count: Bytes | null,
  results: BlockOutcome['results'],
  entries: Bytes[],
): BlockOutcome {
  const after = new Uint8Array((count?.length ?? 0) + 1)
  const version = after.length
  return {
    results,
    entries,
    changes: [{ key: accountKey, before: count, after }],
    tip,
    stateLanes: new Uint8Array(2048).fill(tip.height),
    transactionsRoot: new Uint8Array(32),
    accounts: [{ id: account, version, entryIndex: tip.size - 1, record: after }],
    consortium: tip.height === 0 ? fakeConsortium : null,
  }
}

const fakeConsortium = { document: Uint8Array.of(7, 7), index: 0, sequence: 0 }

function depositEntry(timeMs: number, txHash: Bytes, index: number, item: Bytes): Bytes {
  const head = Uint8Array.of(0xd9, 0xd9, 0xf7)
  const writer = new CborWriter().raw(head).array(8).uint(1).uint(1).uint(timeMs).bytes(txHash).uint(index)
  return writer.bytes(account).uint(3).raw(item).finish()
}

function blockEntry(
  { height, timeMs, transactions }: { height: number; timeMs: number; transactions: readonly Bytes[] },
  before: LedgerTip | null,
): Bytes {
  const transactionsRoot = transactionsRootOf(
    nodeCrypto,
    transactions.map((bytes) => ({
      txHash: nodeCrypto.sha256(bytes),
      signedHash: signedHash(nodeCrypto, bytes),
      code: 0,
    })),
  )
  const stateDigest = new Uint8Array(32).fill(height)
  const previousBlockIndex = before?.previousBlockIndex ?? null
  return encodeEntry({
    kind: 3,
    timeMs,
    height,
    firstIndex: before?.size ?? 0,
    txCount: transactions.length,
    transactionsRoot,
    stateDigest,
    consortiumIndex: 0,
    previousBlockIndex,
    secondRoot: null,
  })
}

function entryOf(name: string, number: number): Bytes {
  return concat(Uint8Array.of(0xd9, 0xd9, 0xf7), new CborWriter().array(2).text(name).uint(number).finish())
}

function itemsOf(transaction: Bytes): Bytes[] {
  const outer = new CborReader(transaction, { bytesMax: 1e9 })
  outer.array(3)
  outer.array(0)
  const reader = new CborReader(outer.bytes(), { bytesMax: 1e9 })
  return Array.from({ length: reader.array() }, () => {
    const start = reader.offset
    reader.array(4)
    reader.uint()
    reader.bytes(32)
    reader.isNull()
    reader.isNull()
    return reader.slice(start)
  })
}
