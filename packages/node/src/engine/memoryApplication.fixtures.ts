/**
 * An application without a ledger, for tests of engines: it keeps blocks in memory and can be told to fail at each
 * step, also after it has written. The first byte of a transaction says what becomes of it.
 * @module
 */
import { equal, type Bytes } from '@jurat/core/bytes'
import { codes, type ResultCode } from '@jurat/core/ledger/codes'
import type { BlockOutcome } from '@jurat/core/ledger/block'
import type { ParsedTransaction } from '@jurat/core/ledger/parse'
import type {
  Application,
  ApplicationInfo,
  BlockInput,
  BlockSide,
  CheckResult,
  FinalizedBlock,
  ProposalRequest,
} from './application.ts'
import { decodeTimeItem, encodeTimeItem } from './timeItem.ts'

/** What the first byte of a transaction means. */
export const kinds = { good: 1, refusedAtCheck: 2, fails: 3, refusedInBlock: 4, neverFits: 5 } as const

/** Where the application fails, once. `commitAfterWrite` fails although the block is kept. */
export type Fault = 'check' | 'propose' | 'finalize' | 'commit' | 'commitAfterWrite'

/** A block that was kept. */
export interface KeptBlock {
  readonly finalized: FinalizedBlock
  readonly side: BlockSide | undefined
}

/** Keeps blocks; each good transaction leaves one entry. */
export class MemoryApplication implements Application {
  readonly kept: KeptBlock[] = []
  fault: Fault | null = null
  /** While set, `commit` waits for it. */
  gate: Promise<void> | null = null
  /** What the next block is executed on: it may still be on its way to the disk. */
  #applied: FinalizedBlock | null = null
  #doomed = new Set<Bytes>()

  info(): ApplicationInfo {
    const last = this.#applied
    const { height, timeMs } = last ?? { height: 0, timeMs: 0 }
    const size = last?.extension.size ?? 3
    const root = new Uint8Array(32)
    return { networkId: root, height, timeMs, size, root, appHash: new Uint8Array(40), gasBlockMax: 1_000_000 }
  }

  async check(tx: Bytes): Promise<CheckResult> {
    this.#failAt('check')
    return { code: this.#codeOf(tx), txHash: tx.subarray(0, 4), gas: 1 }
  }

  async propose(request: ProposalRequest): Promise<Bytes[]> {
    this.#failAt('propose')
    const items = [encodeTimeItem(request.timeMs)]
    let bytes = 11
    for (const tx of request.candidates) {
      if (tx[0] === kinds.refusedInBlock) this.#doomed.add(tx)
      if (tx[0] === kinds.neverFits || this.#codeOf(tx) !== codes.success || items.includes(tx)) continue
      bytes += tx.length
      if (bytes > request.bytesMax) break
      items.push(tx)
    }
    return items
  }

  async process(): Promise<boolean> {
    return true
  }

  async finalize(block: BlockInput): Promise<FinalizedBlock> {
    this.#failAt('finalize')
    const timeMs = decodeTimeItem(block.items[0] ?? new Uint8Array(0)) ?? 0
    let { size } = this.info()
    const results = block.items.slice(1).map((tx) => {
      const entryCount = tx[0] === kinds.fails ? 0 : 1
      const firstIndex = size
      size += entryCount
      const code: ResultCode = tx[0] === kinds.fails ? codes.contradictsState : codes.success
      return { txHash: tx.subarray(0, 4), signedHash: tx, code, firstIndex, entryCount }
    })
    // Only what the engine reads of an outcome is made.
    const outcome = { results } as unknown as BlockOutcome
    const transactions = block.items.slice(1).map((bytes) => ({ bytes }) as unknown as ParsedTransaction)
    const extension = { size, root: new Uint8Array(32) }
    return { height: block.height, timeMs, transactions, outcome, extension, appHash: new Uint8Array(40) }
  }

  async commit(finalized: FinalizedBlock, side?: BlockSide): Promise<void> {
    this.#failAt('commit')
    this.#applied = finalized
    await this.gate
    this.kept.push({ finalized, side })
    this.#failAt('commitAfterWrite')
  }

  #codeOf(tx: Bytes): ResultCode {
    if (tx[0] === kinds.refusedAtCheck) return codes.signatureInvalid
    const seen = this.kept.some(({ finalized }) => finalized.transactions.some(({ bytes }) => equal(bytes, tx)))
    if (seen) return codes.replay
    return this.#doomed.has(tx) ? codes.timestampInvalid : codes.success
  }

  #failAt(step: Fault): void {
    if (this.fault !== step) return
    this.fault = null
    throw new Error(`told to fail at ${step}`)
  }
}
