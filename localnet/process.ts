/**
 * One member's process, and commands of the node's program.
 * @module
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LocalProcess } from './localProcess.ts'
import type { Plan, PlannedMember } from './plan.ts'

/** The node's program. */
export const program: string = join(import.meta.dirname, '..', 'packages', 'node', 'src', 'cli.ts')

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
export class MemberProcess extends LocalProcess {
  readonly member: PlannedMember

  /** @param options - more words for its start */
  constructor(
    member: PlannedMember,
    plan: Plan,
    databaseUrl: string,
    view: (line: string) => void,
    options: readonly string[] = [],
  ) {
    const { name, data, port, url, routes } = member
    const words = ['start', '--data', data, '--listen', `127.0.0.1:${port}`, '--url', url]
    words.push('--genesis', plan.genesis, '--member-routes', routes, '--database-url', databaseUrl, ...options)
    super({
      name,
      spawn: () =>
        spawn(process.execPath, [program, ...words], { env: environmentOf(member), stdio: ['ignore', 'pipe', 'pipe'] }),
      isReady: async () => (await fetch(`${url}/health`).catch(() => null))?.status === 200,
      view,
    })
    this.member = member
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

  override kill(): Promise<void> {
    const { cometbftPid } = this
    if (cometbftPid !== null) process.kill(cometbftPid, 'SIGKILL')
    return super.kill()
  }
}
