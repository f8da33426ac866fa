/**
 * A process of a local network: started, killed, stopped, with its lines in the common view.
 * @module
 */
import type { ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'

/** Longest wait until a process is ready, milliseconds. */
const readyTimeoutMs = 120_000

/** Between two looks whether it is, milliseconds. */
const lookEveryMs = 50

/** What a local network starts and ends. */
export interface Startable {
  /** What commands call it by. */
  readonly name: string
  /** Nothing when it runs. */
  start(): void
  /** Waits until it is ready. @throws {Error} when it ends, or is not ready in time */
  ready(): Promise<void>
  /** Ends it, by default in order. */
  end(signal?: NodeJS.Signals): Promise<void>
  /** Ends it, and what it has started, without warning. */
  kill(): Promise<void>
}

/** How a process is started. */
export interface Launch {
  readonly name: string
  readonly spawn: () => ChildProcess
  readonly isReady: () => boolean | Promise<boolean>
  /** Takes each line that it prints, and how it ended. */
  readonly view: (line: string) => void
}

/** One process. */
export class LocalProcess implements Startable {
  readonly name: string
  readonly #launch: Launch
  #child: ChildProcess | null = null
  /** Whether it was told to end. */
  #told = false
  #ended: Promise<void> = Promise.resolve()

  constructor(launch: Launch) {
    this.name = launch.name
    this.#launch = launch
  }

  /** Process id, or null when it does not run. */
  get pid(): number | null {
    return this.#child?.pid ?? null
  }

  start(): void {
    if (this.#child !== null) return
    const { spawn, view, name } = this.#launch
    const child = spawn()
    this.#child = child
    this.#told = false
    for (const output of [child.stdout, child.stderr]) if (output !== null) this.#show(output)
    this.#ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#child = null
        const how = this.#told ? 'ended' : 'DIED BY ITSELF'
        view(`${how} (${signal ?? `exit code ${code}`}); \`start ${name}\` brings it back`)
        resolve()
      })
    })
  }

  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.#told = true
    this.#child?.kill(signal)
    await this.#ended
  }

  kill(): Promise<void> {
    return this.end('SIGKILL')
  }

  async ready(): Promise<void> {
    const end = performance.now() + readyTimeoutMs
    while (performance.now() < end) {
      if (this.#child === null) throw new Error(`${this.name} ended at its start`)
      if (await this.#launch.isReady()) return
      await sleep(lookEveryMs)
    }
    throw new Error(`${this.name} is not ready after ${readyTimeoutMs / 1000} seconds`)
  }

  #show(output: NodeJS.ReadableStream): void {
    let rest = ''
    output.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) if (line.trim() !== '') this.#launch.view(line)
    })
  }
}
