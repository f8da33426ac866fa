/**
 * The ABCI server: CometBFT connects to its Unix socket and asks. Requests of one connection are answered in their order,
 * whatever finishes first. Whoever can open the socket is trusted as CometBFT is: the file is for this user alone. What cannot
 * be read closes its connection and touches no other. docs/spec/engine.md, ABCI.
 * @module
 */
import { createServer, type Server, type Socket } from 'node:net'
import { chmod, rm } from 'node:fs/promises'
import type { Bytes } from '@jurat/core/bytes'
import { encodeResponse, FrameReader, type AbciRequest, type AbciResponse } from './frames.ts'
import { Request } from './generated/tendermint/abci/types.ts'

/** Longest path of a socket on Linux, in bytes. */
export const socketPathBytesMax = 107

/** Requests of one connection without an answer; beyond, it is not read until half of them are answered. */
export const requestsWaitingMax = 1_024

/** Answers of one connection that were not taken off it, in bytes; beyond, it is not read until they are. */
const unreadBytesMax: number = 16 * 1_048_576

/** Requests that nobody sends over a socket: for a mempool on the application's side, which there is none. */
const unsupported: ReadonlySet<AbciRequest['$case']> = new Set(['insertTx', 'reapTxs'])

/** What the server needs. */
export interface AbciServerOptions {
  /** Path of the Unix socket; a file that stands there is replaced. */
  readonly socketPath: string
  /** Answers a request. When it throws, CometBFT is told and `fatal` is called: both sides must stop. */
  readonly handle: (request: AbciRequest) => Promise<AbciResponse>
  readonly fatal: (error: unknown) => void
  /** Told of connections that sent garbage. */
  readonly warn?: (message: string, details: Record<string, unknown>) => void
}

/** Serves ABCI on a Unix socket. */
export class AbciServer {
  readonly #options: AbciServerOptions
  readonly #server: Server
  readonly #connections = new Set<Connection>()

  constructor(options: AbciServerOptions) {
    this.#options = options
    this.#server = createServer((socket) => {
      const connection = new Connection(socket, options)
      this.#connections.add(connection)
      socket.once('close', () => this.#connections.delete(connection))
    })
  }

  /** Connections that are open: a running CometBFT has four. */
  get connections(): number {
    return this.#connections.size
  }

  /** Begins to listen. @throws the system's error */
  async listen(): Promise<void> {
    const { socketPath } = this.#options
    if (Buffer.byteLength(socketPath) > socketPathBytesMax) {
      throw new Error(`the path of a socket has at most ${socketPathBytesMax} bytes: ${socketPath}`)
    }
    await rm(socketPath, { force: true })
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(socketPath, () => {
        this.#server.off('error', reject)
        resolve()
      })
    })
    this.#server.on('error', (error) => this.#options.warn?.('The ABCI socket has failed', { error }))
    await chmod(socketPath, 0o600)
  }

  /** Closes the socket and all connections. What is being answered goes nowhere. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const connection of this.#connections) connection.destroy()
    await closed
  }
}

class Connection {
  readonly #socket: Socket
  readonly #options: AbciServerOptions
  readonly #frames = new FrameReader()
  /** Settles when everything that was asked so far is answered. */
  #answered: Promise<void> = Promise.resolve()
  #waiting = 0
  #ended = false

  constructor(socket: Socket, options: AbciServerOptions) {
    this.#socket = socket
    this.#options = options
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('drain', () => this.#resume())
    // A connection that breaks is CometBFT's end; `close` follows.
    socket.on('error', () => undefined)
    socket.on('close', () => (this.#ended = true))
  }

  destroy(): void {
    this.#ended = true
    this.#socket.destroy()
  }

  #receive(chunk: Bytes): void {
    try {
      for (const message of this.#frames.push(chunk)) {
        const { value } = Request.decode(message)
        if (value === undefined || unsupported.has(value.$case)) throw new Error('a message is no known request')
        this.#ask(value)
      }
    } catch (error) {
      if (this.#ended) return
      this.#options.warn?.('A connection to the ABCI socket sent what cannot be read, and is closed', { error })
      this.destroy()
    }
    if (this.#waiting >= requestsWaitingMax || this.#socket.writableLength > unreadBytesMax) this.#socket.pause()
  }

  #ask(request: AbciRequest): void {
    this.#waiting++
    // Checks of transactions run beside one another; everything else begins when all before it is answered.
    const answer =
      request.$case === 'checkTx'
        ? this.#options.handle(request)
        : this.#answered.then(() => (this.#ended ? null : this.#options.handle(request)))
    const settled = answer
      .then((response) => (response === null ? null : encodeResponse(response)))
      .then(
        (bytes) => () => bytes !== null && this.#send(bytes),
        (error: unknown) => () => this.#fail(error),
      )
    this.#answered = Promise.all([settled, this.#answered]).then(([act]) => {
      this.#waiting--
      if (!this.#ended) act()
      this.#resume()
    })
  }

  #send(bytes: Bytes): void {
    // What is answered in one turn of the event loop is one write.
    if (this.#socket.writableCorked === 0) {
      this.#socket.cork()
      process.nextTick(() => this.#socket.uncork())
    }
    this.#socket.write(bytes)
  }

  #fail(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error)
    this.#send(encodeResponse({ $case: 'exception', value: { error: message } }))
    this.#ended = true
    this.#socket.end()
    this.#options.fatal(error)
  }

  #resume(): void {
    if (this.#waiting > requestsWaitingMax / 2 || this.#socket.writableLength > unreadBytesMax / 2) return
    if (this.#socket.isPaused()) this.#socket.resume()
  }
}
