/**
 * Report, agree, sign, collect: the production agreement and checkpoint signer, with a model of what carries reports
 * and signatures from member to member. Whoever lacks something asks for it again, so that loss only delays.
 * @module
 */
import { equal, type Bytes } from '@jurat/core/bytes'
import { decodeDocument, type ConsortiumDocument } from '@jurat/core/ledger/consortium'
import { nodeCrypto } from '@jurat/node/crypto/nodeCrypto'
import type { CommittedBlock } from '@jurat/node/engine/application'
import type { Agreement, AgreementOutcome, AgreedHead, MemberReport } from '@jurat/node/log/agreement'
import { CheckpointSigner } from '@jurat/node/log/checkpointSigner'
import type { Clock } from '@jurat/node/platform/clock'
import type { Store } from '@jurat/node/store/store'
import { agreementWith } from './canaries.ts'
import { logSigners, memberNames, networkId, origin } from './founding.ts'
import { nameOf, Violation } from './judge.ts'
import type { World } from './world.ts'

/** Share of a liar's reports that are lies. */
const lieShare = 0.3

/** What members say to one another. */
export type Message =
  | { readonly kind: 'report'; readonly report: MemberReport }
  | { readonly kind: 'signature'; readonly size: number; readonly root: Bytes }
  | { readonly kind: 'askReports'; readonly heights: readonly number[] }
  | { readonly kind: 'askSignature'; readonly size: number }

/** What signing needs of the process that it is part of. */
export interface SigningOptions {
  readonly world: World
  readonly member: number
  readonly store: Store
  readonly clock: Clock
  /** Runs a step; what it throws ends the process. */
  readonly spawn: (step: () => Promise<void>) => void
  readonly send: (to: number, message: Message) => void
}

/** A head whose signatures are collected. */
interface Collected {
  readonly head: AgreedHead
  readonly quorum: number
  readonly signers: Set<number>
  /** The log's signature of this member; null before it signed. */
  note: Bytes | null
  complete: boolean
}

/** The signing part of one process. */
export class Signing {
  readonly #options: SigningOptions
  readonly #agreement: Agreement
  readonly #signer: CheckpointSigner
  /** Executed heads by size. */
  readonly #heads = new Map<number, Collected>()
  #toSign: AgreedHead[] = []
  #signing = false
  #keptSize = 0

  constructor(options: SigningOptions) {
    this.#options = options
    const { store, clock, member } = options
    this.#agreement = agreementWith(options.world.canary, { self: nameOf(member), networkId })
    this.#signer = new CheckpointSigner({ origin, store, crypto: nodeCrypto, clock })
  }

  /** Takes up what was not finished before the process started: the newest signed head, and all later blocks. */
  async load(): Promise<void> {
    const { store } = this.#options
    const signedSize = store.signer.log()?.size ?? 0
    const first = signedSize === 0 ? 0 : ((await store.blockOfEntry(signedSize - 1))?.height ?? 0)
    const documents = await store.consortiumDocuments()
    this.#keptSize = (await store.notes.newest())?.size ?? 0
    for await (const block of store.blocksFrom(Math.max(1, first))) {
      const before = documents.findLast(({ entryIndex }) => entryIndex < block.firstIndex)
      const changesConsortium = documents.some(
        ({ entryIndex }) => entryIndex >= block.firstIndex && entryIndex < block.treeSizeAfter,
      )
      if (before === undefined) continue
      const head = { height: block.height, size: block.treeSizeAfter, root: block.rootAfter, changesConsortium }
      if ((await store.notes.at(head.size)) !== null) this.#act(this.#agreement.completed(head.size))
      this.#executed(head, decodeDocument(before.document))
    }
  }

  /** Takes a block that has just become durable, and the document that was in force before it. */
  onBlock(
    { height, outcome, extension }: Pick<CommittedBlock, 'height' | 'outcome' | 'extension'>,
    document: ConsortiumDocument,
  ): void {
    const { size, root } = extension
    this.#executed({ height, size, root, changesConsortium: outcome.consortium !== null }, document)
  }

  async receive(from: number, message: Message): Promise<void> {
    if (message.kind === 'report') this.#act(this.#agreement.reported(nameOf(from), message.report))
    else if (message.kind === 'signature') await this.#countSignature(from, message)
    else if (message.kind === 'askReports') for (const height of message.heights) await this.#answerReport(from, height)
    else await this.#answerSignature(from, message.size)
  }

  /** Asks for what is missing. */
  remind(): void {
    const heights = this.#agreement.wanted()
    const incomplete = [...this.#heads.values()].filter(({ note, complete }) => note !== null && !complete)
    const gate = incomplete.find(({ head }) => head.changesConsortium)
    const asked = new Set([gate, incomplete.at(-1)].map((collected) => collected?.head.size))
    this.#toOthers((to) => {
      if (heights.length > 0) this.#options.send(to, { kind: 'askReports', heights })
      for (const size of asked) if (size !== undefined) this.#options.send(to, { kind: 'askSignature', size })
    })
  }

  /** Size of the newest checkpoint that is complete here. */
  get completeSize(): number {
    return Math.max(0, ...[...this.#heads.values()].filter(({ complete }) => complete).map(({ head }) => head.size))
  }

  #executed(head: AgreedHead, document: ConsortiumDocument): void {
    const quorum = document.quorum
    this.#heads.set(head.size, { head, quorum, signers: new Set(), note: null, complete: false })
    this.#act(this.#agreement.executed({ ...head, document }))
    const report = this.#report(head)
    this.#options.world.judge.reported(this.#options.member, report)
    this.#toOthers((to) => this.#sendReport(to, report))
  }

  #report({ height, size, root }: Pick<AgreedHead, 'height' | 'size' | 'root'>): MemberReport {
    return { networkId, height, size, root }
  }

  #act({ agreed, alarms }: AgreementOutcome): void {
    const { world, member: own } = this.#options
    for (const { kind, member } of alarms) {
      world.judge.note('alarm', own, kind, member)
      if (world.liar !== null && member === nameOf(world.liar)) continue
      throw new Violation('no false alarm', `${nameOf(own)} accuses ${member}: ${kind}`)
    }
    this.#toSign.push(...agreed)
    if (this.#signing || this.#toSign.length === 0) return
    this.#signing = true
    this.#options.spawn(async () => {
      for (let head = this.#toSign.shift(); head !== undefined; head = this.#toSign.shift()) await this.#sign(head)
      this.#signing = false
    })
  }

  async #sign(head: AgreedHead): Promise<void> {
    const { member, world } = this.#options
    const key = logSigners[member]
    const collected = this.#heads.get(head.size)
    if (key === undefined || collected === undefined) throw new Error('what is agreed was executed')
    const note = await this.#signer.sign(head, key)
    world.judge.signed(member, head)
    collected.note = note
    this.#broadcast({ kind: 'signature', size: head.size, root: head.root })
    await this.#countSignature(member, head)
  }

  async #countSignature(from: number, { size, root }: { size: number; root: Bytes }): Promise<void> {
    const collected = this.#heads.get(size)
    if (collected === undefined || !equal(root, collected.head.root)) return
    collected.signers.add(from)
    const { signers, quorum, note, head } = collected
    if (collected.complete || note === null || signers.size < quorum) return
    collected.complete = true
    const { store, clock, world, member } = this.#options
    world.judge.completed(member, size, quorum)
    // Notes are kept in the order of their sizes; a smaller tree that completes late helps nobody.
    if (size < this.#keptSize) return
    this.#keptSize = size
    await store.notes.put({ size, timeMs: clock.now(), note }, { keep: head.changesConsortium })
    this.#act(this.#agreement.completed(size))
  }

  /** Answers from the store: what a process reported before it ended, the next one reports again. */
  async #answerReport(to: number, height: number): Promise<void> {
    const block = await this.#options.store.block(height)
    if (block === null) return
    const report = this.#report({ height, size: block.treeSizeAfter, root: block.rootAfter })
    this.#sendReport(to, report)
  }

  /** A liar tells some another root than others. */
  #sendReport(to: number, report: MemberReport): void {
    const { world, member, send } = this.#options
    const lies = world.liar === member && world.chance.often(lieShare)
    send(to, { kind: 'report', report: lies ? { ...report, root: report.root.toReversed() } : report })
  }

  async #answerSignature(to: number, size: number): Promise<void> {
    const root = this.#heads.get(size)?.note == null ? null : (this.#heads.get(size)?.head.root ?? null)
    const kept = root === null && (await this.#options.store.notes.at(size)) !== null
    const block = kept ? await this.#options.store.blockOfEntry(size - 1) : null
    const signed = root ?? block?.rootAfter ?? null
    if (signed !== null) this.#options.send(to, { kind: 'signature', size, root: signed })
  }

  #broadcast(message: Message): void {
    this.#toOthers((to) => this.#options.send(to, message))
  }

  #toOthers(send: (to: number) => void): void {
    for (let to = 0; to < memberNames.length; to++) if (to !== this.#options.member) send(to)
  }
}
