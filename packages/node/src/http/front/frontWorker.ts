/**
 * A front thread: it owns the sockets of the clients, has the fast lane, and hands whole requests of it to the main
 * thread. Connections that leave the lane are relayed. It decides nothing. Started by frontThreads.ts.
 * @module
 */
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'
import { assert } from '@jurat/core/assert'
import { backlogMax } from '../connectionLimits.ts'
import { FastLane, type LaneAnswer, type LaneHandler } from '../fastLane.ts'
import { keptHeadsMax } from '../laneHead.ts'
import {
  type AnswerBatch,
  answerNumbers,
  type FrontOrder,
  type FrontReport,
  type FrontStart,
  RequestBatchBuilder,
} from './frontMessages.ts'
import { relay } from './relay.ts'

assert(parentPort !== null, 'this module runs in a worker thread')
const port = parentPort
const start = workerData as FrontStart

const waiting = new Map<number, (answer: LaneAnswer | null) => void>()
const batch = new RequestBatchBuilder(keptHeadsMax)
let nextId = 0
let sending = false

const ask: LaneHandler = (head, body) => {
  const id = nextId
  // Ids stand in 32 bits; so many requests are never on their way at once.
  nextId = (nextId + 1) >>> 0
  batch.add(id, head, body)
  // At the end of this turn of the event loop, so that requests read together go together.
  if (!sending) setImmediate(send)
  sending = true
  return new Promise((resolve) => waiting.set(id, resolve))
}

const lane = new FastLane(new Map(start.routes.map((route) => [route, ask])), (socket, read) =>
  relay(socket, read, start.relay),
)
/** Whether the main thread answers already; until then its HTTP server holds all requests. */
let opened = false

const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket: Socket) => {
  if (opened) lane.take(socket)
  else relay(socket, null, start.relay)
})
server.maxConnections = start.connectionsMax
server.on('error', ({ code, message }: NodeJS.ErrnoException) => report({ kind: 'failed', code, message }))
server.listen({ host: start.host, port: start.port, backlog: backlogMax, reusePort: start.shared }, () =>
  report({ kind: 'listening', port: (server.address() as AddressInfo).port }),
)

port.on('message', (order: FrontOrder) => {
  if (order.kind === 'answers') deliver(order)
  else if (order.kind === 'open') opened = true
  else void stop()
})

/** Takes no new connection; the thread ends with the last one. */
async function stop(): Promise<void> {
  server.close(() => port.close())
  await lane.stop()
  report({ kind: 'drained' })
}

function send(): void {
  sending = false
  const requests = batch.take()
  report(requests, [requests.bodies.buffer])
}

function report(message: FrontReport, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer)
}

function deliver({ index, bodies, headers }: AnswerBatch): void {
  let from = 0
  for (let at = 0; at < index.length; at += answerNumbers) {
    const id = index[at] ?? 0
    const status = index[at + 1] ?? 0
    const to = from + (index[at + 3] ?? 0)
    const answer = { status, headers: headers[index[at + 2] ?? 0] ?? '', body: bodies.slice(from, to) }
    from = to
    const resolve = waiting.get(id)
    assert(resolve !== undefined, 'an answer has its request')
    waiting.delete(id)
    resolve(status === 0 ? null : answer)
  }
}
