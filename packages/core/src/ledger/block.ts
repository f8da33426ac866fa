/**
 * A block applied to the ledger: result codes, entries, changes. Pure. docs/spec/block.md.
 * @module
 */
import { assert } from '../assert.ts'
import { type Bytes, toHex } from '../bytes.ts'
import { CborWriter } from '../cbor/writer.ts'
import type { CryptoProvider } from '../crypto/provider.ts'
import { treeHash } from '../merkle/hash.ts'
import { recordHash } from './account.ts'
import { admit, type AdmitContext } from './admit.ts'
import { codes, type ResultCode } from './codes.ts'
import { stateDigest, updateLanes } from './digest.ts'
import { encodeEntry } from './entry.ts'
import { execute } from './execute.ts'
import type { Effects } from './operations/context.ts'
import type { ParsedTransaction } from './parse.ts'
import { type SeenTransactions, type StateChange, stateKeys, type StateView } from './state.ts'
import { consortiumOf, Workspace } from './workspace.ts'

/** Where the ledger stands: what the next block follows. */
export interface LedgerTip {
  readonly networkId: Bytes
  /** Height of the last block with transactions; 0 is the genesis. */
  readonly height: number
  /** Its time, milliseconds since 1970 UTC. */
  readonly timeMs: number
  /** Entries in the log. */
  readonly size: number
  /** Index of the last block entry; null before the genesis. */
  readonly previousBlockIndex: number | null
  /** Index of the consortium entry in force. */
  readonly consortiumIndex: number
}

/** A block in order. */
export interface BlockInput {
  readonly height: number
  readonly timeMs: number
  readonly transactions: readonly ParsedTransaction[]
}

/** What a block is applied to. */
export interface ApplyInput {
  readonly crypto: CryptoProvider
  readonly view: StateView
  readonly seen: SeenTransactions
  readonly tip: LedgerTip
  readonly block: BlockInput
  /** Whether all signatures of a transaction are valid. */
  readonly verified: (parsed: ParsedTransaction) => boolean
  /** The lanes of the state digest before the block, 2,048 bytes. */
  readonly stateLanes: Bytes
}

/** What became of one transaction. */
export interface TransactionResult {
  readonly txHash: Bytes
  readonly signedHash: Bytes
  readonly code: ResultCode
  /** Index of its first entry; where the next entry goes when it has none. */
  readonly firstIndex: number
  readonly entryCount: number
}

/** An account as a block left it. */
export interface ChangedAccount {
  readonly id: Bytes
  readonly version: number
  /** Index of its account entry. */
  readonly entryIndex: number
  readonly record: Bytes
}

/** What a block does. Nothing of it is written yet. */
export interface BlockOutcome {
  readonly results: readonly TransactionResult[]
  /** Leaf bytes in order, the block entry last; empty for a block without transactions. */
  readonly entries: readonly Bytes[]
  readonly changes: readonly StateChange[]
  readonly tip: LedgerTip
  readonly stateLanes: Bytes
  readonly transactionsRoot: Bytes
  /** Every account version that the block made, in the order of their entries. */
  readonly accounts: readonly ChangedAccount[]
  /** The new consortium document, if the block brought one. */
  readonly consortium: { readonly document: Bytes; readonly index: number; readonly sequence: number } | null
}

/**
 * Applies a decided block.
 * @throws AssertionFailure when it holds a transaction that must be refused, or does not follow the tip.
 */
export function applyBlock(input: ApplyInput): BlockOutcome {
  const run = new BlockRun(input)
  for (const parsed of input.block.transactions) {
    const refused = run.admit(parsed)
    assert(refused === null, `a block holds a transaction that is refused with ${refused}`)
    run.execute(parsed)
  }
  return run.finish()
}

/** A block that a proposer made, and what it does. */
export interface BuiltBlock {
  /** The candidates that are in it, in their order. */
  readonly transactions: readonly ParsedTransaction[]
  /** What {@link applyBlock} gives for exactly these. */
  readonly outcome: BlockOutcome
}

/** Makes a block of candidates in one pass: they are executed in order, and the refused are left out. */
export function buildBlock(input: ApplyInput): BuiltBlock {
  const run = new BlockRun(input)
  const transactions = input.block.transactions.filter((parsed) => {
    if (run.admit(parsed) !== null) return false
    run.execute(parsed)
    return true
  })
  return { transactions, outcome: run.finish() }
}

/** The transactions that a proposer may put into a block, in order: the refused are left out. */
export function proposeBlock(input: ApplyInput): readonly ParsedTransaction[] {
  return buildBlock(input).transactions
}

/** One pass over a block's transactions. */
class BlockRun {
  readonly #input: ApplyInput
  readonly #workspace: Workspace
  readonly #context: AdmitContext
  readonly #inBlock = new Set<string>()
  readonly #entries: Bytes[] = []
  readonly #results: TransactionResult[] = []
  readonly #accounts: ChangedAccount[] = []
  #gas = 0
  #consortium: BlockOutcome['consortium'] = null

  constructor(input: ApplyInput) {
    const { tip, block, crypto, view, verified } = input
    assert(block.height > tip.height && block.timeMs >= tip.timeMs, 'a block follows the tip in height and time')
    this.#input = input
    this.#workspace = new Workspace(view)
    // Consortium and parameters are those from before the block, whatever it changes: the old ones judge their end.
    const consortium = consortiumOf(view)
    const rules = { networkId: tip.networkId, parameters: consortium.document.parameters }
    const seen = { has: (txHash: Bytes) => this.#inBlock.has(toHex(txHash)) || input.seen.has(txHash) }
    this.#context = { crypto, workspace: this.#workspace, consortium, rules, seen, timeMs: block.timeMs, verified }
  }

  admit(parsed: ParsedTransaction): ResultCode | null {
    const refused = admit(this.#context, parsed)
    if (refused !== null) return refused
    return this.#gas + parsed.gas > this.#context.rules.parameters.gasBlockMax ? codes.gasTooBig : null
  }

  execute(parsed: ParsedTransaction): void {
    const { crypto, workspace, consortium, timeMs } = this.#context
    const { networkId } = this.#input.tip
    const firstIndex = this.#nextIndex()
    const effects: Effects = { entries: [], type: parsed.header.type }
    const consortiumChanged = this.#consortium !== null
    const code = execute(
      { crypto, workspace, consortium, networkId, timeMs, consortiumChanged, firstIndex, effects },
      parsed,
    )
    if (code === codes.success) this.#keep(parsed, effects)
    else workspace.undo()
    this.#inBlock.add(toHex(parsed.txHash))
    this.#gas += parsed.gas
    const entryCount = this.#nextIndex() - firstIndex
    this.#results.push({ txHash: parsed.txHash, signedHash: parsed.signedHash, code, firstIndex, entryCount })
  }

  #nextIndex(): number {
    return this.#input.tip.size + this.#entries.length
  }

  /** Entries of a successful transaction: what its operation made, then changed accounts by ascending id. */
  #keep({ txHash }: ParsedTransaction, { entries, type }: Effects): void {
    const { crypto, block } = this.#input
    for (const entry of entries) this.#entries.push(entry)
    for (const { account, record } of this.#workspace.changedAccounts()) {
      const { id, version } = account
      this.#accounts.push({ id, version, entryIndex: this.#nextIndex(), record })
      const change = { kind: 2, timeMs: block.timeMs, txHash, type, account: id, version } as const
      this.#entries.push(encodeEntry({ ...change, recordHash: recordHash(crypto, record) }))
    }
    if (this.#workspace.hasChanged(stateKeys.consortium)) {
      const { documentBytes: document, entryIndex: index, sequence } = consortiumOf(this.#workspace)
      this.#consortium = { document, index, sequence }
    }
    this.#workspace.keep()
  }

  finish(): BlockOutcome {
    const { crypto, tip, block, stateLanes } = this.#input
    const changes = this.#workspace.changes()
    const transactionsRoot = transactionsRootOf(crypto, this.#results)
    const same = { results: this.#results, changes, transactionsRoot, accounts: this.#accounts }
    // Otherwise the block entry of an empty block would make the next block necessary, without end.
    if (this.#results.length === 0) return { ...same, entries: [], tip, stateLanes, consortium: null }
    const lanes = updateLanes(crypto, stateLanes, changes)
    const blockIndex = this.#nextIndex()
    const { timeMs, height } = block
    this.#entries.push(
      encodeEntry({
        kind: 3,
        timeMs,
        height,
        firstIndex: tip.size,
        txCount: this.#results.length,
        transactionsRoot,
        stateDigest: stateDigest(crypto, lanes),
        consortiumIndex: tip.consortiumIndex,
        previousBlockIndex: tip.previousBlockIndex,
        secondRoot: null,
      }),
    )
    const consortiumIndex = this.#consortium?.index ?? tip.consortiumIndex
    const after = { height, timeMs, size: blockIndex + 1, previousBlockIndex: blockIndex, consortiumIndex }
    return {
      ...same,
      entries: this.#entries,
      tip: { networkId: tip.networkId, ...after },
      stateLanes: lanes,
      consortium: this.#consortium,
    }
  }
}

/** Tree hash over `[txHash, hash(signed), code]` of every transaction. */
export function transactionsRootOf(
  crypto: Pick<CryptoProvider, 'sha256'>,
  results: readonly Pick<TransactionResult, 'txHash' | 'signedHash' | 'code'>[],
): Bytes {
  return treeHash(
    crypto,
    results.map(({ txHash, signedHash, code }) =>
      new CborWriter(80).array(3).bytes(txHash).bytes(signedHash).uint(code).finish(),
    ),
  )
}
