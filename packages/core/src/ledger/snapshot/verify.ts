/**
 * Whether a snapshot is that of a trusted tree: everything in it is proven from size and root, and what the root does not bind is
 * not believed. Rules: docs/spec/snapshot.md.
 * @module
 */
import { type Bytes, equal, toHex } from '../../bytes.ts'
import { CborError } from '../../cbor/error.ts'
import type { CryptoProvider } from '../../crypto/provider.ts'
import { ProofError } from '../../merkle/error.ts'
import { hashLeaf } from '../../merkle/hash.ts'
import { verifyInclusion } from '../../merkle/proof.ts'
import { hashesAtTileLevel, hashFromTiles, tileWidth } from '../../merkle/tile.ts'
import { Frontier } from '../../merkle/tree.ts'
import { decodeAccount, recordHash } from '../account.ts'
import { type LedgerTip, transactionsRootOf } from '../block.ts'
import type { ResultCode } from '../codes.ts'
import { documentHash } from '../consortium.ts'
import { emptyLanes, stateDigest, updateLanes } from '../digest.ts'
import { type AccountEntry, type BlockEntry, type ConsortiumEntry, decodeEntry, type Entry } from '../entry.ts'
import { replayWindowMs } from '../parameters.ts'
import { stateKeys } from '../state.ts'
import { type ConsortiumState, consortiumOf } from '../workspace.ts'
import { SnapshotError, type SnapshotErrorCode } from './error.ts'
import { joined, type ProvenEntry, type Snapshot, type SnapshotBlock, type SnapshotValue, split } from './format.ts'

/** What the caller trusts already: CometBFT's app hash says size and root. */
export interface TrustedTree {
  readonly networkId: Bytes
  readonly size: number
  readonly root: Bytes
}

/** An account's present version. */
export interface VerifiedAccount {
  readonly id: Bytes
  readonly version: number
  readonly entryIndex: number
  readonly record: Bytes
}

/** A consortium document. */
export interface VerifiedDocument {
  readonly sequence: number
  readonly entryIndex: number
  readonly document: Bytes
  /** The block that brought it. */
  readonly block: Pick<BlockEntry, 'height' | 'timeMs' | 'firstIndex'>
  /** Size of the tree after that block. */
  readonly sizeAfter: number
}

/** A block of the replay window. */
export interface VerifiedBlock {
  readonly height: number
  readonly timeMs: number
  readonly txHashes: readonly Bytes[]
}

/** A snapshot of which everything is proven. */
export interface VerifiedSnapshot {
  readonly tip: LedgerTip
  readonly root: Bytes
  /** The last block entry. */
  readonly head: BlockEntry
  readonly bundle: readonly Bytes[]
  /** Hashes of the partial tile of each tile level, level 0 included. */
  readonly tiles: readonly (readonly Bytes[])[]
  readonly lanes: Bytes
  readonly state: readonly SnapshotValue[]
  /** Blocks within the replay window, the oldest first. */
  readonly blocks: readonly VerifiedBlock[]
  readonly accounts: readonly VerifiedAccount[]
  /** By sequence. */
  readonly documents: readonly VerifiedDocument[]
}

/** Verifies everything. @throws {SnapshotError} with the first reason why it is not taken */
export function verifySnapshot(crypto: CryptoProvider, snapshot: Snapshot, trusted: TrustedTree): VerifiedSnapshot {
  check(equal(snapshot.networkId, trusted.networkId), 'network-differs', 'the snapshot is of another network')
  const tiles = verifyEdge(crypto, snapshot, trusted)
  const prove = proverOf(crypto, trusted)
  const { head, blocks } = verifyBlocks(crypto, snapshot, prove)
  const lanes = verifyState(crypto, snapshot, head)
  const accounts = verifyAccounts(crypto, snapshot, prove)
  const consortium = consortiumIn(snapshot)
  const documents = verifyDocuments(crypto, snapshot, { prove, consortium, trusted })
  const { size, root, networkId } = trusted
  const { height, timeMs } = head
  const place = { height, timeMs, size, previousBlockIndex: size - 1, consortiumIndex: consortium.entryIndex }
  const { bundle, state } = snapshot
  return { tip: { networkId, ...place }, root, head, bundle, tiles, lanes, state, blocks, accounts, documents }
}

/** Proves that an entry stands at an index, and gives it decoded. */
type Prove = <Kind extends Entry['kind']>(
  proven: ProvenEntry,
  place: { readonly index: number; readonly kind: Kind; readonly code: SnapshotErrorCode },
) => Extract<Entry, { kind: Kind }>

function proverOf(crypto: CryptoProvider, { size, root }: TrustedTree): Prove {
  return <Kind extends Entry['kind']>(
    { entry, path }: ProvenEntry,
    { index, kind, code }: { readonly index: number; readonly kind: Kind; readonly code: SnapshotErrorCode },
  ) => {
    try {
      verifyInclusion(crypto, { leafHash: hashLeaf(crypto, entry), index, size, root, path })
      const decoded = decodeEntry(entry)
      check(decoded.kind === kind, code, `entry ${index} is of kind ${decoded.kind}, not ${kind}`)
      return decoded as Extract<Entry, { kind: Kind }>
    } catch (cause) {
      if (!(cause instanceof ProofError || cause instanceof CborError)) throw cause
      throw new SnapshotError(code, `entry ${index}: ${cause.message}`, { cause })
    }
  }
}

/** The partial tiles, of exactly the widths that the size demands, and leading to the root. */
function verifyEdge(crypto: CryptoProvider, { size, bundle, tiles }: Snapshot, trusted: TrustedTree): Bytes[][] {
  const differs = 'tree-differs'
  check(size === trusted.size && size > 0, differs, `the snapshot has ${size} entries, not ${trusted.size}`)
  const levels = [bundle.map((entry) => hashLeaf(crypto, entry)), ...tiles.map(split)]
  let count = 0
  while (count === 0 || hashesAtTileLevel(size, count) > 0) count++
  check(levels.length === count, differs, `the edge has ${levels.length} tile levels, not ${count}`)
  for (const [level, hashes] of levels.entries()) {
    const width = hashesAtTileLevel(size, level) % tileWidth
    check(hashes.length === width, differs, `the partial tile of level ${level} is ${hashes.length} wide, not ${width}`)
  }
  const data = levels.map(joined)
  const read = hashFromTiles(crypto, (level, index) => {
    const full = Math.floor(hashesAtTileLevel(size, level) / tileWidth)
    return index === full ? (data[level] ?? null) : null
  })
  check(equal(Frontier.read(crypto, size, read).root(), trusted.root), differs, 'the edge gives another root')
  return levels
}

/** The chain of blocks, from the last entry of the tree back to the first block before the window, or to the genesis. */
function verifyBlocks(
  crypto: CryptoProvider,
  { size, blocks }: Snapshot,
  prove: Prove,
): { head: BlockEntry; blocks: VerifiedBlock[] } {
  const verified: VerifiedBlock[] = []
  let head: BlockEntry | null = null
  let index: number | null = size - 1
  for (const block of blocks) {
    check(index !== null, 'window-incomplete', 'the blocks go on before the genesis')
    const entry: BlockEntry = prove(block, { index, kind: 3, code: 'block-unproven' })
    head ??= entry
    const before = entry.timeMs < head.timeMs - replayWindowMs
    check(
      (block.transactions === null) === before,
      'window-incomplete',
      `block ${entry.height} has its transactions exactly when it lies in the window`,
    )
    index = before ? null : entry.previousBlockIndex
    if (block.transactions === null) continue
    verified.unshift({ height: entry.height, timeMs: entry.timeMs, txHashes: transactionsOf(crypto, block, entry) })
  }
  check(head !== null && index === null, 'window-incomplete', 'the blocks do not reach the beginning of the window')
  return { head, blocks: verified }
}

function transactionsOf(
  crypto: CryptoProvider,
  { transactions }: SnapshotBlock,
  { height, txCount, transactionsRoot }: BlockEntry,
): Bytes[] {
  const list = (transactions ?? []).map((transaction) => ({ ...transaction, code: transaction.code as ResultCode }))
  const same = list.length === txCount && equal(transactionsRootOf(crypto, list), transactionsRoot)
  check(same, 'transactions-differ', `the transactions of block ${height} are not those of its entry`)
  return list.map(({ txHash }) => txHash)
}

/** The lanes of the whole state, whose digest is that of the last block entry. */
function verifyState(crypto: CryptoProvider, { state }: Snapshot, head: BlockEntry): Bytes {
  let last: string | null = null
  for (const { key } of state) {
    check(last === null || last < key, 'state-differs', `the key ${key} does not follow ${last}`)
    last = key
  }
  const changes = state.map(({ key, value }) => ({ key, before: null, after: value }))
  const lanes = updateLanes(crypto, emptyLanes(), changes)
  check(
    equal(stateDigest(crypto, lanes), head.stateDigest),
    'state-differs',
    `the state is not that of block ${head.height}`,
  )
  return lanes
}

/** Each account of the state has the entry of its present version. */
function verifyAccounts(crypto: CryptoProvider, { state, accounts }: Snapshot, prove: Prove): VerifiedAccount[] {
  const code = 'account-unproven'
  const records = state.filter(({ key }) => key.startsWith(stateKeys.account('')))
  check(records.length === accounts.length, code, `${accounts.length} accounts are proven of ${records.length}`)
  return records.map(({ key, value: record }, at) => {
    const account = accounts[at]
    check(account !== undefined, code, `${key} is not proven`)
    const { index } = account
    const { id, version } = readable(code, () => decodeAccount(record))
    const entry: AccountEntry = prove(account, { index, kind: 2, code })
    const same =
      key === stateKeys.account(toHex(id)) &&
      equal(entry.account, id) &&
      entry.version === version &&
      equal(entry.recordHash, recordHash(crypto, record))
    check(same, code, `entry ${index} is not that of ${key}`)
    return { id, version, entryIndex: index, record }
  })
}

function consortiumIn({ state }: Snapshot): ConsortiumState {
  const value = state.find(({ key }) => key === stateKeys.consortium)?.value ?? null
  check(value !== null, 'document-unproven', 'the state has no consortium')
  return readable('document-unproven', () => consortiumOf({ get: () => value }))
}

/** The documents from the one in force back to the genesis', each with the block that brought it. */
function verifyDocuments(
  crypto: CryptoProvider,
  { documents }: Snapshot,
  { prove, consortium, trusted }: { prove: Prove; consortium: ConsortiumState; trusted: TrustedTree },
): VerifiedDocument[] {
  const code = 'document-unproven'
  const verified: VerifiedDocument[] = []
  let [index, sequence]: [number | null, number] = [consortium.entryIndex, consortium.sequence]
  for (const { document, blockIndex, block, ...proven } of documents) {
    check(index !== null, code, 'the documents go on before the genesis')
    const entry: ConsortiumEntry = prove(proven, { index, kind: 0, code })
    const same =
      equal(entry.networkId, trusted.networkId) &&
      entry.sequence === sequence &&
      equal(entry.documentHash, documentHash(crypto, document))
    check(same, code, `document ${sequence} is not that of entry ${index}`)
    const { height, timeMs, firstIndex } = prove(block, { index: blockIndex, kind: 3, code })
    check(firstIndex <= index && index < blockIndex, code, `block ${height} did not bring document ${sequence}`)
    const brought = { block: { height, timeMs, firstIndex }, sizeAfter: blockIndex + 1 }
    verified.unshift({ sequence, entryIndex: index, document, ...brought })
    index = entry.previousIndex
    sequence -= 1
  }
  check(index === null && sequence === -1, code, 'the documents do not reach the genesis')
  return verified
}

function readable<T>(code: SnapshotErrorCode, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (!(cause instanceof CborError)) throw cause
    throw new SnapshotError(code, cause.message, { cause })
  }
}

function check(condition: boolean, code: SnapshotErrorCode, message: string): asserts condition {
  if (!condition) throw new SnapshotError(code, message)
}
