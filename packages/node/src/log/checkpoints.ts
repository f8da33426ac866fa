/**
 * The log's checkpoints as the rest of the node sees them, whichever the mode: one operator with outside witnesses
 * (publisher.ts), or a consortium whose members cosign (members/memberPublisher.ts).
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import type { ExecutedLog } from '@jurat/core/note/witness'
import type { CommittedBlock } from '../engine/application.ts'
import type { EngineError } from '../engine/engine.ts'
import type { LogPolicy } from './logPolicy.ts'
import type { PublisherMode, WitnessStanding } from './publisher.ts'

/** A kept checkpoint. */
export interface CoveringNote {
  readonly size: number
  /** The quorum-complete note. */
  readonly note: Bytes
  /** Notes of outside witnesses on the same tree, as a member of a consortium serves it; none in a solo network. */
  readonly witnesses: readonly Bytes[]
}

/** Makes, keeps and shows quorum-complete checkpoints. */
export interface Checkpoints {
  readonly mode: PublisherMode
  /** Size of the newest quorum-complete checkpoint; 0 before the first. */
  readonly completeSize: number
  /** How those answered last whose cosignatures count. */
  readonly standings: readonly WitnessStanding[]
  /** Why the engine must take no transactions now, or null. */
  closed(): EngineError | null
  /** Loads what is kept and begins. */
  start(): Promise<void>
  /** Takes notice of a durable block. Blocks come in their order, after `start` resolved. */
  onBlock(block: CommittedBlock): void
  /** The newest quorum-complete checkpoint, or null before the first. Served at /log/checkpoint. */
  checkpoint(): Bytes | null
  /**
   * Waits for a quorum-complete checkpoint of at least `size` entries.
   * @returns the note, or null when there is none after `timeoutMs`, or none will come.
   */
  waitCovered(size: number, timeoutMs: number): Promise<Bytes | null>
  /**
   * The newest note of outside witnesses on the log as this member of a consortium serves it, or null. Served at
   * /log/witnessed/checkpoint.
   */
  witnessed(): Promise<Bytes | null>
  /** The kept quorum-complete note that is to prove the entry, by default the earliest that covers it, or null. */
  noteFor(index: number): Promise<CoveringNote | null>
  /** What the witness server answers for a log that this node executes; null when there is none of that name. */
  executed(origin: string): ExecutedLog | null
  /** The policy that judges the newest checkpoint. */
  policy(): LogPolicy
  stop(): Promise<void>
}
