/**
 * Runs CometBFT as a child: starts it when our ABCI server listens, watches that it makes progress and not only that it
 * lives, starts it again with growing pauses, and ends it with the node, however the node ends.
 * docs/operating/cometbft.md.
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import type { Logger } from '../../../observe/logger.ts'
import type { Metrics } from '../../../observe/metrics.ts'
import type { Clock, Timers } from '../../../platform/clock.ts'
import type { ChainProbe, ChainStatus } from './chainProbe.ts'
import { ChildLog } from './childLog.ts'

/** How often it is asked how far it is, milliseconds. */
export const watchEveryMs = 1_000

/** A child that answers nothing for so long is ended and started again, milliseconds. */
export const silentMsMax = 60_000

/** The same for one that stands still while a peer is further, milliseconds. */
export const stuckMsMax = 60_000

/** The same for one whose connections to our ABCI server broke: it does not always end by itself. Milliseconds. */
export const brokenMsMax = 15_000

/**
 * How often peers that are missing are dialled. CometBFT itself tries for some 100 seconds, then with pauses that grow to hours,
 * and so would not notice that a long cut is over.
 */
export const redialMs = 10_000

/** Connections of a CometBFT that runs. */
const connectionsNeeded = 4

/** A peer that is so many blocks further is ahead; one block more is what is being decided. */
const blocksAhead = 2

/** Pause before the next start: doubled each time from the first to the second, milliseconds. */
export const restartPauseMinMs = 250
export const restartPauseMaxMs = 10_000

/** A stop waits so long before it kills, milliseconds. */
export const stopTimeoutMs = 10_000

/**
 * Linux kills a child when its parent dies, if asked to: this program of util-linux asks, then becomes the child. Elsewhere
 * CometBFT ends when its ABCI connections break.
 */
export const setprivPath = '/usr/bin/setpriv'

/** What is known of the child, for health and metrics. */
export interface ChildHealth {
  readonly pid: number | null
  /** Null before the first answer. */
  readonly status: ChainStatus | null
  /** Milliseconds since its height grew, or since it was first seen. */
  readonly withoutProgressMs: number
  readonly restarts: number
}

/** What supervision needs. */
export interface SupervisorOptions {
  readonly binary: string
  readonly home: string
  /** Its RPC socket: a killed child leaves it behind, and the next could not bind it. */
  readonly rpcSocket: string
  readonly logger: Logger
  readonly clock: Clock
  readonly timers: Timers
  readonly probe: ChainProbe
  /** Connections that our ABCI server has; without it they are not watched. */
  readonly connections?: () => number
  /** Peers that it should have, `<node id>@HOST:PORT`. */
  readonly peers?: () => readonly string[]
  readonly metrics?: Metrics
  /** Told when CometBFT ends because its store is behind the ledger. */
  readonly behind?: () => void
  /** Path of `setpriv`, which may be missing. */
  readonly setpriv?: string
}

/** Supervises one child. */
export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #log: ChildLog
  #child: ChildProcess | null = null
  #ended: Promise<void> = Promise.resolve()
  #stopping = false
  #changing = false
  #changed: Promise<void> = Promise.resolve()
  #status: ChainStatus | null = null
  #progressAt: number
  /** Since when each kind of trouble is watched; a new child begins with patience. */
  #answeredAt = 0
  #movedAt = 0
  #connectedAt = 0
  #dialledAt = 0
  #restarts = 0
  #pauseMs = restartPauseMinMs
  #cancel: () => void = () => {}
  #cancelStart: () => void = () => {}

  constructor(options: SupervisorOptions) {
    this.#options = options
    this.#log = new ChildLog(options.logger, () => options.clock.monotonic(), options.behind)
    this.#progressAt = options.clock.monotonic()
  }

  /** Starts the child and watches it. Our ABCI server must be listening. */
  start(): void {
    this.#spawn()
    this.#watch()
  }

  health(): ChildHealth {
    return {
      pid: this.#child?.pid ?? null,
      status: this.#status,
      withoutProgressMs: this.#options.clock.monotonic() - this.#progressAt,
      restarts: this.#restarts,
    }
  }

  /** Ends the child, lets its files be changed while none runs, and starts it again. @throws what `change` throws */
  restart(change: () => Promise<void>): Promise<void> {
    const changed = this.#changed.then(() => this.#change(change))
    this.#changed = changed.catch(() => undefined)
    return changed
  }

  async #change(change: () => Promise<void>): Promise<void> {
    this.#changing = true
    try {
      await this.#end()
      if (this.#stopping) return
      await change()
    } finally {
      this.#changing = false
    }
    if (!this.#stopping) this.#spawn()
  }

  /** Ends the child, and does not start it again. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#cancel()
    await this.#end()
  }

  async #end(): Promise<void> {
    this.#cancelStart()
    const child = this.#child
    if (child === null) return
    child.kill('SIGTERM')
    const cancel = this.#options.timers.after(stopTimeoutMs, () => child.kill('SIGKILL'))
    await this.#ended
    cancel()
  }

  #spawn(): void {
    const { binary, home, rpcSocket, logger, clock, setpriv = setprivPath } = this.#options
    rmSync(rpcSocket, { force: true })
    const words = [binary, 'start', '--home', home]
    const [command, ...args] = existsSync(setpriv) ? [setpriv, '--pdeathsig', 'KILL', ...words] : words
    const child = spawn(command ?? binary, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    this.#answeredAt = this.#movedAt = this.#connectedAt = this.#dialledAt = clock.monotonic()
    for (const output of [child.stdout, child.stderr]) {
      output.setEncoding('utf8')
      output.on('data', (chunk: string) => this.#log.write(chunk))
    }
    this.#ended = new Promise((resolve) => {
      const end = (reason: string): void => {
        resolve()
        if (this.#child !== child) return
        this.#child = null
        if (this.#stopping || this.#changing) return
        logger.warn({ reason, pauseMs: this.#pauseMs }, 'CometBFT has ended; it is started again')
        this.#restarts++
        this.#options.metrics?.count('engine_restarts_total')
        this.#cancelStart = this.#options.timers.after(this.#pauseMs, () => this.#spawn())
        this.#pauseMs = Math.min(2 * this.#pauseMs, restartPauseMaxMs)
      }
      child.once('exit', (code, signal) => end(signal ?? `exit code ${code}`))
      child.once('error', (error) => end(error.message))
    })
  }

  #watch(): void {
    this.#cancel = this.#options.timers.after(watchEveryMs, () => {
      void this.#look().finally(() => {
        if (!this.#stopping) this.#watch()
      })
    })
  }

  async #look(): Promise<void> {
    const child = this.#child
    if (child === null) return
    const trouble = await this.#trouble()
    // It may have ended meanwhile, and another be running.
    if (trouble === null || this.#child !== child || this.#stopping) return
    this.#options.logger.error({ trouble }, 'CometBFT is ended and started again')
    child.kill('SIGKILL')
  }

  /** Why the child must be ended, or null. */
  async #trouble(): Promise<string | null> {
    const { probe, connections, clock } = this.#options
    const before = this.#status
    if (connections === undefined || connections() >= connectionsNeeded) this.#connectedAt = clock.monotonic()
    try {
      this.#status = await probe.status()
    } catch {
      return clock.monotonic() - this.#answeredAt < silentMsMax ? null : 'it does not answer'
    }
    const { height } = this.#status
    this.#record(this.#status)
    await this.#redial(this.#status)
    this.#answeredAt = clock.monotonic()
    if (before === null || height > before.height) {
      this.#progressAt = this.#movedAt = this.#answeredAt
      this.#pauseMs = restartPauseMinMs
    }
    if (this.#answeredAt - this.#connectedAt >= brokenMsMax) return 'its connections to the ledger are broken'
    return (await this.#isStuck(height)) ? 'it stands still while a peer is further' : null
  }

  #record({ height, peers, catchingUp }: ChainStatus): void {
    const { metrics } = this.#options
    metrics?.set('engine_height', height)
    metrics?.set('engine_peers', peers)
    metrics?.set('engine_catching_up', catchingUp ? 1 : 0)
  }

  async #redial(status: ChainStatus): Promise<void> {
    const { probe, peers = () => [], clock } = this.#options
    const expected = peers()
    if (status.peers >= expected.length || clock.monotonic() - this.#dialledAt < redialMs) return
    this.#dialledAt = clock.monotonic()
    // Whether it worked shows in the number of peers.
    await probe.dial(expected).catch(() => undefined)
  }

  /** A chain without transactions or without quorum stands still at all members, and then nobody is ahead. */
  async #isStuck(height: number): Promise<boolean> {
    const { probe, clock } = this.#options
    if (clock.monotonic() - this.#movedAt < stuckMsMax) return false
    // Asked once in that time, not each second: the answer is large.
    this.#movedAt = clock.monotonic()
    const ahead = await probe.peerHeight().catch(() => 0)
    return ahead >= height + blocksAhead
  }
}
