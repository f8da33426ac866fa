/**
 * A ledger whose tree has tiles, two documents, changed accounts and blocks within and before the replay window; and its snapshot,
 * made from all entries at hand.
 * @module
 */
import { toHex } from '../../bytes.ts'
import { hashLeaf, levelAbove, treeHash } from '../../merkle/hash.ts'
import { inclusionProof } from '../../merkle/proof.ts'
import { hashesAtTileLevel, tileWidth } from '../../merkle/tile.ts'
import type { HashReader } from '../../merkle/tree.ts'
import { type Bytes } from '../../bytes.ts'
import { documentHash, encodeDocument } from '../consortium.ts'
import { type BlockEntry, decodeEntry } from '../entry.ts'
import { crypto, itemOf, keyOf, TestLedger } from '../network.cases.ts'
import { replayWindowMs } from '../parameters.ts'
import { joined, type ProvenEntry, type Snapshot, type SnapshotTransaction } from './format.ts'
import type { TrustedTree } from './verify.ts'

/** A ledger and the signed hashes and codes of its transactions by height. */
export interface SnapshotCase {
  readonly ledger: TestLedger
  readonly transactions: ReadonlyMap<number, readonly SnapshotTransaction[]>
}

/** Blocks: old ones, a change of document, and some within the window; 600 entries and more. */
export function snapshotCase(): SnapshotCase {
  const ledger = new TestLedger()
  const transactions = new Map<number, readonly SnapshotTransaction[]>([[0, []]])
  const block = (bytes: readonly Bytes[]): void => {
    const { results, tip } = ledger.block(bytes)
    transactions.set(
      tip.height,
      results.map(({ txHash, signedHash, code }) => ({ txHash, signedHash, code })),
    )
  }
  const deposit = (name: string, count: number): Bytes => {
    const items = Array.from({ length: count }, (_, at) => itemOf(`${name} ${at}`))
    return ledger.sign({ from: 'alice', payload: { type: 40, items } })
  }
  block([deposit('old', 250)])
  ledger.wait(1_000)
  const { document, documentBytes } = ledger.consortium()
  const next = { ...document, parameters: { ...document.parameters, keysMax: 8 } }
  const replaces = documentHash(crypto, documentBytes)
  block([
    ledger.sign({ from: 'admin', by: ['m1/ballot'], payload: { type: 60, document: encodeDocument(next), replaces } }),
  ])
  ledger.wait(replayWindowMs + 1)
  block([deposit('first', 300), deposit('second', 20)])
  ledger.wait(5_000)
  block([ledger.sign({ from: 'bob', payload: { type: 11, authMap: [{ publicKey: keyOf('bob/new'), weight: 100 }] } })])
  ledger.wait(5_000)
  block([deposit('third', 30)])
  return { ledger, transactions }
}

/** What a reader of the tree is to trust. */
export function trustedOf({ networkId, entries }: TestLedger): TrustedTree {
  return { networkId, size: entries.length, root: treeHash(crypto, entries) }
}

/** The snapshot of the ledger as it stands. */
export function snapshotOf({ ledger, transactions }: SnapshotCase): Snapshot {
  const { entries, networkId, state } = ledger
  const size = entries.length
  const levels = [entries.map((entry) => hashLeaf(crypto, entry))]
  while ((levels.at(-1)?.length ?? 0) > 1) levels.push(levelAbove(crypto, levels.at(-1) ?? []))
  const read: HashReader = (level, index) => levels[level]?.[index] ?? new Uint8Array(0)
  const proven = (index: number): ProvenEntry => ({
    entry: entries[index] ?? new Uint8Array(0),
    path: inclusionProof(crypto, read, index, size),
  })
  const tiles: Bytes[] = []
  for (let level = 1; hashesAtTileLevel(size, level) > 0; level++) {
    const count = hashesAtTileLevel(size, level)
    tiles.push(joined(range(count - (count % tileWidth), count).map((index) => read(8 * level, index))))
  }
  const found = entries.map((entry) => decodeEntry(entry))
  const indexOf = (fits: (entry: (typeof found)[number]) => boolean): number => found.findLastIndex(fits)
  const values = [...state].toSorted(([a], [b]) => (a < b ? -1 : 1))
  const documents = [...new Set([ledger.consortium().sequence, 0])].map((sequence) => {
    const index = indexOf((entry) => entry.kind === 0 && entry.sequence === sequence)
    const blockIndex = found.findIndex((entry, at) => entry.kind === 3 && at > index)
    return { ...proven(index), document: documentOf(ledger, sequence), blockIndex, block: proven(blockIndex) }
  })
  const last = found.at(-1) as BlockEntry
  const blocks: Snapshot['blocks'][number][] = []
  for (let index: number | null = size - 1; index !== null;) {
    const entry = found[index] as BlockEntry
    const before = entry.timeMs < last.timeMs - replayWindowMs
    blocks.push({ ...proven(index), transactions: before ? null : (transactions.get(entry.height) ?? []) })
    index = before ? null : entry.previousBlockIndex
  }
  const accounts = values
    .filter(([key]) => key.startsWith('account/'))
    .map(([key]) => {
      const index = indexOf((entry) => entry.kind === 2 && `account/${toHex(entry.account)}` === key)
      return { index, ...proven(index) }
    })
  return {
    networkId,
    size,
    bundle: entries.slice(size - (size % tileWidth)),
    tiles,
    blocks,
    state: values.map(([key, value]) => ({ key, value })),
    accounts,
    documents,
  }
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, at) => from + at)

const firstDocuments = new WeakMap<TestLedger, Bytes>()

function documentOf(ledger: TestLedger, sequence: number): Bytes {
  if (sequence > 0) return ledger.consortium().documentBytes
  const known = firstDocuments.get(ledger) ?? new TestLedger().consortium().documentBytes
  firstDocuments.set(ledger, known)
  return known
}
