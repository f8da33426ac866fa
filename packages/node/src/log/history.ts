/**
 * The log before the snapshot from which this member began: full tiles and bundles, got from what other members serve of the same
 * log, each compared with the tree before it is kept. What is on the disk is not asked for again, so a process that ended goes
 * on where it was. docs/spec/snapshot.md, History.
 * @module
 */
import type { Network } from '../platform/network.ts'
import type { Timers } from '../platform/clock.ts'
import { StoreError } from '../store/errors.ts'
import type { Store } from '../store/store.ts'

/** Longest wait for a tile, milliseconds. */
const tileTimeoutMs = 10_000

/** Longest bundle: 256 entries of 65,535 bytes, each with its length. */
const bundleBytesMax: number = 256 * 65_537

/** Pause after nobody gave a tile that fits, milliseconds. */
export const historyPauseMs = 5_000

/** What it needs. */
export interface HistoryOptions {
  readonly store: Pick<Store, 'baseSize' | 'loadHistory' | 'fetchHistoryFrom'>
  readonly network: Network
  /** Addresses of other members that serve the log, `http://HOST:PORT`. */
  readonly sources: () => readonly string[]
  readonly timers: Timers
  /** The store cannot write: the process must end. */
  readonly fatal: (error: unknown) => void
  readonly info: (message: string, details: Record<string, unknown>) => void
}

/** Gets the history. */
export class History {
  readonly #options: HistoryOptions
  #stopped = false
  #wake: () => void = () => undefined
  #run: Promise<void> = Promise.resolve()
  /** Which member is asked first: the last one that gave something. */
  #first = 0

  constructor(options: HistoryOptions) {
    this.#options = options
  }

  /** Begins, when something is missing. */
  start(): void {
    const { store, fatal } = this.#options
    if (store.baseSize === 0) return
    store.fetchHistoryFrom((path, fits) => this.#fetch(path, fits))
    this.#run = this.#load().catch(fatal)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#wake()
    await this.#run
  }

  async #load(): Promise<void> {
    const { store, info } = this.#options
    let waiting = false
    for (let index = 0; index < store.baseSize && !this.#stopped;) {
      try {
        index = await store.loadHistory(index)
        waiting = false
      } catch (error) {
        if (!(error instanceof StoreError) || error.code !== 'not-here') throw error
        if (!waiting) info('The log before the snapshot waits for other members', { index, size: store.baseSize })
        waiting = true
        await this.#pause()
      }
    }
    if (!this.#stopped) info('The log before the snapshot is complete', { size: store.baseSize })
  }

  async #fetch(path: string, fits: (data: Uint8Array) => boolean): Promise<Uint8Array | null> {
    const sources = this.#options.sources()
    for (let at = 0; at < sources.length; at++) {
      const chosen = (this.#first + at) % sources.length
      const data = await this.#get(`${sources[chosen]}/log/${path}`)
      if (data === null || !fits(data)) continue
      this.#first = chosen
      return data
    }
    return null
  }

  async #get(url: string): Promise<Uint8Array | null> {
    try {
      const { status, body } = await this.#options.network.get(url, {
        timeoutMs: tileTimeoutMs,
        bodyBytesMax: bundleBytesMax,
      })
      return status === 200 ? body : null
    } catch {
      // That member is not there: the next one is asked.
      return null
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.timers.after(historyPauseMs, resolve)
      this.#wake = () => {
        cancel()
        resolve()
      }
      if (this.#stopped) this.#wake()
    })
  }
}
