/**
 * Faults at system calls: strace makes the n-th write-path call on one class of files fail with EIO, or kills the node in it,
 * while deposits come in. `node test/fault/strace.ts --all [--minutes N]` runs every call of a short window, and every one of
 * starts (straceStart.ts); `npm test` some of each.
 * strace counts the calls of each thread for itself: n is the n-th of the first thread that gets there.
 * @module
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { freshFolder, type Node, startNode } from '../runningNode.ts'
import { CheckpointWatch } from './checkpoints.ts'
import { assertAllThere, Depositor } from './depositor.ts'
import { assertClean, assertTesseraClean } from './outsideCheck.ts'
import { injectStarts, startInjections } from './straceStart.ts'

/** What happens to the call. */
export type Fault = 'error=EIO' | 'signal=KILL'

/** System calls that write, as strace names them. */
const writeCalls = [
  'openat',
  'write',
  'pwrite64',
  'writev',
  'pwritev',
  'pwritev2',
  'fsync',
  'fdatasync',
  'ftruncate',
  'fallocate',
  'rename',
  'renameat',
  'renameat2',
  'mkdir',
  'mkdirat',
  'unlink',
  'unlinkat',
] as const

type WriteCall = (typeof writeCalls)[number]

/** Files of a data folder by what is written to them. */
const classes = ['segments', 'signer', 'state', 'notes', 'index', 'tiles', 'bundles', 'synced'] as const

type FileClass = (typeof classes)[number]

/** One injection. */
export interface Injection {
  readonly files: FileClass
  readonly call: WriteCall
  readonly fault: Fault
  /** Which occurrence, from 1. */
  readonly when: number
}

/** What a series of injections met. */
export interface InjectionReport {
  readonly injections: number
  /** Injections that the load did not reach in time. */
  readonly notReached: number
  readonly endedItself: number
  readonly killed: number
  readonly wentOn: number
  readonly acknowledged: number
  readonly unanswered: number
  /** Deposits a second that were acknowledged while the injections waited for their call, under strace. */
  readonly rate: number
}

/** Longest wait until the load reaches the call, in milliseconds. */
const reachMsMax = 2_500

/** How long a node that goes on after the fault is watched, in milliseconds. */
const afterMs = 200

/** Window in which the calls are counted, in milliseconds. */
const countMs = 1_500

/** Full tiles of level 0 that a window may add: their paths must be known beforehand. */
const tilesAhead = 400

/** Every so many injections our fsck judges the folder in between. */
const fsckEvery = 15

const options = ['--database-url=off']

/** Counts the write-path calls of a short window, by class of files. The folder is thrown away. */
export async function countCalls(): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  const node = await startNode(freshFolder(), options)
  const depositor = new Depositor()
  const size = await sizeOf(node)
  for (const files of classes) {
    const trace = await attach(node, files, size, writeCalls, null)
    if (files === 'segments') depositor.start(node.url, node.apiKey)
    await sleep(countMs)
    await trace.detach()
    const byThread = new Map<string, number>()
    for (const [, thread = '', call = ''] of trace.output().matchAll(/^(\d+) +([a-z0-9]+)\(/gm)) {
      const key = `${thread} ${call}`
      byThread.set(key, (byThread.get(key) ?? 0) + 1)
    }
    for (const [key, count] of byThread) {
      const name = `${files} ${key.split(' ')[1] ?? ''}`
      counts.set(name, Math.max(counts.get(name) ?? 0, count))
    }
  }
  await depositor.stop()
  await node.stop('SIGKILL')
  return counts
}

/** All injections of a counted window, or only the first, second and middle occurrence of each call. */
export function injectionsOf(counts: ReadonlyMap<string, number>, all: boolean): Injection[] {
  return [...counts].flatMap(([name, count]) => {
    const [files, call] = name.split(' ') as [FileClass, WriteCall]
    const every = Array.from({ length: count }, (_, at) => at + 1)
    const chosen = all ? every : [...new Set([1, Math.ceil(count / 2)])]
    const faults: readonly Fault[] = ['error=EIO', 'signal=KILL']
    return chosen.flatMap((when) => faults.map((fault) => ({ files, call, fault, when })))
  })
}

/**
 * Runs injections one after the other on one data folder, with a restart and all checks after each.
 * @param tesseraFsck - path of the tool, or null to go without. @param deadlineMs - by performance.now(); later ones are left.
 */
export async function inject(
  injections: readonly Injection[],
  tesseraFsck: string | null,
  deadlineMs = Number.POSITIVE_INFINITY,
): Promise<InjectionReport> {
  const folder = freshFolder()
  const depositor = new Depositor()
  const watch = new CheckpointWatch()
  const met = { reached: 0, notReached: 0, endedItself: 0, killed: 0, wentOn: 0 }
  const load = { deposits: 0, ms: 0 }
  let checked = 0
  let done = 0
  for (const injection of injections) {
    if (performance.now() > deadlineMs) break
    const node = await startNode(folder, options)
    await watch.look(node.url)
    await assertAllThere(node.url, depositor.acknowledged.slice(checked))
    checked = depositor.acknowledged.length
    met[await injectOnce(node, injection, depositor, watch, load)]++
    done++
    if (done % fsckEvery === 0) await assertClean(folder)
  }
  await assertClean(folder)
  const node = await startNode(folder, options)
  await watch.look(node.url)
  await assertAllThere(node.url, depositor.acknowledged)
  if (tesseraFsck !== null) await assertTesseraClean(tesseraFsck, node)
  await node.stop()
  const { notReached, endedItself, killed, wentOn } = met
  const { acknowledged, unanswered } = depositor
  const rate = Math.round(load.deposits / (load.ms / 1000))
  const injected = { injections: done, notReached, endedItself, killed, wentOn }
  return { ...injected, acknowledged: acknowledged.length, unanswered, rate }
}

async function injectOnce(
  node: Node,
  injection: Injection,
  depositor: Depositor,
  watch: CheckpointWatch,
  load: { deposits: number; ms: number },
): Promise<'notReached' | 'endedItself' | 'killed' | 'wentOn'> {
  const { files, call, fault, when } = injection
  let code: number | null = null
  void node.ended.then((exit) => (code = exit))
  const trace = await attach(node, files, await sizeOf(node), [call], `${call}:${fault}:when=${when}`)
  const reached = (): boolean => code !== null || trace.output().includes('(INJECTED)')
  const [before, began] = [depositor.acknowledged.length, performance.now()]
  depositor.start(node.url, node.apiKey)
  const giveUpAt = performance.now() + reachMsMax
  while (!reached() && performance.now() < giveUpAt) {
    await watch.look(node.url)
    await sleep(5)
  }
  const hit = reached()
  load.deposits += depositor.acknowledged.length - before
  load.ms += performance.now() - began
  if (hit) await Promise.race([node.ended, sleep(afterMs)])
  await watch.look(node.url)
  const exit = code as number | null
  if (exit === null) await node.stop('SIGKILL')
  await depositor.stop()
  await trace.detach()
  const what = JSON.stringify(injection)
  if (!hit) return 'notReached'
  if (exit === null) {
    assert.ok(fault === 'error=EIO', `a killed node goes on: ${what}`)
    assert.ok(
      !(call === 'fdatasync' || call === 'fsync') || !neverRetried(files),
      `goes on after a failed sync: ${what}`,
    )
    return 'wentOn'
  }
  return fault === 'signal=KILL' ? 'killed' : 'endedItself'
}

/** Files whose failed sync ends the process: everything that an acknowledgement or a signature rests on. */
const neverRetried = (files: FileClass): boolean => files === 'segments' || files === 'signer'

interface Trace {
  output(): string
  detach(): Promise<void>
}

/** Attaches strace to all threads of a node and waits until it holds them. */
async function attach(
  node: Node,
  files: FileClass,
  size: number,
  calls: readonly string[],
  injection: string | null,
): Promise<Trace> {
  const file = join(node.folder, '..', 'strace.out')
  const paths = pathsOf(node.folder, files, size).flatMap((path) => ['-P', path])
  const what = injection === null ? [] : ['-e', `inject=${injection}`]
  const args = ['-f', '-p', String(node.pid), '-o', file, '-e', `trace=${calls.join(',')}`, ...what, ...paths]
  const child = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(child, 'exit')
  await new Promise<void>((resolve, reject) => {
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (said.includes('attached')) resolve()
    })
    void ended.then(() => reject(new Error(`strace ended: ${said}`)))
  })
  return {
    output: () => (existsSync(file) ? readFileSync(file, 'latin1') : ''),
    async detach() {
      child.kill('SIGINT')
      await ended
    },
  }
}

/** The files of a class that exist or will be written next: strace knows a call's file only by its whole path. */
function pathsOf(data: string, files: FileClass, size: number): string[] {
  const tile = Math.floor(size / 256)
  const numbers = Array.from({ length: tilesAhead }, (_, ahead) => tileName(tile + ahead))
  const below = (folder: string): string[] => numbers.map((name) => join(data, 'log', 'tile', folder, name))
  const names = (list: readonly string[]): string[] => list.map((name) => join(data, name))
  if (files === 'signer') return names(['signer', 'signer/log.new', 'signer/log'])
  if (files === 'tiles') return [...names(['log/tile', 'log/tile/0']), ...below('0')]
  if (files === 'bundles') return [...names(['log/tile/entries']), ...below('entries')]
  if (files === 'synced') return names(['log', 'log/synced', 'log/synced.new'])
  return names([files, ...readdirSync(join(data, files)).map((name) => join(files, name))])
}

/** Path of a tile number below its level, for numbers under a million (tlog-tiles). */
function tileName(number: number): string {
  const low = String(number % 1000).padStart(3, '0')
  return number < 1000 ? low : `x${String(Math.floor(number / 1000)).padStart(3, '0')}/${low}`
}

async function sizeOf(node: Node): Promise<number> {
  const note = await (await fetch(`${node.url}/log/checkpoint`)).text()
  return Number(note.split('\n')[1] ?? 0)
}

/** The same list in another order: what is taken from its beginning is spread over all of it. */
export function spread<T>(list: readonly T[]): T[] {
  const stride = 7
  return list
    .map((item, at) => ({ item, place: (at * stride) % Math.max(list.length, 1) }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({
    options: { all: { type: 'boolean', default: false }, minutes: { type: 'string', default: '1000' } },
  })
  const deadlineMs = performance.now() + Number(values.minutes) * 60_000
  const starts = spread(await startInjections(values.all))
  console.log(`${starts.length} calls of starts: ${JSON.stringify(await injectStarts(starts, deadlineMs))}`)
  const counts = await countCalls()
  console.log(JSON.stringify(Object.fromEntries(counts)))
  const injections = spread(injectionsOf(counts, values.all))
  console.log(`${injections.length} calls under load: ${JSON.stringify(await inject(injections, null, deadlineMs))}`)
}
