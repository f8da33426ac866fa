/**
 * Compares the checkpoints that members, outside witnesses and mirrors show with the own tree and with one another, and
 * raises an alarm with both notes as proof when two do not go together. It decides nothing.
 * @module
 */
import { equal, toBase64, type Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { consistencyProof, verifyConsistency } from '@jurat/core/merkle/proof'
import { parseCheckpoint } from '@jurat/core/note/checkpoint'
import { noteBytesMax, openNote } from '@jurat/core/note/note'
import type { Verifier } from '@jurat/core/note/vkey'
import type { Timers } from '../../platform/clock.ts'
import type { Network } from '../../platform/network.ts'
import type { Store } from '../../store/store.ts'
import type { TreeHead } from '../checkpointSigner.ts'
import { noteText } from './alarms.ts'

/** How often everybody is looked at, milliseconds. */
export const lookEveryMs = 60_000

/** An answer must come within this, milliseconds. */
const lookTimeoutMs = 5_000

/** Different alarms about one source, or about two that differ, that are told until the node starts again. */
export const alarmsOfSourceMax = 16

/** Where a checkpoint of this log is shown. */
export interface CheckpointSource {
  readonly name: string
  /** Address of the note itself: a member's `/log/checkpoint`, a witness's `<hash of the origin>/checkpoint`. */
  readonly url: string
}

/** Who is looked at, and whose word counts. */
export interface Watched {
  readonly sources: readonly CheckpointSource[]
  /**
   * All log keys of the network, past ones too, under each name that the log has: a note counts when one of them signed
   * it, under the name that the key has. They all are of one tree.
   */
  readonly verifiers: readonly Verifier[]
}

/** What the monitor needs. */
export interface MonitorOptions {
  readonly crypto: CryptoProvider
  readonly store: Pick<Store, 'durable' | 'withHashes' | 'notes'>
  readonly network: Pick<Network, 'get'>
  readonly timers: Timers
  readonly watched: () => Promise<Watched>
  /** It could not look: the own store gave no answer. */
  readonly warn: (message: string, details: Record<string, unknown>) => void
  readonly alarm: (message: string, details: Record<string, unknown>) => void
}

/** A checkpoint that somebody showed. */
interface Shown extends TreeHead {
  readonly source: CheckpointSource
  readonly note: Bytes
}

/** What an alarm says beside the note. */
interface Details extends Record<string, unknown> {
  /** Whose limit it counts in; without it that of the source. */
  readonly who?: string
  /** Tells alarms apart; without it they are told once a tree. */
  readonly about?: string
}

/** Looks at others from time to time. */
export class Monitor {
  readonly #options: MonitorOptions
  /** The newest note at each address that is larger than the own tree: judged when that has grown. */
  readonly #ahead = new Map<string, Shown>()
  /** What was told of each source, and of each two. */
  readonly #told = new Map<string, Set<string>>()
  #cancel: (() => void) | null = null
  #stopped = false

  constructor(options: MonitorOptions) {
    this.#options = options
  }

  start(): void {
    if (this.#stopped) return
    const { timers, warn } = this.#options
    this.#cancel = timers.after(lookEveryMs, () => {
      void this.look()
        .catch((error: unknown) => warn('The monitor could not compare checkpoints', { error: String(error) }))
        .then(() => this.start())
    })
  }

  stop(): void {
    this.#stopped = true
    this.#cancel?.()
  }

  /** Looks at every source once. A source that gives nothing, or no note of this log, says nothing. @throws what the own store throws */
  async look(): Promise<void> {
    const { sources, verifiers } = await this.#options.watched()
    const fetched = await Promise.all(sources.map((source) => this.#fetch(source, verifiers)))
    const shown = [...fetched.filter((found) => found !== null), ...this.#ahead.values()]
    this.#ahead.clear()
    for (const [at, one] of shown.entries()) {
      if (one.size > this.#options.store.durable.size) this.#ahead.set(one.source.url, one)
      else await this.#compareWithOwn(one)
      const other = shown.slice(0, at).find(({ size, root }) => size === one.size && !equal(root, one.root))
      if (other !== undefined) this.#differ(one, other)
    }
  }

  async #fetch(source: CheckpointSource, verifiers: readonly Verifier[]): Promise<Shown | null> {
    try {
      const limits = { timeoutMs: lookTimeoutMs, bodyBytesMax: noteBytesMax }
      const { status, body } = await this.#options.network.get(source.url, limits)
      if (status !== 200) return null
      const note = openNote(body, verifiers)
      const { origin, size, root } = parseCheckpoint(note.body)
      if (!note.verified.some(({ name }) => name === origin)) return null
      return { source, size, root, note: body }
    } catch {
      return null
    }
  }

  async #compareWithOwn(shown: Shown): Promise<void> {
    const { store, crypto } = this.#options
    const { size, root } = store.durable
    if (await isPrefix(crypto, store, shown, { size, root })) return
    const kept = (await store.notes.covering(shown.size)) ?? (await store.notes.newest())
    this.#tell('A checkpoint of this log is shown that the tree here does not extend', shown, {
      ownSize: size,
      ownNote: kept === null ? null : noteText(kept.note),
    })
  }

  #differ(one: Shown, other: Shown): void {
    const [roots, names] = [
      [toBase64(one.root), toBase64(other.root)].toSorted(),
      [one.source.name, other.source.name].toSorted(),
    ]
    this.#tell('Two checkpoints of this log with one size and two roots are shown', one, {
      // Who of the two lies is not known: the honest one must stay able to be heard about others.
      who: JSON.stringify(names),
      about: `${one.size} ${roots.join(' ')}`,
      otherSource: other.source.name,
      otherUrl: other.source.url,
      otherNote: noteText(other.note),
    })
  }

  #tell(message: string, { source: { name, url }, size, root, note }: Shown, details: Details): void {
    const { who = JSON.stringify([name]), about = `${size} ${toBase64(root)}`, ...proof } = details
    const told = this.#told.get(who) ?? new Set<string>()
    this.#told.set(who, told)
    if (told.has(about) || told.size >= alarmsOfSourceMax) return
    told.add(about)
    this.#options.alarm(message, { source: name, url, size, note: noteText(note), ...proof })
  }
}

/** Whether the tree of `head` extends an older one. */
async function isPrefix(
  crypto: CryptoProvider,
  store: Pick<Store, 'withHashes'>,
  older: TreeHead,
  head: TreeHead,
): Promise<boolean> {
  if (older.size === head.size) return equal(older.root, head.root)
  if (older.size === 0) return true
  const path = await store.withHashes((read) => consistencyProof(crypto, read, older.size, head.size))
  const claim = { oldSize: older.size, oldRoot: older.root, newSize: head.size, newRoot: head.root, path }
  try {
    verifyConsistency(crypto, claim)
    return true
  } catch {
    return false
  }
}
