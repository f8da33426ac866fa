/**
 * Publishes the log of one operator: signs the newest durable tree, asks outside witnesses in rounds (one in flight, so
 * that a round covers whatever came meanwhile), freezes the note when its quorum completes, keeps it, wakes waiters.
 *
 * The checkpoint of exactly the size after a consortium block is a station: nothing later is signed before it is
 * complete, and it is kept for ever (ledger.md, Change-over).
 * @module
 */
import { equal, type Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { emptyRoot } from '@jurat/core/merkle/hash'
import { parseCheckpoint } from '@jurat/core/note/checkpoint'
import type { Signer } from '@jurat/core/note/cosignature'
import { canonicalSignatures, formatNote, parseNote, type NoteSignature } from '@jurat/core/note/note'
import type { ExecutedLog } from '@jurat/core/note/witness'
import type { CommittedBlock } from '../engine/application.ts'
import { EngineError } from '../engine/engine.ts'
import type { Clock, Timers } from '../platform/clock.ts'
import type { Network } from '../platform/network.ts'
import type { Store } from '../store/store.ts'
import type { Checkpoints, CoveringNote } from './checkpoints.ts'
import { CheckpointSigner, type TreeHead } from './checkpointSigner.ts'
import type { LogPolicy } from './logPolicy.ts'
import { OutsideWitnesses, roundTimeoutMs, type SeenNote } from './outsideWitnesses.ts'
import { Pauses } from './pauses.ts'
import { extendsTree, recoverSignerState } from './recovery.ts'
import { Stations } from './stations.ts'
import { CheckpointWaiters } from './waiters.ts'
import type { CosignAnswer } from './witnessClient.ts'

/** What the publisher needs. */
export interface PublisherOptions {
  readonly origin: string
  readonly store: Pick<
    Store,
    'signer' | 'notes' | 'durable' | 'tilesWritten' | 'withHashes' | 'consortiumDocuments' | 'blockOfEntry'
  >
  readonly crypto: CryptoProvider
  readonly clock: Clock
  readonly timers: Timers
  readonly network: Network
  /** The log keys that this node holds; the consortium document in force says which one signs. */
  readonly signers: readonly Signer[]
  /** Reads the policy out of a consortium document. */
  readonly policyOf: (document: Bytes) => LogPolicy
  /** Ends the process: the signer's state or the notes cannot be written, or the tree contradicts what was signed. */
  readonly fatal: (error: unknown) => void
  readonly warn?: (message: string, details: Record<string, unknown>) => void
  /** Somebody shows another history of this log, or claims to: people must look. */
  readonly alarm?: (message: string, details: Record<string, unknown>) => void
  /** Hears of every round of asking, every answer in it, and every checkpoint that became complete. */
  readonly observed?: (event: PublisherEvent) => void
}

/** Something that a figure is kept of. */
export type PublisherEvent =
  | { readonly kind: 'round'; readonly outcome: 'complete' | 'incomplete' }
  | { readonly kind: 'answer'; readonly witness: string; readonly status: CosignAnswer['kind'] }
  | { readonly kind: 'checkpoint'; readonly size: number }

/** `muted`: asking witnesses what was signed. `readOnly`: this log has ended; nothing is ever signed again. */
export type PublisherMode = 'starting' | 'signing' | 'muted' | 'readOnly' | 'stopped'

/** What is known of one outside witness, for health and metrics. */
export interface WitnessStanding {
  readonly name: string
  readonly answer: CosignAnswer['kind'] | 'unknown'
  readonly reason: string | null
  /** Wall clock of its last valid cosignature, or null. */
  readonly cosignedAtMs: number | null
}

/** Publishes checkpoints. */
export class Publisher implements Checkpoints {
  readonly #options: PublisherOptions
  readonly #signer: CheckpointSigner
  readonly #stations = new Stations()
  readonly #waiters: CheckpointWaiters
  readonly #pauses: Pauses
  readonly #outside: OutsideWitnesses
  #mode: PublisherMode = 'starting'
  #ending: string | null = null
  /** The writing of the verdict that ended the log. */
  #verdict: Promise<void> | null = null
  #complete: { size: number; note: Bytes } | null = null
  #working: Promise<void> | null = null
  /** Something may have changed since the work began. */
  #woken = false

  constructor(options: PublisherOptions) {
    this.#options = options
    this.#signer = new CheckpointSigner(options)
    this.#waiters = new CheckpointWaiters(options.timers)
    this.#pauses = new Pauses(options, () => this.#wake())
    this.#outside = new OutsideWitnesses({ ...options, shown: (witness, seen) => this.#shown(witness, seen) })
  }

  get mode(): PublisherMode {
    return this.#mode
  }

  /** Size of the newest quorum-complete checkpoint; 0 before the first. */
  get completeSize(): number {
    return this.#complete?.size ?? 0
  }

  /** How the outside witnesses answered last. */
  get standings(): readonly WitnessStanding[] {
    return this.#outside.standings
  }

  /** Why the engine must take no transactions now, or null. */
  closed(): EngineError | null {
    if (this.#mode === 'readOnly') {
      const message = `This log is read-only for ever: ${this.#ending ?? 'it has ended'}. A successor network goes on.`
      return new EngineError('readOnly', message)
    }
    if (this.#mode === 'muted') {
      const message = "The signer's state is lost; the witnesses are being asked what this log has signed."
      return new EngineError('muted', message)
    }
    return null
  }

  /** Loads what is kept and begins: to sign, or, when the signer's state is lost, to ask. */
  async start(): Promise<void> {
    const { store } = this.#options
    const newest = await store.notes.newest()
    if (newest !== null) this.#complete = { size: newest.size, note: newest.note }
    await this.#stations.load(store)
    this.#mode = await this.#firstMode()
    this.#wake()
  }

  /** Takes notice of a durable block. */
  onBlock(block: CommittedBlock): void {
    const { consortium } = block.outcome
    if (consortium !== null) this.#stations.add(block.extension, consortium.document)
    this.#wake()
  }

  /** The newest quorum-complete checkpoint, or null before the first. Served at /log/checkpoint. */
  checkpoint(): Bytes | null {
    return this.#complete?.note ?? null
  }

  /**
   * Waits for a quorum-complete checkpoint of at least `size` entries.
   * @returns the note, or null when there is none after `timeoutMs`, or none will come.
   */
  async waitCovered(size: number, timeoutMs: number): Promise<Bytes | null> {
    if (this.#complete !== null && this.#complete.size >= size) return this.#complete.note
    if (this.#mode === 'readOnly' || this.#mode === 'stopped') return null
    const covered = this.#waiters.wait(size, timeoutMs)
    this.#pauses.endRest()
    return covered
  }

  /** The earliest kept quorum-complete note that covers the entry, or null. */
  async noteFor(index: number): Promise<CoveringNote | null> {
    const kept = await this.#options.store.notes.covering(index + 1)
    // What outside witnesses have cosigned of a solo network stands in the note itself.
    return kept === null ? null : { ...kept, witnesses: [] }
  }

  /** There is no other note than the checkpoint. */
  witnessed(): Promise<null> {
    return Promise.resolve(null)
  }

  /**
   * What the witness server answers for this very log (witnessServer.ts): size and root, and no cosignature, because in
   * a solo network nobody signs as its executor. Null for every other origin: below a solo network there is no log.
   */
  executed(origin: string): ExecutedLog | null {
    if (origin !== this.#options.origin) return null
    const verifiers = [this.policy().logVerifier]
    const own =
      this.#complete === null
        ? { size: 0, root: emptyRoot(this.#options.crypto) }
        : parseCheckpoint(parseNote(this.#complete.note).body)
    return { kind: 'executed', verifiers, own, lines: new Uint8Array(0) }
  }

  /** The policy that judges the newest checkpoint: who witnesses this log. */
  policy(): LogPolicy {
    return this.#options.policyOf(this.#stations.next(this.#head()).document)
  }

  async stop(): Promise<void> {
    this.#mode = 'stopped'
    this.#pauses.cancel()
    this.#outside.end()
    this.#waiters.end()
    await this.#working
    await this.#verdict
  }

  /** A verdict of an earlier run holds as long as the tree that was signed is not here; then witnesses are asked anew. */
  async #firstMode(): Promise<PublisherMode> {
    const { signer } = this.#options.store
    const ended = signer.ended()
    if (ended === null) return signer.log() === null ? 'muted' : 'signing'
    if (await extendsTree({ ...this.#options, head: this.#head() }, ended)) return 'muted'
    this.#endForEver(ended.reason, null)
    return 'readOnly'
  }

  #wake(): void {
    this.#woken = true
    if (!this.#pauses.going) this.#working ??= this.#work()
  }

  async #work(): Promise<void> {
    // The first step waits, so that `#working` is set before it can be cleared.
    await Promise.resolve()
    try {
      while (this.#woken && !this.#pauses.going) {
        this.#woken = false
        if ((await this.#recover()) && (await this.#publishAll())) this.#pauses.shorten()
        else if (this.#mode === 'signing' || this.#mode === 'muted') this.#pauses.pause()
      }
    } catch (error) {
      this.#mode = 'stopped'
      this.#waiters.end()
      this.#options.fatal(error)
    }
    this.#working = null
  }

  /** Publishes until everything durable is covered. @returns false when it must be tried again. */
  async #publishAll(): Promise<boolean> {
    while (this.#mode === 'signing') {
      const { head, document, kept } = this.#stations.next(this.#head())
      if (this.#complete !== null && head.size <= this.#complete.size) return true
      if (!this.#waiters.any && this.#pauses.rest()) return true
      if (!(await this.#publish(head, document, kept))) return false
    }
    return true
  }

  async #publish(head: TreeHead, document: Bytes, kept: boolean): Promise<boolean> {
    const policy = this.#options.policyOf(document)
    const key = this.#options.signers.find(({ vkey }) => equal(vkey.publicKey, policy.logKey))
    if (key === undefined) {
      this.#endForEver('the consortium document names a log key that this node does not hold', null)
      return false
    }
    // What is kept for ever (the genesis, a change of the consortium) is followed at once.
    if (!kept) this.#pauses.published()
    const note = await this.#signer.sign(head, key)
    const { complete, signatures } = await this.#outside.ask({ policy, note, size: head.size })
    if (!complete || this.#mode !== 'signing') return false
    await this.#freeze(head.size, this.#merge(note, signatures), kept)
    return true
  }

  async #freeze(size: number, note: Bytes, kept: boolean): Promise<void> {
    await this.#options.store.notes.put({ size, timeMs: this.#options.clock.now(), note }, { keep: kept })
    this.#complete = { size, note }
    this.#stations.done(size)
    this.#waiters.covered(size, note)
    this.#options.observed?.({ kind: 'checkpoint', size })
  }

  #merge(note: Bytes, cosignatures: readonly NoteSignature[]): Bytes {
    const { body, signatures } = parseNote(note)
    return formatNote(body, canonicalSignatures(this.#options.origin, [...signatures, ...cosignatures]))
  }

  /** A witness shows what this log's key has signed: when that is unknown here, the log has ended. */
  #shown(witness: string, seen: SeenNote): void {
    const signed = this.#options.store.signer.log()
    if (signed === null) return
    const contradicts = seen.size > signed.size || (seen.size === signed.size && !equal(seen.root, signed.root))
    if (!contradicts) return
    this.#endForEver(`${witness} holds a checkpoint, signed by this log's key, that is unknown here`, seen)
  }

  /** Whether the signer's state is known. */
  async #recover(): Promise<boolean> {
    if (this.#mode !== 'muted') return this.#mode === 'signing'
    const { store } = this.#options
    const policy = this.#options.policyOf(this.#stations.newestDocument())
    const outcome = await recoverSignerState({
      ...this.#options,
      policy,
      clients: this.#outside.clients(policy),
      head: this.#head(),
      timeoutMs: roundTimeoutMs,
    })
    if (outcome.kind === 'ended') this.#endForEver(outcome.reason, outcome.signed)
    if (outcome.kind === 'waiting') this.#options.warn?.('Muted: the signer state is lost', { reason: outcome.reason })
    if (outcome.kind !== 'recovered') return false
    await store.signer.recover({ ...outcome.head, timeMs: this.#options.clock.now() })
    // Stations below it were loaded before it was known; a smaller tree is never signed again.
    this.#stations.done(outcome.head.size - 1)
    if (this.#mode === 'muted') this.#mode = 'signing'
    return true
  }

  /** @param signed - what was signed and is not here: kept, so that the next start knows it at once. */
  #endForEver(reason: string, signed: TreeHead | null): void {
    if (this.#mode === 'stopped' || this.#mode === 'readOnly') return
    this.#mode = 'readOnly'
    this.#ending = reason
    this.#waiters.end()
    this.#options.alarm?.('This log is read-only for ever', { reason })
    if (signed === null) return
    const { size, root } = signed
    this.#verdict = this.#options.store.signer.end({ size, root, reason }).catch(this.#options.fatal)
  }

  #head(): TreeHead {
    const { size, root } = this.#options.store.durable
    return { size, root }
  }
}
