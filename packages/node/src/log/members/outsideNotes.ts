/**
 * Outside witnesses of a consortium: what they say of the log as this member serves it, `<network>/<member>`, signed with
 * the same log key. They are asked for the newest checkpoint that the quorum of members has completed, and what they
 * cosign is kept beside it: additional evidence, on which nothing waits (docs/spec/members.md, Outside witnesses).
 * @module
 */
import { formatCheckpoint } from '@jurat/core/note/checkpoint'
import type { Signer } from '@jurat/core/note/cosignature'
import { canonicalSignatures, formatNote, parseNote } from '@jurat/core/note/note'
import type { Network } from '../../platform/network.ts'
import type { Store } from '../../store/store.ts'
import type { TreeHead } from '../checkpointSigner.ts'
import type { CoveringNote } from '../checkpoints.ts'
import type { WitnessPolicy } from '../logPolicy.ts'
import { OutsideWitnesses, type OutsideWitnessesOptions, type SeenNote } from '../outsideWitnesses.ts'
import { Pauses } from '../pauses.ts'
import type { WitnessStanding } from '../publisher.ts'
import { extendsTree } from '../recovery.ts'
import { noteText } from './alarms.ts'

/** Shortest time between the beginnings of two rounds, milliseconds: each is kept for ever. */
export const outsideRestMs = 1_000

/**
 * A receipt takes a checkpoint that outside witnesses have cosigned instead of the earliest one when it is not later by
 * more than this, milliseconds: the rest, a round and the longest pause between rounds.
 */
export const outsideLagMaxMs = 20_000

/** The network to the witnesses, and the log keys under the name that this member serves the log by. */
export interface OutsideAccess {
  readonly network: Network
  readonly signers: readonly Signer[]
}

/** What asking needs. */
export interface OutsideNotesOptions
  extends OutsideAccess, Omit<OutsideWitnessesOptions, 'network' | 'shown' | 'store'> {
  readonly store: Pick<Store, 'signer' | 'notes' | 'durable' | 'withHashes'>
  readonly fatal: (error: unknown) => void
}

/** A checkpoint that the quorum of members has completed, and the policy of the log as this member served it then. */
interface Completed extends TreeHead {
  readonly serving: WitnessPolicy
}

/** Asks the outside witnesses, and keeps what they cosign. */
export class OutsideNotes {
  readonly #options: OutsideNotesOptions
  readonly #outside: OutsideWitnesses
  readonly #pauses: Pauses
  #next: Completed | null = null
  #working: Promise<void> | null = null
  #stopped = false

  constructor(options: OutsideNotesOptions) {
    this.#options = options
    this.#outside = new OutsideWitnesses({ ...options, shown: (witness, seen) => this.#shown(witness, seen) })
    this.#pauses = new Pauses({ ...options, restMs: outsideRestMs }, () => this.#wake())
  }

  /** How the witnesses answered last. */
  get standings(): readonly WitnessStanding[] {
    return this.#outside.standings
  }

  /** The members have completed a checkpoint. Of several that come during a round only the newest is asked for. */
  completed({ size, root }: TreeHead, serving: WitnessPolicy | null): void {
    if (serving === null || serving.satisfied([])) return
    // The log key signs under the other name only what its durable state covers, and nothing while that is lost.
    if (size > (this.#options.store.signer.log()?.size ?? -1)) return
    this.#next = { size, root, serving }
    this.#wake()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#pauses.cancel()
    this.#outside.end()
    await this.#working
  }

  #wake(): void {
    if (!this.#stopped && !this.#pauses.going) this.#working ??= this.#work()
  }

  async #work(): Promise<void> {
    // The first step waits, so that `#working` is set before it can be cleared.
    await Promise.resolve()
    try {
      while (this.#next !== null && !this.#stopped && !this.#pauses.rest()) {
        const asked = this.#next
        this.#pauses.published()
        const enough = await this.#round(asked)
        if (enough && this.#next === asked) this.#next = null
        if (enough) this.#pauses.shorten()
        else if (!this.#stopped) {
          this.#pauses.pause()
          break
        }
      }
    } catch (error) {
      this.#stopped = true
      this.#options.fatal(error)
    }
    this.#working = null
  }

  /** Asks once. @returns whether it was enough */
  async #round({ size, root, serving }: Completed): Promise<boolean> {
    const { store, clock, signers } = this.#options
    const key = signers.find(({ vkey }) => vkey.name === serving.origin && vkey.id === serving.logVerifier.id)
    // Another key was in force then; what it has not witnessed stays without.
    if (key === undefined) return true
    const body = formatCheckpoint({ origin: serving.origin, size, root })
    const logLine = key.sign(body)
    const kept = await store.notes.outside.at(size)
    const before = kept === null ? [logLine] : parseNote(kept.note).signatures
    const { complete, signatures } = await this.#outside.ask({
      policy: serving,
      note: formatNote(body, [logLine]),
      size,
    })
    // Of one key the first line stays: the earliest time counts.
    const lines = canonicalSignatures(serving.origin, [...before, ...signatures])
    if (lines.length > before.length) {
      await store.notes.outside.put({ size, timeMs: clock.now(), note: formatNote(body, lines) })
    }
    return complete
  }

  /** A witness shows what was signed with this member's log key: when that is not of this tree, people must know. */
  async #shown(witness: string, seen: SeenNote): Promise<void> {
    const { store, alarm } = this.#options
    const { size, root } = store.durable
    if (await extendsTree({ ...this.#options, head: { size, root } }, seen)) return
    alarm?.("A witness holds a checkpoint, signed by this member's log key, that is unknown here", {
      witness,
      size: seen.size,
      note: noteText(seen.note),
      ownSize: size,
    })
  }
}

/**
 * The kept note that is to prove what lies below `size`: the earliest, or one that outside witnesses have cosigned when it is
 * hardly later.
 */
export async function coveringNote(notes: Store['notes'], size: number): Promise<CoveringNote | null> {
  const earliest = await notes.covering(size)
  if (earliest === null) return null
  const outside = await notes.outside.covering(size)
  const beside = outside === null ? null : await notes.at(outside.size)
  if (outside === null || beside === null || beside.timeMs > earliest.timeMs + outsideLagMaxMs) {
    return { ...earliest, witnesses: [] }
  }
  return { ...beside, witnesses: [outside.note] }
}
