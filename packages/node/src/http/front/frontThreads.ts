/**
 * The main thread's side of the front threads: it answers their requests with the handlers of the lane, and its HTTP server
 * takes the connections that they relay. A thread that dies ends the node.
 * @module
 */
import { randomBytes } from 'node:crypto'
import type { Server } from 'node:http'
import { createServer } from 'node:net'
import { Worker } from 'node:worker_threads'
import { assert } from '@jurat/core/assert'
import { stopTimeoutMs } from '../connectionLimits.ts'
import type { LaneAnswer, LaneHandler } from '../fastLane.ts'
import type { LaneHead } from '../laneHead.ts'
import {
  AnswerBatchBuilder,
  type FrontOrder,
  type FrontReport,
  type FrontStart,
  type RequestBatch,
  requestNumbers,
} from './frontMessages.ts'
import { takeRelayed } from './relay.ts'

/** What the front threads need. */
export interface FrontThreadsOptions {
  readonly threads: number
  readonly connectionsMax: number
  /** Answers of the lane by method and path. */
  readonly lane: ReadonlyMap<string, LaneHandler>
  /** The HTTP server that takes what is relayed. It listens nowhere else. */
  readonly server: Server
  /** Ends the process: a thread has died. */
  readonly fatal: (error: unknown) => void
  /** Told of a connection that could not be taken. */
  readonly warn: (message: string) => void
}

/** Threads that own the clients' sockets. */
export class FrontThreads {
  readonly #options: FrontThreadsOptions
  readonly #threads: FrontThread[] = []

  constructor(options: FrontThreadsOptions) {
    this.#options = options
  }

  /**
   * Listens with all threads, which relay every connection until `open`; gives the port.
   * @throws {Error} with the code of the system, such as EADDRINUSE.
   */
  async listen({ host, port }: { host: string; port: number }): Promise<number> {
    const { server, threads, connectionsMax, lane } = this.#options
    const secret = randomBytes(16).toString('hex')
    // Abstract: it vanishes with the process, however that ends.
    const path = `\0jurat-front-${process.pid}-${randomBytes(8).toString('hex')}`
    takeRelayed(server, secret)
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ path }, resolve)
    })
    const shared = threads > 1
    if (shared && port !== 0) await assertFree(host, port)
    const start = { host, shared, connectionsMax: Math.ceil(connectionsMax / threads), routes: [...lane.keys()] }
    let taken = port
    for (let number = 0; number < threads; number++) {
      const thread = new FrontThread({ ...start, port: taken, relay: { path, secret } }, this.#options)
      this.#threads.push(thread)
      taken = await thread.listening
    }
    return taken
  }

  /** From now on requests of the lane are answered over messages. */
  open(): void {
    for (const thread of this.#threads) thread.order({ kind: 'open' })
  }

  /** Takes no new connection; resolves when no request of the lane is on its way, or after `stopTimeoutMs`. */
  async drain(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.drain()))
  }

  /** Ends the threads, after the last bytes have gone to their clients or `stopTimeoutMs`. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()))
  }

  /** Ends the threads at once. */
  async terminate(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.terminate()))
  }
}

/** Threads on one port share it with every other program of the same user: none may have it already. */
async function assertFree(host: string, port: number): Promise<void> {
  const probe = createServer()
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject)
    probe.listen({ host, port }, resolve)
  })
  await new Promise((resolve) => probe.close(resolve))
}

class FrontThread {
  /** The port. */
  readonly listening: Promise<number>
  readonly #worker: Worker
  readonly #lane: ReadonlyMap<string, LaneHandler>
  readonly #drained: Promise<void>
  readonly #exited: Promise<void>
  readonly #answers = new AnswerBatchBuilder()
  #heads: LaneHead[] = []
  #sending = false
  #stopping = false

  constructor(start: FrontStart, { lane, fatal, warn }: FrontThreadsOptions) {
    this.#lane = lane
    const name = import.meta.url.endsWith('.ts') ? './frontWorker.ts' : './frontWorker.js'
    const worker = new Worker(new URL(name, import.meta.url), { workerData: start })
    this.#worker = worker
    this.#exited = new Promise((resolve) => {
      worker.on('exit', (code) => {
        if (!this.#stopping) fatal(new Error(`a front thread has ended with code ${code}`))
        resolve()
      })
    })
    // What its clients had asked is not answered any more, so nothing that was acknowledged is lost with it.
    worker.on('error', (cause) => fatal(new Error('a front thread has died', { cause })))
    this.#drained = new Promise((resolve) => {
      worker.on('message', (report: FrontReport) => {
        if (report.kind === 'requests') this.#answerAll(report)
        else if (report.kind === 'failed') warn(report.message)
        else if (report.kind === 'drained') resolve()
      })
    })
    this.listening = new Promise((resolve, reject) => {
      worker.once('message', (report: FrontReport) => {
        if (report.kind === 'listening') resolve(report.port)
        else if (report.kind === 'failed') reject(Object.assign(new Error(report.message), { code: report.code }))
      })
      worker.once('error', reject)
    })
  }

  order(order: FrontOrder): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    this.#worker.postMessage(order)
  }

  async drain(): Promise<void> {
    this.#stopping = true
    this.order({ kind: 'stop' })
    await atMost(stopTimeoutMs, this.#drained, this.#exited)
  }

  async close(): Promise<void> {
    await atMost(stopTimeoutMs, this.#exited)
    await this.terminate()
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate()
  }

  #answerAll({ headsAnew, heads, index, bodies }: RequestBatch): void {
    if (headsAnew) this.#heads = []
    for (const head of heads) this.#heads.push(head)
    let from = 0
    for (let at = 0; at < index.length; at += requestNumbers) {
      const bytes = index[at + 2] ?? 0
      this.#answer(index[at] ?? 0, this.#heads[index[at + 1] ?? 0], Buffer.from(bodies.buffer, from, bytes))
      from += bytes
    }
  }

  #answer(id: number, head: LaneHead | undefined, body: Buffer): void {
    assert(head !== undefined, 'a request has its head')
    const answering = this.#lane.get(head.route)?.(head, body) ?? null
    if (answering === null) this.#send(id, null)
    else void answering.then((answer) => this.#send(id, answer))
  }

  #send(id: number, answer: LaneAnswer | null): void {
    this.#answers.add(id, answer)
    // At the end of this turn of the event loop, so that the answers of one block go together.
    if (!this.#sending) setImmediate(this.#flush)
    this.#sending = true
  }

  readonly #flush = (): void => {
    this.#sending = false
    this.order(this.#answers.take())
  }
}

/** Waits for the first of several, but not for ever. */
async function atMost(timeoutMs: number, ...events: Promise<unknown>[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise((resolve) => (timer = setTimeout(resolve, timeoutMs)))
  await Promise.race([...events, late])
  clearTimeout(timer)
}
