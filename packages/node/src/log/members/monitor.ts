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

/** Different alarms that are told until the node starts again. */
const toldMax = 64

/** Where a checkpoint of this log is shown. */
export interface CheckpointSource {
  readonly name: string
  /** Address of the note itself: a member's `/log/checkpoint`, a witness's `<hash of the origin>/checkpoint`. */
  readonly url: string
}

/** What the monitor needs. */
export interface MonitorOptions {
  readonly origin: string
  readonly crypto: CryptoProvider
  readonly store: Pick<Store, 'durable' | 'withHashes' | 'notes'>
  readonly network: Pick<Network, 'get'>
  readonly timers: Timers
  readonly sources: () => readonly CheckpointSource[]
  /** All log keys of the network, past ones too: a note counts when one of them signed it. */
  readonly logVerifiers: () => readonly Verifier[]
  readonly alarm: (message: string, details: Record<string, unknown>) => void
}

/** A checkpoint that somebody showed. */
interface Shown extends TreeHead {
  readonly source: string
  readonly note: Bytes
}

/** What an alarm says beside the note. `about` tells alarms apart; without it they are told once a note. */
interface Details extends Record<string, unknown> {
  readonly about?: string
}

/** Looks at others from time to time. */
export class Monitor {
  readonly #options: MonitorOptions
  /** The newest note of each source that is larger than the own tree: judged when that has grown. */
  readonly #ahead = new Map<string, Shown>()
  readonly #told = new Set<string>()
  #cancel: (() => void) | null = null
  #stopped = false

  constructor(options: MonitorOptions) {
    this.#options = options
  }

  start(): void {
    if (this.#stopped) return
    this.#cancel = this.#options.timers.after(lookEveryMs, () => {
      void this.look().then(() => this.start())
    })
  }

  stop(): void {
    this.#stopped = true
    this.#cancel?.()
  }

  /** Looks at every source once. A source that gives nothing, or no note of this log, says nothing. Never rejects. */
  async look(): Promise<void> {
    const { sources } = this.#options
    const fetched = await Promise.all(sources().map((source) => this.#fetch(source)))
    const shown = [...fetched.filter((found) => found !== null), ...this.#ahead.values()]
    this.#ahead.clear()
    for (const [at, one] of shown.entries()) {
      if (one.size > this.#options.store.durable.size) this.#ahead.set(one.source, one)
      else await this.#compareWithOwn(one)
      const other = shown.slice(0, at).find(({ size, root }) => size === one.size && !equal(root, one.root))
      if (other !== undefined) this.#differ(one, other)
    }
  }

  async #fetch({ name, url }: CheckpointSource): Promise<Shown | null> {
    const { network, origin, logVerifiers } = this.#options
    try {
      const response = await network.get(url, { timeoutMs: lookTimeoutMs, bodyBytesMax: noteBytesMax })
      if (response.status !== 200) return null
      const checkpoint = parseCheckpoint(openNote(response.body, logVerifiers()).body)
      if (checkpoint.origin !== origin) return null
      return { source: name, size: checkpoint.size, root: checkpoint.root, note: response.body }
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
    const pair = [toBase64(one.root), toBase64(other.root)].toSorted()
    this.#tell('Two checkpoints of this log with one size and two roots are shown', one, {
      about: `${one.size} ${pair.join(' ')}`,
      otherSource: other.source,
      otherNote: noteText(other.note),
    })
  }

  #tell(message: string, { source, size, root, note }: Shown, details: Details): void {
    const { about = `${source} ${size} ${toBase64(root)}`, ...proof } = details
    const what = `${message} ${about}`
    if (this.#told.has(what) || this.#told.size >= toldMax) return
    this.#told.add(what)
    this.#options.alarm(message, { source, size, note: noteText(note), ...proof })
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
