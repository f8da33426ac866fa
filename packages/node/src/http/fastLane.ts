/**
 * The fast lane: requests of the plainest form to the hottest addresses, read and answered on the connection itself.
 * It takes a request only when it stands whole in what arrived, in exactly the form that common clients send;
 * everything else, a broken request included, is handed with the whole connection to the HTTP server, untouched. So
 * the rules of HTTP are enforced in one place only, and the answers are the same (fastLane.test.ts).
 * @module
 */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { silenceMsMax } from './connectionLimits.ts'
import { type LaneHead, parseHead } from './laneHead.ts'

/** Bytes of a request that the lane takes; a longer one goes to the HTTP server. */
export const laneRequestBytesMax = 65_536

/** An answer of the lane. */
export interface LaneAnswer {
  readonly status: number
  readonly headers: string
  readonly body: string
}

/** Looks at a whole request: begins to answer it, or leaves it (null), at once or after it has looked. */
export type LaneHandler = (head: LaneHead, body: Buffer) => Promise<LaneAnswer | null> | null

/** Takes a connection that leaves the lane, and the bytes that were read of what it has to do. */
export type HandOver = (socket: Socket, read: Buffer | null) => void

/** How often connections with half a request are looked for, milliseconds. */
const sweepEveryMs = 1_000

const headEnd = Buffer.from('\r\n\r\n')

/** The connections of a server that are in the lane. */
export class FastLane {
  readonly #handlers: ReadonlyMap<string, LaneHandler>
  readonly #connections = new Set<LaneConnection>()
  readonly #handOver: HandOver
  readonly #sweep: NodeJS.Timeout
  #stopping = false
  #whenEmpty: () => void = () => {}

  /** @param handlers - by method and path, `POST /v1/deposits`; the query is the handler's. */
  constructor(handlers: ReadonlyMap<string, LaneHandler>, handOver: HandOver) {
    this.#handlers = handlers
    this.#handOver = handOver
    this.#sweep = setInterval(() => {
      for (const connection of this.#connections) connection.handOverWhenSlow()
    }, sweepEveryMs).unref()
  }

  get stopping(): boolean {
    return this.#stopping
  }

  /** Takes a new connection. */
  take(socket: Socket): void {
    this.#connections.add(new LaneConnection(socket, this, this.#handlers))
  }

  /** Ends connections that wait for nothing; the others end with their answer. Resolves when none is left. */
  stop(): Promise<void> {
    this.#stopping = true
    clearInterval(this.#sweep)
    for (const connection of this.#connections) connection.endWhenIdle()
    return new Promise((resolve) => {
      this.#whenEmpty = resolve
      this.#settleEmpty()
    })
  }

  /** How many connections are in the lane. */
  get size(): number {
    return this.#connections.size
  }

  forget(connection: LaneConnection): void {
    this.#connections.delete(connection)
    this.#settleEmpty()
  }

  /** Gives a connection to the HTTP server for good. */
  handOver(connection: LaneConnection, socket: Socket, read: Buffer | null): void {
    this.forget(connection)
    this.#handOver(socket, read)
  }

  #settleEmpty(): void {
    if (this.#stopping && this.#connections.size === 0) this.#whenEmpty()
  }
}

/** One connection while it is in the lane: at most one request at a time. */
class LaneConnection {
  readonly #socket: Socket
  readonly #lane: FastLane
  readonly #handlers: ReadonlyMap<string, LaneHandler>
  #waiting: Buffer | null = null
  #busy = false
  #sweepsWaited = 0

  constructor(socket: Socket, lane: FastLane, handlers: ReadonlyMap<string, LaneHandler>) {
    this.#socket = socket
    this.#lane = lane
    this.#handlers = handlers
    socket.setTimeout(silenceMsMax)
    socket.on('data', this.#onData).on('timeout', this.#onEnd).on('error', this.#onEnd).on('end', this.#onEnd)
    socket.on('close', this.#onClose)
  }

  endWhenIdle(): void {
    if (!this.#busy) this.#socket.destroy()
  }

  /** A request that is not whole after two sweeps is the HTTP server's, which has the time-outs for it. */
  handOverWhenSlow(): void {
    if (this.#busy || this.#waiting === null) this.#sweepsWaited = 0
    else if (++this.#sweepsWaited > 1) this.#handOver()
  }

  readonly #onClose = (): void => this.#lane.forget(this)

  readonly #onEnd = (): void => {
    if (!this.#busy) this.#socket.destroy()
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#waiting = this.#waiting === null ? chunk : Buffer.concat([this.#waiting, chunk])
    if (this.#busy) {
      // A client that sends ahead waits; what it sent stays bounded.
      if (this.#waiting.length > laneRequestBytesMax) this.#socket.pause()
      return
    }
    this.#next()
  }

  /** Begins with the next request, if it is whole and one for the lane. */
  #next(): void {
    const bytes = this.#waiting
    if (bytes === null) return
    const end = bytes.indexOf(headEnd)
    const head = end === -1 ? null : parseHead(bytes, end)
    const handler = head === null ? undefined : this.#handlers.get(head.route)
    if (head === null || handler === undefined || head.bodyBytes > laneRequestBytesMax) {
      this.#handOver()
      return
    }
    const from = end + headEnd.length
    const to = from + head.bodyBytes
    if (bytes.length < to) return
    const answer = handler(head, bytes.subarray(from, to))
    if (answer === null) {
      this.#handOver()
      return
    }
    this.#waiting = bytes.length === to ? null : bytes.subarray(to)
    this.#busy = true
    void this.#answer(answer, bytes.subarray(0, to))
  }

  async #answer(answering: Promise<LaneAnswer | null>, request: Buffer): Promise<void> {
    const answer = await answering
    const socket = this.#socket
    this.#busy = false
    if (socket.destroyed) return
    if (answer === null) {
      this.#waiting = this.#waiting === null ? request : Buffer.concat([request, this.#waiting])
      this.#handOver()
      return
    }
    const { status, headers, body } = answer
    const stopping = this.#lane.stopping
    const connection = stopping ? 'close' : 'keep-alive'
    const length = Buffer.byteLength(body)
    socket.write(
      `HTTP/1.1 ${status} ${reasons[status] ?? 'Problem'}\r\n${headers}content-length: ${length}\r\nDate: ${dateNow()}\r\nConnection: ${connection}\r\n\r\n${body}`,
      // Text without other characters than ASCII is written faster so.
      length === body.length ? 'latin1' : 'utf8',
    )
    if (stopping) socket.destroySoon()
    else {
      if (socket.isPaused()) socket.resume()
      this.#next()
    }
  }

  #handOver(): void {
    const socket = this.#socket
    socket.off('data', this.#onData).off('timeout', this.#onEnd).off('error', this.#onEnd).off('end', this.#onEnd)
    socket.off('close', this.#onClose)
    socket.setTimeout(0)
    if (socket.isPaused()) socket.resume()
    this.#lane.handOver(this, socket, this.#waiting)
    this.#waiting = null
  }
}

const reasons: Readonly<Record<number, string>> = { 200: 'OK', 429: 'Too Many Requests' }

let dateSecond = -1
let dateText = ''

/** The time for the Date header (RFC 9110, section 6.6.1), made once a second. */
function dateNow(): string {
  const second = Math.floor(Date.now() / 1000)
  if (second !== dateSecond) {
    dateSecond = second
    dateText = new Date(second * 1000).toUTCString()
  }
  return dateText
}

/**
 * Puts a lane in front of a server: it gets new connections first. Connections over TLS come here decrypted.
 */
export function putFastLane(server: Server, handlers: ReadonlyMap<string, LaneHandler>): FastLane {
  const event = 'setSecureContext' in server ? 'secureConnection' : 'connection'
  const listeners = server.listeners(event)
  server.removeAllListeners(event)
  const lane = new FastLane(handlers, (socket, read) => {
    if (read !== null) socket.unshift(read)
    for (const listener of listeners) listener.call(server, socket)
  })
  server.on(event, (socket: Socket) => lane.take(socket))
  return lane
}
