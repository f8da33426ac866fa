/**
 * Sees everything that happens in a run and holds it against what must never happen (ARCHITECTURE.md, Invariants). It knows
 * more than any member: it remembers across all crashes what each of them has done. It keeps the hash of the course of events.
 * @module
 */
import { createHash } from 'node:crypto'
import { equal, toHex, type Bytes } from '@jurat/core/bytes'
import type { FinalizedBlock } from '@jurat/node/engine/application'
import type { MemberReport } from '@jurat/node/log/agreement'
import { isMajority, memberNames } from './founding.ts'

/** Something that must never happen has happened. */
export class Violation extends Error {
  override readonly name = 'Violation'
  /** Name of the invariant. */
  readonly invariant: string

  constructor(invariant: string, detail: string) {
    super(`${invariant}: ${detail}`)
    this.invariant = invariant
  }
}

/** A tree that stands or was signed. */
interface Head {
  readonly size: number
  readonly root: Bytes
}

/** What one height came to, as the first member found that executed it. */
interface Height extends Head {
  readonly timeMs: number
  readonly outcome: string
  /** Members in whose store it became durable. */
  readonly executedBy: Set<number>
}

/** A repetition is refused as long as the transaction could be accepted: this much before and after its time. */
const futureSkewMaxMs = 5_000

/** The judge of one run. */
export class Judge {
  readonly #trace = createHash('sha256')
  readonly #heights = new Map<number, Height>()
  readonly #heightOfSize = new Map<number, number>()
  readonly #transactions = new Map<string, number>()
  readonly #durable: Head[] = memberNames.map(() => ({ size: 0, root: new Uint8Array(0) }))
  readonly #signed: (Head | null)[] = memberNames.map(() => null)
  /** Members that signed a head, by size. */
  readonly #signers = new Map<number, Set<number>>()
  #last = { height: 0, timeMs: 0 }

  /** Writes a line of the course of events. */
  note(...parts: readonly (string | number)[]): void {
    this.#trace.update(`${parts.join(' ')}\n`)
  }

  /** Hash of the course of events. */
  traceHash(): string {
    return this.#trace.copy().digest('hex')
  }

  /** Transactions that stand in blocks. */
  get transactionsCount(): number {
    return this.#transactions.size
  }

  /** The newest height with transactions that any member has executed. */
  get newest(): Head & { readonly height: number } {
    const found = this.#heights.get(this.#last.height)
    return { height: this.#last.height, size: found?.size ?? 0, root: found?.root ?? new Uint8Array(0) }
  }

  /** A member has executed a decided block, perhaps again. */
  finalized(member: number, { height, timeMs, outcome, extension, transactions }: FinalizedBlock): void {
    this.note('finalized', member, height, toHex(extension.root))
    if (transactions.length === 0) return
    const lanes = createHash('sha256').update(outcome.stateLanes).digest('hex')
    const results = outcome.results.map(({ txHash, code, firstIndex }) => `${toHex(txHash)} ${code} ${firstIndex}`)
    const summary = [timeMs, lanes, ...results].join('\n')
    const known = this.#heights.get(height)
    if (known === undefined) {
      this.#checkTimes(height, timeMs, transactions)
      for (const { txHash } of outcome.results) this.#once(toHex(txHash), height)
      this.#last = { height, timeMs }
      const { size, root } = extension
      this.#heights.set(height, { size, root, timeMs, outcome: summary, executedBy: new Set() })
      this.#heightOfSize.set(size, height)
      return
    }
    const same = known.size === extension.size && equal(known.root, extension.root) && known.outcome === summary
    if (!same) throw new Violation('equal results', `${nameOf(member)} has other results of height ${height}`)
  }

  /** A block is durable at a member: its entries are acknowledged. */
  committed(member: number, height: number): void {
    this.note('committed', member, height)
    const found = this.#heights.get(height)
    if (found === undefined) return
    found.executedBy.add(member)
    if (found.size > this.#of(member).size) this.#durable[member] = found
  }

  /** A member has opened its store again. */
  opened(member: number, { height, size, root }: Head & { readonly height: number }): void {
    this.note('opened', member, height, size)
    const acknowledged = this.#of(member)
    if (size < acknowledged.size) {
      throw new Violation(
        'nothing acknowledged is lost',
        `${nameOf(member)} had ${acknowledged.size} entries, ${size} are left`,
      )
    }
    const known = this.#heights.get(height)
    if (height > 0 && (known === undefined || known.size !== size || !equal(known.root, root))) {
      throw new Violation('equal states', `${nameOf(member)} stands at height ${height} with another tree`)
    }
    // A block may be durable although the process that wrote it ended before it knew.
    for (const [other, { executedBy }] of this.#heights) if (other <= height) executedBy.add(member)
  }

  /** A member tells the others what it has executed. */
  reported(member: number, { height, size, root }: MemberReport): void {
    const known = this.#heights.get(height)
    if (known?.executedBy.has(member) === true && known.size === size && equal(known.root, root)) return
    throw new Violation('only what was executed is reported', `${nameOf(member)} reports height ${height}`)
  }

  /** A signature of the log has left a member. */
  signed(member: number, { size, root }: Head): void {
    this.note('signed', member, size)
    const last = this.#signed[member] ?? null
    if (last !== null && size < last.size) {
      throw new Violation('no smaller tree after a larger', `${nameOf(member)} signed ${last.size}, then ${size}`)
    }
    if (last !== null && size === last.size && !equal(root, last.root)) {
      throw new Violation('one root for one size', `${nameOf(member)} signed two roots of size ${size}`)
    }
    const height = this.#heights.get(this.#heightOfSize.get(size) ?? -1)
    if (height === undefined || !equal(height.root, root)) {
      throw new Violation('only agreed heads are signed', `${nameOf(member)} signed a tree that no block made`)
    }
    if (!isMajority(height.executedBy.size)) {
      const detail = `${nameOf(member)} signed size ${size}, which ${height.executedBy.size} members had executed`
      throw new Violation('only agreed heads are signed', detail)
    }
    this.#signed[member] = { size, root }
    const signers = this.#signers.get(size) ?? new Set()
    this.#signers.set(size, signers.add(member))
  }

  /** A checkpoint counts as complete at a member. */
  completed(member: number, size: number, quorum: number): void {
    this.note('completed', member, size)
    const count = this.#signers.get(size)?.size ?? 0
    if (count >= quorum) return
    throw new Violation('a quorum counts members', `${nameOf(member)} has ${count} of ${quorum} for size ${size}`)
  }

  #of(member: number): Head {
    return this.#durable[member] ?? { size: 0, root: new Uint8Array(0) }
  }

  #once(txHash: string, height: number): void {
    const before = this.#transactions.get(txHash)
    if (before !== undefined) {
      throw new Violation('no transaction twice', `${txHash} stands at the heights ${before} and ${height}`)
    }
    this.#transactions.set(txHash, height)
  }

  #checkTimes(height: number, timeMs: number, transactions: FinalizedBlock['transactions']): void {
    if (height <= this.#last.height || timeMs < this.#last.timeMs) {
      throw new Violation('time goes on', `height ${height} at ${timeMs} after ${this.#last.height}`)
    }
    for (const { header } of transactions) {
      const { timestampMs, periodMs } = header
      if (timestampMs - futureSkewMaxMs <= timeMs && timeMs <= timestampMs + periodMs) continue
      throw new Violation('transactions expire', `height ${height} holds one of another time`)
    }
  }
}

/** Name of a member by its number. */
export function nameOf(member: number): string {
  return memberNames[member] ?? `member ${member}`
}
