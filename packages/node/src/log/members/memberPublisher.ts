/**
 * Publishes the log of a consortium at one of its members: reports what it executed, learns what the others executed,
 * signs and cosigns the agreed heads in their order, and freezes a note when its quorum of members is complete
 * (ledger.md, Log; docs/spec/members.md).
 * @module
 */
import { equal, type Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { formatCheckpoint, parseCheckpoint } from '@jurat/core/note/checkpoint'
import type { Cosigner, Signer } from '@jurat/core/note/cosignature'
import { canonicalSignatures, formatNote, type NoteSignature, parseNote } from '@jurat/core/note/note'
import type { ExecutedLog } from '@jurat/core/note/witness'
import type { CommittedBlock } from '../../engine/application.ts'
import type { VotePlace } from '../../engine/cometbft/votePlace.ts'
import { EngineError } from '../../engine/engine.ts'
import type { Clock, Timers } from '../../platform/clock.ts'
import type { Store } from '../../store/store.ts'
import { Agreement, behindHeightsMax, type AgreedHead, type AgreementOutcome } from '../agreement.ts'
import { CheckpointSigner, type SignatureMaker, type TreeHead } from '../checkpointSigner.ts'
import type { Checkpoints, CoveringNote } from '../checkpoints.ts'
import type { PublisherEvent, PublisherMode, WitnessStanding } from '../publisher.ts'
import { CheckpointWaiters } from '../waiters.ts'
import { Documents } from './documents.ts'
import { executedLog } from './executedLog.ts'
import { keyOf, type OpenHead, OpenHeads } from './heads.ts'
import type { MemberLinks } from './links.ts'
import { type MembersPolicy, othersOf } from './membersPolicy.ts'
import { MemberExchanges } from './memberExchanges.ts'
import { MemberRecovery, type ValidatorRecovery } from './memberRecovery.ts'
import { openBlocks } from './openBlocks.ts'
import { coveringNote, type OutsideAccess, OutsideNotes } from './outsideNotes.ts'
import { SignedMemory, type SignedMemoryOptions } from './signedMemory.ts'
import { signedNote } from './testimony.ts'

/** Most blocks whose sizes are remembered by height. */
const sizesMax = 8_192

/** What the publisher needs. */
export interface MemberPublisherOptions {
  readonly origin: string
  readonly networkId: Bytes
  readonly store: Pick<
    Store,
    'signer' | 'notes' | 'durable' | 'tilesWritten' | 'withHashes' | 'consortiumDocuments' | 'blockOfEntry'
  >
  readonly crypto: CryptoProvider
  readonly clock: Clock
  readonly timers: Timers
  readonly links: MemberLinks
  /** All log and executor keys that this node holds; the document that judges a head says which ones sign it. */
  readonly keys: { readonly log: readonly Signer[]; readonly executors: readonly Cosigner[] }
  /** How the outside witnesses of the documents are reached; without it they are not asked. */
  readonly outside?: OutsideAccess
  /** Where it is kept what the others have signed; without it only the process remembers. */
  readonly memory?: SignedMemoryOptions['place']
  /** The engine's validator, whose state may be lost too. */
  readonly validator?: ValidatorRecovery
  /** The highest vote of a member that the engine holds at the height that is being decided; null when it does not answer. */
  readonly voteOf?: (member: string) => Promise<VotePlace | null>
  /** Reads the policy out of a consortium document. */
  readonly policyOf: (document: Bytes) => MembersPolicy
  /** Ends the process: the signer's state or the notes cannot be written, or the tree contradicts what was signed. */
  readonly fatal: (error: unknown) => void
  readonly warn?: (message: string, details: Record<string, unknown>) => void
  /** Somebody shows another history of this log: people must look. */
  readonly alarm?: (message: string, details: Record<string, unknown>) => void
  readonly observed?: (event: PublisherEvent) => void
}

/** Publishes checkpoints of a consortium. */
export class MemberPublisher implements Checkpoints {
  readonly #options: MemberPublisherOptions
  readonly #signer: CheckpointSigner
  readonly #documents = new Documents()
  readonly #heads = new OpenHeads()
  readonly #waiters: CheckpointWaiters
  readonly #exchanges: MemberExchanges
  readonly #memory: SignedMemory
  readonly #recovery: MemberRecovery
  readonly #outside: OutsideNotes | null
  /** Sizes of heads that were agreed while this node was muted: the newest, and stations. */
  #missed: number[] = []
  #agreement: Agreement | null = null
  #mode: PublisherMode = 'starting'
  #complete: { readonly size: number; readonly root: Bytes; readonly note: Bytes } | null = null
  /** Sizes by height, of blocks that may still wait for reports. */
  readonly #sizes = new Map<number, number>()
  /** Blocks that came before the start was done; null afterwards. */
  #meanwhile: CommittedBlock[] | null = []
  /** Everything that writes: one after the other. */
  #work: Promise<void> = Promise.resolve()

  constructor(options: MemberPublisherOptions) {
    this.#options = options
    const { networkId, memory = null } = options
    this.#signer = new CheckpointSigner(options)
    this.#waiters = new CheckpointWaiters(options.timers)
    this.#exchanges = new MemberExchanges({
      ...options,
      heads: this.#heads,
      completeSize: () => this.completeSize,
      judging: (size) => options.policyOf(this.#documents.judging(size)),
      reported: (member, report) => this.#apply((agreement) => agreement.reported(member, report)),
      cosigned: (head) => this.#queue(() => this.#settle(head)),
      unreported: () => this.#unreported(),
      signed: (member, head) => this.#memory.signed(member, head),
      testify: async (member) => ({
        muted: this.#mode === 'muted' || options.validator?.lost() === true,
        note: signedNote(member, this.#memory.of(member), await options.store.notes.newest()),
        place: (await options.voteOf?.(member)) ?? null,
      }),
    })
    this.#memory = new SignedMemory({ ...options, place: memory })
    this.#recovery = new MemberRecovery({
      ...options,
      vkeys: [...options.keys.log, ...options.keys.executors].map(({ vkey }) => vkey),
      validator: options.validator ?? null,
      command: memory === null ? null : { ...memory, networkId },
      others: () => othersOf(options.policyOf(this.#documents.newest())),
      ask: (member) => this.#exchanges.ask(member),
      begin: (head) => this.#unmute(head),
    })
    this.#outside = options.outside === undefined ? null : new OutsideNotes({ ...options, ...options.outside })
  }

  get mode(): PublisherMode {
    return this.#mode
  }

  /** Size of the newest quorum-complete checkpoint; 0 before the first. */
  get completeSize(): number {
    return this.#complete?.size ?? 0
  }

  /** How the other members were seen last, and the outside witnesses. */
  get standings(): readonly WitnessStanding[] {
    return [...this.#exchanges.standings, ...(this.#outside?.standings ?? [])]
  }

  /** Why the engine must take no transactions now, or null. A consortium's chain goes on without this signer. */
  closed(): EngineError | null {
    if (this.#mode !== 'muted') return null
    return new EngineError('muted', `The signer's state is lost: ${this.#recovery.reason}.`)
  }

  /** Loads what is kept, begins to listen and to report. */
  async start(): Promise<void> {
    const { store, networkId } = this.#options
    const durableSize = store.durable.size
    await this.#documents.load(store)
    const newest = await store.notes.newest()
    if (newest !== null) {
      const { size, root } = parseCheckpoint(parseNote(newest.note).body)
      this.#complete = { size, root, note: newest.note }
    }
    // The own name, also while no document names it: it may be admitted at any time.
    this.#agreement = new Agreement({ self: this.#options.keys.executors[0]?.vkey.name ?? '', networkId })
    this.#agreement.completed(this.completeSize)
    this.#mode = store.signer.log() === null ? 'muted' : 'signing'
    await this.#memory.load()
    await this.#exchanges.start()
    this.#linkMembers()
    for (const block of await openBlocks(store, this.#documents, durableSize)) {
      this.#executed({ ...block, size: block.treeSizeAfter, root: block.rootAfter })
    }
    const meanwhile = this.#meanwhile ?? []
    this.#meanwhile = null
    for (const block of meanwhile) if (block.extension.size > durableSize) this.onBlock(block)
    this.#exchanges.callAll({ asking: true })
    this.#askOutside()
    void this.#recovery.run().catch((error: unknown) => this.#fail(error))
  }

  /** The engine's block after this height is committed: its header carries the roots up to it. */
  confirmed(height: number): void {
    this.#apply((agreement) => agreement.confirmed(height))
  }

  /** Takes notice of a durable block. */
  onBlock(block: CommittedBlock): void {
    // The engine need not wait for the start.
    if (this.#meanwhile !== null) {
      this.#meanwhile.push(block)
      return
    }
    const { height, timeMs, extension, outcome } = block
    const { size, root } = extension
    if (outcome.consortium !== null) this.#documents.add(size, outcome.consortium.document)
    this.#executed({ height, timeMs, size, root })
    if (outcome.consortium !== null) this.#linkMembers()
  }

  /** The newest quorum-complete checkpoint, or null before the first. Served at /log/checkpoint. */
  checkpoint(): Bytes | null {
    return this.#complete?.note ?? null
  }

  async waitCovered(size: number, timeoutMs: number): Promise<Bytes | null> {
    if (this.#complete !== null && this.#complete.size >= size) return this.#complete.note
    return this.#mode === 'stopped' ? null : this.#waiters.wait(size, timeoutMs)
  }

  async noteFor(index: number): Promise<CoveringNote | null> {
    const { notes } = this.#options.store
    // Under the document in force where there is one: under a replaced one, retired keys would have to be believed.
    const inForce = await coveringNote(notes, Math.max(index, this.#documents.newestSize) + 1)
    return inForce ?? coveringNote(notes, index + 1)
  }

  async witnessed(): Promise<Bytes | null> {
    return (await this.#options.store.notes.outside.newest())?.note ?? null
  }

  /** For `add-checkpoint` of this very log: the executor's cosignature of the newest complete checkpoint. */
  executed(origin: string): ExecutedLog | null {
    if (origin !== this.#options.origin) return null
    return executedLog(this.#options.crypto, this.policy(), this.#complete)
  }

  /** The policy that judges the newest checkpoint. */
  policy(): MembersPolicy {
    return this.#options.policyOf(this.#documents.judging(this.#options.store.durable.size))
  }

  async stop(): Promise<void> {
    this.#mode = 'stopped'
    this.#waiters.end()
    await this.#recovery.stop()
    await this.#exchanges.stop()
    await this.#outside?.stop()
    await this.#work
    await this.#memory.write()
  }

  #executed({ height, timeMs, size, root }: Pick<OpenHead, 'height' | 'timeMs' | 'size' | 'root'>): void {
    const { origin, policyOf, clock } = this.#options
    const document = this.#documents.judging(size)
    const station = this.#documents.isStation(size)
    const head: OpenHead = {
      height,
      timeMs,
      size,
      root,
      body: formatCheckpoint({ origin, size, root }),
      policy: policyOf(document),
      station,
      sinceMs: clock.monotonic(),
      cosignatures: new Map(),
      logSignature: null,
    }
    if (size > this.completeSize) this.#heads.add(head)
    this.#sizes.set(height, size)
    const [oldest] = this.#sizes.keys()
    if (oldest !== undefined && this.#sizes.size > sizesMax) this.#sizes.delete(oldest)
    const { members } = head.policy
    this.#apply((agreement) =>
      agreement.executed({
        height,
        size,
        root,
        document: { members: members.map(({ member }) => member) },
        changesConsortium: station,
      }),
    )
    this.#exchanges.executed(head)
  }

  #apply(event: (agreement: Agreement) => AgreementOutcome): void {
    if (this.#agreement === null) return
    const { agreed, alarms } = event(this.#agreement)
    for (const alarm of alarms) this.#exchanges.alarms.disagreed(alarm, this.#heads)
    for (const head of agreed) this.#queue(() => this.#sign(head))
  }

  #unreported(): number[] {
    const heights = this.#agreement?.wanted() ?? []
    return heights.map((height) => this.#sizes.get(height)).filter((size) => size !== undefined)
  }

  /** Signs an agreed head, durably, and tells the others. */
  async #sign({ size }: Pick<AgreedHead, 'size'>): Promise<void> {
    const head = this.#heads.get(size)
    const self = head?.policy.self ?? null
    if (head === undefined || self === null) return
    if (this.#mode === 'muted') this.#miss(head)
    if (!this.#maySign(head)) return
    const executors = this.#options.keys.executors.filter(({ vkey }) =>
      self.executors.some(({ name, id }) => name === vkey.name && id === vkey.id),
    )
    await this.#makeSignatures(head, executors)
    this.#exchanges.signed(head)
    await this.#settle(head)
  }

  /** What is agreed while this node may not sign is signed afterwards; of much, the newest, as by a member far behind. */
  #miss({ size }: OpenHead): void {
    this.#missed.push(size)
    const oldest = this.#missed.findIndex((missed) => this.#heads.get(missed)?.station !== true)
    if (this.#missed.length > behindHeightsMax && oldest !== -1) this.#missed.splice(oldest, 1)
  }

  /** It is known what was signed: this node signs again. */
  async #unmute(head: TreeHead | null): Promise<void> {
    const { store, crypto, clock } = this.#options
    const { size, root } = head ?? { size: 0, root: crypto.sha256(new Uint8Array(0)) }
    await store.signer.begin({ size, root, timeMs: clock.now() })
    if (this.#mode !== 'muted') return
    this.#mode = 'signing'
    this.#askOutside()
    for (const missed of this.#missed.splice(0)) this.#queue(() => this.#sign({ size: missed }))
    for (const open of this.#heads.all()) this.#queue(() => this.#settle(open))
  }

  /**
   * Whether this node may sign a head now. A larger one may have been signed before a restart, or be complete without
   * this member: a smaller one is never signed after it.
   */
  #maySign(head: OpenHead): boolean {
    const last = this.#options.store.signer.log()
    return this.#mode === 'signing' && last !== null && head.size >= last.size
  }

  async #makeSignatures(head: OpenHead, executors: readonly Cosigner[]): Promise<void> {
    const log = this.#options.keys.log.find(({ vkey }) => equal(vkey.publicKey, head.policy.logKey))
    const makers: SignatureMaker[] = executors.map((cosigner) => (body, time) => cosigner.cosign(body, time))
    if (log !== undefined) makers.push((body) => log.sign(body))
    const { signatures, timeSeconds } = await this.#signer.signatures(head, makers)
    executors.forEach((_, at) => {
      const line = signatures[at]
      if (line !== undefined) head.cosignatures.set(keyOf(line), { ...line, timeSeconds })
    })
    if (log !== undefined) head.logSignature = signatures.at(-1) ?? null
  }

  /** Freezes the note of a head whose quorum is complete. */
  async #settle(head: OpenHead): Promise<void> {
    const station = this.#heads.station
    const isOpen = this.#heads.get(head.size) === head && (station === undefined || head.size <= station.size)
    if (!isOpen || !head.policy.satisfied([...head.cosignatures.values()])) return
    // The others have made it complete before this node agreed: what two thirds have cosigned may be signed.
    if (head.logSignature === null && head.policy.self !== null && this.#maySign(head)) {
      await this.#makeSignatures(head, [])
    }
    if (head.logSignature === null) return
    await this.#freeze(head, head.logSignature)
    if (!head.station) return
    this.#linkMembers()
    for (const later of this.#heads.all()) this.#queue(() => this.#settle(later))
  }

  async #freeze(head: OpenHead, logSignature: NoteSignature): Promise<void> {
    const { store, clock, origin, observed } = this.#options
    const { size, root, body, station } = head
    const note = formatNote(body, canonicalSignatures(origin, [logSignature, ...head.cosignatures.values()]))
    await store.notes.put({ size, timeMs: clock.now(), note }, { keep: station })
    this.#complete = { size, root, note }
    this.#heads.covered(size)
    this.#waiters.covered(size, note)
    this.#askOutside()
    observed?.({ kind: 'checkpoint', size })
    this.#apply((agreement) => agreement.completed(size))
  }

  /** The outside witnesses hear of the newest complete checkpoint, by the document that judges it. */
  #askOutside(): void {
    const head = this.#complete
    if (head === null) return
    this.#outside?.completed(head, this.#options.policyOf(this.#documents.judging(head.size)).serving)
  }

  /** Who may connect: the members of the document in force, and until its checkpoint is complete those before it. */
  #linkMembers(): void {
    const newest = this.#documents.newest()
    const station = this.#documents.newestSize
    const before = station > this.completeSize ? this.#documents.judging(station) : newest
    const policies = [newest, before].map((document) => this.#options.policyOf(document))
    // The members talk with nobody else: who waits to be admitted, or has left, follows the chain only.
    this.#exchanges.setMembers(policies.some(({ self }) => self !== null) ? policies : [])
  }

  /** Everything that writes, one after the other. */
  #queue(task: () => Promise<void>): void {
    this.#work = this.#work.then(async () => {
      if (this.#mode === 'stopped') return
      try {
        await task()
      } catch (error) {
        this.#fail(error)
      }
    })
  }

  #fail(error: unknown): void {
    this.#mode = 'stopped'
    this.#waiters.end()
    this.#options.fatal(error)
  }
}
