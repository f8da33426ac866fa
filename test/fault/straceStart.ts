/**
 * Faults at system calls of a start: the node runs under strace from its first instruction, over an empty folder (which
 * it founds) or over one that was killed with half a record at its end (which it repairs). After each fault the next
 * start must succeed, take deposits, and have everything that was ever acknowledged.
 * A fault is named by file, call and occurrence. One thread of the pool makes the order of a start the same every time.
 * @module
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { appendFileSync, cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '@jurat/node/platform/ports.fixtures'
import { freshFolder, nodeEnvironment, nodeProgram, startNode } from '../runningNode.ts'
import { assertAllThere, Depositor } from './depositor.ts'
import { assertClean } from './outsideCheck.ts'
import { callsOf, type Fault, faults, hitOf, type Order, startStrace } from './straceTool.ts'

/** What the start finds. */
type StartOver = 'nothing' | 'killed'

/** One fault of a start. */
export interface StartInjection {
  readonly kind: 'start'
  readonly over: StartOver
  /** Below the folder that holds the data folder. */
  readonly path: string
  readonly call: string
  readonly fault: Fault
  /** Which of these calls on this file, from 1. */
  readonly when: number
}

/** Longest wait until a start is healthy or has ended, milliseconds. */
const startMsMax = 120_000

/** Longest time from a failed sync to the end of the process, milliseconds. */
const endMsMax = 30_000

/** Deposits of the node that was killed, at least. */
const depositsBefore = 500

/** Deposits that a start must take after a fault, at least. */
const depositsAfter = 50

/** A log that says why does not decide anything: a fault there is not one of the write path. */
const isLog = (path: string): boolean => path.startsWith(join('data', 'logs')) || /\/LOG(\.old)?$/.test(path)

/** What came of a start under strace. */
interface TracedStart {
  /** It answered. */
  readonly healthy: boolean
  /** It had not ended when enough was seen, and was killed then. */
  readonly alive: boolean
  readonly record: string
  /** What ended the process, or null when it ended itself. */
  readonly signal: string | null
  readonly acknowledged: Depositor['acknowledged']
}

/** Starts with faults, each over the same folders as they were. */
export class Starts {
  readonly #folder = freshFolder()
  readonly #killed = freshFolder()
  readonly #before = new Depositor()
  #prepared = false

  /** Every fault of both kinds of start. */
  async injections(): Promise<StartInjection[]> {
    const injections: StartInjection[] = []
    for (const over of ['nothing', 'killed'] as const) {
      await this.#prepare(over)
      const { record } = await this.#tracedStart({ paths: [], injection: null })
      const counts = new Map<string, number>()
      for (const { call, path, writes } of callsOf(record)) {
        const below = relative(this.#folder, path)
        if (below.startsWith('..') || below.startsWith('strace') || isLog(below)) continue
        const when = (counts.get(`${call} ${below}`) ?? 0) + 1
        counts.set(`${call} ${below}`, when)
        if (writes) for (const fault of faults) injections.push({ kind: 'start', over, path: below, call, fault, when })
      }
    }
    return injections
  }

  /** Runs one. @throws AssertionError when the next start is not sound. */
  async run(injection: StartInjection): Promise<'endedItself' | 'killed' | 'wentOn' | 'notReached'> {
    const { over, path, call, fault, when } = injection
    await this.#prepare(over)
    const order = { paths: [join(this.#folder, path)], injection: { call, fault, when } }
    const mustEnd = fault !== 'signal=KILL' && (call === 'fsync' || call === 'fdatasync') && neverRetried(path)
    const { healthy, alive, record, signal, acknowledged } = await this.#tracedStart(order, mustEnd)
    const reached = callsOf(record).some(({ hit }) => hit)
    if (reached) hitOf(record, order)
    else assert.ok(healthy, `the start ended without the fault: ${record}`)
    const node = await startNode(this.#folder, ['--database-url=off'])
    if (over === 'killed') await assertAllThere(node.url, this.#before.acknowledged)
    await assertAllThere(node.url, acknowledged)
    const after = new Depositor()
    after.start(node.url, node.apiKey)
    await after.reach(depositsAfter)
    await after.stop()
    await node.stop()
    await assertClean(this.#folder)
    if (!reached) return 'notReached'
    if (alive) {
      assert.ok(fault !== 'signal=KILL' && !mustEnd, 'the start went on')
      return 'wentOn'
    }
    assert.equal(signal === 'SIGKILL', fault === 'signal=KILL', `ended by ${signal}`)
    return signal === null ? 'endedItself' : 'killed'
  }

  /** Makes the folder what the start is to find. */
  async #prepare(over: StartOver): Promise<void> {
    if (!this.#prepared && over === 'killed') await this.#makeKilled()
    for (const name of readdirSync(this.#folder)) rmSync(join(this.#folder, name), { recursive: true })
    if (over === 'killed') cpSync(this.#killed, this.#folder, { recursive: true })
  }

  async #makeKilled(): Promise<void> {
    const node = await startNode(this.#killed, ['--database-url=off'])
    this.#before.start(node.url, node.apiKey)
    await this.#before.reach(depositsBefore)
    await node.stop('SIGKILL')
    await this.#before.stop()
    const segments = join(node.folder, 'segments')
    // Half a record, as a loss of power leaves it.
    appendFileSync(join(segments, readdirSync(segments).at(-1) ?? ''), Buffer.from([0, 0, 1, 0, 1, 2, 3, 4, 5, 6]))
    this.#prepared = true
  }

  /**
   * Starts a node under strace; one that gets healthy takes some deposits and is killed. The fault may come so late that
   * the node answers by then: one that must end of it gets the time to do so.
   */
  async #tracedStart(order: Order, mustEnd = false): Promise<TracedStart> {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const data = join(this.#folder, 'data')
    const node = [nodeProgram, 'start', '--data', data, '--database-url=off', '--listen', `127.0.0.1:${port}`]
    const env = { ...nodeEnvironment(this.#folder), UV_THREADPOOL_SIZE: '1', NODE_DISABLE_COMPILE_CACHE: '1' }
    const strace = startStrace(join(this.#folder, 'strace.out'), order, ['--', process.execPath, ...node], env)
    strace.child.stderr?.resume()
    const { child } = strace
    const ended = once(child, 'exit')
    const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null
    const end = performance.now() + startMsMax
    const depositor = new Depositor()
    let healthy = false
    while (!isOver() && !healthy) {
      if (performance.now() > end) {
        killTraced(child.pid ?? 0)
        assert.fail('a start neither ends nor gets ready')
      }
      healthy = (await fetch(`${url}/health`).catch(() => null))?.status === 200
      await sleep(10)
    }
    if (healthy && order.injection !== null) {
      const { apiKey } = JSON.parse(readFileSync(join(data, 'bootstrap.json'), 'utf8')) as { apiKey: string }
      depositor.start(url, apiKey)
      await Promise.race([depositor.reach(depositsAfter), ended])
    }
    if (mustEnd && strace.record().includes('(INJECTED)')) await Promise.race([ended, sleep(endMsMax)])
    const alive = !isOver()
    if (alive) killTraced(child.pid ?? 0)
    await ended
    await depositor.stop()
    return { healthy, alive, record: strace.record(), signal: child.signalCode, acknowledged: depositor.acknowledged }
  }
}

/** Kills what a strace runs, if that has not ended by now; strace ends with it. */
function killTraced(strace: number): void {
  const children = `/proc/${strace}/task/${strace}/children`
  const node = existsSync(children) ? Number.parseInt(readFileSync(children, 'utf8'), 10) : 0
  if (node > 0) process.kill(node, 'SIGKILL')
}

/** Files whose failed sync must end the start: all that is not derived from others. */
const neverRetried = (path: string): boolean =>
  /^(master\.key|data\/(segments|signer|keys|credentials|founding|genesis))/.test(path) && !path.endsWith('.dbtmp')
