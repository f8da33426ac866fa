/**
 * The ledger behind the application interface: `core/ledger` over the store. It decides nothing itself: it prepares
 * transactions, runs the pure function, and hands what came out to the store.
 * @module
 */
import { assert } from '@jurat/core/assert'
import { concat, toHex, type Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { checkTransaction } from '@jurat/core/ledger/admit'
import { applyBlock, buildBlock, type ApplyInput, type BlockOutcome } from '@jurat/core/ledger/block'
import { codes } from '@jurat/core/ledger/codes'
import { parseTransaction, type ParsedTransaction, type ParseRules } from '@jurat/core/ledger/parse'
import { consortiumOf } from '@jurat/core/ledger/workspace'
import { appHashOf } from '@jurat/core/receipt/finality'
import type { Clock } from '../platform/clock.ts'
import type { ReplayInput } from '../store/openStore.ts'
import type { Store } from '../store/store.ts'
import type {
  Application,
  ApplicationInfo,
  BlockInput,
  BlockSide,
  CheckResult,
  FinalizedBlock,
  ProposalRequest,
} from './application.ts'
import { decodeTimeItem, encodeTimeItem, timeItemBytesMax } from './timeItem.ts'
import { isRefused, type Verification } from './verification.ts'

/** Executed candidates of one height that are kept until one of them is committed. */
const executedBlocksMax = 8

/** What the application needs. */
export interface LedgerApplicationOptions {
  readonly store: Pick<Store, 'tip' | 'view' | 'lanes' | 'seen' | 'durable' | 'extend' | 'commit'>
  readonly crypto: CryptoProvider
  readonly verification: Verification
  /** Judges the age of submissions and the time of proposals of others; never what the ledger does. */
  readonly clock: Clock
}

/** A block that was read: its time and transactions. */
interface ReadBlock {
  readonly height: number
  readonly timeMs: number
  readonly transactions: readonly ParsedTransaction[]
}

/** The ledger over a store. */
export class LedgerApplication implements Application {
  readonly #store: LedgerApplicationOptions['store']
  readonly #crypto: CryptoProvider
  readonly #verification: Verification
  readonly #clock: Clock
  /** Outcomes on the applied tip, by what the block holds. */
  readonly #executed = new Map<string, FinalizedBlock>()
  #rules: { readonly consortiumIndex: number; readonly rules: ParseRules } | null = null

  constructor({ store, crypto, verification, clock }: LedgerApplicationOptions) {
    this.#store = store
    this.#crypto = crypto
    this.#verification = verification
    this.#clock = clock
  }

  info(): ApplicationInfo {
    const { tip, durable } = this.#store
    return {
      networkId: tip.networkId,
      height: durable.height,
      timeMs: durable.timeMs,
      size: durable.size,
      root: durable.root,
      appHash: appHashOf(durable),
      gasBlockMax: this.rules().parameters.gasBlockMax,
    }
  }

  /** The rules by which transactions are read now. */
  rules(): ParseRules {
    const { consortiumIndex, networkId } = this.#store.tip
    if (this.#rules?.consortiumIndex !== consortiumIndex) {
      const { parameters } = consortiumOf(this.#store.view).document
      this.#rules = { consortiumIndex, rules: { networkId, parameters } }
    }
    return this.#rules.rules
  }

  async check(tx: Bytes): Promise<CheckResult> {
    const parsed = this.#verification.parse(tx, this.rules())
    if (isRefused(parsed)) return { code: parsed.refused, txHash: null, gas: 0 }
    const { txHash, gas } = parsed
    // First what costs nothing: strangers and latecomers must not be able to keep the thread pool busy.
    const code = this.#check(parsed)
    if (code !== codes.success) return { code, txHash, gas }
    const valid = await this.#verification.verify(parsed)
    return { code: valid ? codes.success : codes.signatureInvalid, txHash, gas }
  }

  async propose(request: ProposalRequest): Promise<Bytes[]> {
    const candidates = await this.#fitting(request)
    const timeMs = Math.max(request.timeMs, this.#store.tip.timeMs)
    const input = this.#input({ height: request.height, timeMs, transactions: candidates })
    const { transactions, outcome } = buildBlock(input)
    const block = { height: request.height, timeMs, transactions }
    this.#keep(block, outcome)
    return [encodeTimeItem(timeMs), ...transactions.map(({ bytes }) => bytes)]
  }

  async process(block: BlockInput): Promise<boolean> {
    const read = await this.#read(block)
    if (read === null || read.height <= this.#store.tip.height || read.timeMs < this.#store.tip.timeMs) return false
    if (read.timeMs > this.#clock.now() + this.rules().parameters.clockToleranceMs) return false
    if (this.#executed.has(keyOf(this.#crypto, read))) return true
    const { transactions, outcome } = buildBlock(this.#input(read))
    if (transactions.length !== read.transactions.length) return false
    this.#keep(read, outcome)
    return true
  }

  async finalize(block: BlockInput): Promise<FinalizedBlock> {
    const read = await this.#read(block)
    assert(read !== null, 'a decided block can be read')
    return this.#executed.get(keyOf(this.#crypto, read)) ?? this.#keep(read, applyBlock(this.#input(read)))
  }

  async commit(finalized: FinalizedBlock, side?: BlockSide): Promise<void> {
    const { height, timeMs, transactions, outcome, extension } = finalized
    this.#executed.clear()
    this.#verification.forget(transactions)
    // A block without transactions changes nothing, so there is nothing to make durable.
    if (transactions.length === 0) return
    await this.#store.commit({
      height,
      timeMs,
      transactions: transactions.map(({ bytes }) => bytes),
      outcome,
      extension,
      idempotency: side?.idempotency ?? [],
    })
  }

  #check(parsed: ParsedTransaction): CheckResult['code'] {
    const { view, seen, tip } = this.#store
    const timeMs = Math.max(this.#clock.now(), tip.timeMs)
    return checkTransaction({ crypto: this.#crypto, view, seen, timeMs, verified: () => true }, parsed)
  }

  /** The candidates that can be read, are signed, and fit, in their order. */
  async #fitting({ candidates, bytesMax, gasMax }: ProposalRequest): Promise<ParsedTransaction[]> {
    const rules = this.rules()
    const fitting: ParsedTransaction[] = []
    let bytes = timeItemBytesMax
    let gas = 0
    for (const candidate of candidates) {
      const parsed = this.#verification.parse(candidate, rules)
      if (isRefused(parsed) || !(await this.#verification.verify(parsed))) continue
      // Later candidates may be smaller, but order matters more: nobody is overtaken.
      if (bytes + candidate.length > bytesMax || gas + parsed.gas > gasMax) break
      bytes += candidate.length
      gas += parsed.gas
      fitting.push(parsed)
    }
    return fitting
  }

  /** Reads a block and checks its signatures; null when it is malformed. */
  async #read({ height, items }: BlockInput): Promise<ReadBlock | null> {
    const [first, ...rest] = items
    const timeMs = first === undefined ? null : decodeTimeItem(first)
    if (timeMs === null) return null
    const rules = this.rules()
    const transactions: ParsedTransaction[] = []
    for (const item of rest) {
      const parsed = this.#verification.parse(item, rules)
      if (isRefused(parsed)) return null
      transactions.push(parsed)
    }
    await Promise.all(transactions.map((parsed) => this.#verification.verify(parsed)))
    return { height, timeMs, transactions }
  }

  #input(block: ReadBlock): ApplyInput {
    const { view, seen, tip, lanes } = this.#store
    return { crypto: this.#crypto, view, seen, tip, block, verified: this.#verification.verified, stateLanes: lanes }
  }

  #keep(block: ReadBlock, outcome: BlockOutcome): FinalizedBlock {
    const extension = this.#store.extend(outcome.entries)
    const finalized = { ...block, outcome, extension, appHash: appHashOf(extension) }
    for (const oldest of this.#executed.keys()) {
      if (this.#executed.size < executedBlocksMax) break
      this.#executed.delete(oldest)
    }
    this.#executed.set(keyOf(this.#crypto, block), finalized)
    return finalized
  }
}

/**
 * Executes a stored block again: what the store calls at start for blocks that its state does not have. Their
 * signatures were valid when they were committed.
 */
export function replayBlock(crypto: CryptoProvider, { block, view, seen, tip, lanes }: ReplayInput): BlockOutcome {
  const rules = { networkId: tip.networkId, parameters: consortiumOf(view).document.parameters }
  const transactions = block.transactions.map(({ bytes }) => {
    const parsed = parseTransaction(crypto, bytes, rules)
    assert(!isRefused(parsed), `block ${block.height} holds a transaction that cannot be read`)
    return parsed
  })
  const { height, timeMs } = block
  const outcome = applyBlock({
    crypto,
    view,
    seen,
    tip,
    block: { height, timeMs, transactions },
    verified: () => true,
    stateLanes: lanes,
  })
  const same = outcome.results.every(({ code }, at) => code === block.transactions[at]?.code)
  assert(same, `block ${height} executed again gives other results than it is stored with`)
  return outcome
}

/** What an outcome depends on besides the tip. */
function keyOf(crypto: CryptoProvider, { height, timeMs, transactions }: ReadBlock): string {
  const hash = crypto.sha256(concat(...transactions.map(({ signedHash }) => signedHash)))
  return `${height} ${timeMs} ${toHex(hash)}`
}
