/**
 * One member's process: started, killed, stopped, with its lines in the common view.
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Plan, PlannedMember } from './plan.ts'

const program = join(import.meta.dirname, '..', 'packages', 'node', 'src', 'cli.ts')

/** Longest wait until a member answers, milliseconds. */
const readyTimeoutMs = 120_000

/** Environment of a member's programs. */
export const environmentOf = ({ masterKeyFile }: PlannedMember): NodeJS.ProcessEnv => ({
  ...process.env,
  JURAT_MASTER_KEY_FILE: masterKeyFile,
})

/** Runs a command of the node's program to its end. @returns what it said @throws {Error} with that when it fails */
export async function runProgram(words: readonly string[], environment: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn(process.execPath, [program, ...words], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const output of [child.stdout, child.stderr]) output.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve))
  if (code !== 0) throw new Error(`jurat ${words.slice(0, 2).join(' ')}: ${said.trim()}`)
  return said
}

/** A member of a local network. */
export class MemberProcess {
  readonly member: PlannedMember
  readonly #plan: Plan
  readonly #databaseUrl: string
  readonly #view: (line: string) => void
  #child: ChildProcess | null = null
  /** Whether it was told to end. */
  #told = false
  #ended: Promise<void> = Promise.resolve()

  constructor(member: PlannedMember, plan: Plan, databaseUrl: string, view: (line: string) => void) {
    this.member = member
    this.#plan = plan
    this.#databaseUrl = databaseUrl
    this.#view = view
  }

  /** Process id of the node, or null when it does not run. */
  get pid(): number | null {
    return this.#child?.pid ?? null
  }

  /** Process id of its CometBFT, or null. */
  get cometbftPid(): number | null {
    const { pid } = this
    if (pid === null) return null
    try {
      const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number)
      return children.find((child) => readFileSync(`/proc/${child}/comm`, 'utf8').trim() === 'cometbft') ?? null
    } catch {
      // Another system, or it has just ended.
      return null
    }
  }

  start(): void {
    if (this.#child !== null) return
    const { data, port, url, routes } = this.member
    const words = ['start', '--data', data, '--listen', `127.0.0.1:${port}`, '--url', url]
    words.push('--genesis', this.#plan.genesis, '--member-routes', routes, '--database-url', this.#databaseUrl)
    const child = spawn(process.execPath, [program, ...words], {
      env: environmentOf(this.member),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    this.#told = false
    for (const output of [child.stdout, child.stderr]) this.#show(output)
    this.#ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#child = null
        const how = this.#told ? 'ended' : 'DIED BY ITSELF'
        this.#view(`${how} (${signal ?? `exit code ${code}`}); \`start ${this.member.name}\` brings it back`)
        resolve()
      })
    })
  }

  /** Ends it, by default in order. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.#told = true
    this.#child?.kill(signal)
    await this.#ended
  }

  /** Waits until its node answers. @throws {Error} when it ends, or does not in time. */
  async ready(): Promise<void> {
    const end = performance.now() + readyTimeoutMs
    while (performance.now() < end) {
      if (this.#child === null) throw new Error(`${this.member.name} ended at its start`)
      const answer = await fetch(`${this.member.url}/health`).catch(() => null)
      if (answer?.status === 200) return
      await sleep(50)
    }
    throw new Error(`${this.member.name} is not ready after ${readyTimeoutMs / 1000} seconds`)
  }

  #show(output: NodeJS.ReadableStream): void {
    let rest = ''
    output.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) if (line.trim() !== '') this.#view(line)
    })
  }
}
