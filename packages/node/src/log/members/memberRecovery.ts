/**
 * The end of a member's muted start: it asks the other members what it has signed last, until enough of them have answered
 * and the tree here holds all of it (docs/spec/members.md, Lost signer state).
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { parseCheckpoint } from '@jurat/core/note/checkpoint'
import { verifierOf } from '@jurat/core/note/cosignature'
import { openNote } from '@jurat/core/note/note'
import type { Vkey } from '@jurat/core/note/vkey'
import type { VotePlace } from '../../engine/cometbft/votePlace.ts'
import type { Timers } from '../../platform/clock.ts'
import type { Files } from '../../platform/files.ts'
import type { Store } from '../../store/store.ts'
import type { TreeHead } from '../checkpointSigner.ts'
import { extendsTree } from '../recovery.ts'
import { readResumption, type Resumption, retireResumption } from './resumption.ts'
import { judge, type SignedAnswer, type Testimony } from './testimony.ts'

/** Pause before the members are asked again: doubled each time, from the first to the second, milliseconds. */
export const askPauseMinMs = 500
export const askPauseMaxMs = 5_000

/** The validator of this member, as its recovery needs it. */
export interface ValidatorRecovery {
  /** Whether it is unknown what its key has signed. */
  readonly lost: () => boolean
  /** What the own CometBFT shows at the height that is being decided; null when it does not answer. */
  readonly place: () => Promise<VotePlace | null>
  /** Makes the validator's state, and lets CometBFT go on with the own key. */
  readonly begin: (place: VotePlace) => Promise<void>
}

/** What recovery needs. */
export interface MemberRecoveryOptions {
  readonly origin: string
  readonly store: Pick<Store, 'signer' | 'notes' | 'durable' | 'withHashes'>
  readonly crypto: CryptoProvider
  readonly timers: Timers
  /** All keys whose state was lost: a note counts when one of them signed it. */
  readonly vkeys: readonly Vkey[]
  /** The other members of the document in force. */
  readonly others: () => readonly string[]
  /** Asks a member. @throws when there is no answer */
  readonly ask: (member: string) => Promise<SignedAnswer>
  readonly validator: ValidatorRecovery | null
  /** Where an operator's command is looked for; null: nowhere. */
  readonly command: { readonly files: Files; readonly dataFolder: string; readonly networkId: Bytes } | null
  /** The log's state is found: durable before anything is signed. */
  readonly begin: (head: TreeHead | null) => Promise<void>
  readonly warn?: (message: string, details: Record<string, unknown>) => void
  readonly alarm?: (message: string, details: Record<string, unknown>) => void
}

/** What was signed last; `place` is null when the validator's state was not lost. */
interface Found {
  readonly head: TreeHead | null
  readonly place: VotePlace | null
}

/** Asks until it knows. */
export class MemberRecovery {
  readonly #options: MemberRecoveryOptions
  #reason = 'the members are being asked'
  #stopped = false
  #resumption: Resumption | null = null
  #written: Promise<void> = Promise.resolve()
  #wake: () => void = () => undefined

  constructor(options: MemberRecoveryOptions) {
    this.#options = options
  }

  /** Why it is not over, for people. */
  get reason(): string {
    return this.#reason
  }

  /** Runs until nothing is lost any more, or `stop`. @throws when what was found cannot be written */
  async run(): Promise<void> {
    const { store, validator, timers, command } = this.#options
    if (command !== null) this.#resumption = await readResumption(command, command.networkId)
    for (let pauseMs = askPauseMinMs; ; pauseMs = Math.min(2 * pauseMs, askPauseMaxMs)) {
      if (this.#stopped) return
      if (store.signer.log() !== null && validator?.lost() !== true) return this.#over()
      const found = await this.#round()
      if (this.#stopped) return
      if (found !== null) {
        const written = this.#begin(found)
        this.#written = written.catch(() => undefined)
        await written
        continue
      }
      await new Promise<void>((resolve) => {
        const cancel = timers.after(pauseMs, resolve)
        this.#wake = () => {
          cancel()
          resolve()
        }
      })
    }
  }

  /** Resolves when nothing is written any more; questions on their way are not waited for. */
  stop(): Promise<void> {
    this.#stopped = true
    this.#wake()
    return this.#written
  }

  async #begin({ head, place }: Found): Promise<void> {
    const { store, begin, validator } = this.#options
    // The node counts as muted until both are done.
    if (place !== null) await validator?.begin(place)
    if (store.signer.log() === null) await begin(head)
  }

  /** Nothing is lost any more: an operator's command has done its work, and none is kept for the next time. */
  async #over(): Promise<void> {
    const { command, warn } = this.#options
    if (command === null || this.#resumption === null) return
    const { lost, timeMs } = this.#resumption
    await retireResumption(command)
    warn?.("This member signs; its operator's command to go on is used up", { lost, commandTimeMs: timeMs })
  }

  /** Asks everybody once. */
  async #round(): Promise<Found | null> {
    const { others, validator, store } = this.#options
    const asked = others()
    const answers = await Promise.all(asked.map((member) => this.#ask(member)))
    const lost = validator?.lost() === true
    const verdict = judge({
      others: asked,
      testimonies: answers.filter((answer) => answer !== null),
      kept: await this.#kept(),
      own: lost ? ((await validator?.place()) ?? null) : null,
      validator: lost,
      resumption: this.#resumption?.lost ?? null,
    })
    if (verdict.kind === 'waiting') return this.#wait(verdict.reason)
    const { heads, place } = verdict
    let largest: TreeHead | null = null
    for (const head of heads) {
      const { durable } = store
      if (head.size > durable.size) {
        return this.#wait(`${head.size} entries were signed, of which ${durable.size} are here yet`)
      }
      if (!(await extendsTree({ ...this.#options, head: durable }, head))) {
        this.#options.alarm?.('This node has signed a tree that is not the one here: it signs nothing', {
          size: head.size,
        })
        return this.#wait(`a tree of ${head.size} entries was signed that is not the one here`)
      }
      if (largest === null || head.size > largest.size) largest = head
    }
    return { head: largest, place }
  }

  #wait(reason: string): null {
    if (this.#reason !== reason) this.#options.warn?.('Muted: it is not known yet what was signed', { reason })
    this.#reason = reason
    return null
  }

  async #ask(member: string): Promise<Testimony | null> {
    try {
      const { muted, note, place } = await this.#options.ask(member)
      return { member, muted, place, head: note === null ? null : this.#opened(note) }
    } catch {
      // No answer, or a note without a valid signature of this node: it does not count.
      return null
    }
  }

  /** The newest note that is here, if this node has signed it. */
  async #kept(): Promise<TreeHead | null> {
    const kept = await this.#options.store.notes.newest()
    try {
      return kept === null ? null : this.#opened(kept.note)
    } catch {
      return null
    }
  }

  /** @throws {Error} when it is no checkpoint of this log, or has no valid signature of this node */
  #opened(note: Bytes): TreeHead {
    const { crypto, vkeys, origin } = this.#options
    const verifiers = vkeys.map((vkey) => verifierOf(crypto, vkey))
    const { origin: found, size, root } = parseCheckpoint(openNote(note, verifiers).body)
    if (found !== origin) throw new Error('it is a checkpoint of another log')
    return { size, root }
  }
}
