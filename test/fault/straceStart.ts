/**
 * Faults at system calls of a start: the node runs under strace from its first instruction, over an empty folder (which
 * it founds) or over one that was killed (which it repairs). After each fault the next start must succeed, with everything
 * that was ever acknowledged. `node test/fault/strace.ts --all` runs every call.
 * @module
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, freshFolder, nodeEnvironment, nodeProgram, startNode } from '../runningNode.ts'
import { assertAllThere, Depositor } from './depositor.ts'
import { assertClean } from './outsideCheck.ts'

/**
 * Calls that change a disk and nothing else: the runtime's own writes to pipes and sockets are `write`, which needs a path
 * to be told from those of files; opening is met by `mkdir` and the first call on what was opened.
 */
const startCalls = ['mkdir', 'rename', 'unlink', 'ftruncate', 'pwrite64', 'fsync', 'fdatasync'] as const

/** What the start finds. */
export type StartOver = 'nothing' | 'killed'

/** One fault of a start. */
export interface StartInjection {
  readonly over: StartOver
  readonly call: string
  readonly fault: 'error=EIO' | 'signal=KILL'
  /** Which occurrence on one thread, from 1. */
  readonly when: number
}

/** What a series of starts met. */
export interface StartReport {
  readonly injections: number
  /** Starts that ended by the fault. */
  readonly ended: number
  /** Starts that went on in spite of it: derived files, or an occurrence that this start did not reach. */
  readonly wentOn: number
}

/** Longest wait until a start is healthy or has ended, milliseconds. */
const startMsMax = 60_000

/** How long a killed node took deposits before, milliseconds. */
const loadMs = 300

const depositor = new Depositor()

/** All faults of both kinds of start: every occurrence, or the first and the middle one of each call. */
export async function startInjections(all: boolean): Promise<StartInjection[]> {
  const injections: StartInjection[] = []
  for (const over of ['nothing', 'killed'] as const) {
    const { trace } = await tracedStart(await folderFor(over), null)
    for (const [call, count] of countsOf(trace)) {
      const every = Array.from({ length: count }, (_, at) => at + 1)
      const chosen = all ? every : [...new Set([1, Math.ceil(count / 2)])]
      for (const when of chosen) {
        for (const fault of ['error=EIO', 'signal=KILL'] as const) injections.push({ over, call, fault, when })
      }
    }
  }
  return injections
}

/** Runs them one after the other, each over a folder of its own. */
export async function injectStarts(
  injections: readonly StartInjection[],
  deadlineMs = Number.POSITIVE_INFINITY,
): Promise<StartReport> {
  const met = { injections: 0, ended: 0, wentOn: 0 }
  for (const injection of injections) {
    if (performance.now() > deadlineMs) break
    const folder = await folderFor(injection.over)
    const { healthy } = await tracedStart(folder, injection)
    met[healthy ? 'wentOn' : 'ended']++
    met.injections++
    const what = JSON.stringify(injection)
    const node = await startNode(folder, ['--database-url=off']).catch((error: unknown) => {
      throw new Error(`the next start fails after ${what}`, { cause: error })
    })
    if (injection.over === 'killed') await assertAllThere(node.url, depositor.acknowledged)
    assert.ok(existsSync(join(node.folder, 'bootstrap.json')), what)
    await node.stop()
    await assertClean(folder)
  }
  return met
}

/** The folder that a start finds. A killed one has deposits of its own, known to the depositor. */
async function folderFor(over: StartOver): Promise<string> {
  const folder = freshFolder()
  if (over === 'nothing') return folder
  const node = await startNode(folder, ['--database-url=off'])
  depositor.acknowledged.splice(0)
  depositor.start(node.url, node.apiKey)
  await sleep(loadMs)
  await node.stop('SIGKILL')
  await depositor.stop()
  return folder
}

/** Starts a node under strace, and kills it once it is healthy. */
async function tracedStart(
  folder: string,
  injection: StartInjection | null,
): Promise<{ healthy: boolean; trace: string }> {
  const file = join(folder, 'strace-start.out')
  const port = await freePort()
  mkdirSync(folder, { recursive: true })
  const calls = injection === null ? startCalls.join(',') : injection.call
  const what = injection === null ? [] : ['-e', `inject=${injection.call}:${injection.fault}:when=${injection.when}`]
  const node = [process.execPath, nodeProgram, 'start', '--data', join(folder, 'data'), '--database-url=off']
  const words = ['-f', '-o', file, '-e', `trace=${calls}`, ...what, '--', ...node, '--listen', `127.0.0.1:${port}`]
  const child = spawn('strace', words, {
    // Only what the node itself writes is counted.
    env: { ...nodeEnvironment(folder), NODE_DISABLE_COMPILE_CACHE: '1' },
    stdio: 'ignore',
    detached: true,
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null
  const end = performance.now() + startMsMax
  let healthy = false
  while (!isOver() && !healthy) {
    assert.ok(performance.now() < end, `a start neither ends nor gets ready: ${JSON.stringify(injection)}`)
    healthy = (await fetch(`http://127.0.0.1:${port}/health`).catch(() => null))?.status === 200
    await sleep(10)
  }
  // The whole group: strace and what it traces.
  if (!isOver() && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  await ended
  return { healthy, trace: readFileSync(file, 'latin1') }
}

/** Most occurrences of each call on one thread. */
function countsOf(trace: string): Map<string, number> {
  const byThread = new Map<string, number>()
  for (const [, thread = '', call = ''] of trace.matchAll(/^(\d+) +([a-z0-9]+)\(/gm)) {
    byThread.set(`${call} ${thread}`, (byThread.get(`${call} ${thread}`) ?? 0) + 1)
  }
  const counts = new Map<string, number>()
  for (const [key, count] of byThread) {
    const call = key.split(' ')[0] ?? ''
    counts.set(call, Math.max(counts.get(call) ?? 0, count))
  }
  return counts
}
