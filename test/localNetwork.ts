/**
 * A local network for tests and benchmarks: `localnet/main.ts` in a process of its own, told and read as scripts do.
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freeRange } from '@jurat/node/platform/ports.fixtures'
import { sendCommand } from '../localnet/control.ts'
import { usageOf } from './usage.ts'

/** Longest wait until all members are ready, milliseconds. */
const readyTimeoutMs = 180_000

/** A member, as localnet.json describes it. */
export interface LocalMember {
  readonly name: string
  readonly url: string
  readonly apiKey: string
  readonly data: string
  readonly pid: number | null
  readonly cometbftPid: number | null
}

/** What localnet.json says. */
interface Description {
  /** Path of the trust file. */
  readonly trust: string
  readonly members: readonly LocalMember[]
  /** The outside witness, or null. */
  readonly witness: { readonly name: string; readonly url: string; readonly pid: number | null } | null
}

/** A running local network; what it describes is read anew at each use: process ids change. */
export interface LocalNetwork extends Description {
  readonly folder: string
  /** Kills the program, which leaves everything running that it has started, and starts it again. */
  killAndRestart(): Promise<void>
  /** `kill`, `stop`, `cut`, `heal`, `start`. @throws {Error} when it fails */
  tell(command: string, member: string): Promise<void>
  /** Processor seconds and memory of each process, a line each. */
  usage(): string[]
  /** Everything that was printed. */
  readonly output: () => string
  stop(): Promise<void>
}

const children = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of children) child.kill('SIGTERM')
})

/** Starts one in a fresh folder with a short path, and waits until it is ready. */
export async function startLocalNetwork({
  members = 4,
  witness = false,
  environment = {},
}: { members?: number; witness?: boolean; environment?: NodeJS.ProcessEnv } = {}): Promise<LocalNetwork> {
  // Sockets lie in it, whose paths end at 107 bytes.
  const folder = mkdtempSync('/tmp/jl-')
  const port = await freeRange(200)
  const words = ['--members', String(members), '--data', folder, '--port', String(port), '--no-database']
  if (witness) words.push('--witness', 'litewitness')
  let output = ''
  const hear = (chunk: Buffer): void => void (output += chunk.toString())
  const run = { words, folder, hear, environment }
  let running = await runLocalnet(run)
  const file = join(folder, 'localnet.json')
  const read = (): Description => JSON.parse(readFileSync(file, 'utf8')) as Description
  return {
    folder,
    trust: read().trust,
    get members() {
      return read().members
    },
    get witness() {
      return read().witness
    },
    async killAndRestart() {
      await running.end('SIGKILL')
      running = await runLocalnet(run)
    },
    async tell(command, member) {
      const answer = await sendCommand(join(folder, 'control.sock'), `${command} ${member}`)
      if (!answer.startsWith('ok')) throw new Error(`${command} ${member}: ${answer}`)
    },
    usage: () => read().members.flatMap(usageOf),
    output: () => output,
    async stop() {
      await running.end('SIGTERM')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Runs the program until it says that it is ready. */
async function runLocalnet({
  words,
  folder,
  hear,
  environment,
}: {
  words: readonly string[]
  folder: string
  hear: (chunk: Buffer) => void
  environment: NodeJS.ProcessEnv
}): Promise<{ end(signal: NodeJS.Signals): Promise<void> }> {
  const program = join(import.meta.dirname, '..', 'localnet', 'main.ts')
  const child = spawn(process.execPath, [program, ...words], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.add(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', hear)
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  }
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const end = performance.now() + readyTimeoutMs
  while (!existsSync(join(folder, 'localnet.json')) || !output.includes('members are ready')) {
    if (child.exitCode !== null || performance.now() > end)
      throw new Error(`the local network did not start:\n${output}`)
    await sleep(100)
  }
  return {
    async end(signal) {
      child.kill(signal)
      await ended
      children.delete(child)
    },
  }
}
