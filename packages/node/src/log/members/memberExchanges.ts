/**
 * The conversation of one member with the others: tells them what is new here, takes in what they tell, answers what
 * they lack. Whatever a member sends is untrusted: it can delay or accuse only itself (docs/spec/members.md).
 * @module
 */
import { equal, type Bytes } from '@jurat/core/bytes'
import { formatCheckpoint } from '@jurat/core/note/checkpoint'
import type { Clock, Timers } from '../../platform/clock.ts'
import type { Store } from '../../store/store.ts'
import type { MemberReport } from '../agreement.ts'
import type { WitnessStanding } from '../publisher.ts'
import { MemberAlarms, noteText } from './alarms.ts'
import { answerWanted, ownLines, reportOf } from './answers.ts'
import { bounded, type CosignedHead, decodeExchange, encodeExchange, ExchangeError } from './exchange.ts'
import { OffenceError, type OpenHead, type OpenHeads, takeLines, verifyLine } from './heads.ts'
import type { LinkedMember, MemberLinks } from './links.ts'
import type { MembersPolicy } from './membersPolicy.ts'
import { Peer } from './peer.ts'
import { decodeAnswer, encodeAnswer, encodeQuestion, type SignedAnswer } from './testimony.ts'

/** How often it is looked whether something is still missing, milliseconds. */
export const tickMs = 500

/** A head without quorum for so long is asked for, milliseconds. */
export const askAfterMs = 500

/** A member that sent what no honest member sends is not listened to for so long, milliseconds. */
export const offencePauseMs = 10_000

/** Cosigned heads of one member that are kept for trees which are not executed here yet; the smallest are kept. */
export const earlyHeadsMax = 64

/** Look-ups in the store that one member may cause between two ticks. */
export const lookUpsMax = 64

/** Questions for what it has signed that one member may ask between two ticks. */
export const questionsMax = 4

/** Most open heads that are asked for at once, beside the newest. */
const askedHeadsMax = 16

/** What the conversation needs. */
export interface MemberExchangesOptions {
  readonly origin: string
  readonly networkId: Bytes
  readonly store: Pick<Store, 'notes' | 'blockOfEntry' | 'durable'>
  readonly clock: Clock
  readonly timers: Timers
  readonly links: MemberLinks
  readonly heads: OpenHeads
  readonly completeSize: () => number
  /** The policy that judges the tree of a size. */
  readonly judging: (size: number) => MembersPolicy
  readonly reported: (member: string, report: MemberReport) => void
  /** New valid lines came for an open head. */
  readonly cosigned: (head: OpenHead) => void
  /** A member has shown its lines over a head of the tree that is here. */
  readonly signed: (member: string, head: CosignedHead) => void
  /** What this node knows of a member's signatures. */
  readonly testify: (member: string) => Promise<SignedAnswer>
  /** Sizes of heads that wait for reports. */
  readonly unreported: () => readonly number[]
  readonly warn?: (message: string, details: Record<string, unknown>) => void
  readonly alarm?: (message: string, details: Record<string, unknown>) => void
}

/** What is known of one other member. */
interface Known {
  readonly peer: Peer
  /** Cosigned heads beyond the own execution, unverified, by size. */
  readonly early: Map<number, CosignedHead>
  lookUps: number
  questions: number
  /** The last message to it: a transport carries one at a time. */
  sent: Promise<unknown>
  /** Monotonic time until which it is not listened to. */
  ignoredUntilMs: number
  cosignedAtMs: number | null
  reason: string | null
}

/** Talks with the other members. */
export class MemberExchanges {
  readonly alarms: MemberAlarms
  readonly #options: MemberExchangesOptions
  readonly #members = new Map<string, Known>()
  #cancelTick: (() => void) | null = null
  #stopped = false

  constructor(options: MemberExchangesOptions) {
    this.#options = options
    this.alarms = new MemberAlarms(options.origin, options.alarm ?? (() => undefined))
  }

  /** How the other members were seen last. */
  get standings(): readonly WitnessStanding[] {
    return [...this.#members].map(([name, { peer, cosignedAtMs, reason }]) => {
      const answer = peer.reachable === false ? 'unreachable' : cosignedAtMs === null ? 'unknown' : 'cosigned'
      return { name, answer, reason, cosignedAtMs }
    })
  }

  async start(): Promise<void> {
    await this.#options.links.start({
      receive: (member, message) => this.#receive(member, message),
      connected: (member) => this.#connected(member),
    })
    this.#tick()
  }

  /** Talks with the members of these documents, the newest first. */
  setMembers(policies: readonly MembersPolicy[]): void {
    const linked = linkedMembers(policies)
    for (const [name, { peer }] of this.#members) {
      if (linked.some((member) => member.name === name)) continue
      peer.stop()
      this.#members.delete(name)
    }
    for (const { name } of linked) if (!this.#members.has(name)) this.#members.set(name, this.#known(name))
    this.#options.links.setMembers(linked)
  }

  /** A block was executed here: the others hear of it, and what they said of it before counts now. */
  executed(head: OpenHead): void {
    for (const [name, known] of this.#members) {
      known.peer.tell({ reports: [reportOf(head)] })
      for (const early of known.early.values()) {
        if (early.size > head.size) continue
        known.early.delete(early.size)
        if (early.size === head.size) void this.#takeEarly(name, known, early)
      }
    }
    this.callAll({ asking: false })
  }

  /** This node signed a head. */
  signed(head: OpenHead): void {
    const own = ownLines(head)
    if (own === null) return
    for (const { peer } of this.#members.values()) peer.tell({ cosigned: [own] })
    this.callAll({ asking: false })
  }

  /** Calls everybody for whom something waits; when `asking`, everybody. */
  callAll(options: { readonly asking: boolean }): void {
    for (const { peer } of this.#members.values()) peer.call(options)
  }

  /** Asks a member what this node has signed. @throws {Error} when it does not answer */
  async ask(member: string): Promise<SignedAnswer> {
    const { networkId } = this.#options
    const known = this.#members.get(member)
    if (known === undefined) throw new Error(`${member} is no member`)
    return decodeAnswer(networkId, await this.#send(known, encodeQuestion(networkId)))
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancelTick?.()
    for (const { peer } of this.#members.values()) peer.stop()
    await this.#options.links.stop()
  }

  #known(name: string): Known {
    const { networkId, timers, warn } = this.#options
    const known: Known = {
      peer: new Peer({
        name,
        timers,
        send: (exchange) => this.#send(known, encodeExchange(networkId, exchange)),
        wanted: () => this.#wanted(),
        answered: async (answer) => {
          await this.#absorb(name, known, answer, { answering: false })
        },
        failed(error) {
          const reason = error instanceof Error ? error.message : String(error)
          if (known.reason !== reason) warn?.('A member was not reached', { member: name, reason })
          known.reason = reason
        },
      }),
      early: new Map(),
      lookUps: 0,
      questions: 0,
      sent: Promise.resolve(),
      ignoredUntilMs: Number.NEGATIVE_INFINITY,
      cosignedAtMs: null,
      reason: null,
    }
    return known
  }

  #send(known: Known, message: Bytes): Promise<Bytes> {
    const answer = known.sent.then(() => this.#options.links.send(known.peer.name, message))
    known.sent = answer.catch(() => undefined)
    return answer
  }

  /** Answers a member's call. */
  async #receive(member: string, message: Bytes): Promise<Bytes> {
    const known = this.#members.get(member)
    if (known === undefined || this.#stopped) throw new ExchangeError('this is no member')
    const { networkId, testify } = this.#options
    if (equal(message, encodeQuestion(networkId))) {
      known.questions++
      if (known.questions > questionsMax) throw new OffenceError('it asks too often')
      return encodeAnswer(networkId, await testify(member))
    }
    const answer = await this.#absorb(member, known, message, { answering: true })
    return answer ?? new Uint8Array(0)
  }

  /** A member was away, or this node was: it gets everything that is not complete, and is asked for the same. */
  #connected(member: string): void {
    const known = this.#members.get(member)
    if (known === undefined) return
    const open = this.#options.heads.all()
    known.peer.tell({
      reports: open.map(reportOf),
      cosigned: open.map(ownLines).filter((lines) => lines !== null),
    })
    known.peer.awake()
    known.peer.call({ asking: true })
  }

  /** Takes a message in. @returns the answer of a call */
  async #absorb(
    member: string,
    known: Known,
    message: Bytes,
    { answering }: { answering: boolean },
  ): Promise<Bytes | null> {
    if (this.#options.clock.monotonic() < known.ignoredUntilMs) throw new OffenceError('not listened to for a while')
    return this.#guarded(member, known, async () => {
      const { networkId } = this.#options
      const { reports, cosigned, wanted } = decodeExchange(networkId, message)
      for (const report of reports) this.#options.reported(member, { networkId, ...report })
      for (const head of cosigned) await this.#takeCosigned(known, head)
      const sources = { ...this.#options, mayLookUp: () => mayLookUp(known) }
      const answer = await answerWanted(sources, wanted)
      const carried = known.peer.carried()
      if (answering) return encodeExchange(networkId, bounded(carried === null ? [answer] : [answer, carried]))
      // What an answer asks for goes with the next call, which a tick makes: two members never chase each other.
      known.peer.tell(answer)
      return null
    })
  }

  /** Runs what handles a member's message; an offence has it ignored for a while. */
  async #guarded<T>(member: string, known: Known, run: () => Promise<T>): Promise<T> {
    try {
      return await run()
    } catch (error) {
      if (error instanceof OffenceError || error instanceof ExchangeError) {
        known.ignoredUntilMs = this.#options.clock.monotonic() + offencePauseMs
        this.#options.warn?.('A member sent what is no message of an honest member', { member, reason: error.message })
      }
      throw error
    }
  }

  async #takeEarly(member: string, known: Known, theirs: CosignedHead): Promise<void> {
    try {
      await this.#guarded(member, known, () => this.#takeCosigned(known, theirs))
    } catch (error) {
      known.reason = error instanceof Error ? error.message : String(error)
    }
  }

  async #takeCosigned(known: Known, theirs: CosignedHead): Promise<void> {
    const { heads, clock, store } = this.#options
    const head = heads.get(theirs.size)
    if (head === undefined) {
      if (theirs.size > store.durable.size) keepEarly(known.early, theirs)
      else await this.#compare(known, theirs)
      return
    }
    if (!equal(head.root, theirs.root)) return this.#accuse(theirs, head.policy, this.alarms.noteOf(head))
    const names = takeLines(head, theirs.lines, clock.now())
    this.#options.signed(known.peer.name, theirs)
    for (const name of names) this.#seen(name)
    if (names.length > 0) this.#options.cosigned(head)
  }

  /** Compares a head that is settled here with the own tree. */
  async #compare(known: Known, theirs: CosignedHead): Promise<void> {
    const { store, judging } = this.#options
    if (theirs.size === 0 || !mayLookUp(known)) return
    const block = await store.blockOfEntry(theirs.size - 1)
    if (block === null) return
    const same = block.treeSizeAfter === theirs.size && equal(block.rootAfter, theirs.root)
    if (same) return this.#options.signed(known.peer.name, theirs)
    const note = await store.notes.covering(theirs.size)
    this.#accuse(theirs, judging(theirs.size), note === null ? null : noteText(note.note))
  }

  /** Lines over another tree: whose verify are named, and whoever sends lines that do not verify offends. */
  #accuse(theirs: CosignedHead, { members }: MembersPolicy, ownNote: string | null): void {
    const { origin } = this.#options
    const body = formatCheckpoint({ origin, size: theirs.size, root: theirs.root })
    for (const line of theirs.lines) {
      if (verifyLine(members, body, line) === null) continue
      this.alarms.signedOther(line.name, { ...theirs, lines: [line] }, ownNote)
    }
  }

  #seen(name: string): void {
    const known = this.#members.get(name)
    if (known === undefined) return
    known.cosignedAtMs = this.#options.clock.now()
    known.reason = null
  }

  /** What this node lacks: stations and reports first, then the oldest open heads and the newest. */
  #wanted(): number[] {
    const { heads, unreported } = this.#options
    const open = heads.all()
    const { station } = heads
    const sizes = [
      ...(station === undefined ? [] : [station.size]),
      ...unreported().slice(0, askedHeadsMax - 1),
      ...open.slice(-1).map(({ size }) => size),
      ...open.slice(0, askedHeadsMax).map(({ size }) => size),
    ]
    return [...new Set(sizes)]
  }

  #tick(): void {
    if (this.#stopped) return
    const [oldest] = this.#options.heads.all()
    const late = oldest !== undefined && oldest.sinceMs + askAfterMs <= this.#options.clock.monotonic()
    const asking = late || this.#options.unreported().length > 0
    for (const known of this.#members.values()) known.lookUps = known.questions = 0
    this.callAll({ asking })
    this.#cancelTick = this.#options.timers.after(tickMs, () => this.#tick())
  }
}

function linkedMembers(policies: readonly MembersPolicy[]): LinkedMember[] {
  const selves = new Set(policies.map(({ self }) => self?.member.name))
  const linked = new Map<string, LinkedMember>()
  for (const { member } of policies.flatMap(({ members }) => members)) {
    if (selves.has(member.name)) continue
    const { name, addresses, keys } = member
    const before = linked.get(name)
    const transportKeys = [...(before?.transportKeys ?? []), keys.transport]
    linked.set(name, { name, transportKeys, addresses: before?.addresses ?? addresses })
  }
  return [...linked.values()]
}

function mayLookUp(known: Known): boolean {
  known.lookUps++
  return known.lookUps <= lookUpsMax
}

function keepEarly(early: Map<number, CosignedHead>, head: CosignedHead): void {
  early.set(head.size, head)
  if (early.size > earlyHeadsMax) early.delete(Math.max(...early.keys()))
}
