/**
 * Faults at system calls under load: strace takes hold of a node that acknowledges deposits, and makes the n-th call on
 * one class of its files fail with EIO, or kills it in that call. Then it starts again and is judged.
 * n is the n-th of the first thread that gets there.
 * @module
 */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freshFolder, type Node, startNode } from '../runningNode.ts'
import { CheckpointWatch } from './checkpoints.ts'
import { assertAllThere, Depositor } from './depositor.ts'
import { assertClean, assertTesseraClean } from './outsideCheck.ts'
import { attachStrace, callsOf, type Fault, faults, hitOf } from './straceTool.ts'

/** Files of a data folder by what is written to them. */
const classes = ['segments', 'signer', 'state', 'notes', 'index', 'tiles', 'bundles', 'synced'] as const

type FileClass = (typeof classes)[number]

/** One fault under load. */
export interface LoadInjection {
  readonly kind: 'load'
  readonly files: FileClass
  readonly call: string
  readonly fault: Fault
  /** Which occurrence on one thread, from 1. */
  readonly when: number
}

/** Deposits that must be acknowledged before a fault is injected, by one start of the node: the load is on its way. */
export const depositsBefore = 1_000

/** Longest wait until the load reaches the call, in milliseconds. */
const reachMsMax = 2_500

/** How long a node that goes on after the fault is watched, in milliseconds. */
const afterMs = 200

/** How long a node that must end after the fault may take for it on a machine with other work, in milliseconds. */
const endMsMax = 20_000

/** Window in which the calls are counted, in milliseconds. */
const countMs = 1_500

/** Full tiles of level 0 that a window may add, and files of a LevelDB: their paths must be known beforehand. */
const tilesAhead = 400
const levelFilesAhead = 20

/** Every so many injections our fsck judges the folder in between. */
const fsckEvery = 15

const options = ['--database-url=off']

/** Every call of a short window, with both faults. The folder of the count is thrown away. */
export async function loadInjections(): Promise<LoadInjection[]> {
  const node = await startNode(freshFolder(), options)
  const depositor = new Depositor()
  depositor.start(node.url, node.apiKey)
  await depositor.reach(depositsBefore)
  const paths = pathsOf(node.folder, classes, await sizeOf(node))
  const trace = await attachStrace(recordOf(node), { paths, injection: null }, node.pid)
  await sleep(countMs)
  await trace.detach()
  await node.stop('SIGKILL')
  await depositor.stop()
  // strace counts on each thread alone, and only calls on the files that it was told: of one class at a time.
  const byThread = new Map<string, number>()
  const found = new Map<string, LoadInjection[]>()
  for (const { thread, call, path, writes } of callsOf(trace.record())) {
    const files = classOf(relative(node.folder, path))
    const when = (byThread.get(`${files} ${call} ${thread}`) ?? 0) + 1
    byThread.set(`${files} ${call} ${thread}`, when)
    const both = faults.map((fault) => ({ kind: 'load' as const, files, call, fault, when }))
    if (writes) found.set(`${files} ${call} ${when}`, both)
  }
  return [...found.values()].flat()
}

/** A data folder that lives through one fault after the other, and the client that judges it. */
export class Load {
  readonly #folder = freshFolder()
  readonly #depositor = new Depositor()
  readonly #watch = new CheckpointWatch()
  readonly #rates: number[] = []
  #checked = 0
  #done = 0

  /** Runs one: start, load, fault, end. @throws AssertionError when something acknowledged before is lost. */
  async run(injection: LoadInjection): Promise<'endedItself' | 'killed' | 'wentOn' | 'notReached'> {
    const node = await startNode(this.#folder, options)
    await this.#watch.look(node.url)
    await assertAllThere(node.url, this.#depositor.acknowledged.slice(this.#checked))
    this.#checked = this.#depositor.acknowledged.length
    const outcome = await this.#inject(node, injection)
    if (++this.#done % fsckEvery === 0) await assertClean(this.#folder)
    return outcome
  }

  /** The last judgement: everything is asked for again. @param tesseraFsck - path of the tool, or null to go without. */
  async finish(tesseraFsck: string | null): Promise<void> {
    if (this.#done === 0) return
    await assertClean(this.#folder)
    const node = await startNode(this.#folder, options)
    await this.#watch.look(node.url)
    await assertAllThere(node.url, this.#depositor.acknowledged)
    if (tesseraFsck !== null) await assertTesseraClean(tesseraFsck, node)
    await node.stop()
  }

  /** Deposits a second that were acknowledged in the runs before strace came: the least and the middle one. */
  get report(): { acknowledged: number; unanswered: number; leastRate: number; middleRate: number } {
    const rates = this.#rates.toSorted((a, b) => a - b)
    const [leastRate = 0, middleRate = 0] = [rates[0], rates[Math.floor(rates.length / 2)]]
    return {
      acknowledged: this.#depositor.acknowledged.length,
      unanswered: this.#depositor.unanswered,
      leastRate,
      middleRate,
    }
  }

  async #inject(node: Node, injection: LoadInjection): ReturnType<Load['run']> {
    const { files, call, fault } = injection
    let code: number | null = null
    void node.ended.then((exit) => (code = exit))
    const began = performance.now()
    this.#depositor.start(node.url, node.apiKey)
    await this.#depositor.reach(depositsBefore)
    assert.equal(code, null, 'the node ended without a fault')
    this.#rates.push(Math.round((depositsBefore * 1_000) / (performance.now() - began)))
    const order = { paths: pathsOf(node.folder, [files], await sizeOf(node)), injection }
    const trace = await attachStrace(recordOf(node), order, node.pid)
    const reached = (): boolean => code !== null || trace.record().includes('(INJECTED)')
    const giveUpAt = performance.now() + reachMsMax
    while (!reached() && performance.now() < giveUpAt) {
      await this.#watch.look(node.url)
      await sleep(5)
    }
    const hit = reached()
    const mustEnd = fault === 'signal=KILL' || ((call === 'fdatasync' || call === 'fsync') && neverRetried(files))
    if (hit) await Promise.race([node.ended, sleep(mustEnd ? endMsMax : afterMs, null, { ref: false })])
    await this.#watch.look(node.url)
    const exit = code as number | null
    if (exit === null) await node.stop('SIGKILL')
    await this.#depositor.stop()
    await trace.detach()
    if (!hit) return 'notReached'
    hitOf(trace.record(), order)
    if (exit !== null) return fault === 'signal=KILL' ? 'killed' : 'endedItself'
    assert.ok(fault === 'error=EIO', 'a killed node goes on')
    assert.ok(!mustEnd, 'goes on after a failed sync')
    return 'wentOn'
  }
}

const recordOf = (node: Node): string => join(node.folder, '..', 'strace.out')

/** Files whose failed sync ends the process: everything that an acknowledgement or a signature rests on. */
const neverRetried = (files: FileClass): boolean => files === 'segments' || files === 'signer'

/** The files of classes that exist or will be written next: strace knows a call's file only by its whole path. */
function pathsOf(data: string, wanted: readonly FileClass[], size: number): string[] {
  const tile = Math.floor(size / 256)
  const numbers = Array.from({ length: tilesAhead }, (_, ahead) => tileName(tile + ahead))
  return wanted
    .flatMap((files): string[] => {
      if (files === 'signer') return ['signer', 'signer/log.new', 'signer/log']
      if (files === 'tiles') return ['log/tile', 'log/tile/0', ...numbers.map((name) => `log/tile/0/${name}`)]
      if (files === 'bundles') return ['log/tile/entries', ...numbers.map((name) => `log/tile/entries/${name}`)]
      if (files === 'synced') return ['log', 'log/synced', 'log/synced.new']
      return [files, ...filesAhead(readdirSync(join(data, files))).map((name) => `${files}/${name}`)]
    })
    .map((path) => join(data, path))
}

/** These files, and those that a LevelDB would make next. Its own log decides nothing. */
function filesAhead(names: readonly string[]): string[] {
  const kept = names.filter((name) => !name.startsWith('LOG'))
  if (!names.includes('CURRENT')) return kept
  const last = Math.max(...names.map((name) => Number(/\d{6}/.exec(name)?.[0] ?? 0)))
  const numbers = Array.from({ length: levelFilesAhead }, (_, ahead) => String(last + 1 + ahead).padStart(6, '0'))
  return [...kept, ...numbers.flatMap((number) => [`${number}.log`, `${number}.ldb`, `MANIFEST-${number}`])]
}

/** The class of a path below the data folder. */
function classOf(path: string): FileClass {
  const [first = '', second = '', third = ''] = path.split(sep)
  if (first !== 'log') return first as FileClass
  if (second !== 'tile') return 'synced'
  return third === 'entries' ? 'bundles' : 'tiles'
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
