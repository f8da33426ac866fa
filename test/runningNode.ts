/**
 * A running node for tests and benchmarks: the real program in a process of its own, and what it costs.
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '@jurat/node/platform/ports.fixtures'

/** Longest wait for the node's first answer, in milliseconds. */
const startTimeoutMs = 60_000

/** A running node. */
export interface Node {
  readonly url: string
  readonly host: string
  readonly port: number
  readonly apiKey: string
  readonly trustFingerprint: string
  /** Its data folder. */
  readonly folder: string
  readonly pid: number
  /** From the start of the process to the first good answer of /health, in milliseconds. */
  readonly startMs: number
  /** What the process has written on its standard error so far. */
  errors(): string
  /** Resolves with the exit code when the process has ended, however that came. */
  readonly ended: Promise<number>
  /** Ends the process; the folder stays. */
  stop(signal?: NodeJS.Signals): Promise<void>
  /** CPU seconds used so far by the process and memory in MiB. */
  usage(): { cpuSeconds: number; memoryMiB: number }
}

const folders = new Set<string>()
const children = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** A new, empty folder; removed when this process ends. */
export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'jurat-'))
  // PostgreSQL of a node that root started runs as another user. If it cannot reach this folder it lies outside of it,
  // where nobody measures or removes it.
  chmodSync(folder, 0o755)
  folders.add(folder)
  return folder
}

/** The node's program. */
export const nodeProgram = join(import.meta.dirname, '..', 'packages', 'node', 'src', 'cli.ts')

/** The environment of a node over `folder`: its master key lies beside the data folder. */
export const nodeEnvironment = (folder: string): NodeJS.ProcessEnv => ({
  ...process.env,
  JURAT_MASTER_KEY_FILE: join(folder, 'master.key'),
})

/**
 * Starts a node over `folder/data`, with more command-line options, and waits until it is healthy. Without a port it
 * takes a free one.
 * @throws {Error} when it ends, or is not healthy in time.
 */
export async function startNode(folder: string, options: readonly string[] = [], fixedPort?: number): Promise<Node> {
  const startedAt = performance.now()
  const data = join(folder, 'data')
  const port = fixedPort ?? (await freePort())
  const url = `http://127.0.0.1:${port}`
  const child = spawn(
    process.execPath,
    [nodeProgram, 'start', '--data', data, '--listen', `127.0.0.1:${port}`, ...options],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: nodeEnvironment(folder),
    },
  )
  children.add(child)
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
    process.stderr.write(text)
  })
  let exitCode: number | null = null
  const ended = new Promise<number>((resolve) => {
    child.once('exit', (code) => {
      children.delete(child)
      exitCode = code ?? 128
      resolve(exitCode)
    })
  })
  await waitUntilHealthy(url, startedAt, () => exitCode)
  const startMs = performance.now() - startedAt
  const { apiKey, trustFingerprint } = JSON.parse(readFileSync(join(data, 'bootstrap.json'), 'utf8')) as Bootstrap
  return {
    url,
    host: '127.0.0.1',
    port,
    apiKey,
    trustFingerprint,
    folder: data,
    pid: child.pid ?? 0,
    startMs,
    errors: () => errors,
    ended,
    usage: () => usageOf(child.pid ?? 0),
    async stop(signal = 'SIGTERM') {
      child.kill(signal)
      await ended
    },
  }
}

interface Bootstrap {
  apiKey: string
  trustFingerprint: string
}

async function waitUntilHealthy(url: string, since: number, exitCode: () => number | null): Promise<void> {
  while (performance.now() - since < startTimeoutMs) {
    const code = exitCode()
    if (code !== null) throw new Error(`the node ended at its start with code ${code}`)
    const answer = await fetch(`${url}/health`).catch(() => null)
    if (answer?.status === 200) return
    await sleep(10)
  }
  throw new Error('the node did not start in time')
}

function usageOf(pid: number): { cpuSeconds: number; memoryMiB: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  const ticks = Number(fields[11]) + Number(fields[12])
  const memory = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return { cpuSeconds: ticks / 100, memoryMiB: Math.round(Number(memory) / 1024) }
}
