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

/** A running local network. */
export interface LocalNetwork {
  readonly folder: string
  /** Path of the trust file. */
  readonly trust: string
  /** Read anew at each use: process ids change. */
  readonly members: readonly LocalMember[]
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
export async function startLocalNetwork({ members = 4 }: { members?: number } = {}): Promise<LocalNetwork> {
  // Sockets lie in it, whose paths end at 107 bytes.
  const folder = mkdtempSync('/tmp/jl-')
  const program = join(import.meta.dirname, '..', 'localnet', 'main.ts')
  const words = [
    '--members',
    String(members),
    '--data',
    folder,
    '--port',
    String(await freeRange(200)),
    '--no-database',
  ]
  const child = spawn(process.execPath, [program, ...words], { stdio: ['ignore', 'pipe', 'pipe'] })
  children.add(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const file = join(folder, 'localnet.json')
  const end = performance.now() + readyTimeoutMs
  while (!existsSync(file) || !output.includes('members are ready')) {
    if (child.exitCode !== null || performance.now() > end)
      throw new Error(`the local network did not start:\n${output}`)
    await sleep(100)
  }
  const read = (): { trust: string; members: LocalMember[] } => JSON.parse(readFileSync(file, 'utf8')) as never
  return {
    folder,
    trust: read().trust,
    get members() {
      return read().members
    },
    async tell(command, member) {
      const answer = await sendCommand(join(folder, 'control.sock'), `${command} ${member}`)
      if (!answer.startsWith('ok')) throw new Error(`${command} ${member}: ${answer}`)
    },
    usage: () => read().members.flatMap(usageOf),
    output: () => output,
    async stop() {
      child.kill('SIGTERM')
      await ended
      children.delete(child)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
