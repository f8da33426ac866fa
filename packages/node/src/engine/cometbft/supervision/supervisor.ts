/**
 * Runs CometBFT as a child: starts it when our ABCI server listens, watches that it makes progress and not only that it
 * lives, starts it again with growing pauses, and ends it with the node. When the node dies, its ABCI connections break,
 * and CometBFT ends by itself.
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import type { Logger } from '../../../observe/logger.ts'
import type { Clock, Timers } from '../../../platform/clock.ts'
import { ChildLog } from './childLog.ts'

/** How often it is asked how far it is, milliseconds. */
export const watchEveryMs = 1_000
/** A child that answers nothing for so long is ended and started again, milliseconds. */
export const silentMsMax = 60_000
/** Pause before the next start: doubled each time from the first to the second, milliseconds. */
export const restartPauseMinMs = 250
export const restartPauseMaxMs = 10_000
/** A stop waits so long before it kills, milliseconds. */
export const stopTimeoutMs = 10_000

/** What CometBFT says of itself. */
export interface ChainStatus {
  readonly height: number
  readonly catchingUp: boolean
  readonly peers: number
}

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
  /** Asks the running child. @throws when it does not answer. */
  readonly status: () => Promise<ChainStatus>
}

/** Supervises one child. */
export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #log: ChildLog
  #child: ChildProcess | null = null
  #ended: Promise<void> = Promise.resolve()
  #stopping = false
  #status: ChainStatus | null = null
  #answeredAt: number
  #progressAt: number
  #restarts = 0
  #pauseMs = restartPauseMinMs
  #cancel: () => void = () => {}
  #cancelStart: () => void = () => {}

  constructor(options: SupervisorOptions) {
    this.#options = options
    this.#log = new ChildLog(options.logger, () => options.clock.monotonic())
    this.#answeredAt = this.#progressAt = options.clock.monotonic()
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

  /** Ends the child, and does not start it again. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#cancel()
    this.#cancelStart()
    const child = this.#child
    if (child === null) return
    child.kill('SIGTERM')
    const cancel = this.#options.timers.after(stopTimeoutMs, () => child.kill('SIGKILL'))
    await this.#ended
    cancel()
  }

  #spawn(): void {
    const { binary, home, rpcSocket, logger, clock } = this.#options
    rmSync(rpcSocket, { force: true })
    const child = spawn(binary, ['start', '--home', home], { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    this.#answeredAt = clock.monotonic()
    for (const output of [child.stdout, child.stderr]) {
      output.setEncoding('utf8')
      output.on('data', (chunk: string) => this.#log.write(chunk))
    }
    this.#ended = new Promise((resolve) => {
      const end = (reason: string): void => {
        resolve()
        if (this.#child !== child) return
        this.#child = null
        if (this.#stopping) return
        logger.warn({ reason, pauseMs: this.#pauseMs }, 'CometBFT has ended; it is started again')
        this.#restarts++
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
    const { status, clock, logger } = this.#options
    try {
      const now = await status()
      this.#answeredAt = clock.monotonic()
      if (now.height > (this.#status?.height ?? 0)) {
        this.#progressAt = this.#answeredAt
        this.#pauseMs = restartPauseMinMs
      }
      this.#status = now
    } catch {
      if (this.#child === null || clock.monotonic() - this.#answeredAt < silentMsMax) return
      logger.error({ silentMs: silentMsMax }, 'CometBFT does not answer; it is ended and started again')
      this.#answeredAt = clock.monotonic()
      this.#child.kill('SIGKILL')
    }
  }
}
