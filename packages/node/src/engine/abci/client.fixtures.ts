/**
 * A hand-written ABCI client for tests: sends requests as CometBFT does, and whatever else one wants to send.
 * @module
 */
import { connect, type Socket } from 'node:net'
import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire'
import type { Bytes } from '@jurat/core/bytes'
import { FrameReader, type AbciRequest, type AbciResponse } from './frames.ts'
import { Request, Response } from './generated/tendermint/abci/types.ts'

/** The content of a response by its kind. */
type Content = { readonly [Response in AbciResponse as Response['$case']]: Response['value'] }

/** A request as it goes over the socket. */
export function encodeRequest(value: AbciRequest): Bytes {
  const writer = new BinaryWriter()
  Request.encode({ value }, writer.fork()).join()
  return writer.finish()
}

/** The response in a message. */
export function decodeResponse(message: Bytes): AbciResponse {
  const { value } = Response.decode(new BinaryReader(message))
  if (value === undefined) throw new Error('a message is no known response')
  return value
}

/** One connection. */
export class TestClient {
  readonly socket: Socket
  readonly #frames = new FrameReader()
  readonly #responses: AbciResponse[] = []
  readonly #waiting: ((response: AbciResponse | null) => void)[] = []
  #closed = false

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      for (const message of this.#frames.push(chunk)) {
        const response = decodeResponse(message)
        const waiting = this.#waiting.shift()
        if (waiting === undefined) this.#responses.push(response)
        else waiting(response)
      }
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.#closed = true
      for (const waiting of this.#waiting.splice(0)) waiting(null)
    })
  }

  /** Connects. */
  static async open(socketPath: string): Promise<TestClient> {
    const socket = connect(socketPath)
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
    return new TestClient(socket)
  }

  /** Sends requests without waiting. */
  send(...requests: readonly AbciRequest[]): void {
    for (const request of requests) this.socket.write(encodeRequest(request))
  }

  /** The next response; null when the connection is closed. */
  next(): Promise<AbciResponse | null> {
    const response = this.#responses.shift()
    if (response !== undefined) return Promise.resolve(response)
    if (this.#closed) return Promise.resolve(null)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** Sends a request as CometBFT does, with a flush behind it, and gives its response. @throws when it is none of that kind */
  async ask<Kind extends AbciResponse['$case']>(request: AbciRequest & { $case: Kind }): Promise<Content[Kind]> {
    this.send(request, { $case: 'flush', value: {} })
    const response = await this.next()
    if (response?.$case !== request.$case)
      throw new Error(`${request.$case} was answered by ${JSON.stringify(response)}`)
    const flushed = await this.next()
    if (flushed?.$case !== 'flush') throw new Error('flush was not answered')
    const content: unknown = response.value
    return content as Content[Kind]
  }

  close(): void {
    this.socket.destroy()
  }
}
