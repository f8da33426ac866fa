/**
 * Which roots of this node's own execution it may sign: those that more than two thirds of the members report as well, or
 * that a committed header carries (ledger.md, Log). A state machine without input and output: reports and executed blocks go in, agreed heads and alarms
 * come out.
 *
 * Agreed heads come in the order of their blocks, none left out, with one exception: while this node's execution is
 * further behind the others than {@link behindHeightsMax}, it signs nothing, and blocks executed meanwhile are left out
 * for ever, except those that changed the consortium. After such a block nothing comes before its checkpoint is
 * complete.
 * @module
 */
import { assert } from '@jurat/core/assert'
import { equal, type Bytes } from '@jurat/core/bytes'
import type { ConsortiumDocument } from '@jurat/core/ledger/consortium'

/** A node whose execution is further behind than this signs nothing, in heights of the engine. */
export const behindHeightsMax = 20

/** Reports of one member that are kept for heights which this node has not executed yet; the lowest are kept. */
export const earlyReportsMax = 64

/** Blocks that wait; beyond, the oldest are left out, but none that changed the consortium: a later one covers them. */
export const pendingBlocksMax = 4_096

/** Settled blocks that late reports are still compared with. */
export const settledBlocksMax = 64

/** What a member says that it has executed: `[networkId, height, size, root]`. */
export interface MemberReport {
  readonly networkId: Bytes
  readonly height: number
  /** Entries of the log after the block. */
  readonly size: number
  /** RFC 6962 root of the log after the block, 32 bytes. */
  readonly root: Bytes
}

/** A block with transactions that is durable here. */
export interface ExecutedBlock {
  readonly height: number
  readonly size: number
  readonly root: Bytes
  /** The consortium document in force before the block: its members agree on it, and sign it. */
  readonly document: Pick<ConsortiumDocument, 'members'>
  /** Whether the block replaced that document. */
  readonly changesConsortium: boolean
}

/** A head that this node may sign. */
export type AgreedHead = Pick<ExecutedBlock, 'height' | 'size' | 'root' | 'changesConsortium'>

/**
 * Somebody is wrong. `contradiction`: a member reported two things of one height. `otherRoot`: a member reported another
 * tree than this node has.
 */
export type AgreementAlarm =
  | {
      readonly kind: 'contradiction'
      readonly member: string
      readonly first: MemberReport
      readonly second: MemberReport
    }
  | { readonly kind: 'otherRoot'; readonly member: string; readonly own: MemberReport; readonly theirs: MemberReport }

/** What an event led to. */
export interface AgreementOutcome {
  /** To be signed, in this order. */
  readonly agreed: readonly AgreedHead[]
  readonly alarms: readonly AgreementAlarm[]
}

/** A member's report of one height. An alarm is raised once. */
interface KeptReport {
  readonly report: MemberReport
  contradicted: boolean
}

type KeptReports = Map<string, KeptReport>

/** Compares what the members have executed. */
export class Agreement {
  readonly #self: string
  readonly #networkId: Bytes
  /** Executed blocks that are neither agreed nor left out, in order. */
  #pending: ExecutedBlock[] = []
  #newest: ExecutedBlock | null = null
  /** Blocks that reports are compared with: the pending ones and some before them. */
  readonly #known = new Map<number, { readonly block: ExecutedBlock; readonly reports: KeptReports }>()
  /** Reports of heights above the newest executed block. */
  readonly #early = new Map<string, Map<number, KeptReport>>()
  /** The greatest height that each member has reported. */
  readonly #reached = new Map<string, number>()
  /** Size of the newest complete checkpoint, as far as it was told. */
  #completeSize = 0
  /** Greatest height whose root a committed header carries. */
  #confirmedHeight = 0
  /** Size of an agreed consortium block; nothing later comes before it is complete. */
  #gateSize = 0

  /** @param self - this node's name as a member */
  constructor({ self, networkId }: { readonly self: string; readonly networkId: Bytes }) {
    this.#self = self
    this.#networkId = networkId
  }

  /**
   * Takes a block that this node executed. After a start: every block whose size is not below the last signed one, in
   * order (signing the same head again is harmless).
   */
  executed(block: ExecutedBlock): AgreementOutcome {
    assert(this.#newest === null || block.height > this.#newest.height, 'blocks are executed in order')
    const reports: KeptReports = new Map()
    this.#newest = block
    this.#known.set(block.height, { block, reports })
    this.#pending.push(block)
    if (this.#pending.length > pendingBlocksMax) this.#leaveOutOldest()
    const alarms: AgreementAlarm[] = []
    for (const [member, early] of this.#early) {
      for (const [height, kept] of early) {
        if (height > block.height) continue
        early.delete(height)
        if (height === block.height) this.#keep(reports, member, kept, block, alarms)
      }
    }
    return { agreed: this.#advance(), alarms }
  }

  /** Takes a report. The caller has authenticated the member by its transport key. */
  reported(member: string, report: MemberReport): AgreementOutcome {
    const alarms: AgreementAlarm[] = []
    if (!this.#counts(member) || !equal(report.networkId, this.#networkId)) return { agreed: [], alarms }
    this.#reached.set(member, Math.max(report.height, this.#reached.get(member) ?? 0))
    const known = this.#known.get(report.height)
    const found = known?.reports.get(member) ?? this.#early.get(member)?.get(report.height)
    if (found !== undefined) contradict(found, member, report, alarms)
    else if (known !== undefined) {
      this.#keep(known.reports, member, { report, contradicted: false }, known.block, alarms)
    } else if (report.height > (this.#newest?.height ?? 0)) this.#keepEarly(member, report)
    return { agreed: this.#advance(), alarms }
  }

  /**
   * The engine's block after this height is committed. Its header carries the root after every block up to `height` as this
   * node executed it, and more than two thirds of the validators have committed that header.
   */
  confirmed(height: number): AgreementOutcome {
    this.#confirmedHeight = Math.max(this.#confirmedHeight, height)
    return { agreed: this.#advance(), alarms: [] }
  }

  /** The checkpoint of this size has its quorum of cosignatures: what it covers need not wait any longer. */
  completed(size: number): AgreementOutcome {
    this.#completeSize = Math.max(this.#completeSize, size)
    this.#pending = this.#pending.filter((block) => block.size > this.#completeSize)
    return { agreed: this.#advance(), alarms: [] }
  }

  /** Heights that wait for reports of others, lowest first: who has executed them may be asked for its report again. */
  wanted(): number[] {
    return this.#pending.slice(0, behindHeightsMax).map(({ height }) => height)
  }

  /** Whether this node is too far behind to sign. */
  get behind(): boolean {
    return this.#frontier() - (this.#newest?.height ?? 0) > behindHeightsMax
  }

  #advance(): AgreedHead[] {
    if (this.behind) this.#leaveOut()
    const agreed: AgreedHead[] = []
    while (!this.behind && this.#gateSize <= this.#completeSize) {
      const [block] = this.#pending
      if (block === undefined || !this.#isAgreed(block)) break
      this.#pending.shift()
      // Whoever was no member when the block was made has no say in it.
      if (!isMember(block, this.#self)) continue
      const { height, size, root, changesConsortium } = block
      agreed.push({ height, size, root, changesConsortium })
      if (changesConsortium) this.#gateSize = size
    }
    this.#forget()
    return agreed
  }

  #leaveOut(): void {
    this.#pending = this.#pending.filter(({ changesConsortium }) => changesConsortium)
  }

  #leaveOutOldest(): void {
    const oldest = this.#pending.findIndex(({ changesConsortium }) => !changesConsortium)
    if (oldest !== -1) this.#pending.splice(oldest, 1)
  }

  #isAgreed({ height, document }: ExecutedBlock): boolean {
    if (height <= this.#confirmedHeight) return true
    const known = this.#known.get(height)
    assert(known !== undefined, 'reports of a pending block are kept')
    const { block, reports } = known
    // Members are counted, not reports: a member that reports twice counts once.
    const same = document.members.filter(({ name }) => {
      const kept = reports.get(name)
      return name === this.#self || (kept !== undefined && isSame(kept.report, block))
    })
    return 3 * same.length > 2 * document.members.length
  }

  #keep(reports: KeptReports, member: string, kept: KeptReport, block: ExecutedBlock, alarms: AgreementAlarm[]): void {
    reports.set(member, kept)
    if (isSame(kept.report, block)) return
    const { height, size, root } = block
    const own = { networkId: this.#networkId, height, size, root }
    alarms.push({ kind: 'otherRoot', member, own, theirs: kept.report })
  }

  #keepEarly(member: string, report: MemberReport): void {
    const early = this.#early.get(member) ?? new Map<number, KeptReport>()
    this.#early.set(member, early)
    early.set(report.height, { report, contradicted: false })
    // The lowest are needed first; what goes is asked for again when its height is executed.
    if (early.size > earlyReportsMax) early.delete(Math.max(...early.keys()))
  }

  /** Whether reports of this member are of interest: it belongs to the newest document or to that of a pending block. */
  #counts(member: string): boolean {
    if (member === this.#self) return false
    if (this.#newest !== null && isMember(this.#newest, member)) return true
    return this.#newest === null || this.#pending.some((block) => isMember(block, member))
  }

  /** The greatest height that more than a third of the members have reached: at least one of them tells the truth. */
  #frontier(): number {
    const names = this.#newest?.document.members.map(({ name }) => name) ?? [...this.#reached.keys()]
    const heights = names.map((name) => (name === this.#self ? 0 : (this.#reached.get(name) ?? 0)))
    heights.sort((a, b) => b - a)
    return heights[Math.floor(names.length / 3)] ?? 0
  }

  #forget(): void {
    const oldest = this.#pending[0]?.height ?? Infinity
    for (const height of this.#known.keys()) {
      if (this.#known.size - this.#pending.length <= settledBlocksMax || height >= oldest) break
      this.#known.delete(height)
    }
  }
}

function contradict(kept: KeptReport, member: string, second: MemberReport, alarms: AgreementAlarm[]): void {
  if (kept.contradicted || isSame(kept.report, second)) return
  kept.contradicted = true
  alarms.push({ kind: 'contradiction', member, first: kept.report, second })
}

function isSame(a: Pick<MemberReport, 'size' | 'root'>, b: Pick<MemberReport, 'size' | 'root'>): boolean {
  return a.size === b.size && equal(a.root, b.root)
}

function isMember({ document }: Pick<ExecutedBlock, 'document'>, name: string): boolean {
  return document.members.some((member) => member.name === name)
}
