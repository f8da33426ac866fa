/**
 * The node under test: the real program in a process of its own, over a fresh data folder, and what it costs.
 * @module
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Longest wait for the node's first answer, in milliseconds. */
const startTimeoutMs = 60_000

/** A running node. */
export interface Node {
  readonly url: string
  readonly host: string
  readonly port: number
  readonly apiKey: string
  readonly trustFingerprint: string
  readonly folder: string
  readonly pid: number
  /** From the start of the process to the first good answer of /health, in milliseconds. */
  readonly startMs: number
  /** Ends the process; the folder stays. */
  stop(signal?: NodeJS.Signals): Promise<void>
  /** CPU seconds used so far by the process and memory in MiB. */
  usage(): { cpuSeconds: number; memoryMiB: number }
}

/** A new, empty folder; removed when the benchmark ends. */
export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'jurat-bench-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Starts a node over `folder` with more command-line options. */
export async function startNode(folder: string, options: readonly string[] = []): Promise<Node> {
  const program = join(import.meta.dirname, '..', 'packages', 'node', 'src', 'cli.ts')
  const startedAt = performance.now()
  const child = spawn(
    process.execPath,
    [program, 'start', '--data', join(folder, 'data'), '--listen', '127.0.0.1:0', ...options],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, JURAT_MASTER_KEY_FILE: join(folder, 'master.key') },
    },
  )
  let ended: number | null = null
  child.once('exit', (code) => (ended = code ?? 1))
  process.on('exit', () => child.kill('SIGKILL'))
  const bootstrap = await waitForBootstrap(join(folder, 'data', 'bootstrap.json'), startedAt, () => ended)
  const { hostname, port } = new URL(bootstrap.url)
  return {
    ...bootstrap,
    host: hostname,
    port: Number(port),
    folder: join(folder, 'data'),
    pid: child.pid ?? 0,
    startMs: performance.now() - startedAt,
    usage: () => usageOf(child.pid ?? 0),
    async stop(signal = 'SIGTERM') {
      if (ended !== null) return
      const exit = new Promise((resolve) => child.once('exit', resolve))
      child.kill(signal)
      await exit
    },
  }
}

interface Bootstrap {
  url: string
  apiKey: string
  trustFingerprint: string
}

async function waitForBootstrap(path: string, since: number, ended: () => number | null): Promise<Bootstrap> {
  while (performance.now() - since < startTimeoutMs) {
    const code = ended()
    if (code !== null) throw new Error(`the node ended at its start with code ${code}`)
    try {
      const bootstrap = JSON.parse(readFileSync(path, 'utf8')) as Bootstrap
      if ((await fetch(`${bootstrap.url}/health`)).status === 200) return bootstrap
    } catch {
      // Not there yet: asked again below.
    }
    await sleep(20)
  }
  throw new Error('the node did not start in time')
}

function usageOf(pid: number): { cpuSeconds: number; memoryMiB: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  const ticks = Number(fields[11]) + Number(fields[12])
  const memory = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return { cpuSeconds: ticks / 100, memoryMiB: Math.round(Number(memory) / 1024) }
}

/** Bytes of all files below a folder, by apparent size. */
export function bytesBelow(folder: string): number {
  let sum = 0
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) sum += statSync(join(entry.parentPath, entry.name)).size
  }
  return sum
}
